"""What is written to the log, for people and for machines."""

from __future__ import annotations

import inspect
import json
import logging
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator

import pytest
from twisted.internet import _sslverify

from crawler.logs import CERTIFICATE, QUIET, chosen, configure

Log = Callable[[], str]


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """Gives what has gone to standard error; logging is put back as it was."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    names = {name: logging.getLogger(name).level for name in (*logging.root.manager.loggerDict, *QUIET)}
    yield lambda: capsys.readouterr().err
    logging.captureWarnings(capture=False)
    for handler in list(root.handlers):
        root.removeHandler(handler)
    for handler in before:
        root.addHandler(handler)
    root.setLevel(level)
    for name, old in names.items():
        logging.getLogger(name).setLevel(old)


def test_json_lines_carry_time_level_sentence_and_keys(log: Log) -> None:
    configure("json", "INFO")
    logging.getLogger("dibao.test").warning("两个来源\n失败 %d", 2, extra={"source": "人民", "odd": object})
    (text,) = log().splitlines()
    line = json.loads(text)
    assert (line["level"], line["logger"]) == ("warning", "dibao.test")
    assert (line["event"], line["source"]) == ("两个来源\n失败 2", "人民")
    assert line["ts"].endswith("+00:00")


def test_json_lines_carry_the_exception(log: Log) -> None:
    configure("json")
    try:
        int("broken")
    except ValueError:
        logging.getLogger("dibao.test").exception("it failed")
    assert "ValueError: invalid literal" in json.loads(log())["exception"]


def test_text_lines_have_their_level(log: Log) -> None:
    configure("text", "WARNING")
    logging.getLogger("dibao.test").info("not this")
    logging.getLogger("dibao.test").error("but this")
    (line,) = log().splitlines()
    assert line.endswith("ERROR dibao.test: but this")


def test_warnings_become_log_lines(log: Log) -> None:
    configure("json")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old SQLite", RuntimeWarning, stacklevel=1)
    assert "old SQLite" in json.loads(log())["event"]


def test_libraries_are_quiet_at_our_level_and_below(log: Log) -> None:
    configure("text", "DEBUG")
    logging.getLogger("scrapy.core").info("chatter")
    configure("text", "ERROR")
    logging.getLogger("scrapy.core").warning("chatter")
    assert log() == ""


@pytest.mark.parametrize(("log_format", "level"), [("xml", "INFO"), ("text", "LOUD")])
def test_an_unknown_format_or_level_is_refused(log: Log, log_format: str, level: str) -> None:
    with pytest.raises(ValueError, match=r"xml|LOUD"):
        configure(log_format, level)


def test_what_twisted_says_is_a_log_line_and_a_certificate_of_somebody_else_none() -> None:
    """In a process of its own: Twisted begins to log once."""
    said = """
from crawler.logs import CERTIFICATE, configure, hear_twisted
from twisted.logger import Logger
configure("json", "WARNING")
hear_twisted()
for words in (CERTIFICATE, "Unhandled error"):
    try:
        raise RuntimeError(words)
    except RuntimeError:
        Logger().failure(words)
"""
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    (line,) = [json.loads(text) for text in done.stderr.splitlines()]
    assert (line["level"], line["logger"], line["event"]) == ("critical", "twisted", "Unhandled error")


def test_twisted_still_says_of_a_certificate_what_is_left_out() -> None:
    source = inspect.getsource(_sslverify)
    assert f'_log.failure("{CERTIFICATE}")' in source


def test_lines_for_the_journal_have_a_priority_each_and_no_time(log: Log) -> None:
    configure("journal")
    logger = logging.getLogger("dibao.test")
    logger.info("两个来源", extra={"source": "人民", "number": 2})
    logger.warning("careful")
    try:
        int("broken")
    except ValueError:
        logger.exception("it failed\n<0>as a page would have it")
    lines = log().splitlines()
    assert lines[:2] == ['<6>dibao.test: 两个来源 source="人民" number=2', "<4>dibao.test: careful"]
    assert len(lines) > 4
    assert all(line.startswith("<3>") for line in lines[2:])


HOSTILE = "标题\x00<0>forged\n2026-11-23 ERROR forged\r<1>forged\x1b]0;mine\x07\x9b31m\u2028{}\u202edetrof"
"""What a page may call itself. journald begins a new line at a NUL as at a newline."""


def test_no_title_forges_a_priority_in_the_journal(log: Log) -> None:
    configure("journal")
    logging.getLogger("dibao.test").info("%s", HOSTILE)
    logging.getLogger("dibao.test").info("%s", "长" * 60_000)
    lines = re.split(r"[\n\x00]", log().rstrip("\n"))
    assert all(line.startswith("<6>") for line in lines)
    # A line of more than LineMax= (journald.conf(5)) is cut, and the rest of it is read as a line of its own.
    assert all(len(line.encode()) <= 48 * 1024 for line in lines)


@pytest.mark.parametrize("log_format", ["text", "json", "journal"])
def test_no_title_steers_a_terminal_or_begins_a_line(log: Log, log_format: str) -> None:
    configure(log_format)
    logging.getLogger("dibao.test").info("%s", HOSTILE, extra={"error": HOSTILE})
    said = log()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", said)
    assert not any(line.startswith(("2026-11-23 ERROR forged", "<1>", "{}")) for line in said.splitlines())
    if log_format == "json":
        assert json.loads(said)["error"] == HOSTILE


def test_the_trace_of_an_exception_keeps_its_lines(log: Log) -> None:
    configure("text")
    try:
        int(HOSTILE, 1 // len(HOSTILE))
    except ValueError:
        logging.getLogger("dibao.test").exception("it failed")
    lines = log().splitlines()
    assert lines[1] == "    Traceback (most recent call last):"
    assert not any("\x1b" in line for line in lines)


def test_a_journal_is_recognised_by_the_stream_that_is_named(tmp_path, monkeypatch) -> None:
    with (tmp_path / "err").open("w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        there = os.fstat(stream.fileno())
        assert chosen("auto", {"JOURNAL_STREAM": f"{there.st_dev}:{there.st_ino}"}) == "journal"
        assert chosen("auto", {"JOURNAL_STREAM": f"{there.st_dev}:1"}) == "text"
        assert chosen("auto", {}) == "text"
        assert chosen("json", {"JOURNAL_STREAM": f"{there.st_dev}:{there.st_ino}"}) == "json"
    assert chosen("auto", {}) == "text"  # a stream that is closed
