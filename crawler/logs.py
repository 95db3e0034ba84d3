"""Logging, configured in one place: one sentence and stable keys, as text for people or JSON lines for machines."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

FORMATS = ("text", "json")
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
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(log_format: str = "text", level: str = "INFO") -> None:
    """None; everything is logged to standard error from now on. Raises ValueError for an unknown format or level."""
    if log_format not in FORMATS:
        raise ValueError(f"log format {log_format!r}; it is one of {', '.join(FORMATS)}")
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if log_format == "json" else text)
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
