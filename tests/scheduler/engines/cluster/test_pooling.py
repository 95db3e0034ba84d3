"""A pooler that lends its sessions by the transaction is refused in words, and one that keeps them is not."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from scheduler.cli import exit_codes
from scheduler.cli.main import main
from scheduler.engines.cluster import pooling
from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.connecting import Refused, connect
from scheduler.engines.cluster.pooling import is_lent
from tests.scheduler.engines.cluster.pooler import PGBOUNCER, Lender, pgbouncer
from tests.scheduler.engines.cluster.stage import COORDINATORS, Cluster

ASKED = "take the address of PostgreSQL itself, or set pool_mode = session in the pooler"


def looked_at(lender: Lender) -> bool:
    def another() -> psycopg.Connection:
        return psycopg.connect(lender.url, autocommit=True)

    with closing(another()) as session:
        return is_lent(session, another)


def in_turn(*processes: int) -> Callable[[int], int]:
    """Each question goes to the next process, whoever asks it."""
    turns = itertools.cycle(processes)
    return lambda _: next(turns)


def but_once(turn: int) -> Callable[[int], int]:
    """Each session has its own process, but for one question: others use the pool meanwhile."""
    turns = itertools.count()
    return lambda session: 9 if next(turns) == turn else session


@pytest.mark.parametrize(
    "process_for", [in_turn(1), in_turn(1, 2), in_turn(1, 2, 3), in_turn(1, 2, 3, 4), but_once(7), but_once(8)]
)
def test_who_has_another_process_or_another_ones_is_lent_it(process_for: Callable[[int], int]) -> None:
    with Lender(process_for) as lender:
        assert looked_at(lender)


def test_sessions_that_keep_their_processes_are_not_lent_them() -> None:
    with Lender(lambda session: session) as lender:
        assert not looked_at(lender)
        assert lender.sessions == 2


def test_a_server_without_a_pooler_is_asked_once_by_one_session() -> None:
    asked = []
    with Lender(lambda session: asked.append(session) or session, direct=True) as lender:  # type: ignore[func-returns-value]
        assert not looked_at(lender)
    assert (lender.sessions, len(asked)) == (1, 2), "as it begins, and the one question"


def test_a_pool_that_has_none_left_for_a_second_session_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooling, "SECOND_SECONDS", 0.05)
    with Lender(lambda session: session if session == 1 else None) as lender:
        assert not looked_at(lender)
        assert lender.sessions == 2


def test_where_a_second_session_is_refused_nothing_is_known() -> None:
    def refused() -> psycopg.Connection:
        raise psycopg.OperationalError("no more connections allowed")

    with Lender(lambda session: session) as lender, closing(psycopg.connect(lender.url, autocommit=True)) as session:
        assert not is_lent(session, refused)


# PgBouncer itself


@pytest.fixture
def lent(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    if PGBOUNCER is None:
        pytest.skip("pgbouncer is not installed; what it does is imitated above")
    with pgbouncer(cluster.postgres, f"{cluster.schema}_coordinator", COORDINATORS, **request.param) as url:
        yield url


@pytest.mark.cluster
@pytest.mark.parametrize(
    "lent",
    [{"pool_mode": "transaction"}, {"pool_mode": "transaction", "server_round_robin": 1}, {"pool_mode": "statement"}],
    indirect=True,
)
def test_pgbouncer_that_lends_is_refused_with_the_next_step(lent: str, cluster: Cluster) -> None:
    for _ in range(3):  # the pool fills
        with pytest.raises(Refused, match=ASKED):
            connect(Address.of(lent), schema=cluster.schema, name="test")


@pytest.mark.cluster
@pytest.mark.parametrize("lent", [{"pool_mode": "session"}], indirect=True)
def test_pgbouncer_that_keeps_sessions_is_taken(lent: str, cluster: Cluster) -> None:
    with connect(Address.of(lent), schema=cluster.schema, name="test") as session:
        assert session.execute("SELECT count(*) FROM jobs").fetchone() == (0,)


@pytest.mark.cluster
@pytest.mark.parametrize("lent", [{"pool_mode": "transaction"}], indirect=True)
def test_each_command_says_so_with_the_exit_code_of_a_refusal(
    lent: str, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dibao.toml").write_text(
        f'[dibao]\ncontact = "tests@example.org"\n[engine]\nurl = "{lent}"\nschema = "{cluster.schema}"\n'
        '[[source]]\nname = "a"\nhome = "http://127.0.0.1:9/"\n'
    )
    for command, code in (
        (("cluster", "status"), exit_codes.CONFIGURATION),
        (("worker", "--engine", lent, "--schema", cluster.schema), exit_codes.REFUSED),
        (("crawl",), exit_codes.REFUSED),
    ):
        done = CliRunner().invoke(main, command)
        assert (done.exit_code, ASKED in done.stderr) == (code, True), (command, done.output)
    done = CliRunner().invoke(main, ["doctor"])
    assert (done.exit_code, ASKED in " ".join(done.output.split())) == (exit_codes.SOURCES_FAILED, True), done.output
