"""What the doctor says of a server that crawls run by: here of one that cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from scheduler.doctor import cluster
from scheduler.doctor.case import Case
from tests.scheduler.doctor.conftest import CONFIG, levels, only


def test_where_crawls_run_here_no_server_is_looked_for(make_case: Callable[..., Case]) -> None:
    found = only(cluster.is_fit(make_case()))
    assert (found.level, found.says) == ("ok", "crawls run on this machine alone")


def test_a_server_that_does_not_answer_is_told_with_its_address_and_without_the_password(
    make_case: Callable[..., Case],
) -> None:
    pytest.importorskip("psycopg")
    case = make_case(CONFIG + '[engine]\nurl = "postgresql://u:hunter2@127.0.0.1:1/d"\n')
    secret, reached = cluster.is_fit(case)
    assert (secret.check, secret.level) == ("engine secret", "warn")
    assert secret.step is not None
    assert 'name that with "url_file"' in secret.step
    assert (reached.check, reached.level) == ("engine", "fail")
    assert "postgresql://u@127.0.0.1:1/d cannot be reached" in reached.says
    assert "hunter2" not in f"{secret} {reached}"


def test_an_address_that_cannot_be_had_and_an_extra_that_is_not_there_are_told(
    make_case: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make_case(CONFIG + '[engine]\nurl_env = "NOWHERE"\n', environment={})
    assert "the environment has no NOWHERE" in only(cluster.is_fit(case)).says
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    found = only(cluster.is_fit(case))
    assert (found.level, found.step) == ("fail", "pip install 'dibao[cluster]'")
    assert "psycopg and procrastinate" in found.says


def test_who_may_read_the_address_is_a_warning_among_those_of_secrets(
    make_case: Callable[..., Case], tmp_path: Path
) -> None:
    (tmp_path / "engine.url").write_text("no address")
    (tmp_path / "engine.url").chmod(0o604)
    found = list(cluster.is_fit(make_case(CONFIG + '[engine]\nurl_file = "engine.url"\n')))
    assert levels(found) == ["warn", "fail"]
    assert "every user of this machine can read it" in found[0].says
