"""Portals made of given answers, on the server of the demo world, and surveys of them in this process."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from crawler.config import Fetch
from crawler.onboarding.answers import NoReply, Reply
from crawler.onboarding.findings import Survey
from crawler.onboarding.survey import survey
from crawler.pool import ExtractionPool
from scheduler.demo.pages import Answer
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
PLACES = ("云泽", "柳堤", "石浦", "兰汀", "青岚", "望川", "墨溪", "桐陂", "鹿门", "南汀")


class Portal:
    """A site that answers as it is told; `{base}` in a body is its own address, `.gz` at a path's end packs it."""

    def __init__(self, answers: Mapping[str, str | bytes | Answer], charset: str = "utf-8") -> None:
        self.name = "portal"
        self.base = ""
        self.asked: list[str] = []
        self._answers = dict(answers)
        self._charset = charset

    def answer(self, path: str) -> Answer:
        self.asked.append(path)
        given = self._answers.get(path)
        if given is None:
            return Answer(404, b"not here", {"Content-Type": "text/plain"})
        if isinstance(given, Answer):
            headers = {"Content-Type": "text/html"} | {
                name: value.replace("{base}", self.base) for name, value in given.headers.items()
            }
            return Answer(given.status, given.body, headers, given.seconds)
        body = given.replace("{base}", self.base).encode(self._charset) if isinstance(given, str) else given
        packed = path.endswith(".gz") and isinstance(given, str)
        return Answer(200, gzip.compress(body) if packed else body, {"Content-Type": _type_of(path)})


class LoopbackWeb:
    """Requests without Scrapy, to real servers of this machine only."""

    def __init__(self, session: aiohttp.ClientSession, seconds: float) -> None:
        self._session, self._seconds = session, seconds
        self.asked: list[str] = []

    async def get(self, url: str) -> Reply | NoReply:
        self.asked.append(url)
        try:
            async with asyncio.timeout(self._seconds), self._session.get(url, allow_redirects=False) as answer:
                return Reply(
                    url=url,
                    status=answer.status,
                    body=await answer.read(),
                    content_type=answer.headers.get("Content-Type"),
                    location=answer.headers.get("Location"),
                )
        except TimeoutError:
            return NoReply(url=url, reason="timeout")
        except (aiohttp.ClientError, OSError) as error:
            return NoReply(url=url, reason="connection", detail=str(error))


def surveyed(portal: Portal, path: str = "/", *, seconds: float = 5.0, **fetch: Any) -> Survey:
    """The survey of a portal; its pauses are not waited for."""
    with WorldServer(World(sites=0, articles=0), static=[portal]) as server:  # type: ignore[list-item]
        portal.base = server.url("portal")
        return asyncio.run(_survey(portal.base + path, seconds, Fetch(**fetch)))


async def _survey(url: str, seconds: float, fetch: Fetch) -> Survey:
    async def at_once(_seconds: float) -> None:
        return

    async with aiohttp.ClientSession() as session, ExtractionPool(1) as pool:
        return await survey(url, web=LoopbackWeb(session, seconds), pool=pool, fetch=fetch, now=NOW, sleep=at_once)


def title_of(number: int) -> str:
    return f"{PLACES[number % 10]}第{number}座便民桥今天通车 沿线三个村不再绕路"


def path_of(number: int) -> str:
    return f"/gn/{at(number):%Y%m%d}/{10_000 + number}.shtml"


def at(number: int) -> datetime:
    """One article an hour, the newest (number 0) half an hour ago."""
    return NOW.replace(minute=30) - timedelta(hours=1 + number)


def articles(count: int, *, date: bool = True) -> dict[str, str]:
    return {path_of(number): article(number, date=date) for number in range(count)}


def article(number: int, *, date: bool = True) -> str:
    local = at(number) + timedelta(hours=8)
    place = PLACES[number % 10]
    shown = f"<p class='info'>{local:%Y年%m月%d日 %H:%M} 来源：{place}日报 记者 王小明</p>" if date else ""
    text = "".join(
        f"<p>{place}的居民告诉记者，第{number}座桥修了{number + 3 + line}个月，第{line + 1}段路面铺好以后，"
        f"从村口到镇上只要走{line + 5}分钟，孩子上学、老人看病都比从前方便得多。</p>"
        for line in range(6)
    )
    head = f"<title>{title_of(number)}_{place}新闻网</title>"
    return page(f"<h1>{title_of(number)}</h1>{shown}<div class='content'>{text}</div>", head)


def page(body: str, head: str = "<title>新闻网</title>") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


def listing(numbers: range, head: str = "<title>新闻网首页</title>", more: str = "") -> str:
    links = "".join(f"<li><a href='{path_of(number)}'>{title_of(number)}</a></li>" for number in numbers)
    return page(f"{more}<ul>{links}</ul>", head)


def feed(numbers: range, age: timedelta = timedelta()) -> str:
    items = "".join(
        f"<item><title>{title_of(number)}</title><link>{{base}}{path_of(number)}</link>"
        f"<pubDate>{at(number) - age + timedelta(hours=8):%a, %d %b %Y %H:%M:%S} +0800</pubDate></item>"
        for number in numbers
    )
    return (
        f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>新闻</title>{items}</channel></rss>"
    )


def _type_of(path: str) -> str:
    if path.endswith(".xml"):
        return "application/xml"
    if path == "/robots.txt":
        return "text/plain"
    return "application/json" if path.startswith("/api") else "text/html"
