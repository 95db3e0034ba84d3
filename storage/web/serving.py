"""Datasette with our pages over one file, as `dibao serve` starts it: a socket, a guard where others can reach it."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from storage.contract.datasette_metadata import metadata
from storage.database import open_reader, refuse_older
from storage.web.doorway import App, Receive, Send, guarded
from storage.web.guard import Entrance, Guard, Scope
from storage.web.patience import patient
from storage.web.settings import ZONE

if TYPE_CHECKING:
    from datasette.app import Datasette

_MOST_AT_ONCE: Final = 200
"""Requests that are answered at a time; more get 503 at once, and no memory."""
_DRAIN_SECONDS: Final = 5
ENDED_SECONDS: Final = 10
"""After which a process that was told to end is ended: it only reads, and so there is nothing to be saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is served, and to whom. `port` 0: any that is free; `token` None: whoever reaches it may look.

    `sql`: whether visitors may type SQL; `timezone`: in which pages say times.
    """

    path: Path
    host: str = "127.0.0.1"
    port: int = 8001
    token: str | None = None
    sql: bool = False
    entrance: Entrance = Entrance()  # noqa: RUF009 - is frozen
    timezone: str = ZONE


class BadAddress(Exception):
    """Nothing can be served there; the message says why."""


def entrance(url: str) -> Entrance:
    """How pages are reached by an address that is given for them, or by the first part of its path alone.

    Raises ValueError with a sentence.
    """
    parts = urlsplit(url)
    base = f"/{parts.path.strip('/')}/".replace("//", "/")
    if parts.query or parts.fragment or not all(letter.isalnum() or letter in "/-_.~" for letter in base):
        raise ValueError(f"{url}: expected an address such as https://news.example.org/dibao/, or its path")
    if not parts.scheme and not parts.netloc and url.startswith("/"):
        return Entrance(base=base)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError(f"{url}: expected an address such as https://news.example.org/dibao/, or its path")
    return Entrance(base=base, hosts=frozenset({parts.hostname.rstrip(".")}), is_https=parts.scheme == "https")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve(service: Service, ready: Callable[[str], None]) -> None:
    """None; pages were served until SIGINT or SIGTERM. `ready` is called with their address when they can be asked.

    Raises StorageFault where the file cannot be shown, BadAddress.
    """
    # Before anything takes time: what is wrong is said at once.
    with open_reader(service.path) as database:
        refuse_older(database)
        tables = [row[0] for row in database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    with _listening(service.host, service.port) as listener:
        shown = _datasette(service, tables)
        asyncio.run(_served(_application(shown, service), listener, lambda: ready(_address(service, listener))))


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises BadAddress."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind, protocol)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(place)
            made.listen(128)
        except BaseException:
            made.close()
            raise
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise BadAddress(
                f"port {port} of {host} is taken by another program; end that, or choose another with --port"
            ) from error
        raise BadAddress(f"nothing can listen at {host}, port {port}: {error.strerror or error}") from error
    return made


def _address(service: Service, listener: socket.socket) -> str:
    """The address at which the pages are asked for on this machine."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - is what listens everywhere
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{service.entrance.base}"


def _datasette(service: Service, tables: list[str]) -> Datasette:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what Datasette's own libraries do
        from datasette.app import Datasette  # noqa: PLC0415
        from datasette.plugins import pm  # noqa: PLC0415

    from storage.web import plugin  # noqa: PLC0415

    if not pm.is_registered(plugin):  # a checkout without an installation has no entry point
        pm.register(plugin, plugin.PLUGIN)
    wishes = {
        "hosts": sorted(service.entrance.hosts),
        "allow": ["default_allow_sql"] if service.sql else [],
        "timezone": service.timezone,
        "home": True,
    }
    made = Datasette(
        files=[str(service.path)],
        metadata=metadata(service.path.stem, tables) | {"plugins": {plugin.PLUGIN: wishes}},
        settings={
            "base_url": service.entrance.base,
            "force_https_urls": service.entrance.is_https,
            "truncate_cells_html": 80,
        },
    )
    _show(made, service.path)
    return made


def _show(datasette: Datasette, path: Path) -> None:
    """None; the file is opened anew, in place of what was shown of it: whatever signs its path has.

    Datasette makes an address of SQLite of a path as it is, in which `?`, `#` and `%` mean something.
    """
    from datasette.database import Database  # noqa: PLC0415 - loaded with Datasette

    class Shown(Database):  # type: ignore[misc]
        def connect(self, write: bool = False) -> Any:  # noqa: FBT001, FBT002 - as Datasette calls it
            quoted = copy(self)
            quoted.path = quote(str(self.path))
            return Database.connect(quoted, write)

    name = next(name for name, database in datasette.databases.items() if database.path == str(path))
    datasette.remove_database(name)
    datasette.add_database(Shown(datasette, str(path)), name=name)


def _application(datasette: Datasette, service: Service) -> App:
    fresh: App = Fresh(datasette.app(), datasette, service.path)
    return fresh if service.token is None else Guard(fresh, service.token, service.entrance)


class Fresh:
    """An ASGI application around Datasette, which sees the file that is there now, also where a restore replaced it.

    Datasette keeps its connections for ever: those to a file that was moved away would go on showing that.
    """

    def __init__(self, app: App, datasette: Any, path: Path) -> None:
        self._app, self._datasette, self._path = app, datasette, path
        self._shown = self._identity()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """None; the request was answered. Nothing can be changed here, so no other method has a meaning."""
        if scope["type"] == "http" and scope["method"] not in {"GET", "HEAD"}:
            await _refuse_method(send)
            return
        found = self._identity()
        if found is not None and found != self._shown:
            self._renew()
            self._shown = found
        await self._app(scope, receive, send)

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except OSError:  # between two files, for a moment
            return None
        return status.st_dev, status.st_ino

    def _renew(self) -> None:
        shown = self._datasette
        _show(shown, self._path)
        # Connections belong to threads, and end with them.
        old, shown.executor = shown.executor, ThreadPoolExecutor(max_workers=shown.setting("num_sql_threads"))
        old.shutdown(wait=False)


async def _refuse_method(send: Send) -> None:
    headers = [(b"allow", b"GET, HEAD"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 405, "headers": guarded(headers)})
    await send({"type": "http.response.body", "body": b""})


async def _served(app: App, listener: socket.socket, ready: Callable[[], None]) -> None:
    import uvicorn  # noqa: PLC0415 - a second of CPU

    class Server(uvicorn.Server):
        """One that says when it is ready, and whose signals do not end the process a second time."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            # No handlers of the loop: it does not turn while a page is made, or while nobody reads what is logged.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self.handle_exit)
            yield

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            if not self.should_exit:
                end_for_certain()
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        _plain(app),
        http=patient(),
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws="none",
        limit_concurrency=_MOST_AT_ONCE,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    await Server(config).serve([listener])


def end_for_certain() -> None:
    """None; the process ends by itself, or is ended: Python would wait for its threads for ever."""
    timer = threading.Timer(ENDED_SECONDS, os._exit, (0,))
    timer.daemon = True
    timer.start()


def _plain(app: App) -> App:
    """The application as a function: uvicorn looks for ASGI 2 in what is none."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)

    return answer
