"""The programs that are measured on the same pages: Dibao, the hand-written script, trafilatura's own, news-please."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import tomllib
import venv
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from storage.database import open_reader

HERE = Path(__file__).parent
CONCURRENCY = 4
TIMEOUT_SECONDS = 900


@dataclass(frozen=True, kw_only=True)
class Portal:
    """Sites to crawl: as a dibao.toml, and as the others are told of them."""

    config: str
    pages: int
    urls: tuple[str, ...] = ()

    @property
    def specification(self) -> dict[str, object]:
        """The same entry points, link patterns and concurrency for the script."""
        return {
            "concurrency": CONCURRENCY,
            "sites": [
                {
                    "sitemaps": source.get("sitemaps", []),
                    "listings": [listing["url"] for listing in source.get("listings", [])],
                    "links": _expression(source),
                }
                for source in tomllib.loads(self.config)["source"]
            ],
        }


@dataclass(frozen=True, kw_only=True)
class Run:
    """One crawl: what it cost and what it stored. `server_seconds`: CPU of who answered, which is not counted.

    `others`: the share of all cores that other programs had meanwhile, those of other machines of the same host too.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    pages: int
    articles: int
    visited: int
    server_seconds: float = 0.0
    others: float = 0.0
    roles: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A program. `prepare` writes what it needs into a folder and gives the command; `articles` counts what it left.

    `visited`: the pages that it says it has asked for; the articles, where it does not say that.
    """

    name: str
    prepare: Callable[[Portal, Path], list[str]]
    articles: Callable[[Path], int]
    visited: Callable[[Path], int]

    def run(self, portal: Portal, folder: Path, server: Callable[[], float] = lambda: 0.0) -> Run:
        """The program's way through the portal, from its start to its end, in a new folder."""
        folder.mkdir()
        command = self.prepare(portal, folder)
        before, busy = server(), _busy_seconds()
        report = measured(command, folder)
        busy, server_seconds = _busy_seconds() - busy, server() - before
        cores = psutil.cpu_count() or 1
        return Run(
            others=(busy - report["cpu_seconds"] - server_seconds) / (cores * report["wall_seconds"]),
            wall_seconds=report["wall_seconds"],
            cpu_seconds=report["cpu_seconds"],
            peak_bytes=report["peak_bytes"],
            roles=report["roles"],
            peaks=report["peaks"],
            pages=portal.pages,
            articles=self.articles(folder),
            visited=self.visited(folder),
            server_seconds=server_seconds,
        )


def _busy_seconds() -> float:
    """CPU seconds that all cores have worked since this machine was started, or were with others of the host."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def fast(config: str) -> str:
    """The configuration without the limits that keep Dibao polite."""
    limits = f"[fetch]\nmax_pages_per_run = 100000\nconcurrency_per_host = {CONCURRENCY}"
    return config.replace("[fetch]", limits, 1)


def measured(command: list[str], folder: Path) -> dict:
    """What a command cost that ended well, run in that folder."""
    measuring = [sys.executable, str(HERE / "measured.py"), "report.json", *command]
    with (folder / "log").open("wb") as log:
        subprocess.run(measuring, cwd=folder, stdout=log, stderr=log, timeout=TIMEOUT_SECONDS, check=True)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["exit"] == 0, (folder / "log").read_text(encoding="utf-8")[-2000:]
    return report


# Dibao, and the script


def _prepare_dibao(portal: Portal, folder: Path) -> list[str]:
    (folder / "dibao.toml").write_text(portal.config, encoding="utf-8")
    return [str(Path(sys.executable).with_name("dibao")), "crawl", "--all", "--json"]


def _visited(folder: Path) -> int:
    with open_reader(folder / "news.db") as database:
        return int(database.value("SELECT count(*) FROM urls WHERE last_checked_at IS NOT NULL"))


def _stored(folder: Path) -> int:
    with open_reader(folder / "news.db") as database:
        return int(database.value("SELECT count(*) FROM articles"))


def _prepare_script(portal: Portal, folder: Path) -> list[str]:
    (folder / "spec.json").write_text(json.dumps(portal.specification), encoding="utf-8")
    return [sys.executable, str(HERE / "baseline.py"), "spec.json", "news.db"]


def _inserted(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "news.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])


def _expression(source: dict) -> str:
    """The regular expression of a source's article addresses."""
    patterns = {"mirror": r"/\d+\.html$", "bay": r"/c\d+\.shtml$", "gazette": r"\?p=\d+$", "daily": r"/c\d+\.html$"}
    kind = source["name"].rpartition("-")[2]
    return patterns.get(kind, re.escape("/p/") + r"\d+\.html$")


# Others, which take a list of addresses


def _prepare_trafilatura(portal: Portal, folder: Path) -> list[str]:
    """`trafilatura --input-file`, as quick as it can be set: it never sleeps, and its guard of addresses is off."""
    hosts = {urlsplit(url).hostname: f"s{n}.example.org" for n, url in enumerate(portal.urls)}
    names = {name: address for address, name in hosts.items()}
    urls = [url.replace(f"//{urlsplit(url).hostname}", f"//{hosts[urlsplit(url).hostname]}", 1) for url in portal.urls]
    config = files("trafilatura").joinpath("settings.cfg").read_text(encoding="utf-8")
    for key, value in (("SLEEP_TIME", "0"), ("SSRF_PROTECTION", "off")):
        config = re.sub(rf"^{key} *=.*$", f"{key} = {value}", config, flags=re.MULTILINE)
        assert f"{key} = {value}" in config
    (folder / "names.json").write_text(json.dumps(names), encoding="utf-8")
    (folder / "urls.txt").write_text("\n".join(urls) + "\n", encoding="utf-8")
    (folder / "settings.cfg").write_text(config, encoding="utf-8")
    return [
        *(sys.executable, str(HERE / "named_side.py"), "names.json", "trafilatura.cli"),
        *("-i", "urls.txt", "-o", "out", "--json", "--with-metadata", "--config-file", "settings.cfg"),
    ]


def _written(folder: Path) -> int:
    return sum(1 for _ in (folder / "out").rglob("*.json"))


def news_please(place: Path) -> Contender:
    """news-please in a virtual environment at `place`, which is made when it is not there (the network is needed)."""
    python = place / "bin" / "python"
    if not python.exists():
        venv.create(place, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "news-please"], check=True)

    def prepare(portal: Portal, folder: Path) -> list[str]:
        (folder / "urls.json").write_text(json.dumps(portal.urls), encoding="utf-8")
        return [str(python), "-W", "ignore", str(HERE / "newsplease_side.py"), "urls.json", "news.db"]

    return Contender(name="news-please", prepare=prepare, articles=_inserted, visited=_inserted)


DIBAO = Contender(name="dibao", prepare=_prepare_dibao, articles=_stored, visited=_visited)
SCRIPT = Contender(name="script", prepare=_prepare_script, articles=_inserted, visited=_inserted)
TRAFILATURA = Contender(name="trafilatura", prepare=_prepare_trafilatura, articles=_written, visited=_written)
