"""Where a Location header leads, and what is asked next."""

from __future__ import annotations

import random
from contextlib import suppress
from types import SimpleNamespace

import pytest
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Request, Response
from scrapy.settings import Settings

from crawler.fetching.redirects import Redirects, target
from crawler.fetching.refusals import BadRedirect

HERE = "https://news.test/a/b.html?x=1"


def answer(location: bytes | None, status: int = 302) -> Response:
    headers = {} if location is None else {"Location": location}
    return Response(HERE, status=status, headers=headers)


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        (b"c.html", "https://news.test/a/c.html"),
        (b"/c.html", "https://news.test/c.html"),
        (b"?y=2", "https://news.test/a/b.html?y=2"),
        (b"", "https://news.test/a/b.html?x=1"),
        (b"#part", "https://news.test/a/b.html?x=1#part"),
        (b"//cdn.test/c", "https://cdn.test/c"),
        (b"///cdn.test/c", "https://cdn.test/c"),
        (b"http:\\\\cdn.test\\c", "http://cdn.test/c"),
        (b" \t/c.html ", "https://news.test/c.html"),
        (b"http://127.1/", "http://127.0.0.1/"),
        (b"http://0x7f000001/", "http://127.0.0.1/"),
        (b"/\xd0\xc2\xce\xc5.html", "https://news.test/%D0%C2%CE%C5.html"),
        ("/新闻.html".encode(), "https://news.test/%E6%96%B0%E9%97%BB.html"),
        ("http://新闻.test/".encode(), "http://xn--efvy88h.test/"),
    ],
)
def test_a_location_is_read_as_browsers_read_it(location: bytes, leads_to: str) -> None:
    assert target(HERE, location) == leads_to


@pytest.mark.parametrize(
    "location",
    [
        b"http://[::1",
        b"http://",
        b"http://a.test:99999/",
        b"http://1.2.3.4.5/",
        b"http://a b.test/",
        b"http://\xff\xfe/",
        b"file:///etc/passwd",
        b"FILE:///etc/passwd",
        b"data:text/html,hello",
        b"ftp://a.test/x",
        b"s3://bucket/x",
        b"javascript:alert(1)",
        b"gopher://127.0.0.1:6379/_FLUSHALL",
        b"mailto:a@a.test",
        b"http://user:secret@a.test/",
        b"http://user@a.test/",
        b"//:secret@a.test/",
        b"/" + b"a" * 3000,
    ],
)
def test_a_location_that_may_not_be_asked_is_refused_and_no_secret_of_it_is_told(location: bytes) -> None:
    with pytest.raises(BadRedirect) as caught:
        target(HERE, location)
    assert "secret" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_any_bytes_at_all_lead_somewhere_or_are_refused() -> None:
    some = random.Random(7)
    starts = [b"", b"http://", b"//", b"/", b"http://a.test:", b"file:", b"http://[", b"?"]
    for _ in range(3000):
        location = some.choice(starts) + some.randbytes(some.randrange(30))
        with suppress(BadRedirect):
            assert target(HERE, location).startswith(("http://", "https://"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_with_what_the_request_was_for(status: int) -> None:
    request = Request(HERE, meta={"mark": 1}, cb_kwargs={"page": 2}, dont_filter=True)
    following = Redirects(5).process_response(request, answer(b"/c", status))
    assert isinstance(following, Request)
    assert (following.url, following.meta["mark"], following.cb_kwargs) == ("https://news.test/c", 1, {"page": 2})
    assert following.meta["redirect_urls"] == [HERE]
    assert following.dont_filter
    assert "redirect_urls" not in request.meta


@pytest.mark.parametrize("response", [answer(None), answer(b"/c", 200), answer(b"/c", 300), answer(b"/c", 304)])
def test_what_is_no_redirect_is_an_answer(response: Response) -> None:
    assert Redirects(5).process_response(Request(HERE), response) is response


def test_five_redirects_are_followed_and_no_more() -> None:
    request = Request(HERE)
    for number in range(5):
        following = Redirects(5).process_response(request, answer(f"/{number}".encode()))
        assert isinstance(following, Request)
        request = following
    assert len(request.meta["redirect_urls"]) == 5
    with pytest.raises(IgnoreRequest, match="max redirections"):
        Redirects(5).process_response(request, answer(b"/5"))


@pytest.mark.parametrize(
    ("location", "kept"),
    [
        (b"/c", True),
        (b"https://other.test/", False),
        (b"http://news.test/", False),
        (b"https://news.test:444/", False),
        (b"https://www.news.test/", False),
    ],
)
def test_what_a_site_may_know_is_not_carried_to_another_host_scheme_or_port(location: bytes, kept: bool) -> None:  # noqa: FBT001
    told = {"Cookie": "a=b", "Authorization": "Basic x", "Proxy-Authorization": "Basic y", "User-Agent": "dibao"}
    following = Redirects(5).process_response(Request(HERE, headers={**told, "Referer": HERE}), answer(location))
    assert isinstance(following, Request)
    names = {name.decode() for name in following.headers}
    assert names == ({*told} if kept else {"User-Agent"})


def test_it_is_off_where_redirects_are() -> None:
    with pytest.raises(NotConfigured):
        Redirects.from_crawler(SimpleNamespace(settings=Settings({"REDIRECT_ENABLED": False})))  # type: ignore[arg-type]
