"""What `dibao add` sends and takes by Scrapy, on real sockets: what a crawl would, and each request is counted."""

from __future__ import annotations

import gzip
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trustme

from crawler import settings
from crawler.config import Fetch
from crawler.onboarding import web
from tests.faults.hostile import HostileServer, answer

HERE = Path(__file__).parent
REFRESH = '<meta http-equiv="refresh" content="0;url=/refreshed"><p>正文</p>'
ANSWERS = {
    "/503": answer("busy", "503 Service Unavailable", retry_after="0"),
    "/429": answer("busy", "429 Too Many Requests"),
    "/cookie": answer("<p>1</p>", set_cookie="session=s3cret; Path=/"),
    "/after-cookie": answer("<p>2</p>"),
    "/refresh": answer(REFRESH),
    "/away": answer("", "302 Found", location="/target"),
    "/large": answer("x" * 100_001),
    "/bomb": answer(gzip.compress(b"x" * 50_000_000), content_encoding="gzip"),
}


class Seen(NamedTuple):
    """Answers by what was asked, the servers that were asked, and the one that nobody was to ask."""

    answers: dict[str, dict[str, Any]]
    site: HostileServer
    elsewhere: HostileServer


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with ExitStack() as stack:
        site = stack.enter_context(HostileServer(ANSWERS))
        elsewhere = stack.enter_context(HostileServer(ANSWERS, address="127.0.0.2"))
        secret = stack.enter_context(HostileServer(ANSWERS, tls=context))
        urls = {path: site.url(path) for path in ANSWERS}
        urls |= {"private": elsewhere.url("/"), "file": "file:///etc/passwd", "data": "data:,x", "tls": secret.url("/")}
        urls |= {"bad": "http://[::1", "metadata": "http://169.254.169.254/latest/"}
        proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), elsewhere.base)
        run = subprocess.run(
            [sys.executable, str(HERE / "real_web.py")],
            input=json.dumps({"allow": ["127.0.0.1/32"], "urls": [*urls.values()]}),
            env={**os.environ, **proxies, "PYTHONPATH": str(HERE.parents[2])},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        answers = [json.loads(line) for line in run.stdout.splitlines()]
        assert len(answers) == len(urls), run.stderr
        assert secret.asked == []
        yield Seen(dict(zip(urls, answers, strict=True)), site, elsewhere)


@pytest.mark.parametrize(("path", "status"), [("/503", 503), ("/429", 429)])
def test_a_site_that_is_busy_is_asked_once(seen: Seen, path: str, status: int) -> None:
    assert seen.answers[path]["status"] == status
    assert seen.site.count(path) == 1


def test_neither_a_redirect_nor_a_refresh_is_followed_behind_the_visitors_back(seen: Seen) -> None:
    assert (seen.answers["/away"]["status"], seen.answers["/away"]["location"]) == (302, "/target")
    assert seen.answers["/refresh"]["body"] == len(REFRESH.encode())
    assert seen.site.count("/target") == seen.site.count("/refreshed") == 0
    assert len(seen.site.asked) == len(ANSWERS)


def test_a_proxy_of_the_environment_is_not_used_nor_a_private_address_connected(seen: Seen) -> None:
    assert [seen.answers[name].get("reason") for name in ("private", "metadata")] == ["blocked_address"] * 2
    assert seen.elsewhere.accepted == 0


def test_no_request_tells_of_another(seen: Seen) -> None:
    heads = [asked.head.lower() for asked in seen.site.asked]
    for header in (b"cookie:", b"referer:", b"authorization:"):
        assert not any(header in head for head in heads)


def test_bodies_are_bounded_unpacked_too(seen: Seen) -> None:
    assert [seen.answers[path].get("reason") for path in ("/large", "/bomb")] == ["too_large"] * 2


def test_only_the_web_is_asked_and_only_who_can_show_who_he_is(seen: Seen) -> None:
    for name in ("file", "data", "bad", "tls"):
        assert "status" not in seen.answers[name], name


def test_what_stands_between_scrapy_and_the_web_is_what_stands_there_in_a_crawl() -> None:
    made = web._settings(Fetch(), "dibao")
    of_a_crawl = {**settings.DOWNLOADER_MIDDLEWARES, web.HOSTS: None}
    assert made.getdict("DOWNLOADER_MIDDLEWARES") == of_a_crawl
    for name in ("EXTENSIONS", "DOWNLOAD_HANDLERS", "SPIDER_MIDDLEWARES_BASE", "DOWNLOAD_VERIFY_CERTIFICATES"):
        assert made.get(name) == getattr(settings, name) or made.getdict(name) == getattr(settings, name)
