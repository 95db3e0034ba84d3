"""Numbers in the text format 0.0.4 that Prometheus reads (prometheus.io/docs/instrumenting/exposition_formats).

Written here and not by prometheus-client, which takes 125 ms of CPU for a thousand sources; tests read it back with
that library's parser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LABEL = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_HELP = str.maketrans({"\\": "\\\\", "\n": "\\n"})

Number = int | float
Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """How often a value was at most each bound of its family, by bucket and not yet summed up; the last has no bound.

    `sum` is of all values.
    """

    buckets: Sequence[int]
    sum: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric with all its values, each beside the values of its labels. `name` is as Prometheus stores it."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    samples: Sequence[tuple[tuple[str, ...], Number]] = ()
    bounds: tuple[Number, ...] = ()
    histograms: Sequence[tuple[tuple[str, ...], Histogram]] = field(default=())


def text(families: Iterable[Family]) -> bytes:
    """All families that have values, one behind the other, UTF-8."""
    return "".join(line for family in families for line in _lines(family)).encode()


def _lines(family: Family) -> Iterator[str]:
    if not (family.samples or family.histograms):
        return
    yield f"# HELP {family.name} {family.help.translate(_HELP)}\n# TYPE {family.name} {family.kind}\n"
    for values, number in family.samples:
        yield f"{family.name}{_braced(_pairs(family.labels, values))} {_number(number)}\n"
    for values, histogram in family.histograms:
        yield from _histogram(family, _pairs(family.labels, values), histogram)


def _histogram(family: Family, pairs: str, histogram: Histogram) -> Iterator[str]:
    """Each bucket has all that is below its bound, so that bounds may be dropped later."""
    before = f"{pairs}," if pairs else ""
    total = 0
    for bound, count in zip((*map(_number, family.bounds), "+Inf"), histogram.buckets, strict=True):
        total += count
        yield f'{family.name}_bucket{{{before}le="{bound}"}} {total}\n'
    braced = _braced(pairs)
    yield f"{family.name}_sum{braced} {_number(histogram.sum)}\n{family.name}_count{braced} {total}\n"


def _pairs(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    return ",".join([f'{name}="{value.translate(_LABEL)}"' for name, value in zip(names, values, strict=True)])


def _braced(pairs: str) -> str:
    return f"{{{pairs}}}" if pairs else ""


def _number(number: Number) -> str:
    """As Go reads it; whole numbers without a point, as long as they are exact."""
    return str(int(number)) if number == int(number) and abs(number) < 2**53 else repr(float(number))
