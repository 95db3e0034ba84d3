"""From exceptions to what the shell sees: a sentence on standard error and the documented exit code."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from scheduler.cli import exit_codes

WAYS_OUT = {
    errno.ENOSPC: "; make room, then start again",
    **dict.fromkeys(
        (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR),
        "; check that its folder is there and may be written",
    ),
}
"""What to do next, of the faults that a machine has without Dibao."""


@contextmanager
def told_to_the_shell() -> Iterator[None]:
    """A block whose faults end the command with their message and exit code."""
    from scheduler.engines.engine import EngineAway, EngineFault, EngineRefused  # noqa: PLC0415
    from storage.faults import LockHeld, StorageFault  # noqa: PLC0415

    try:
        yield
    except LockHeld as fault:
        _end(str(fault), exit_codes.LOCKED)
    except StorageFault as fault:
        _end(str(fault), exit_codes.STORAGE)
    except OSError as fault:
        way_out = WAYS_OUT.get(fault.errno or 0, "")
        _end(f"{fault.filename or 'the database'}: {fault.strerror or fault}{way_out}", exit_codes.STORAGE)
    except EngineAway as fault:
        _end(str(fault), exit_codes.ENGINE_LOST)
    except EngineRefused as fault:
        _end(str(fault), exit_codes.REFUSED)
    except EngineFault as fault:
        _end(str(fault), exit_codes.SOURCES_FAILED)
    except KeyboardInterrupt:
        _end("interrupted at once; what was unfinished comes again", exit_codes.INTERRUPTED)


def _end(message: str, code: int) -> None:
    click.echo(f"dibao: {message}", err=True)
    sys.exit(code)
