"""How a worker comes to its cluster, and what it is told where it does not."""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from scheduler.engines.cluster import schema as schemas
from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.connecting import Refused
from scheduler.engines.cluster.worker.joining import Introduction, Membership, NameTaken, join
from tests.scheduler.engines.cluster.job_desk import JobDesk, Worker, until
from tests.scheduler.engines.cluster.queue_rows import open_doors
from tests.scheduler.engines.cluster.stage import Cluster

pytestmark = pytest.mark.cluster


def who(name: str = "one") -> Introduction:
    return Introduction(name=name, host="host-a", pid=1, version="0.1.0", processes=1)


@pytest.fixture
def coordinator(cluster: Cluster) -> Iterator[psycopg.Connection]:
    with cluster.coordinator() as connection:
        yield connection


def joined(cluster: Cluster, **options: object) -> Membership | None:
    """Tried once, where nothing else is said."""
    return join(Address.of(cluster.worker_url), cluster.schema, who(), **{"pause": lambda _: True, **options})  # type: ignore[arg-type]


def leave(membership: Membership | None) -> None:
    assert membership is not None
    for session in (membership.work, membership.fence, membership.heart):
        session.close()


def test_a_worker_waits_for_the_first_coordinator(cluster: Cluster, coordinator: psycopg.Connection) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        if len(pauses) == 3:
            open_doors(coordinator)
        return False

    leave(joined(cluster, pause=pause))
    assert pauses == [0.5, 1.0, 2.0]


def test_a_worker_with_the_coordinators_role_is_warned_of_and_one_with_its_own_is_not(
    cluster: Cluster, coordinator: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    open_doors(coordinator)
    leave(joined(cluster))
    assert "may do more" not in caplog.text
    mighty = Address.of(cluster.coordinator_url)
    leave(join(mighty, cluster.schema, who("mighty"), pause=lambda _: True))
    assert "this role may do more than a worker must; give workers their own" in caplog.text


def test_a_worker_waits_for_the_schema_and_says_who_brings_it(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    with cluster.admin() as admin:
        schemas.drop(admin, cluster.schema)
        assert joined(cluster) is None
        admin.execute(f"CREATE SCHEMA {cluster.schema}")
    assert "run `dibao cluster init`" in caplog.text


def test_a_worker_waits_for_the_server_and_says_so_once_a_minute(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    address = Address.of(cluster.worker_url.replace(f":{cluster.postgres.port}/", ":1/"))
    tries = iter([False] * 4 + [True])
    with caplog.at_level(logging.WARNING):
        assert join(address, cluster.schema, who(), pause=lambda _: next(tries)) is None
    assert caplog.text.count("cannot be reached") == 1


def test_a_name_that_is_taken_is_waited_for_and_then_refused(cluster: Cluster, coordinator: psycopg.Connection) -> None:
    open_doors(coordinator)
    first = joined(cluster)
    assert joined(cluster) is None, "it may be that of a machine that has just lost its power"
    with pytest.raises(NameTaken, match=r"a worker named one is there already .*--name"):
        joined(cluster, name_seconds=-1)
    leave(first)
    leave(joined(cluster))


def test_another_format_is_refused_with_both_versions(cluster: Cluster, coordinator: psycopg.Connection) -> None:
    open_doors(coordinator, formats=[999], coordinator_version="9.9")
    with pytest.raises(Refused, match=r"job format 1.*the coordinator is dibao 9\.9.*install dibao 9\.9 here"):
        joined(cluster)


def test_a_schema_of_a_newer_release_is_refused(cluster: Cluster) -> None:
    with cluster.admin() as admin:
        admin.execute("UPDATE settings SET version = version + 1")
    with pytest.raises(Refused, match="install the coordinator's version"):
        joined(cluster)


@pytest.mark.parametrize(
    ("told", "code", "sentence"),
    [
        (("a%20worker%27s", "wrong"), 78, "the name or the password is wrong"),
        (("newsroom", "nowhere"), 78, "create it, and run `dibao cluster init`"),
    ],
)
def test_a_refusal_of_the_server_ends_the_command_with_a_sentence(
    cluster: Cluster, tmp_path: Path, told: tuple[str, str], code: int, sentence: str
) -> None:
    url = cluster.worker_url.replace(*told)
    assert url != cluster.worker_url
    with Worker(cluster, tmp_path, url=url) as worker:
        assert worker.ended() == code
        assert sentence in worker.said()
        assert "Traceback" not in worker.said()


def test_who_waits_for_the_cluster_ends_well_when_told_to(cluster: Cluster, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(30)
        with Worker(cluster, tmp_path, env={"NOTIFY_SOCKET": str(tmp_path / "notify")}) as worker:
            until(lambda: "no coordinator has used" in worker.said())
            assert systemd.recv(1000) == b"READY=1\nSTATUS=waiting for the cluster"
            worker.send(signal.SIGTERM)
            assert worker.ended(5) == 0


def test_a_name_that_another_has_ends_the_command_later(cluster: Cluster, tmp_path: Path) -> None:
    with JobDesk(cluster), closing(cluster.worker("other")) as other:
        other.execute("SELECT * FROM hello('taken', 'host-b', 7, '0', 1, 1)")
        with Worker(cluster, tmp_path, "--name", "taken") as worker:
            until(lambda: "a worker named taken is there already (host host-b, process 7)" in worker.said())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--engine", "mysql://db/x"], "postgresql://"),
        (["--engine", "postgresql://db.example.org/x?sslmode=require"], "verify-full"),
        (["--engine", "postgresql://localhost/x", "--schema", "public"], "a name of its own"),
        (["--engine", "postgresql://localhost/x", "--name", "one two"], "take letters, digits"),
        ([], "--engine"),
    ],
)
def test_wrong_words_end_the_command_before_anything_is_tried(options: list[str], sentence: str) -> None:
    program = "from scheduler.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "worker", *options], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert sentence in done.stderr
