"""A machine's faults as the shell hears of them: a sentence with what to do next, and the documented exit code."""

from __future__ import annotations

import errno
import os

import pytest

from scheduler.cli.faults import told_to_the_shell


@pytest.mark.parametrize(
    ("number", "step"),
    [
        (errno.EROFS, "check that its folder is there and may be written"),
        (errno.ENOENT, "check that its folder is there and may be written"),
        (errno.ENOSPC, "make room, then start again"),
    ],
)
def test_a_fault_of_the_machine_says_what_to_do_next(
    number: int, step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended, told_to_the_shell():
        raise OSError(number, os.strerror(number), "/srv/news.db.lock")
    assert ended.value.code == 4
    assert capsys.readouterr().err == f"dibao: /srv/news.db.lock: {os.strerror(number)}; {step}\n"
