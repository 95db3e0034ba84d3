"""What it costs to start: commands that people type, and monitoring calls each minute."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scheduler.bench.processes import dibao, run

CONFIG = '[dibao]\ndatabase = "start.db"\ncontact = "bench@example.org"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """CPU seconds, from start to end."""

    help_seconds: float
    status_seconds: float


def measure(folder: Path, times: int) -> Start:
    """The least of so many starts: the first reads the program from the disk. Raises BenchFault."""
    place = folder / "start"
    place.mkdir()
    (place / "dibao.toml").write_text(CONFIG, encoding="utf-8")
    return Start(
        help_seconds=min(run(dibao("--help"), place).cpu_seconds for _ in range(times)),
        status_seconds=min(run(dibao("status"), place).cpu_seconds for _ in range(times)),
    )
