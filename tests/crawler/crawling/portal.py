"""A portal of a few lines: what it answers is said by the test, what was asked of it, and when, is written down."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

from aiohttp import web

from scheduler.engines.local import LocalEngine
from storage.identity import key_hash, url_key
from storage.records import CrawlJob, EntryChecked, Event, JobFinished, Limits

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
PATIENCE_SECONDS = 60.0
SENTENCE = "市政府今天上午召开会议，研究部署今年冬季供暖工作，要求各部门落实责任，确保群众温暖过冬。"
ROBOTS = "User-agent: *\nAllow: /\n"

Answer = str | bytes | int | web.Response
Route = Answer | Callable[[web.Request], Answer]


class Asked(NamedTuple):
    """A request: its path with query, when it came (monotonic), and its headers."""

    path: str
    at: float
    headers: dict[str, str]


class Portal:
    """A server on 127.0.0.x. `routes`: what each path answers; others are 404. A number is a status."""

    def __init__(self, address: str = "127.0.0.1", **routes: Route) -> None:
        self.routes: dict[str, Route] = dict(routes)
        self.asked: list[Asked] = []
        self._address = address
        self._stop: asyncio.Event

    def __enter__(self) -> Self:
        started: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True)
        self._thread.start()
        self.authority = f"{self._address}:{started.result()}"
        self.base = f"http://{self.authority}"
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    @property
    def paths(self) -> list[str]:
        """What was asked, in order, robots.txt left out."""
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    def job(self, *entry_points: Any, known: tuple[str, ...] = (), **more: Any) -> CrawlJob:
        """A job for this portal. `known`: paths that the ledger has; `limits`: fields of Limits."""
        limits = {"delay_seconds": 0.0, "timeout_seconds": 20.0} | more.pop("limits", {})
        fields: dict[str, Any] = {
            "id": f"job {id(object())} {time.monotonic_ns()}",
            "run_id": 1,
            "source": "portal",
            "home": f"{self.base}/",
            "hosts": (self._address,),
            "timezone": "Asia/Shanghai",
            "user_agent": "dibao-test",
            "now": NOW,
            "entry_points": entry_points,
            "known": b"".join(key_hash(url_key(self.base + path)) for path in known),
            "limits": Limits(**limits),
            "allow_networks": ("127.0.0.0/8",),
        }
        return CrawlJob(**fields | more)

    async def _serve(self, started: Future[int]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application()
        app.router.add_get("/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, self._address, 0)
        await site.start()
        started.set_result(runner.addresses[0][1])
        await self._stop.wait()
        await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        self.asked.append(Asked(request.raw_path, time.monotonic(), dict(request.headers)))
        default: Route = ROBOTS if request.path == "/robots.txt" else 404
        route = self.routes.get(request.raw_path, default)
        answer = route(request) if callable(route) else route
        if isinstance(answer, web.Response):
            return answer if not answer.prepared else web.Response(body=answer.body)
        if isinstance(answer, int):
            return web.Response(status=answer)
        body = answer.encode() if isinstance(answer, str) else answer
        kind = "text/plain" if request.path == "/robots.txt" else "text/html"
        return web.Response(body=body, headers={"Content-Type": kind})


def article(title: str = "冬季供暖工作会议召开", more: str = "") -> str:
    """A page that is an article."""
    paragraphs = "".join(f"<p>{SENTENCE}第{number}段。</p>" for number in range(6))
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><div>{paragraphs}</div>{more}</body></html>"


def links(*paths: str, more: str = "") -> str:
    """A listing page."""
    items = "".join(f'<li><a href="{path}">冬季供暖工作会议召开研究部署{path}</a></li>' for path in paths)
    return f"<html><head><title>要闻</title></head><body><ul>{items}</ul>{more}</body></html>"


def news(*numbers: int) -> tuple[str, ...]:
    """Paths of articles."""
    return tuple(f"/2026/11/22/{100000 + number}.html" for number in numbers)


def feed(*paths: str) -> str:
    """An RSS feed with these items."""
    items = "".join(f"<item><title>{path}</title><link>{path}</link></item>" for path in paths)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>要闻</title>{items}</channel></rss>'


def sitemap(*urls: str, index: bool = False, lastmod: str = "") -> str:
    """A sitemap, or an index, with these full addresses."""
    root, item = ("sitemapindex", "sitemap") if index else ("urlset", "url")
    changed = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    items = "".join(f"<{item}><loc>{url}</loc>{changed}</{item}>" for url in urls)
    return f'<?xml version="1.0"?><{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{items}</{root}>'


def run(engine: LocalEngine, job: CrawlJob, during: Callable[[Event], None] | None = None) -> list[Event]:
    """The events of a job up to its end, each confirmed as the coordinator does."""
    engine.submit(job)
    found: list[Event] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        events = engine.poll(0.5, limit=100)
        engine.committed(events)
        for event in events:
            if event.job_id == job.id:
                found.append(event)
                if during is not None:
                    during(event)
        if any(isinstance(event, JobFinished) for event in found):
            return found
    raise AssertionError(f"the job did not end: {found}")


def only(events: list[Event], kind: type[Any]) -> list[Any]:
    """The events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def checked(events: list[Event], url: str) -> EntryChecked:
    """What was told of one entry point: once, or twice where other entry points have closed its gap."""
    told = [event for event in only(events, EntryChecked) if event.url == url]
    assert [event.gap for event in told[:-1]] in ([], ["open"])
    assert not told[1:] or told[1].gap == "closed"
    event = told[-1]
    assert isinstance(event, EntryChecked)
    return event
