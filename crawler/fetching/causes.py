"""What lies behind an exception of a download: Scrapy and Twisted wrap the reason two or three times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from twisted.python.failure import Failure

E = TypeVar("E", bound=BaseException)


def causes(error: Failure | BaseException | None) -> Iterator[BaseException]:
    """The exception itself and all that it wraps or was caused by, each once, the nearest first."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if isinstance(current, Failure):
            current = current.value
        if isinstance(current, BaseException) and id(current) not in seen:
            seen.add(id(current))
            yield current
            waiting.extend(_wrapped(current))


def cause_of(error: Failure | BaseException | None, *kinds: type[E]) -> E | None:
    """The nearest cause of one of these kinds, or None."""
    return next((cause for cause in causes(error) if isinstance(cause, kinds)), None)


def _wrapped(error: BaseException) -> Iterator[Any]:
    yield error.__cause__
    yield error.__context__
    yield from getattr(error, "reasons", None) or ()  # twisted.web: ResponseFailed and its kin
    yield getattr(error, "subFailure", None)  # twisted.internet.defer.FirstError
    yield getattr(error, "reason", None)
    if isinstance(error, BaseExceptionGroup):
        yield from error.exceptions
