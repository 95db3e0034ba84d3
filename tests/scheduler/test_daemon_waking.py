"""When a daemon's main thread wakes: for a source that is due, not at the next look at what is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from scheduler.config.file import load_config
from scheduler.daemon import STEP_SECONDS, Daemon
from scheduler.planning.slots import next_slot
from storage import sources
from storage.database import open_writer
from storage.records import Event
from tests.scheduler.simulated import Answer, Simulation, write_config

ASKED = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
EARLY = timedelta(seconds=20.25)
MOST_POLLS = 1_000


class Waiting(Simulation):
    """Lets the time pass that is waited for; stops the daemon after its second job."""

    daemon: Daemon
    polls: int = 0

    def poll(self, timeout_seconds: float, *, limit: int) -> list[Event]:
        self.polls += 1
        self.real += timeout_seconds
        events = super().poll(0, limit=limit)
        if (len(self.asked) == 2 and not self.running) or self.polls > MOST_POLLS:
            self.daemon.wish("stop")
        return events


def test_a_source_is_asked_when_it_is_due_however_seldom_is_looked(tmp_path: Path) -> None:
    path = write_config(tmp_path, ["a", "b"], every="10m")
    text = path.read_text(encoding="utf-8").replace("[dibao]\n", "[dibao]\ntick_seconds = 3600\nmin_free_bytes = 0\n")
    path.write_text(text, encoding="utf-8")
    config = load_config(path)
    due = {source.name: next_slot(source, ASKED) for source in config.source}
    with open_writer(config.dibao.database) as database, database.transaction():
        for source in config.source:
            known = sources.ensure(database, source.name, source.home, ASKED)
            sources.attempted(database, known, ASKED)
            sources.succeeded(database, known, ASKED)
    engine = Waiting(min(due.values()) - EARLY, lambda _: Answer())
    engine.daemon = Daemon(path, config, engine.clock, engine)
    engine.daemon.run()
    asked = {name: at for name, ((_, at),) in engine.asked.items()}
    assert asked.keys() == due.keys()
    for name, at in asked.items():
        assert timedelta(0) <= at - due[name] < timedelta(milliseconds=10)
    # It waits as long as it may between two turns: it does not ask again and again whether it is time.
    assert engine.polls < engine.real / STEP_SECONDS + 10
