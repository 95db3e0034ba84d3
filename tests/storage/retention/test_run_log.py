"""The log of runs is no longer than is wanted, and what goes on is not lost from it."""

from datetime import timedelta

from storage import runs
from storage.retention.run_log import prune_runs
from tests.storage.conftest import START, article

DAY = timedelta(days=1)


def kept(desk):
    return [row[0] for row in desk.database.rows("SELECT id FROM runs ORDER BY id")]


def test_old_runs_are_forgotten_with_what_each_source_came_to(desk):
    for number in range(50):
        desk.now = START + number * DAY
        desk.begin(source="ab"[number % 2])
        desk.take(desk.discovered(f"{number}.html"), desk.extracted(f"{number}.html", article(f"正文{number}。")))
        desk.end()
        with desk.database.transaction():
            runs.finish(desk.database, number + 1, desk.now)
    batches = list(prune_runs(desk.database, 10 * 86_400, desk.now))
    assert (sum(batches), len(batches)) == (39, 2)
    assert kept(desk) == list(range(40, 51))
    assert desk.database.value("SELECT count(*) FROM run_sources") == 11
    assert desk.database.value("SELECT count(*) FROM urls WHERE run_id IS NULL") == 39
    assert not desk.database.rows("PRAGMA foreign_key_check")
    health = {row["source"]: row["last_run_id"] for row in desk.database.rows("SELECT * FROM source_health")}
    assert health == {"a": 49, "b": 50}
    assert list(prune_runs(desk.database, 10 * 86_400, desk.now)) == []


def test_a_run_that_goes_on_stays_and_so_does_the_newest(desk):
    desk.begin()
    desk.begin()
    late = START + 1000 * DAY
    assert list(prune_runs(desk.database, 86_400, late)) == []
    desk.end()
    for job in ("job-1", "job-2"):
        desk.job = job
        if runs.is_open(desk.database, job):
            desk.end()
    with desk.database.transaction():
        for run_id in (1, 2):
            runs.finish(desk.database, run_id, desk.now)
    assert list(prune_runs(desk.database, 86_400, late)) == [1]
    assert kept(desk) == [2]
