"""What can be wrong with machines that crawl together: each is an incident of its own, told when it lasts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.config.file import load_config
from scheduler.watching import machine
from scheduler.watching.machine import MachineFacts
from storage import engine_seen
from storage.database import open_writer
from storage.engine_seen import EngineSeen
from storage.watch import wording

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WELL = EngineSeen(at=NOW, server="postgresql://db/d", workers=2, backlog_limit_bytes=1_000_000)
MINUTE = timedelta(minutes=1)


def wrong(seen: EngineSeen, now: datetime = NOW) -> dict[str, str]:
    return {one.key: one.severity for one in machine.problems(MachineFacts(engine=seen), now)}


@pytest.mark.parametrize(
    ("seen", "keys"),
    [
        (WELL, {}),
        (replace(WELL, unreachable_since=NOW - MINUTE, workers=0, lost=("a",)), {"engine_unreachable": "error"}),
        (replace(WELL, unreachable_since=NOW - MINUTE / 2), {}),
        (replace(WELL, workers=0, workerless_since=NOW - MINUTE), {"workers_none": "error"}),
        (replace(WELL, workers=0, workerless_since=NOW - MINUTE / 2), {}),
        (
            replace(WELL, lost=("a", "b"), frozen=("b",)),
            {"worker_lost:a": "warning", "worker_frozen:b": "warning"},
        ),
        (replace(WELL, backlog_bytes=1_000_001, oldest_event_seconds=90.4), {"backlog_high": "warning"}),
        (replace(WELL, at=NOW - timedelta(minutes=11), workers=0, workerless_since=NOW - timedelta(hours=1)), {}),
    ],
)
def test_each_trouble_is_an_incident_once_it_lasts(seen: EngineSeen, keys: dict[str, str]) -> None:
    assert wrong(seen) == keys


def test_they_are_said_with_what_is_known_in_both_languages() -> None:
    seen = replace(WELL, backlog_bytes=2 * 1024**3, backlog_limit_bytes=1024**3, oldest_event_seconds=90.4)
    (one,) = machine.problems(MachineFacts(engine=seen), NOW)
    said = wording.sentence(one.kind, one.facts, "en")
    assert said.startswith("Workers begin nothing: 2.0 G")
    assert said.endswith("; the oldest waits for 90 s.")
    assert "待入库数据" in wording.sentence(one.kind, one.facts, "zh")
    for kind in ("engine_unreachable", "workers_none", "worker_lost", "worker_frozen", "backlog_high"):
        for language in ("en", "zh"):
            assert wording.sentence(kind, {}, language)
            assert wording.advice(kind, None, language)


def test_only_a_configuration_with_a_server_has_a_cluster(tmp_path: Path) -> None:
    path = tmp_path / "dibao.toml"
    with open_writer(tmp_path / "news.db") as database:
        with database.transaction():
            engine_seen.note(database, WELL)
        for more, found in (("", None), ('[engine]\nurl = "postgresql://localhost/d"\n', WELL)):
            path.write_text(f'[dibao]\ncontact = "tests@example.org"\n{more}', encoding="utf-8")
            assert machine.look(load_config(path), database, NOW, doubted=False).engine == found
