"""Which engine runs the crawls: this machine's, or, with an address in `[engine]`, that of all that have workers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from scheduler.config.file import Config
from scheduler.engines.engine import Engine, EngineFault
from scheduler.engines.local import LocalEngine
from storage import elsewhere

EXTRA: Final = frozenset({"psycopg", "procrastinate"})


def local_engine(config: Config, log_format: str = "text", log_level: str = "INFO") -> LocalEngine:
    """The engine of this machine, as the configuration wants it."""
    return LocalEngine(
        workers=config.dibao.workers,
        processes=config.dibao.extract_processes,
        recycle_pages=config.dibao.worker_recycle_pages,
        log_format=log_format,
        log_level=log_level,
    )


def engine_of(
    config: Config,
    config_path: Path,
    clock: Callable[[], datetime],
    log_format: str = "text",
    log_level: str = "INFO",
) -> Engine:
    """The engine that the configuration names, `config_path`: the file that it is from.

    Raises ConfigError where the server's address cannot be had, and EngineFault where the extra is not installed.
    """
    if not config.engine.is_elsewhere:
        return local_engine(config, log_format, log_level)
    try:
        return _cluster_engine(config, config_path, clock)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in EXTRA:
            raise
        raise EngineFault(
            f"[engine] names a server, and {error.name} is not installed: pip install 'dibao[cluster]'"
        ) from error


def _cluster_engine(config: Config, config_path: Path, clock: Callable[[], datetime]) -> Engine:
    # Nothing of it is loaded where crawls run here alone.
    from scheduler.engines.cluster.address import address_of  # noqa: PLC0415
    from scheduler.engines.cluster.coordinator.engine import ClusterEngine  # noqa: PLC0415
    from scheduler.engines.cluster.coordinator.line import Terms  # noqa: PLC0415

    address = address_of(config, config_path)
    assert address is not None, "the section names one"
    section, database = config.engine, config.dibao.database
    terms = Terms(
        owner=lambda: elsewhere.file_id(database),
        max_backlog_bytes=section.max_backlog_bytes,
        heartbeat_seconds=section.heartbeat_seconds,
        stall_seconds=section.stall_seconds,
    )
    return ClusterEngine(address, schema=str(section.schema), terms=terms, clock=clock)
