"""The demo world on the loopback addresses of this machine: an aiohttp server in one thread, a site an address."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import NamedTuple, Self

from aiohttp import web

from scheduler.demo import sourcefile
from scheduler.demo.addresses import listen, listeners
from scheduler.demo.pages import Pages
from scheduler.demo.rendered import Answer
from scheduler.demo.shelf import WorldArticle
from scheduler.demo.site import WorldSite
from scheduler.demo.static import StaticSite
from scheduler.demo.traffic import Traffic
from scheduler.demo.world import World

_SHUTDOWN_SECONDS = 0.1
"""Time that answers under way have to finish when the server stops; stalled ones are cut off."""

AnySite = WorldSite | StaticSite | str
Served = tuple[web.Application, socket.socket]
"""An application and the socket that it answers on."""


class Request(NamedTuple):
    """What was asked of a site, what it answered, and how many times."""

    path: str
    status: int
    times: int


class Untyped(web.Response):
    """A response that is sent without the Content-Type header that aiohttp would add."""


class WorldServer:
    """A context manager that serves a world, and static sites beside it, until it is left.

    `port` 0 takes a free port. `control` makes the application of a further address of its own (control.control_app).
    `domain`: sites call themselves NAME.domain:port; whoever reads them must know that this is an address of here.
    """

    def __init__(
        self,
        world: World,
        port: int = 0,
        static: Sequence[StaticSite] = (),
        control: Callable[[WorldServer], web.Application] | None = None,
        *,
        domain: str | None = None,
    ) -> None:
        self.world = world
        self._port = port
        self._static = {site.name: site for site in static}
        self.names = [site.name for site in world.sites] + list(self._static)
        self.control_url = ""
        self._control = control
        self._domain = domain
        self.addresses: dict[str, tuple[str, int]] = {}
        self._bases: dict[str, str] = {}
        self._pages = Pages(world, lambda site: self._bases[site.name])
        self._traffic = Traffic()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event

    def __enter__(self) -> Self:
        sockets = listeners(len(self.names), self._port)
        for name, listener in zip(self.names, sockets, strict=True):
            host, port = self.addresses[name] = listener.getsockname()
            self._bases[name] = f"http://{host if self._domain is None else f'{name}.{self._domain}'}:{port}"
        served = [(self._app(name), listener) for name, listener in zip(self.names, sockets, strict=True)]
        if self._control is not None:
            listener = listen("127.0.0.1", 0)
            self.control_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            served.append((self._control(self), listener))
        started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(served, started), name="demo-world", daemon=True)
        self._thread.start()
        started.result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def url(self, site: AnySite) -> str:
        """The address of a site without a slash at the end: http://127.0.0.2:8000."""
        return self._bases[_name(site)]

    def url_of(self, article: WorldArticle) -> str:
        """The full address of an article."""
        return self._bases[article.site] + article.path

    def source_toml(self, site: AnySite | None = None, every: str | None = "15m") -> str:
        """The `[[source]]` block of a site, or of all sites, for a dibao.toml; `every` None: by their own rhythm."""
        names = self.names if site is None else [_name(site)]
        known: dict[str, WorldSite | StaticSite] = {each.name: each for each in self.world.sites} | self._static
        return "\n".join(sourcefile.source(known[name], self._bases[name], every) for name in names)

    def config_toml(self, database: object, delay_seconds: float = 0.0, every: str | None = "15m") -> str:
        """A whole dibao.toml that reads every site of this server into a database file."""
        return sourcefile.head(str(database), delay_seconds) + "\n" + self.source_toml(every=every)

    def requests(self, site: AnySite | None = None) -> list[Request]:
        """What was asked so far, of one site or of all, in the order of the first time."""
        names = self.names if site is None else [_name(site)]
        return [Request(path, status, n) for name in names for (path, status), n in self._traffic.seen(name).items()]

    def hits(self, site: AnySite | None = None) -> Counter[str]:
        """How often each path was asked, whatever the answer."""
        found: Counter[str] = Counter()
        for request in self.requests(site):
            found[request.path] += request.times
        return found

    def body_bytes(self, site: AnySite | None = None) -> int:
        """Bytes in the bodies of all answers so far, of one site or of all."""
        return sum(self._traffic.sent(name) for name in (self.names if site is None else [_name(site)]))

    def max_concurrent(self, site: AnySite) -> int:
        """The highest number of requests that one site was answering at the same moment."""
        return self._traffic.peak(_name(site))

    def reset_counts(self) -> None:
        """Nothing: requests and the highest numbers are counted anew from now on."""
        self._traffic.reset()

    def _run(self, served: Sequence[Served], started: Future[None]) -> None:
        """Nothing: the server's thread, until the server is told to stop."""
        asyncio.run(self._serve(served, started))

    async def _serve(self, served: Sequence[Served], started: Future[None]) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        runners: list[web.AppRunner] = []
        try:
            for app, listener in served:
                runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
                await runner.setup()
                await web.SockSite(runner, listener).start()
                runners.append(runner)
            started.set_result(None)
            await self._stop.wait()
        except BaseException as error:
            if not started.done():
                started.set_exception(error)
            raise
        finally:
            await asyncio.gather(*(runner.cleanup() for runner in runners))

    def _app(self, name: str) -> web.Application:
        """The aiohttp application of one site: one handler for every path."""

        async def handle(request: web.Request) -> web.Response:
            with self._traffic.under_way(name):
                answer = self._answer(name, request)
                if answer.seconds:
                    await asyncio.sleep(answer.seconds)
                self._traffic.count(name, request.raw_path, answer.status, len(answer.body))
                made = web.Response if answer.headers else Untyped
                return made(status=answer.status, body=answer.body, headers=answer.headers)

        async def untyped(_: web.Request, response: web.StreamResponse) -> None:
            if isinstance(response, Untyped):
                response.headers.pop("Content-Type", None)

        app = web.Application()
        app.router.add_get("/{path:.*}", handle)
        app.on_response_prepare.append(untyped)
        return app

    def _answer(self, name: str, request: web.Request) -> Answer:
        if name in self._static:
            return self._static[name].answer(request.raw_path)
        return self._pages.answer(self.world.site(name), request.raw_path, request.headers)


def _name(site: AnySite) -> str:
    return site if isinstance(site, str) else site.name
