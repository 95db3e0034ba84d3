"""The end of a `dibao worker` that has lost its cluster: at once, from any thread, whatever the others do."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

logger = logging.getLogger(__name__)

EXIT_CODE: Final = 75
"""EX_TEMPFAIL; scheduler.cli.exit_codes.ENGINE_LOST."""


def end_now(pids: Callable[[], Iterable[int]], why: str) -> None:
    """Never returns: the worker processes are dead, and so is this one, with exit code 75.

    Nothing is waited for: the main thread may hang in a call, and what it could still tell is no longer to be told.
    """
    for pid in tuple(pids()):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    logger.critical("%s; its jobs are ended here, and run again elsewhere. This worker ends, to be started again", why)
    os._exit(EXIT_CODE)
