"""The engine of one machine keeps what every engine promises."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from scheduler.engines.local import LocalEngine
from tests.faults.poison import arm
from tests.scheduler.engines.contract import EngineContract, Stage

EXIT_SECONDS = 10.0


class LocalStage(Stage):
    """An engine of this machine."""

    engine: LocalEngine

    def __init__(self, engine: LocalEngine) -> None:
        self.engine = engine

    def restart(self) -> list[str]:
        """The command lines of those of its processes that live on."""
        workers = [psutil.Process(pid) for pid in self.engine.worker_pids]
        family = [*workers, *(child for worker in workers for child in worker.children(recursive=True))]
        assert len(family) > 1, "a worker and what it has started"
        self.engine.close()
        self.engine = LocalEngine(processes=1, log_level="CRITICAL")
        return [str(process.cmdline()) for process in psutil.wait_procs(family, EXIT_SECONDS)[1]]


@pytest.fixture
def stage(engine: LocalEngine) -> LocalStage:
    """The engine of the session, which is not to be closed nor killed."""
    return LocalStage(engine)


@pytest.fixture
def own_stage() -> Iterator[LocalStage]:
    """An engine that a test may do anything to."""
    made = LocalStage(LocalEngine(processes=1, log_level="CRITICAL"))
    yield made
    made.engine.close()


@pytest.fixture
def poisoned_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStage]:
    """An engine in whose workers pages do what they say."""
    arm(tmp_path, monkeypatch)
    made = LocalStage(LocalEngine(processes=1, log_level="CRITICAL"))
    yield made
    made.engine.close()


class TestLocalEngine(EngineContract):
    """The contract, with worker processes of this machine."""
