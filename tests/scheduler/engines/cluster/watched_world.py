"""The demo world with slow answers, which counts who asks one host twice at the same time, and when what was asked."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from aiohttp import web

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World

LOOK_SECONDS = 0.01
"""How soon it is noticed that whoever asked has gone: a killed client's request is under way no longer."""
NEAR = 3.0


@dataclass(slots=True)
class Asked:
    """One request, by the monotonic clock. `ended_at` None: under way. `answered`: the client was there to the end."""

    host: str
    path: str
    at: float
    beside: tuple[str, ...]
    """What the host was asked already when it came: anything here is an overlap."""
    ended_at: float | None = None
    answered: bool = False


@dataclass(slots=True)
class _Host:
    under_way: list[Asked] = field(default_factory=list)


class WatchedWorld(WorldServer):
    """A context manager. Each answer comes after so many seconds, so that what is killed is killed amid requests."""

    def __init__(self, world: World, port: int = 0, *, answer_seconds: float = 0.0) -> None:
        super().__init__(world, port)
        self._answer_seconds = answer_seconds
        self._watch = threading.Lock()
        self._hosts = {name: _Host() for name in self.names}
        self.log: list[Asked] = []
        self.marks: dict[tuple[str, str], str] = {}
        """What stands before the page of this host and path, for those who do what pages say (tests.faults.poison)."""

    def asked(self) -> list[Asked]:
        """All requests so far, in the order in which they came."""
        with self._watch:
            return list(self.log)

    def overlaps(self) -> list[Asked]:
        """The requests that came while their host was busy with another one whose client was still there."""
        return [asked for asked in self.asked() if asked.beside]

    def around(self, overlaps: list[Asked]) -> str:
        """What the hosts of these requests were asked shortly before and after, for whoever reads why."""
        times = [(one.host, one.at) for one in overlaps]
        near = [one for one in self.asked() if any(one.host == host and abs(one.at - at) < NEAR for host, at in times)]
        return "\n".join(map(str, near))

    def open_hosts(self) -> set[str]:
        """The hosts that are being asked at this moment."""
        with self._watch:
            return {name for name, host in self._hosts.items() if host.under_way}

    def begun(self) -> set[str]:
        """The hosts that have been asked for an article."""
        articles = {(article.site, article.path) for article in self.world.articles()}
        return {asked.host for asked in self.asked() if (asked.host, asked.path) in articles}

    def refetched(self) -> int:
        """How many answers there were for articles that had been answered before."""
        articles = {(article.site, article.path) for article in self.world.articles()}
        answers = Counter((asked.host, asked.path) for asked in self.asked() if asked.answered)
        return sum(times - 1 for article, times in answers.items() if article in articles)

    def _app(self, name: str) -> web.Application:
        async def handle(request: web.Request) -> web.Response:
            asked = self._came(name, request.raw_path)
            try:
                asked.answered = await self._here_until(request, asked.at + self._answer_seconds)
                answer = self._answer(name, request)
                mark = self.marks.get((name, request.raw_path), "").encode()
                return web.Response(status=answer.status, body=mark + answer.body, headers=answer.headers)
            finally:
                self._went(asked)

        app = web.Application()
        app.router.add_get("/{path:.*}", handle)
        return app

    async def _here_until(self, request: web.Request, at: float) -> bool:
        """Whether the client waited for its answer."""
        while (left := at - time.monotonic()) > 0:
            await asyncio.sleep(min(left, LOOK_SECONDS))
            if request.transport is None or request.transport.is_closing():
                return False
        return True

    def _came(self, name: str, path: str) -> Asked:
        with self._watch:
            host = self._hosts[name]
            asked = Asked(name, path, time.monotonic(), tuple(other.path for other in host.under_way))
            host.under_way.append(asked)
            self.log.append(asked)
            return asked

    def _went(self, asked: Asked) -> None:
        with self._watch:
            asked.ended_at = time.monotonic()
            self._hosts[asked.host].under_way.remove(asked)
