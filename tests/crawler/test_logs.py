"""What is written to the log, for people and for machines."""

from __future__ import annotations

import inspect
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator

import pytest
from twisted.internet import _sslverify

from crawler.logs import CERTIFICATE, QUIET, configure

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
