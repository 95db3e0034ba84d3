"""Secrets that the configuration only names: read from the environment or from a file, and never told of."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

MOST_SECRET_BYTES = 10_000


def held_text(variable: str | None, file: Path | None, environment: Mapping[str, str]) -> str:
    """The text that a variable holds, or else a file; one of them is named.

    Raises ValueError with a sentence that tells nothing of the text.
    """
    if variable is not None:
        if variable not in environment:
            raise ValueError(f"the environment has no {variable}; set it where dibao is started")
        return environment[variable]
    assert file is not None, "one of the two is named"
    return _content(file)


def open_files(files: Iterable[Path | None]) -> list[str]:
    """A sentence for each file with a secret that all users of this machine can read."""
    found: list[str] = []
    for file in files:
        if file is not None and file.exists():
            mode = stat.S_IMODE(file.stat().st_mode)
            if mode & stat.S_IROTH:
                found.append(f"{file}: every user of this machine can read it (mode {mode:o}); chmod 600")
    return found


def _content(path: Path) -> str:
    try:
        # Not to wait for whoever writes into a pipe: a daemon reads this in its main loop.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ValueError(f"{path} cannot be read: it is no plain file")
            return file.read(MOST_SECRET_BYTES).decode("ascii")
    except UnicodeDecodeError:
        raise ValueError(f"{path}: no text of ASCII characters") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from None
