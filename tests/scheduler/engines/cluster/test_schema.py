"""The schema is installed once, brought up to date in order, and never taken back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from scheduler.engines.cluster import schema
from tests.scheduler.engines.cluster.postgres import Postgres

pytestmark = pytest.mark.cluster


@pytest.fixture
def admin(postgres: Postgres) -> Iterator[psycopg.Connection]:
    with postgres.connect() as connection:
        yield connection


@pytest.fixture
def name(admin: psycopg.Connection) -> Iterator[str]:
    made = f"t{secrets.token_hex(5)}"
    yield made
    schema.drop(admin, made)


def test_it_is_installed_beside_whatever_is_there_and_known_again(admin: psycopg.Connection, name: str) -> None:
    assert schema.version_of(admin, name) is None
    assert not schema.is_installed(admin, name)
    assert schema.install(admin, name) is None
    assert schema.version_of(admin, name) == schema.VERSION
    assert schema.is_installed(admin, name)
    tables = admin.execute("SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace", (name,)).fetchall()
    assert {("procrastinate_jobs",), ("jobs",), ("events",), ("dibao_jobs_lock",)} <= {*tables}
    assert admin.execute("SELECT to_regclass('public.procrastinate_jobs')").fetchone() == (None,)
    assert admin.execute(f"SELECT procrastinate ~ '^3\\.' FROM {name}.settings").fetchone() == (True,)


def test_two_schemas_in_one_database_know_nothing_of_each_other(admin: psycopg.Connection, name: str) -> None:
    schema.install(admin, name)
    other = f"{name}_b"
    schema.install(admin, other)
    admin.execute(f"UPDATE {name}.settings SET owner = 'a'")
    assert admin.execute(f"SELECT owner FROM {other}.settings").fetchone() == (None,)
    schema.drop(admin, other)
    assert schema.is_installed(admin, name)


def test_installing_again_changes_no_row_and_two_at_once_do_no_harm(
    postgres: Postgres, admin: psycopg.Connection, name: str
) -> None:
    def install() -> int | None:
        with postgres.connect() as connection:
            return schema.install(connection, name)

    with ThreadPoolExecutor() as pool:
        done = [pool.submit(install) for _ in range(3)]
        assert sorted(future.result() or 0 for future in done) == [0, 1, 1]
    admin.execute(f"UPDATE {name}.settings SET owner = 'a', paused = true")
    assert schema.install(admin, name) == schema.VERSION
    assert admin.execute(f"SELECT owner, paused FROM {name}.settings").fetchone() == ("a", True)


def test_an_older_schema_is_brought_up_to_date_step_by_step_and_keeps_its_rows(
    admin: psycopg.Connection, name: str
) -> None:
    schema.install(admin, name)
    admin.execute(f"UPDATE {name}.settings SET owner = 'a'")
    steps = [*schema.STEPS, "ALTER TABLE jobs ADD COLUMN second int", "ALTER TABLE jobs RENAME COLUMN second TO third"]
    assert schema.install(admin, name, steps=steps) == schema.VERSION
    assert schema.version_of(admin, name) == schema.VERSION + 2
    assert admin.execute(f"SELECT owner FROM {name}.settings").fetchone() == ("a",)
    assert admin.execute(f"SELECT count(third) FROM {name}.jobs").fetchone() == (0,)


def test_a_step_that_fails_leaves_the_schema_as_it_was(admin: psycopg.Connection, name: str) -> None:
    schema.install(admin, name)
    steps = [*schema.STEPS, "ALTER TABLE jobs ADD COLUMN second int", "SELECT 1 / 0"]
    with pytest.raises(psycopg.errors.DivisionByZero):
        schema.install(admin, name, steps=steps)
    assert schema.version_of(admin, name) == schema.VERSION
    with pytest.raises(psycopg.errors.UndefinedColumn):
        admin.execute(f"SELECT second FROM {name}.jobs")


def test_a_newer_schema_is_refused_and_left_alone(admin: psycopg.Connection, name: str) -> None:
    newer = [*schema.STEPS, "SELECT 1"]
    schema.install(admin, name, steps=newer)
    admin.execute(f"CREATE OR REPLACE FUNCTION {name}.backlog_bytes() RETURNS bigint LANGUAGE sql AS 'SELECT 7'")
    words = f"schema {name} is of version {len(newer)}, this dibao speaks {schema.VERSION}: install the dibao"
    with pytest.raises(schema.NewerSchema, match=words):
        schema.install(admin, name)
    assert admin.execute(f"SELECT {name}.backlog_bytes()").fetchone() == (7,)


@pytest.mark.parametrize("name", ["", "Dibao", "1a", 'a"b', "a b", "pg_x", "public", "information_schema", "a" * 41])
def test_a_name_that_would_have_to_be_quoted_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"\[engine\] schema is"):
        schema.checked_name(name)


def test_the_name_it_comes_with_is_taken() -> None:
    assert schema.checked_name("dibao") == "dibao"


def test_it_is_gone_when_it_was_dropped(admin: psycopg.Connection, name: str) -> None:
    schema.install(admin, name)
    schema.drop(admin, name)
    assert not schema.is_there(admin, name)
    schema.drop(admin, name)
