"""Logging, configured in one place: one sentence and stable keys, as text for people or JSON lines for machines."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

FORMATS = ("auto", "text", "json", "journal")
"""auto: journal where standard error is systemd's journal, else text."""
# Libraries that tell more than an operator wants at our level.
QUIET = {
    "scrapy": logging.WARNING,
    # A robots.txt that cannot be had becomes the outcome of every address that needed it.
    "scrapy.downloadermiddlewares.robotstxt": logging.CRITICAL,
    "twisted": logging.WARNING,
    "trafilatura": logging.CRITICAL,
    "htmldate": logging.CRITICAL,
    "apscheduler": logging.WARNING,
    "asyncio": logging.WARNING,
    "charset_normalizer": logging.WARNING,
}
# What Twisted says, with the stack, of a certificate that is another's: the outcome of its address says so already.
CERTIFICATE = "while verifying certificate"
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


# What pages and servers say of themselves may steer a terminal, end a line for some reader of lines, or turn its text
# round; journald ends a line at a NUL too, and believes the priority that the next one begins with.
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
LONGEST_JOURNAL_LINE = 12_000
"""Characters. One of more than 48 KiB is cut by journald, and what is left is a line of its own (journald.conf(5))."""


def _seen(text: str) -> str:
    """The text with what cannot be seen as JSON would have it, in four digits; line feeds are left."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class TextFormatter(logging.Formatter):
    """A line with its time for people. Whatever further lines there are stand back, so that none looks like a first."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and those of an exception."""
        return "\n    ".join(_seen(super().format(record)).split("\n"))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: ts (UTC), level, logger, event, then the record's own keys."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **{key: value for key, value in vars(record).items() if key not in _PLAIN},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _seen(json.dumps(line, ensure_ascii=False, default=str))


class JournalFormatter(logging.Formatter):
    """Lines for systemd's journal, which has the time: each with its priority in front (sd-daemon(3)), keys behind."""

    def format(self, record: logging.LogRecord) -> str:
        """The lines; of an exception there are several, and each has the priority."""
        keys = {key: value for key, value in vars(record).items() if key not in _PLAIN}
        told = "".join(f" {key}={json.dumps(value, ensure_ascii=False, default=str)}" for key, value in keys.items())
        text = f"{record.name}: {record.getMessage()}{told}"
        if record.exc_info:
            text += f"\n{self.formatException(record.exc_info)}"
        prefix = f"<{_priority(record.levelno)}>"
        size = LONGEST_JOURNAL_LINE
        pieces = (line[at : at + size] for line in _seen(text).split("\n") for at in range(0, max(1, len(line)), size))
        return "\n".join(prefix + piece for piece in pieces)


def _priority(level: int) -> int:
    """The priority of syslog(3) that a level has."""
    return next((priority for least, priority in _PRIORITIES if level >= least), 7)


_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))


def chosen(log_format: str, environment: Mapping[str, str] = os.environ) -> str:
    """The format that is meant: of auto, journal where standard error is the stream that systemd names, else text."""
    if log_format != "auto":
        return log_format
    try:
        there = os.fstat(sys.stderr.fileno())
    except (AttributeError, OSError, ValueError):  # None where the stream was closed
        return "text"
    return "journal" if environment.get("JOURNAL_STREAM") == f"{there.st_dev}:{there.st_ino}" else "text"


def configure(log_format: str = "text", level: str = "INFO") -> None:
    """None; everything is logged to standard error from now on. Raises ValueError for an unknown format or level."""
    if log_format not in FORMATS:
        raise ValueError(f"log format {log_format!r}; it is one of {', '.join(FORMATS)}")
    handler = logging.StreamHandler(sys.stderr)
    text = TextFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    formatters = {"text": text, "json": JsonFormatter(), "journal": JournalFormatter()}
    handler.setFormatter(formatters[chosen(log_format)])
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, logging.getLevelNamesMapping()[level]))


def hear_twisted() -> None:
    """None; what Twisted logs are log lines from now on. Nobody heard it: its errors went bare to standard error."""
    from twisted.logger import STDLibLogObserver, globalLogBeginner  # noqa: PLC0415 - the coordinator has no Twisted

    tell = STDLibLogObserver("twisted")

    def heard(event: dict[str, Any]) -> None:
        if event.get("log_format") != CERTIFICATE:
            tell(event)

    observers: list[Any] = [heard]
    globalLogBeginner.beginLoggingTo(observers, redirectStandardIO=False)
