"""Alerts beside real crawls: the daemon's."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage.database import open_writer
from storage.watch import alerts, incidents
from tests.scheduler.alerting.chats import Reply, chat, text_of
from tests.scheduler.test_daemon import running


@pytest.mark.faults
def test_the_daemon_tells_what_waits_and_takes_new_places_while_a_stuck_one_holds_up_nothing(
    dibao_command: str, tmp_path: Path
) -> None:
    with WorldServer(World(sites=1, articles=2, kinds=["daily"])) as server, \
            WorldServer(World(sites=1, articles=3, seed=4, kinds=["city"])) as other, \
            chat("feishu") as duty, chat("slack") as stuck, \
            running(dibao_command, tmp_path, server) as daemon:  # fmt: skip
        daemon.until(lambda: daemon.value("SELECT count(*) FROM articles") == 2)
        stuck.say = lambda _number: Reply(stall_seconds=60)
        for name, place in (("duty", duty), ("stuck", stuck)):
            (tmp_path / f"{name}.url").write_text(place.url)
        tables = "".join(
            f'[[alert]]\nname = "{name}"\nkind = "{kind}"\nurl_file = "{name}.url"\n'
            for name, kind in (("duty", "feishu"), ("stuck", "slack"))
        )
        # Of what waits, nothing is resolved by a look at the sources.
        daemon.configure(more=f"[watch]\nenabled = false\n[alerts]\ngroup_seconds = 0\n{tables}{other.source_toml()}")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.until(lambda: daemon.said("the configuration was read again"))
        _queue(tmp_path / "news.db")
        duty.until(lambda: len(duty.taken) == 1)
        assert "磁盘空间不足" in text_of("feishu", duty.taken[0])
        daemon.until(lambda: daemon.value("SELECT count(*) FROM articles") == 5)
        daemon.until(lambda: daemon.value("SELECT state FROM alerts WHERE sink = 'duty'") == "sent")
        code, seconds = daemon.stop()
        assert code == 0
        assert seconds < 2 + 2 + 23
        assert daemon.value("SELECT state FROM alerts WHERE sink = 'stuck'") == "pending"
        assert not any(place.url in str(daemon.log()) for place in (duty, stuck))


def _queue(path: Path) -> None:
    """An incident of which both are to be told, as if a round had found it."""
    with open_writer(path) as database, database.transaction():
        now = datetime.now(UTC)
        made = incidents.open_(database, key="disk", kind="disk_low", severity="error", facts={}, now=now)
        alerts.queue(database, made, ["duty", "stuck"], "opened", now)
