"""The page "From one machine to two" of scheduler/README.md, typed in as it stands, from a server to a stored article.

Left out is what a test's machine has not: packages, systemd and other users. What systemd would start is started as the
shipped unit says it, with the file that the page has written for it.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scheduler.cli.ops import shipped
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage.database import open_reader
from tests.readmes import text_of
from tests.scheduler.engines.cluster.machines import DIBAO
from tests.scheduler.engines.cluster.postgres import Postgres
from tests.scheduler.engines.cluster.supervisor import Program, Supervisor

pytestmark = pytest.mark.cluster

HEADING = "### From one machine to two\n"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_TYPED = ("apt-get ", "sudo -u postgres createdb ", "python3 -m venv ", "/srv/dibao/venv/bin/pip ", "systemctl ")
DATABASE = "page"
ROLES = ("dibao_coordinator", "dibao_worker")
PASSWORD = re.compile(r"^role (\w+) is made; its password, which is shown only now: (\S+)$", re.MULTILINE)
SECONDS = 60.0


@pytest.fixture
def server(postgres: Postgres) -> Iterator[Postgres]:
    """A server with an empty database of the page's, in which there are none of its roles."""
    with postgres.connect() as administrator:
        administrator.execute(f"CREATE DATABASE {DATABASE}")
    yield postgres
    with postgres.connect() as administrator:
        administrator.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
        for role in (*ROLES, "dibao_owner"):
            administrator.execute(f"DROP ROLE IF EXISTS {role}")


class Reader:
    """Who types, in a folder that has a dibao.toml. `passwords`: what was printed for each role."""

    def __init__(self, folder: Path, server: Postgres) -> None:
        self.folder = folder
        self.port = server.url().rpartition("@")[2].partition("/")[0].rpartition(":")[2]
        self.admin = server.url(database=DATABASE)
        self.passwords: dict[str, str] = {}

    def placed(self, text: str) -> str:
        """What stands on the page, with this test's places in those of the page."""
        for role, password in self.passwords.items():
            text = re.sub(rf"(?<={role}:)PASSWORD", password, text)
        text = text.replace("db.example.net:5432:dibao:", f"127.0.0.1:{self.port}:{DATABASE}:")
        text = text.replace("@db.example.net/dibao", f"@127.0.0.1:{self.port}/{DATABASE}")
        text = text.replace("postgresql:///dibao", self.admin).replace("/etc/dibao", str(self.folder / "etc"))
        text = text.replace("/etc/systemd/system", str(self.folder)).replace("cd /var/lib/dibao && ", "")
        return re.sub(r"sudo -u \w+ ", "", text).replace("install -o dibao", "install").replace(
            "/srv/dibao/venv/bin/dibao", shlex.quote(DIBAO)
        )

    def type_in(self, line: str) -> None:
        """None; the line was typed, and did what it is there for."""
        if line.startswith(NOT_TYPED):
            return
        if " cluster init " in line:
            line = f"{line} --print-passwords"
        typed = self.placed(line)
        done = subprocess.run(
            ["/bin/sh", "-c", typed], cwd=self.folder, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        expected = {0, 1} if "cluster status" in line else {0}
        assert done.returncode in expected, (line, done.stdout, done.stderr)
        self.passwords |= dict(PASSWORD.findall(done.stdout))

    def status(self) -> dict[str, Any]:
        """What `dibao cluster status --json` says."""
        found: dict[str, Any] = json.loads(self.dibao("cluster", "status", "--json"))
        return found

    def dibao(self, *words: str) -> str:
        """What a command has printed."""
        return subprocess.run([DIBAO, *words], cwd=self.folder, capture_output=True, text=True, check=False).stdout


def blocks() -> list[tuple[str, str]]:
    text = text_of("scheduler/README.md")
    page = text[text.index(HEADING) + len(HEADING) :]
    return BLOCK.findall(page[: page.index("\n### ")])


def test_the_page_leads_from_one_machine_to_two_and_back(tmp_path: Path, server: Postgres) -> None:
    reader = Reader(tmp_path, server)
    with WorldServer(World(2, 4, seed=3)) as world:
        config = tmp_path / "dibao.toml"
        alone = world.config_toml("news.db", delay_seconds=0.0)
        config.write_text(alone, encoding="utf-8")
        for language, block in blocks():
            if language == "toml":
                config.write_text(alone + reader.placed(block), encoding="utf-8")
            else:
                for line in block.splitlines():
                    reader.type_in(line)
        assert set(reader.passwords) == set(ROLES)
        with Supervisor() as systemd:
            daemon = systemd.add(Program("dibao", [DIBAO, "run"], tmp_path, environment()))
            systemd.add(worker(tmp_path))
            until(lambda: stored(tmp_path) == 8, daemon.log.read_text)
            assert reader.status()["ok"]
            assert reader.dibao("cluster", "drain", "--all").startswith("draining: ")
            until(lambda: reader.status()["workers"] == [], lambda: str(reader.status()))
        config.write_text(alone, encoding="utf-8")
        assert "2 sources" in (said := reader.dibao("crawl", "--all")), said
        assert "failed" not in said
        assert stored(tmp_path) == 8


def environment() -> dict[str, str]:
    return {"PATH": str(Path(sys.executable).parent)}


def worker(folder: Path) -> Program:
    """What the unit that the page has printed starts, with its environment."""
    unit = (folder / "dibao-worker.service").read_text(encoding="utf-8")
    assert unit == shipped("dibao-worker.service").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ExecStart=\S+ (.*)$", unit, re.MULTILINE)
    (file,) = re.findall(r"^EnvironmentFile=/etc/dibao/(.*)$", unit, re.MULTILINE)
    named = dict(line.split("=", 1) for line in (folder / "etc" / file).read_text(encoding="utf-8").splitlines())
    words = shlex.split(command.replace("%H", "w1.example.net"))
    return Program("worker", [DIBAO, *words], folder, environment() | named)


def stored(folder: Path) -> int:
    if not (folder / "news.db").exists():
        return 0
    with open_reader(folder / "news.db") as database:
        return int(database.value("SELECT count(*) FROM articles"))


def until(true: Callable[[], bool], why: Callable[[], str]) -> None:
    by = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < by, why()
        time.sleep(0.2)
