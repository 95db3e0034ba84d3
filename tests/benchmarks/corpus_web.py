"""The real pages of a corpus as sites on loopback: from nginx where it is installed, else from the world's server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from scheduler.demo.addresses import listeners
from scheduler.demo.server import WorldServer
from scheduler.demo.static import StaticSite
from scheduler.demo.world import World
from tests.benchmarks.serve_corpus import corpus_sites

HERE = Path(__file__).parent
START_SECONDS = 10.0
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, kw_only=True)
class Web:
    """Sites that answer. `server`: its name; `pages`: the addresses of all articles."""

    server: str
    sites: dict[str, str]
    pages: tuple[str, ...]
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """What the server has used so far: it is told, and counted for nobody."""
        times = self.process.cpu_times()
        return times.user + times.system


@contextmanager
def corpus_web(folder: Path, copies: int, place: Path) -> Iterator[Web]:
    """The pages of `folder`, each so many times; nginx reads them from `place`."""
    if _nginx_program() is not None:
        with static_web(corpus_sites(folder, copies), place) as web:
            yield web
        return
    with process(str(HERE / "serve_corpus.py"), str(folder), str(copies)) as hello:
        server = psutil.Process(hello["pid"])
        yield Web(server="the world's server", sites=hello["sites"], pages=tuple(hello["pages"]), process=server)


@contextmanager
def corpus_webs(folder: Path, sizes: Iterable[int], place: Path) -> Iterator[list[Web]]:
    """A `corpus_web` for each of these numbers of copies, side by side, in folders of `place`."""
    with ExitStack() as stack:
        webs = []
        for copies in sizes:
            own = place / str(copies)
            own.mkdir()
            webs.append(stack.enter_context(corpus_web(folder, copies, own)))
        yield webs


@contextmanager
def static_web(sites: list[StaticSite], place: Path) -> Iterator[Web]:
    """These sites, from nginx, or from a thread of this process where there is none."""
    paths = {site.name: list(site.pages) for site in sites}
    program = _nginx_program()
    if program is None:
        with WorldServer(World(sites=0), static=sites) as server:
            bases = {site.name: server.url(site) for site in sites}
            yield Web(server="the world's server", sites=bases, pages=_pages(bases, paths), process=psutil.Process())
        return
    bases = _written(sites, place)
    with _nginx(program, place, f"{next(iter(bases.values()))}/list.html") as running:
        yield Web(server="nginx", sites=bases, pages=_pages(bases, paths), process=psutil.Process(running.pid))


def _pages(bases: dict[str, str], paths: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(bases[name] + path for name, each in paths.items() for path in each)


def _nginx_program() -> str | None:
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


@contextmanager
def process(*arguments: str) -> Iterator[dict]:
    """A Python program that prints a line of JSON and serves; it is ended with the block."""
    running = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE)
    try:
        assert running.stdout is not None
        yield json.loads(running.stdout.readline())
    finally:
        _ended(running)
        running.stdout.close()


@contextmanager
def _nginx(program: str, place: Path, known: str) -> Iterator[subprocess.Popen]:
    """nginx as one process, of this user, when it answers."""
    running = subprocess.Popen([program, "-p", str(place), "-c", str(place / "nginx.conf"), "-e", "stderr"])
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(known):
            assert running.poll() is None, "nginx has ended"
            assert time.monotonic() < deadline, "nginx does not answer"
            time.sleep(0.05)
        yield running
    finally:
        _ended(running)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=1).close()
    except OSError:
        return False
    return True


def _written(sites: list[StaticSite], place: Path) -> dict[str, str]:
    """The sites' addresses; their files and the configuration stand in `place`."""
    sockets = listeners(len(sites), 0)
    addresses = ["{}:{}".format(*one.getsockname()) for one in sockets]
    for one in sockets:
        one.close()
    servers = []
    for site, address in zip(sites, addresses, strict=True):
        root = place / site.name
        for path in ("/list.html", *site.pages):
            file = root / path.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(site.answer(path).body)
        servers.append(f"  server {{ listen {address}; root {root}; }}")
    user = "user root;\n" if os.getuid() == 0 else ""  # else it would give up its rights, and could not read them
    kept = "".join(f"  {name}_temp_path {place}/{name};\n" for name in TEMPORARY)
    (place / "nginx.conf").write_text(
        f"{user}daemon off;\nmaster_process off;\npid {place}/nginx.pid;\nerror_log stderr crit;\n"
        "events { worker_connections 8192; }\n"
        f"http {{\n  access_log off;\n  default_type text/html;\n  etag on;\n{kept}" + "\n".join(servers) + "\n}\n",
        encoding="utf-8",
    )
    return {site.name: f"http://{address}" for site, address in zip(sites, addresses, strict=True)}


def _ended(running: subprocess.Popen) -> None:
    running.send_signal(signal.SIGTERM)
    try:
        running.wait(10)
    except subprocess.TimeoutExpired:
        running.kill()
        running.wait()
