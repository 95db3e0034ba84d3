"""What is due is the same, whether all is reckoned anew or only what is new; where nothing is, no file is read."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler import plan
from scheduler.agenda import Agenda
from scheduler.config.file import Config, load_config
from scheduler.sources.states import remembered
from storage import sources
from storage.database import Database, open_writer
from storage.records import utc_text
from storage.watch import pauses
from tests.scheduler.simulated import HEAD

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WAYS = (
    'every = "1h"',
    'cron = "*/20 * * * *"',
    'cron = "30 6 * * *"',
    "",
    'interval_ceiling = "30m"',
    "enabled = false",
)
NAMES = [f"s{number}" for number in range(12)]


def configured(folder: Path) -> Config:
    tables = (
        f'[[source]]\nname = "{name}"\nhome = "http://127.0.{number}.2/"\n{WAYS[number % len(WAYS)]}\n'
        for number, name in enumerate(NAMES)
    )
    path = folder / "dibao.toml"
    path.write_text(HEAD + "".join(tables), encoding="utf-8")
    return load_config(path)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Database]:
    with open_writer(tmp_path / "news.db") as database:
        with database.transaction():
            for source in configured(tmp_path).source[:-3]:
                sources.ensure(database, source.name, source.home, NOW - timedelta(days=9))
        yield database


def anew(config: Config, database: Database, now: datetime, busy: set[str]) -> tuple[plan.DueSource, ...]:
    idle = [source for source in config.enabled_sources if source.name not in busy]
    return plan.due(idle, remembered(config, database, now), now, config.schedule)


def crawled(database: Database, chance: random.Random, name: str, now: datetime) -> None:
    source = sources.ids(database, [name])[0]
    sources.attempted(database, source, now)
    if chance.random() < 0.7:
        sources.succeeded(database, source, now)
    else:
        sources.failed(database, source, now + chance.randrange(90) * MINUTE, "timeout")


def asked_for_a_pause(database: Database, chance: random.Random, name: str, now: datetime) -> None:
    if chance.random() < 0.5:
        sources.pause(database, sources.ids(database, [name])[0], now + chance.randrange(90) * MINUTE)
        return
    site = f"127.0.{NAMES.index(name)}.2"
    database.execute(
        "INSERT INTO hosts (authority, site, paused_until, pause_reason) VALUES (?1, ?1, ?2, 'HTTP 429')"
        " ON CONFLICT (authority) DO UPDATE SET paused_until = excluded.paused_until",
        (site, utc_text(now + chance.randrange(50) * MINUTE)),
    )


def stopped_or_resumed(database: Database, chance: random.Random, name: str, now: datetime) -> None:
    if not pauses.resume(database, name):
        pauses.pause(database, name, now)


def left_a_page(database: Database, chance: random.Random, name: str, now: datetime) -> None:
    database.execute(
        "INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at, next_at)"
        " VALUES (?1, x'00', 'a', ?1, ?2, 'pending', ?3, ?4)",
        (
            f"{now}{chance.random()}",
            sources.ids(database, [name])[0],
            utc_text(now),
            utc_text(now + chance.randrange(40) * MINUTE),
        ),
    )


EVENTS = (crawled, crawled, crawled, asked_for_a_pause, stopped_or_resumed, left_a_page)


def happens(chance: random.Random, database: Database, now: datetime) -> None:
    """None; something of what a crawl, an operator or a host does to a source."""
    known = [str(row[0]) for row in database.rows("SELECT name FROM sources ORDER BY id")]
    with database.transaction():
        chance.choice(EVENTS)(database, chance, chance.choice(known), now)


@pytest.mark.parametrize("seed", range(3))
def test_it_says_what_a_plan_made_anew_says_whatever_happens(file: Database, tmp_path: Path, seed: int) -> None:
    chance, now, found = random.Random(seed), NOW, 0
    config = configured(tmp_path)
    agenda = Agenda()
    for _ in range(250):
        now += timedelta(seconds=chance.choice((5, 5, 5, 60, 600, -30)))
        if chance.random() < 0.3:
            happens(chance, file, now)
        if chance.random() < 0.05:
            config = configured(tmp_path)
        busy = set(chance.sample(NAMES, 2)) if chance.random() < 0.2 else set()
        due = agenda.due(config, file, now, busy)
        assert due == anew(config, file, now, busy)
        found += len(due)
        if agenda.next_at is not None:
            nearly = agenda.next_at - timedelta(seconds=1)
            assert agenda.next_at > now
            # Nothing comes sooner than it says.
            assert {one.source.name for one in anew(config, file, max(now, nearly), busy)} <= {
                one.source.name for one in due
            }
    assert found > 500


def test_a_file_in_which_nothing_happened_is_not_read_again_until_something_is_due(
    file: Database, tmp_path: Path
) -> None:
    config, agenda, said = configured(tmp_path), Agenda(), list[str]()
    with file.transaction():
        for name in NAMES[:-3]:
            sources.attempted(file, sources.ids(file, [name])[0], NOW)
    busy = set(NAMES[-3:])
    assert agenda.due(config, file, NOW, busy) == ()
    assert agenda.next_at is not None
    file.connection.set_trace_callback(said.append)
    with file.transaction(), file.aside():
        file.execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('beat', 'x')")
    said.clear()
    assert agenda.due(config, file, NOW + MINUTE, busy) == ()
    assert said == ["PRAGMA data_version"]
    assert agenda.due(config, file, agenda.next_at, busy) != ()


def test_with_a_budget_nobody_looks_again_before_something_is_due(file: Database, tmp_path: Path) -> None:
    """What is left of it is another each moment: a daemon that went by that would not sleep any more."""
    (tmp_path / "dibao.toml").write_text(
        f'{HEAD}[[source]]\nname = "s0"\nhome = "http://127.0.0.2/"\nevery = "1h"\nmax_requests_per_hour = 9\n',
        encoding="utf-8",
    )
    config, agenda = load_config(tmp_path / "dibao.toml"), Agenda()
    with file.transaction():
        sources.attempted(file, sources.ids(file, ["s0"])[0], NOW)
    assert agenda.due(config, file, NOW, set()) == ()
    assert agenda.next_at is not None
    assert agenda.next_at > NOW + MINUTE
    file.execute(
        "INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at, next_at)"
        " SELECT 'a', x'00', 'a', 'a', id, 'pending', ?, ? FROM sources WHERE name = 's0'",
        (utc_text(NOW), utc_text(NOW + MINUTE)),
    )
    assert agenda.due(config, file, NOW, set()) == ()
    assert agenda.next_at == NOW + MINUTE


def test_what_somebody_else_wrote_is_seen(file: Database, tmp_path: Path) -> None:
    config, agenda = configured(tmp_path), Agenda()
    (first, *_) = agenda.due(config, file, NOW, set())
    with open_writer(file.path) as other, other.transaction():
        sources.attempted(other, sources.ids(other, [first.source.name])[0], NOW)
    assert first.source not in {one.source for one in agenda.due(config, file, NOW, set())}
