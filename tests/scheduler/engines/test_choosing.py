"""Which engine a configuration names."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.config_errors import ConfigError
from scheduler.config.file import Config
from scheduler.engines import choosing
from scheduler.engines.choosing import engine_of
from scheduler.engines.engine import EngineFault
from scheduler.engines.local import LocalEngine

PATH = Path("dibao.toml")


def config(**engine: object) -> Config:
    return Config.model_validate({"dibao": {"contact": "a@example.cn"}, "engine": engine})


def now() -> datetime:
    return datetime(2026, 11, 22, tzinfo=UTC)


def test_without_an_address_crawls_run_on_this_machine() -> None:
    with closing(engine_of(config(stall_seconds=60), PATH, now)) as engine:
        assert isinstance(engine, LocalEngine)
        assert engine.jobs_out() == []


def test_with_an_address_they_run_elsewhere_and_nobody_is_asked_before_there_is_something_to_ask() -> None:
    with closing(engine_of(config(url="postgresql://dibao@127.0.0.1:9/news"), PATH, now)) as engine:
        assert type(engine).__name__ == "ClusterEngine"
        assert engine.outlives
        assert engine.room == 0
        assert engine.poll(0, limit=1) == []


def test_without_the_extra_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object) -> object:
        raise ModuleNotFoundError(name="psycopg.sql")

    monkeypatch.setattr(choosing, "_cluster_engine", absent)
    with pytest.raises(EngineFault, match=r"psycopg.sql is not installed: pip install 'dibao\[cluster\]'"):
        engine_of(config(url="postgresql://dibao@127.0.0.1/news"), PATH, now)


def test_an_address_that_cannot_be_had_is_a_fault_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="NO_SUCH_VARIABLE"):
        engine_of(config(url_env="NO_SUCH_VARIABLE"), PATH, now)
