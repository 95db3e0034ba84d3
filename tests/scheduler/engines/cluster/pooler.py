"""Poolers before PostgreSQL: PgBouncer itself, and what one looks like to libpq, without a server behind it."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Self

import psycopg

from tests.scheduler.engines.cluster.postgres import DATABASE, NOBODY, Postgres, _free_port

START_SECONDS = 20.0
# Where Debian has it, also for users whose PATH leaves out what is an administrator's.
PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def pgbouncer(postgres: Postgres, role: str, password: str, **settings: object) -> Iterator[str]:
    """The address of a PgBouncer that signs everybody in as that role. `settings`: of pgbouncer.ini."""
    assert PGBOUNCER is not None
    port, quoted = _free_port(), password.replace("'", "''")
    lines = [
        "[databases]",
        f"{DATABASE} = host=127.0.0.1 port={postgres.port} dbname={DATABASE} user={role} password='{quoted}'",
        "[pgbouncer]",
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any",
        *(f"{name} = {value}" for name, value in settings.items()),
    ]
    url = f"postgresql://anybody@127.0.0.1:{port}/{DATABASE}"
    # Not pytest's folder, and not as root: as PostgreSQL, it refuses that.
    with tempfile.TemporaryDirectory(prefix="dibao-pooler-") as home:
        Path(home).chmod(0o755)
        ini = Path(home) / "pgbouncer.ini"
        ini.write_text("\n".join(lines))
        user = {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}
        with (Path(home) / "log").open("w+b") as log:
            running = subprocess.Popen([PGBOUNCER, str(ini)], stdout=log, stderr=log, start_new_session=True, **user)  # type: ignore[call-overload]
            try:
                _until_it_answers(url, running, Path(log.name))
                yield url
            finally:
                running.terminate()
                running.wait(START_SECONDS)


def _until_it_answers(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with suppress(psycopg.OperationalError):
            psycopg.connect(url, connect_timeout=5).close()
            return
        assert running.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)


class _Session(StreamRequestHandler):
    server: Lender

    def handle(self) -> None:
        words, version = self._head()
        while version != _VERSION:  # it asks for TLS, or GSSAPI's encryption
            self.wfile.write(b"N")
            words, version = self._head()
        self.rfile.read(words)
        number, key = self.server.begin()
        encoding = _said(b"S", b"client_encoding\0UTF8\0")
        self.wfile.write(_said(b"R", bytes(4)) + encoding + _said(b"K", struct.pack("!II", key, 7)) + _READY)
        while (kind := self.rfile.read(1)) == b"Q":
            self.rfile.read(struct.unpack("!I", self.rfile.read(4))[0] - 4)
            if (process := self.server.process_for(number)) is not None:
                self.wfile.write(_row(str(process).encode()) + _READY)
        assert kind in {b"X", b""}, "no statement is prepared"

    def _head(self) -> tuple[int, int]:
        length, version = struct.unpack("!II", self.rfile.read(8))
        return length - 8, version


class Lender(ThreadingTCPServer):
    """Says to libpq's sessions which process each question is answered by; knows no other question.

    `process_for`: given the number of the session, from 1 on; None: it has to wait for one. `direct`: the first process
    is the one that the session is told of when it begins, as PostgreSQL itself does.
    """

    daemon_threads = True

    def __init__(self, process_for: Callable[[int], int | None], *, direct: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.process_for, self.sessions, self._direct = process_for, 0, direct
        self._serving = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"postgresql://anybody@127.0.0.1:{self.server_address[1]}/x"

    def begin(self) -> tuple[int, int]:
        """The number of a new session, and the process that it is told."""
        self.sessions += 1
        return self.sessions, (self.process_for(self.sessions) or 0) if self._direct else 99_000 + self.sessions

    def __enter__(self) -> Self:
        self._serving.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self._serving.join()


def _said(kind: bytes, body: bytes) -> bytes:
    """A message of PostgreSQL's protocol (54.7)."""
    return kind + struct.pack("!I", 4 + len(body)) + body


def _row(value: bytes) -> bytes:
    """One row with one number."""
    head = struct.pack("!H", 1) + b"pid\0" + struct.pack("!IHIHIH", 0, 0, 23, 4, 0xFFFFFFFF, 0)
    row = struct.pack("!HI", 1, len(value)) + value
    return _said(b"T", head) + _said(b"D", row) + _said(b"C", b"SELECT 1\0")


_VERSION = 3 << 16
_READY = _said(b"Z", b"I")
