"""The visitor's manners, on a web of given answers: pauses, redirects, budget, robots.txt."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from crawler.onboarding.answers import NoReply, Reply
from crawler.onboarding.visitor import Visitor

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SITE = "http://news.test"


class GivenWeb:
    """Answers by address; 404 for all others."""

    def __init__(self, **answers: Reply | NoReply) -> None:
        self.asked: list[str] = []
        self._answers = {f"{SITE}/{path.replace('_txt', '.txt')}": answer for path, answer in answers.items()}

    async def get(self, url: str) -> Reply | NoReply:
        self.asked.append(url)
        return self._answers.get(url) or Reply(url=url, status=404)


class Watch:
    """A clock that only pauses move on."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(round(seconds, 3))
        self.seconds += seconds


def visitor(web: GivenWeb, watch: Watch, **more: float | bool) -> Visitor:
    settings = {"max_requests": 10, "max_seconds": 900.0, "delay_seconds": 1.0} | more
    return Visitor(web, now=NOW, sleep=watch.sleep, monotonic=lambda: watch.seconds, **settings)


def got(visiting: Visitor, *paths: str) -> list[Reply | NoReply]:
    async def ask() -> list[Reply | NoReply]:
        return [await visiting.get(f"{SITE}/{path}") for path in paths]

    return asyncio.run(ask())


def found(path: str, **more: object) -> Reply:
    return Reply(url=f"{SITE}/{path}", status=200, **more)


def test_robots_txt_is_asked_first_and_once_and_a_pause_stands_between_requests() -> None:
    web, watch = GivenWeb(a=found("a"), b=found("b")), Watch()
    assert [answer.status for answer in got(visitor(web, watch), "a", "b")] == [200, 200]
    assert web.asked == [f"{SITE}/robots.txt", f"{SITE}/a", f"{SITE}/b"]
    assert watch.pauses == [1.0, 1.0]


def test_the_same_page_is_asked_once() -> None:
    web = GivenWeb(a=found("a"))
    visiting = visitor(web, Watch())
    assert got(visiting, "a", "a#part") == [found("a"), found("a")]
    assert visiting.requests == 2


def test_a_crawl_delay_is_kept_and_a_long_one_leaves_few_requests() -> None:
    for delay, pauses, left in ((5, [5.0], 8), (60, [60.0], 4)):
        rules = found("robots.txt", body=f"User-agent: *\nCrawl-delay: {delay}\n".encode())
        watch = Watch()
        visiting = visitor(GivenWeb(robots_txt=rules, a=found("a")), watch)
        got(visiting, "a")
        assert (watch.pauses, visiting.left) == (pauses, left)


def test_redirects_count_as_requests_and_end_after_five() -> None:
    web = GivenWeb(**{f"r{n}": Reply(url=f"{SITE}/r{n}", status=302, location=f"/r{n + 1}") for n in range(20)})
    visiting = visitor(web, Watch())
    (answer,) = got(visiting, "r0")
    assert answer == NoReply(url=f"{SITE}/r0", reason="redirect_loop", detail="more than 5 redirects")
    assert visiting.requests == 7


def test_a_redirect_to_what_is_forbidden_or_no_address_is_not_followed() -> None:
    rules = found("robots.txt", body=b"User-agent: *\nDisallow: /private\n")
    away = [
        Reply(url=f"{SITE}/{name}", status=301, location=to) for name, to in (("a", "/private/x"), ("b", "ftp://x"))
    ]
    web = GivenWeb(robots_txt=rules, a=away[0], b=away[1])
    assert [answer.reason for answer in got(visitor(web, Watch()), "a", "b")] == ["robots_disallowed", "bad_url"]
    assert f"{SITE}/private/x" not in web.asked


def test_nothing_is_asked_beyond_the_budget_or_the_time() -> None:
    paths = [str(number) for number in range(20)]
    web = GivenWeb()
    assert got(visitor(web, Watch()), *paths)[-1].reason == "not_asked"
    assert len(web.asked) == 10
    late = visitor(GivenWeb(), Watch(), max_seconds=3.0)
    got(late, *paths)
    assert (late.requests, late.stopped) == (4, "it took too long")


def test_three_silences_or_two_refusals_end_the_visit() -> None:
    silent = {name: NoReply(url=f"{SITE}/{name}", reason="timeout") for name in "abcd"}
    web = GivenWeb(**silent)
    visiting = visitor(web, Watch(), obey_robots=False)
    assert [answer.reason for answer in got(visiting, *"abcd")] == ["timeout", "timeout", "timeout", "not_asked"]
    busy = visitor(GivenWeb(**{n: Reply(url=n, status=429) for n in "abc"}), Watch(), obey_robots=False)
    assert [answer.reason for answer in got(busy, *"abc")] == ["http_429", "http_429", "not_asked"]
