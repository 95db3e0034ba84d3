"""The daemon's ear: a thread that listens at the socket, takes one wish from each client, and hands out answers.

It never waits for a client: every socket is non-blocking, what a client may say and leave unread is bounded, and one
that stays silent or reads nothing is dropped. With nobody there it sleeps until somebody comes.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import selectors
import socket
import stat
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from scheduler.control.place import address_of, socket_path
from scheduler.control.wishes import Answer, Refused, Wish, encode, wish_of

logger = logging.getLogger(__name__)

MOST_CLIENTS = 64
LONGEST_WISH = 256 * 1024
"""Bytes: three thousand names of the longest kind."""
MOST_UNREAD = 1024 * 1024
"""Bytes of answers that wait for a client: the results of a thousand sources."""
SILENT_SECONDS = 5.0
"""So long a client has to say its wish, and to read on where its answers do not fit into the socket."""
LAST_WORDS_SECONDS = 1.0
REST_SECONDS = 1.0
"""Where no connection can be accepted, because the process has no descriptor left."""
AT_ONCE = 65_536
MODE = 0o600
ROOT = 0


@dataclass(slots=True)
class _Client:
    number: int
    socket: socket.socket
    until: float | None
    """When it must have moved; None while nothing is awaited of it."""
    heard: bytearray = field(default_factory=bytearray)
    unread: bytearray = field(default_factory=bytearray)
    has_wished: bool = False
    leaves: bool = False
    """Whether it goes once it has read what is left."""


class Server:
    """Listens beside a database. `wake` is called, in the server's thread, when a wish has come."""

    def __init__(self, database: Path, wake: Callable[[], None]) -> None:
        self._path = socket_path(database)
        self._wake_owner = wake
        self._wishes: queue.SimpleQueue[tuple[int, Wish | None]] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[int, bytes, bool]] = queue.SimpleQueue()
        self._clients: dict[int, _Client] = {}
        self._count = 0
        self._closing = threading.Event()
        self._farewell = b""
        self._listener = _listening(self._path)
        self._place = self._path.lstat().st_ino
        self._ear, self._mouth = os.pipe()
        os.set_blocking(self._mouth, False)
        self._selector = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)
        self._thread.start()

    def wishes(self) -> dict[int, Wish | None]:
        """What clients have wished for since the last look, by client; None for one that is gone."""
        found: dict[int, Wish | None] = {}
        with contextlib.suppress(queue.Empty):
            while True:
                number, wish = self._wishes.get_nowait()
                found[number] = wish
        return found

    def send(self, number: int, answer: Answer, *, last: bool = False) -> None:
        """None; the client is told, if it is there. `last`: it has nothing more to wait for."""
        if self._thread.is_alive():
            self._answers.put((number, encode(answer), last))
            self._wake()

    def close(self, farewell: Answer) -> None:
        """None; nobody comes any more. Clients that wait for an answer get this one, and a second to read it."""
        self._leave()
        self._farewell = encode(farewell)
        self._closing.set()
        self._wake()
        self._thread.join(2 * LAST_WORDS_SECONDS)
        os.close(self._mouth)

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError, BrokenPipeError):  # it will wake already, or a fault has ended it
            os.write(self._mouth, b".")

    def _leave(self) -> None:
        """None; the socket is no longer in its place, unless that is another's by now."""
        with contextlib.suppress(OSError):
            if self._place == _inode(self._path):
                self._path.unlink()

    # In the thread

    def _run(self) -> None:
        self._selector.register(self._ear, selectors.EVENT_READ, None)
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        try:
            while not self._closing.is_set():
                self._turn()
            self._part()
        except Exception:
            logger.exception("the control socket is closed by a fault; the daemon goes on without it")
            self._leave()
        finally:
            for client in list(self._clients.values()):
                self._drop(client)
            self._listener.close()
            self._selector.close()
            os.close(self._ear)

    def _turn(self) -> None:
        for key, events in self._selector.select(self._patience()):
            if key.data is not None:
                self._serve(key.data, events)
            elif key.fileobj is self._listener:
                self._accept()
            else:
                os.read(self._ear, AT_ONCE)
        self._hand_out()
        now = time.monotonic()
        for client in [one for one in self._clients.values() if one.until is not None and one.until <= now]:
            self._drop(client)

    def _patience(self) -> float | None:
        """Seconds until some client has been waited for long enough; None, for ever, while none is."""
        waited = [client.until for client in self._clients.values() if client.until is not None]
        return max(0.0, min(waited) - time.monotonic()) if waited else None

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            return
        except OSError as error:
            logger.warning("a connection to the control socket cannot be accepted: %s", error.strerror)
            time.sleep(REST_SECONDS)
            return
        connection.settimeout(0)
        self._count += 1
        client = _Client(self._count, connection, time.monotonic() + SILENT_SECONDS)
        self._clients[client.number] = client
        self._selector.register(connection, selectors.EVENT_READ, client)
        if not _is_ours(connection):
            self._refuse(client, "the daemon belongs to another user; run this as that user, or as root", "storage")
        elif len(self._clients) > MOST_CLIENTS:
            self._refuse(client, f"{MOST_CLIENTS} commands wait for the daemon already; try again later", "busy")

    def _serve(self, client: _Client, events: int) -> None:
        if client.number in self._clients and events & selectors.EVENT_READ:
            self._hear(client)
        if client.number in self._clients and events & selectors.EVENT_WRITE:
            self._write(client)

    def _hear(self, client: _Client) -> None:
        try:
            said = client.socket.recv(AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if not said or client.leaves:
            if not said:
                self._drop(client)
            return
        client.heard += said
        if client.has_wished:
            self._drop(client)  # who says more than one wish is none of ours
        elif b"\n" in client.heard:
            self._take(client, bytes(client.heard[: client.heard.index(b"\n")]))
        elif len(client.heard) > LONGEST_WISH:
            self._refuse(client, "the wish is too long", "configuration")

    def _take(self, client: _Client, line: bytes) -> None:
        try:
            wish = wish_of(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self._refuse(client, "the daemon does not know this wish; if it is of another version, restart it", "busy")
            return
        client.has_wished, client.until = True, None
        client.heard.clear()
        self._wishes.put((client.number, wish))
        self._wake_owner()

    def _refuse(self, client: _Client, why: str, cause: str) -> None:
        client.leaves = True
        self._say(client, encode(Refused(why=why, cause=cause)))  # type: ignore[arg-type]

    def _hand_out(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                number, line, last = self._answers.get_nowait()
                if (client := self._clients.get(number)) is not None:
                    client.leaves = last
                    self._say(client, line)

    def _say(self, client: _Client, line: bytes) -> None:
        if len(client.unread) + len(line) > MOST_UNREAD:
            self._drop(client)
            return
        client.unread += line
        self._write(client)

    def _write(self, client: _Client) -> None:
        try:
            while client.unread and (sent := client.socket.send(client.unread[:AT_ONCE])):
                del client.unread[:sent]
                client.until = None
        except BlockingIOError:
            client.until = client.until or time.monotonic() + SILENT_SECONDS
            self._selector.modify(client.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, client)
            return
        except OSError:
            self._drop(client)
            return
        if client.leaves:
            self._drop(client)
        else:
            self._selector.modify(client.socket, selectors.EVENT_READ, client)

    def _drop(self, client: _Client) -> None:
        if self._clients.pop(client.number, None) is None:
            return
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(client.socket)
        client.socket.close()
        if client.has_wished:
            self._wishes.put((client.number, None))
            self._wake_owner()

    def _part(self) -> None:
        """None; those that wait have been told that there is no more to wait for, if they would read it in time."""
        self._selector.unregister(self._listener)
        self._hand_out()
        for client in list(self._clients.values()):
            client.leaves = True
            self._say(client, self._farewell)
        end = time.monotonic() + LAST_WORDS_SECONDS
        while self._clients and (left := end - time.monotonic()) > 0:
            for key, events in self._selector.select(left):
                if key.data is None:
                    os.read(self._ear, AT_ONCE)
                else:
                    self._serve(key.data, events)


def _listening(path: Path) -> socket.socket:
    """A socket that listens at the path. Raises OSError.

    The caller holds the writer lock, so a socket that is there was left by a killed daemon. Nobody can connect before
    it listens, and by then only its owner may.
    """
    if (found := _stat(path)) is not None and stat.S_ISSOCK(found.st_mode):
        path.unlink()
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        opened.settimeout(0)
        with address_of(path) as address:
            opened.bind(address)
        path.chmod(MODE)
        opened.listen(MOST_CLIENTS)
    except BaseException:
        opened.close()
        raise
    return opened


def _is_ours(connection: socket.socket) -> bool:
    """Whether the other side is of this user or root; where the system does not tell, the file's mode alone counts."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", said)[1] in {ROOT, os.geteuid()}


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None


def _inode(path: Path) -> int | None:
    found = _stat(path)
    return None if found is None else found.st_ino
