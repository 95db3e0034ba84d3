"""A page is evidence only if it comes from whom it says: certificates are checked."""

from __future__ import annotations

import datetime as dt
import os
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scheduler.engines.local import LocalEngine
from storage.records import CrawlJob, Extracted, Failed, PageRequest
from tests.crawler.crawling.portal import only, run
from tests.faults.hostile import EVERYBODY, HostileServer, Reply, answer, endless
from tests.faults.hostile_replies import page
from tests.faults.test_raw_replies import job, outcomes
from tests.timing import quickest

trustme = pytest.importorskip("trustme", reason="certificates are made with trustme, of the extra `test`")

pytestmark = pytest.mark.faults

EARLIER = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
PAGES = {"/robots.txt": EVERYBODY, "/1.html": answer(page("甲")), "/2.html": answer(page("乙"))}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def engine(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    """An engine whose worker trusts one authority more, as an operator does with SSL_CERT_FILE."""
    trusted = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(trusted))
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(trusted)
    running = LocalEngine(processes=1, log_level="CRITICAL")
    try:
        with HostileServer(PAGES) as server:
            run(running, pages(server))  # a worker's start takes seconds, which are not what is measured
        yield running
    finally:
        running.close()
        os.environ.pop("SSL_CERT_FILE")
        if before is not None:
            os.environ["SSL_CERT_FILE"] = before


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def pages(server: HostileServer) -> CrawlJob:
    """Its pages, at the address that its certificate may name."""
    return job(server, "/1.html", "/2.html")


def test_a_page_with_a_certificate_of_an_authority_that_is_trusted_is_read(
    engine: LocalEngine, authority: trustme.CA
) -> None:
    with HostileServer(PAGES, tls=serving(authority.issue_cert("127.0.0.1"))) as server:
        assert outcomes(run(engine, pages(server))) == ["stored", "stored"]


@pytest.mark.parametrize("wrong", ["self-signed", "of another host", "expired", "of nobody"])
def test_a_wrong_certificate_is_a_failure_before_anything_is_asked(
    engine: LocalEngine, authority: trustme.CA, wrong: str
) -> None:
    issued = {
        "self-signed": lambda: trustme.CA().issue_cert("127.0.0.1"),
        "of another host": lambda: authority.issue_cert("www.example.com"),
        "expired": lambda: authority.issue_cert("127.0.0.1", not_after=EARLIER + dt.timedelta(days=9),
                                                not_before=EARLIER),
        "of nobody": lambda: authority.issue_cert("127.0.0.2"),
    }[wrong]()  # fmt: skip
    with HostileServer(PAGES, tls=serving(issued)) as server:
        events = run(engine, pages(server))
        assert server.asked == []
    assert outcomes(events) == ["tls", "tls"]
    assert not only(events, Extracted)


def test_a_port_that_does_not_speak_tls_costs_eight_seconds(engine: LocalEngine) -> None:
    with HostileServer(PAGES) as server:
        plain = server.base.replace("http:", "https:")
        wanted = tuple(PageRequest(url=f"{plain}/{n}.html", key=f"//{server.authority}/{n}.html") for n in range(3))
        began = time.monotonic()
        events = run(engine, job(server, pages=wanted, limits={"timeout_seconds": 30.0}))
        assert 7 < time.monotonic() - began < 3 * 8 - 1, "not eight for each page"
    assert outcomes(events) == ["tls"] * 3


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail\r\n", bytes(range(256))])
def test_a_port_that_speaks_something_else_is_left_at_once(engine: LocalEngine, greeting: bytes) -> None:
    with HostileServer({}, greeting=Reply((greeting,))) as server:
        wanted = (PageRequest(url=f"https://{server.authority}/1.html", key=f"//{server.authority}/1.html"),)
        failed: list[Failed] = []
        assert quickest(lambda: failed.extend(only(run(engine, job(server, pages=wanted)), Failed)), 5) < 5
    assert {one.reason for one in failed} <= {"tls", "connection"}


@pytest.mark.parametrize("name", ["endless headers", "endless body"])
def test_bounds_hold_over_tls_too_and_the_connection_ends(
    engine: LocalEngine, authority: trustme.CA, name: str
) -> None:
    steps = {
        "endless headers": (b"HTTP/1.1 200 OK\r\n", endless(b"X-A: b\r\n" * 100)),
        "endless body": (b"HTTP/1.1 200 OK\r\n\r\n", endless(b"<p>" * 20_000)),
    }[name]
    answers = {**PAGES, "/1.html": Reply(steps)}
    with HostileServer(answers, tls=serving(authority.issue_cert("127.0.0.1"))) as server:
        assert sorted(outcomes(run(engine, pages(server)))) == sorted(
            ["stored", "bad_headers" if name == "endless headers" else "too_large"]
        )
        until = time.monotonic() + 30
        while server.open and time.monotonic() < until:
            time.sleep(0.05)
        assert server.open == 0


def test_no_setting_switches_the_check_off(tmp_path: Path) -> None:
    from crawler import settings  # noqa: PLC0415 - of the worker's own process elsewhere

    assert settings.DOWNLOAD_VERIFY_CERTIFICATES is True
    assert not any("certificate" in name.lower() for name in settings.for_job(job_of_nothing(tmp_path)))


def job_of_nothing(path: Path) -> CrawlJob:
    with HostileServer({}) as server:
        return job(server, f"/{path.name}")
