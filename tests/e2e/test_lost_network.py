"""A daemon that watches twenty portals loses its network: one incident, one alert, and no source is blamed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage.database import open_reader, open_writer
from storage.lock import WriterLock
from storage.watch import alerts, incidents
from tests.scheduler.test_daemon import Running, running

pytestmark = pytest.mark.faults

SITES = 20
WATCH = '\n[watch]\nseconds = 1\n[alerts]\ngroup_seconds = 0\n[[alert]]\nname = "log"\nkind = "log"\n'


def open_kinds(daemon: Running) -> list[str]:
    with open_reader(daemon.database) as database:
        return [one.kind for one in incidents.open_incidents(database)]


def told(daemon: Running) -> list[tuple[str, str]]:
    with open_reader(daemon.database) as database:
        return [(one.event, one.state) for one in reversed(alerts.history(database))]


def due_now(daemon: Running) -> None:
    """None; every source is due, as if its time had come: the clock of a process cannot be set."""
    daemon.stop()
    with WriterLock(daemon.database), open_writer(daemon.database) as database, database.transaction():
        database.execute("UPDATE sources SET not_before = NULL, last_attempt_at = '2026-01-02T00:00:00Z'")
    daemon.start()


def asked(daemon: Running, runs: int) -> Any:
    return daemon.value(f"SELECT count(*) = {runs * SITES} FROM run_source_log WHERE finished_at IS NOT NULL")


def test_a_daemon_that_loses_its_network_tells_of_one_incident(dibao_command: str, tmp_path: Path) -> None:
    world = World(sites=SITES, articles=1, kinds=["daily"])
    with WorldServer(world) as server, running(dibao_command, tmp_path, server) as daemon:
        daemon.configure(more=WATCH)
        daemon.stop()
        daemon.start()
        daemon.until(lambda: asked(daemon, 1))
        daemon.until(lambda: daemon.value("SELECT count(*) FROM source_states WHERE state = 'ok'") == SITES)
        server.__exit__(None, None, None)
        for runs in (2, 3):
            due_now(daemon)
            daemon.until(lambda runs=runs: asked(daemon, runs))
            daemon.until(lambda: open_kinds(daemon) == ["network_down"])
        daemon.until(lambda: told(daemon) == [("opened", "sent")])
        # The daemon notes that an operator has seen it, for it holds the lock.
        seen = subprocess.run([dibao_command, "incidents", "acknowledge", "1"], cwd=tmp_path, check=False)
        assert seen.returncode == 0
        assert daemon.value("SELECT acknowledged_at IS NOT NULL FROM incidents") == 1
        unknown = subprocess.run([dibao_command, "incidents", "acknowledge", "9"], cwd=tmp_path, check=False)
        assert unknown.returncode == 2
        # Killed and begun anew it neither opens nor tells it again.
        daemon.process.kill()
        daemon.process.wait()
        daemon.start()
        at = daemon.value("SELECT at FROM heartbeats WHERE name = 'daemon'")
        daemon.until(lambda: daemon.value("SELECT at FROM heartbeats WHERE name = 'daemon'") > at)
        assert (open_kinds(daemon), told(daemon)) == (["network_down"], [("opened", "sent")])
        assert daemon.value("SELECT count(*) FROM source_states WHERE state = 'ok'") == SITES
        facts = json.loads(daemon.value("SELECT facts FROM incidents"))
        assert facts["tried"] == facts["hosts"] == SITES
        server._port = server.addresses[server.names[0]][1]
        server.__enter__()
        due_now(daemon)
        daemon.until(lambda: asked(daemon, 4))
        daemon.until(lambda: "well_at" in (daemon.value("SELECT facts FROM incidents") or ""))
        assert daemon.value("SELECT count(*) FROM incidents") == 1
        assert daemon.value("SELECT count(*) FROM source_states WHERE state = 'ok'") == SITES
        assert daemon.stop()[0] == 0
