"""A server is made ready for a cluster in one step, again and again, and by two at once."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import sql

from scheduler.engines.cluster import roles, schema
from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.connecting import Refused, connect
from scheduler.engines.cluster.coordinator.line import Terms, open_line
from scheduler.engines.cluster.initialising import Initialised, Member, initialise
from scheduler.engines.cluster.roles import Roles
from tests.scheduler.engines.cluster import queue_rows as rows
from tests.scheduler.engines.cluster.postgres import SUPERUSER, Postgres

pytestmark = pytest.mark.cluster

ANOTHER = "another-word"


@pytest.fixture
def name(postgres: Postgres) -> Iterator[str]:
    made = f"t{secrets.token_hex(5)}"
    yield made
    with postgres.connect() as admin:
        schema.drop(admin, made)
        roles.drop(admin, Roles.of(made))


def _init(postgres: Postgres, name: str, **words: object) -> Initialised:
    return initialise(Address.of(postgres.url()), schema=name, **words)


def _signs_in(postgres: Postgres, member: Member, password: str | None) -> bool:
    assert password is not None
    address = Address.of(f"postgresql://127.0.0.1:{postgres.port}/newsroom").signed_in_as(member.role, password)
    try:
        connect(address, schema="dibao", name="test").close()
    except Refused:
        return False
    return True


def test_it_makes_schema_and_roles_whose_words_nobody_could_guess(postgres: Postgres, name: str) -> None:
    done = _init(postgres, name)
    assert (done.before, done.version, done.released) == (None, schema.VERSION, False)
    assert (done.coordinator.role, done.worker.role) == (f"{name}_coordinator", f"{name}_worker")
    for member in (done.coordinator, done.worker):
        assert member.made
        assert len(member.password or "") >= 32
        assert str(member.password) not in repr(done)
        assert _signs_in(postgres, member, member.password)
    assert done.coordinator.password != done.worker.password


def test_run_again_it_changes_only_the_word_that_is_given(postgres: Postgres, name: str) -> None:
    first = _init(postgres, name)
    again = _init(postgres, name, worker_password=ANOTHER)
    assert again.before == schema.VERSION
    assert (again.coordinator.made, again.coordinator.password) == (False, None)
    assert _signs_in(postgres, again.coordinator, first.coordinator.password)
    assert (again.worker.made, again.worker.password) == (False, ANOTHER)
    assert _signs_in(postgres, again.worker, ANOTHER)
    assert not _signs_in(postgres, again.worker, first.worker.password)


def test_no_log_of_the_server_has_the_password(postgres: Postgres, name: str) -> None:
    address = Address.of(postgres.url() + "?options=-c%20log_statement%3Dall")
    initialise(address, schema=name, worker_password=ANOTHER)
    assert f'ALTER ROLE "{name}_worker" LOGIN PASSWORD' in postgres.log
    assert ANOTHER not in postgres.log


def test_two_at_once_do_no_harm(postgres: Postgres, name: str) -> None:
    with ThreadPoolExecutor() as pool:
        first = [future.result() for future in [pool.submit(_init, postgres, name) for _ in range(3)]]
        words = {"worker_password": ANOTHER, "coordinator_password": ANOTHER}
        later = [future.result() for future in [pool.submit(_init, postgres, name, **words) for _ in range(4)]]
    assert sorted(one.before or 0 for one in first) == [0, 1, 1]
    assert sorted(one.worker.made for one in first) == [False, False, True]
    assert [one.before for one in later] == [1] * 4


def test_a_role_that_another_database_makes_at_the_moment_is_waited_for(postgres: Postgres, name: str) -> None:
    with postgres.connect() as one, postgres.connect() as two, postgres.connect() as looking:
        with ThreadPoolExecutor(1) as pool:
            with one.transaction():
                assert roles.make(one, f"{name}_worker", login=True)
                late = pool.submit(roles.make, two, f"{name}_worker", login=True)
                waits = "pg_stat_activity", f"pid = {two.info.backend_pid} AND wait_event_type = 'Lock'"
                while rows.count(looking, *waits) == 0:
                    assert not late.done()
            assert late.result(timeout=30) is False
        assert two.execute("SELECT 1").fetchone() == (1,)


def test_roles_may_have_other_names(postgres: Postgres, name: str) -> None:
    done = _init(postgres, name, coordinator_role=f"{name}_desk", worker_role=f"{name}_mill")
    try:
        assert (done.coordinator.role, done.worker.role) == (f"{name}_desk", f"{name}_mill")
        assert _signs_in(postgres, done.worker, done.worker.password)
    finally:
        with postgres.connect() as admin:
            roles.drop(admin, Roles.of(name, coordinator=f"{name}_desk", worker=f"{name}_mill"))


def test_an_administrator_that_is_no_superuser_can_do_it(postgres: Postgres, name: str) -> None:
    """As those of hosted servers: it may make roles and schemas. Run twice, and once more by the superuser."""
    landlord = f"{name}_landlord"
    with postgres.connect() as admin:
        word = sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD 'x'").format(sql.Identifier(landlord))
        admin.execute(word)
        admin.execute(f"GRANT CREATE ON DATABASE newsroom TO {landlord}")
    try:
        address = Address.of(postgres.url(landlord, "x"))
        done = initialise(address, schema=name)
        assert initialise(address, schema=name, take_over=True).before == schema.VERSION
        assert _signs_in(postgres, done.coordinator, done.coordinator.password)
        assert _init(postgres, name).before == schema.VERSION
    finally:
        with postgres.connect() as admin:
            schema.drop(admin, name)
            roles.drop(admin, Roles.of(name))
            admin.execute(f"REVOKE ALL ON DATABASE newsroom FROM {landlord}")
            admin.execute(f"DROP ROLE {landlord}")


def test_one_who_may_not_is_told_so_and_nothing_is_left_half_done(postgres: Postgres, name: str) -> None:
    with postgres.connect() as admin:
        admin.execute(f"CREATE ROLE {name}_clerk LOGIN PASSWORD 'x'")
        try:
            with pytest.raises(Refused, match="needs one that may make roles and schemas"):
                initialise(Address.of(postgres.url(f"{name}_clerk", "x")), schema=name)
        finally:
            admin.execute(f"DROP ROLE {name}_clerk")
        assert not schema.is_there(admin, name)
        assert not roles.exists(admin, f"{name}_worker")


def test_a_schema_with_somebody_elses_tables_is_left_alone(postgres: Postgres, name: str) -> None:
    with postgres.connect() as admin:
        admin.execute(f"CREATE SCHEMA {name}")
        admin.execute(f"CREATE TABLE {name}.readers (x int)")
        with pytest.raises(Refused, match=f"schema {name} holds tables of something else"):
            _init(postgres, name)
        assert not roles.exists(admin, f"{name}_worker")


def test_an_empty_schema_that_was_made_for_it_is_taken(postgres: Postgres, name: str) -> None:
    with postgres.connect() as admin:
        admin.execute(f"CREATE SCHEMA {name}")
        assert _init(postgres, name).before is None
        assert schema.is_installed(admin, name)


def test_no_administrator_is_lent_to_the_cluster(postgres: Postgres, name: str) -> None:
    with pytest.raises(Refused, match=f"role {SUPERUSER} is an administrator of the server"):
        _init(postgres, name, worker_role=SUPERUSER)
    with postgres.connect() as admin:
        assert not schema.is_there(admin, name)


def test_two_roles_of_one_name_are_refused(postgres: Postgres, name: str) -> None:
    with pytest.raises(ValueError, match="need a role each"):
        _init(postgres, name, coordinator_role="both", worker_role="both")


def test_an_older_schema_is_brought_up_to_date_and_its_rows_stay(
    postgres: Postgres, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _init(postgres, name)
    with postgres.connect() as admin:
        admin.execute(f"UPDATE {name}.settings SET owner = 'file-1'")
        steps = (*schema.STEPS, "CREATE TABLE more (x int)")
        monkeypatch.setitem(schema.install.__kwdefaults__, "steps", steps)
        assert _init(postgres, name).before == schema.VERSION
        assert schema.version_of(admin, name) == len(steps)
        assert admin.execute(f"SELECT owner FROM {name}.settings").fetchone() == ("file-1",)
        made_by = "SELECT tableowner FROM pg_tables WHERE schemaname = %s AND tablename = 'more'"
        assert admin.execute(made_by, (name,)).fetchone() == (f"{name}_owner",)
        # And with what this dibao has, it is of a newer one now.
        monkeypatch.undo()
        with pytest.raises(schema.NewerSchema):
            _init(postgres, name, worker_password=ANOTHER)
    done = Member(role=f"{name}_worker", made=False)
    assert not _signs_in(postgres, done, ANOTHER)


def test_taking_over_lets_the_file_go_that_the_schema_has_served(postgres: Postgres, name: str) -> None:
    _init(postgres, name)
    with postgres.connect() as admin:
        owner = f"SELECT owner FROM {name}.settings"
        admin.execute(f"UPDATE {name}.settings SET owner = 'file-1'")
        assert not _init(postgres, name).released
        assert admin.execute(owner).fetchone() == ("file-1",)
        assert _init(postgres, name, take_over=True).released
        assert admin.execute(owner).fetchone() == (None,)


def test_nothing_is_taken_over_from_a_coordinator_that_is_at_work(postgres: Postgres, name: str) -> None:
    coordinator = _init(postgres, name).coordinator
    address = Address.of(postgres.url(coordinator.role, coordinator.password or ""))
    line = open_line(address, name, Terms(owner=lambda: "file-1"))
    try:
        with pytest.raises(Refused, match=f"a coordinator is at work with schema {name}; stop that `dibao run`"):
            _init(postgres, name, take_over=True)
        with postgres.connect() as admin:
            assert admin.execute(f"SELECT owner FROM {name}.settings").fetchone() == ("file-1",)
    finally:
        line.close()
    assert _init(postgres, name, take_over=True).released


def test_a_server_that_is_too_old_is_refused(
    postgres: Postgres, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psycopg.ConnectionInfo, "server_version", 130014)
    with pytest.raises(Refused, match="is PostgreSQL 13; 14 or newer is needed"):
        _init(postgres, name)
