"""A command's side: it says its wish to the daemon of a database, and reads what that answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from scheduler.control.place import address_of, socket_path
from scheduler.control.wishes import Answer, Wish, answer_of, encode
from storage.holders import lock_holder
from storage.lock import lock_path

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0
"""So long a daemon may be at something else, a large file that it checks among them, before it heeds a wish."""
LOOK_SECONDS = 0.1
"""How soon Ctrl-C is heeded."""
AT_ONCE = 65_536
LONGEST_ANSWER = 16 * 1024 * 1024


class NoDaemon(Exception):
    """Nobody listens beside the database."""


class DaemonGone(Exception):
    """The daemon ended, or said nothing, before its last word."""


class Leaving(Exception):
    """Whoever waits wants to wait no longer. The daemon goes on."""


class Conversation:
    """One wish and the answers to it."""

    def __init__(self, opened: socket.socket, should_stop: Callable[[], bool]) -> None:
        self._socket = opened
        self._should_stop = should_stop
        self._read = bytearray()

    def answer(self, within_seconds: float | None = None) -> Answer:
        """The next answer. Raises DaemonGone where none comes, or none in that time; Leaving where it is asked to."""
        deadline = None if within_seconds is None else time.monotonic() + within_seconds
        while b"\n" not in self._read:
            if self._should_stop():
                raise Leaving
            if deadline is not None and time.monotonic() > deadline:
                raise DaemonGone(f"the daemon has not answered in {within_seconds:g} s; see whether it is well")
            try:
                said = self._socket.recv(AT_ONCE)
            except TimeoutError:
                continue
            except OSError as error:
                raise DaemonGone(f"the daemon is gone: {error.strerror}") from error
            if not said or len(self._read) > LONGEST_ANSWER:
                raise DaemonGone("the daemon is gone; what was unfinished comes again when it has started")
            self._read += said
        end = self._read.index(b"\n")
        line = bytes(self._read[:end])
        del self._read[: end + 1]
        try:
            return answer_of(line)
        except msgspec.MsgspecError as error:
            raise DaemonGone(f"the daemon is of another version, restart it: {error}") from error


@contextmanager
def asking(database: Path, wish: Wish, should_stop: Callable[[], bool] = lambda: False) -> Iterator[Conversation]:
    """A block in which the daemon of that database has been told the wish. Raises NoDaemon where there is none."""
    with _connected(database) as opened:
        try:
            opened.sendall(encode(wish))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it refused at once, before it was told: what it said is there to be read
        except OSError as error:
            raise DaemonGone(f"the daemon is gone: {error.strerror or error}") from error
        opened.settimeout(LOOK_SECONDS)
        yield Conversation(opened, should_stop)


@contextmanager
def _connected(database: Path) -> Iterator[socket.socket]:
    path = socket_path(database)
    if not hasattr(socket, "AF_UNIX"):
        raise NoDaemon
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as opened:
        opened.settimeout(CONNECT_SECONDS)
        try:
            with address_of(path) as address:
                opened.connect(address)
        except TimeoutError as error:
            raise DaemonGone(f"the daemon does not answer at {path}; see whether it is well") from error
        except PermissionError as error:
            if lock_holder(lock_path(database)) is None:
                raise NoDaemon from error
            raise DaemonGone("the daemon belongs to another user; run this as that user, or as root") from error
        except OSError as error:  # no socket, or one that a killed daemon has left
            raise NoDaemon from error
        yield opened
