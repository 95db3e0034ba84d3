"""How sources were found to be, and which of them an operator has paused."""

from datetime import timedelta

import pytest

from storage.faults import BadValue
from storage.watch import pauses, states
from storage.watch.states import SourceWatch
from tests.storage.conftest import START

WEEK = tuple(float(hour % 24) for hour in range(168))


@pytest.fixture
def named(desk):
    """A desk whose file knows the sources a and b."""
    for source in "ab":
        desk.begin(source=source)
        desk.end()
    return desk


def write(desk, *watched):
    with desk.database.transaction():
        states.write(desk.database, watched)


def test_what_is_written_of_a_source_is_read_again(named):
    watched = SourceWatch(
        source="a", at=START, state="silent", reason="source_silent", facts={"expected": 4.5, "因": "无"}, week=WEEK,
        next_run_at=START + timedelta(minutes=5), next_run_kind="poll", next_run_why="每二十分钟", expected_new=4.5,
        memory='{"seen": 3}', zone="America/New_York",
    )  # fmt: skip
    write(named, watched, SourceWatch(source="b", at=START, state="ok"))
    found = states.read(named.database)
    assert found == {"a": watched, "b": SourceWatch(source="b", at=START, state="ok")}
    assert states.read_one(named.database, "a") == watched
    assert states.read_one(named.database, "c") is None


def test_the_next_round_replaces_all_of_it(named):
    write(named, SourceWatch(source="a", at=START, state="silent", reason="r", facts={"x": 1}, expected_new=1.0))
    later = SourceWatch(source="a", at=START + timedelta(minutes=1), state="ok", week=WEEK, memory="[1]")
    write(named, later)
    assert states.read(named.database) == {"a": later}


def test_the_memory_is_written_where_it_is_another_and_only_there(named):
    write(named, SourceWatch(source="a", at=START, state="ok", week=WEEK, memory="[1]"))
    changes = named.database.connection.total_changes
    write(named, SourceWatch(source="a", at=START + timedelta(minutes=1), state="ok", week=WEEK, memory="[1]"))
    assert named.database.connection.total_changes - changes == 1
    write(named, SourceWatch(source="a", at=START + timedelta(minutes=2), state="ok", week=WEEK, memory="[2]"))
    assert named.database.connection.total_changes - changes == 3


def test_a_source_that_the_file_does_not_know_is_left_out_and_no_memory_but_json_is_taken(named):
    write(named, SourceWatch(source="stranger", at=START, state="ok"))
    assert states.read(named.database) == {}
    with pytest.raises(BadValue):
        write(named, SourceWatch(source="a", at=START, state="ok", memory="{"))


def test_a_paused_source_is_told_with_the_time_and_the_reason_of_the_first_that_paused_it(named):
    database = named.database
    with database.transaction():
        assert pauses.pause(database, "a", START, "the site asked us to")
        assert pauses.pause(database, "a", START + timedelta(hours=1))
        assert not pauses.pause(database, "stranger", START)
    assert pauses.paused(database) == {"a": pauses.Pause(at=START, why="the site asked us to")}
    write(named, SourceWatch(source="a", at=START, state="paused"))
    assert states.read(database)["a"].paused_why == "the site asked us to"
    row = database.row("SELECT paused_at, paused_why, state FROM source_states")
    assert tuple(row) == ("2026-11-22T09:30:00Z", "the site asked us to", "paused")
    with database.transaction():
        assert pauses.resume(database, "a")
        assert not pauses.resume(database, "a")
    assert pauses.paused(database) == {}
