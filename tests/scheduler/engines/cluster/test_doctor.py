"""What the doctor says of a real server: how it is reached, by whom, whether it is fit, and who works there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.doctor import cluster as doctor
from scheduler.doctor.case import Finding, read_case
from scheduler.engines.cluster.probing import probe
from storage import engine_seen
from storage.database import open_writer
from storage.engine_seen import EngineSeen
from tests.scheduler.engines.cluster.peopled import Peopled
from tests.scheduler.engines.cluster.stage import Cluster

pytestmark = pytest.mark.cluster


@pytest.fixture
def examine(tmp_path: Path, cluster: Cluster) -> Callable[..., dict[str, Finding]]:
    """What the doctor found, by the name of the line; as the coordinator, or whoever's address is given."""

    def look(url: str = cluster.coordinator_url, ahead: timedelta = timedelta(0)) -> dict[str, Finding]:
        (tmp_path / "engine.url").write_text(url)
        (tmp_path / "engine.url").chmod(0o600)
        (tmp_path / "dibao.toml").write_text(
            '[dibao]\ncontact = "tests@example.org"\n[engine]\nurl_file = "engine.url"\n'
            f'schema = "{cluster.schema}"\n'
        )
        case = read_case(tmp_path / "dibao.toml", datetime.now(UTC))
        found = list(doctor.is_fit(replace(case, clock=lambda: datetime.now(UTC) - ahead)))
        assert all(one.level == "ok" or one.step for one in found)
        return {one.check: one for one in found}

    return look


def test_of_a_cluster_that_is_well_all_is_well(examine: Callable[..., dict[str, Finding]], peopled: Peopled) -> None:
    peopled.coordinator()
    peopled.worker("w1")
    found = examine()
    assert {name: one.level for name, one in found.items()} == dict.fromkeys(
        ["engine", "engine line", "engine role", "engine clock", "engine queue", "cluster"], "ok"
    )
    assert found["engine line"].says == "it does not leave this machine"
    assert "1 worker" in found["cluster"].says


def test_what_is_not_well_is_told(examine: Callable[..., dict[str, Finding]], peopled: Peopled) -> None:
    peopled.coordinator()
    found = examine(peopled.cluster.admin_url, ahead=timedelta(seconds=90))
    assert "is an administrator, and need not be" in found["engine role"].says
    assert found["engine clock"].says == "the server's is 90.0 s ahead of this machine's"
    assert found["cluster"].says.startswith("no worker is alive")
    assert {one.level for name, one in found.items() if name in {"engine role", "engine clock", "cluster"}} == {"warn"}


def test_workers_of_another_release_are_named(examine: Callable[..., dict[str, Finding]], peopled: Peopled) -> None:
    peopled.coordinator()
    peopled.worker("w1")
    peopled.admin.execute("UPDATE settings SET coordinator_version = '0.2.0'")
    told = examine()["cluster release"]
    assert told.says == "the coordinator is dibao 0.2.0; others: w1 0.1.0"


def test_a_server_that_answers_but_takes_no_job_of_the_coordinator_fails(
    examine: Callable[..., dict[str, Finding]], peopled: Peopled, tmp_path: Path
) -> None:
    since = datetime(2026, 11, 23, 12, tzinfo=UTC)
    seen = EngineSeen(at=since, server="postgresql://db/d", unreachable_since=since, error="No space left on device")
    with open_writer(tmp_path / "news.db") as database, database.transaction():
        engine_seen.note(database, seen)
    assert "cluster work" not in examine(), "that coordinator is no more"
    peopled.coordinator()
    told = examine()["cluster work"]
    assert told.level == "fail"
    assert told.says == "the coordinator cannot work with it since 2026-11-23 12:00 UTC: No space left on device"
    assert "server" in str(told.step)


def test_a_queue_without_its_index_fails(examine: Callable[..., dict[str, Finding]], peopled: Peopled) -> None:
    peopled.admin.execute("DROP INDEX dibao_jobs_lock")
    assert examine()["engine queue"].level == "fail"


def test_the_workers_role_and_a_schema_that_is_not_there_fail(
    examine: Callable[..., dict[str, Finding]], peopled: Peopled
) -> None:
    (told,) = examine(peopled.cluster.worker_url).values()
    assert (told.level, "not of the workers'" in told.says) == ("fail", True)
    with peopled.cluster.worker() as session:
        assert "settings" in probe(session, lambda: datetime.now(UTC)).lacking
