"""`dibao worker` as a machine of its own has it: a process that is told an address, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.scheduler.engines.cluster.supervisor import Program, Supervisor, tail

DIBAO = str(Path(sys.executable).with_name("dibao"))
CRAWL_SECONDS = 120.0
"""Longer than any crawl of these tests takes. One whose workers do not come would wait for ever."""


def long_enough() -> Callable[[], bool]:
    """Whether CRAWL_SECONDS have passed since now: `should_stop` of a crawl."""
    latest = time.monotonic() + CRAWL_SECONDS
    return lambda: time.monotonic() > latest


def exit_code(command: Sequence[str], folder: Path, seconds: float = CRAWL_SECONDS) -> int:
    """How a command in a folder has ended; what it says is added to the folder's `said`.

    Raises AssertionError with the end of that where it has not ended by then: it and all below it are killed.
    """
    said = folder / "said"
    with said.open("ab") as log:
        running = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, start_new_session=True)
    try:
        return running.wait(seconds)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"{command} has not ended in {seconds:g} s:\n{tail(said)}") from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def engine_section(url: str, schema: str, **settings: object) -> str:
    """The words of a dibao.toml that say where crawls run."""
    more = "".join(f"{name} = {value}\n" for name, value in settings.items())
    return f'\n[engine]\nurl = "{url}"\nschema = "{schema}"\n{more}'


def worker(
    folder: Path, url: str, schema: str, name: str, env: Mapping[str, str] | None = None, *, jobs: int = 0
) -> Program:
    """A worker in a folder of its own, not yet begun. `jobs`: as its option."""
    home = folder / name
    home.mkdir(parents=True)
    command = [DIBAO, "worker", "--schema", schema, "--name", name, "--processes", "1", "--jobs", str(jobs)]
    known = {"PATH": os.environ["PATH"], "HOME": str(home), "DIBAO_ENGINE_URL": url}
    return Program(name, command, home, known | dict(env or {}))


@contextmanager
def workers(
    folder: Path, url: str, schema: str, names: Sequence[str], env: Mapping[str, str] | None = None
) -> Iterator[list[Program]]:
    """Workers at work; dead when it is left."""
    with Supervisor() as supervisor:
        yield [supervisor.add(worker(folder, url, schema, name, env)) for name in names]
