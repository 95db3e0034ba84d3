"""What hostile input costs: each piece of work in a process of its own, forked from one that has loaded all tables.

Run as a program it reads calls from its input, one a line, and prints what each cost. A call names what is made
(mutations.HOSTILE, hostile_entries.HOSTILE_ENTRIES), the share of its full size, and the rounds of which the cheapest
counts.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]

HANGING_SECONDS = 60
"""Of a processor, after which a piece of work is given up."""

MEMORY_BYTES = 4 * 1024**3

Cost = dict[str, Any]
Meter = Callable[..., Cost]
Work = Callable[[], tuple[str, list[str]]]
HOME = "http://news.example.org/"


@contextmanager
def metered(module: str = "tests.crawler.extraction.meter") -> Iterator[Meter]:
    """What one call costs, as a function of the call: `seconds`, `megabytes` of growth, `answer`, `faults`."""
    command = [sys.executable, "-m", module]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        sent, told = process.stdin, process.stdout
        assert sent is not None
        assert told is not None

        def of(*call: object) -> Cost:
            sent.write(json.dumps(call) + "\n")
            sent.flush()
            cost: Cost = json.loads(told.readline())
            print(f"{cost['seconds']:6.2f} s {cost['megabytes']:5.0f} MB  {cost['answer']:14}", *map(ascii, call))
            return cost

        yield of


def serve(work: Callable[..., Work]) -> None:
    """Answer calls until the input ends. `work`: of a call, what is measured; that gives its answer and faults."""
    for line in sys.stdin:
        *call, rounds = json.loads(line)
        costs = [_measured(work, call) for _ in range(rounds)]
        print(json.dumps(min(costs, key=lambda cost: cost["seconds"])), flush=True)


def _measured(work: Callable[..., Work], call: list[object]) -> Cost:
    """What one call costs in a process of its own; one that dies has cost all that it may."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        os.write(writing, json.dumps(_spent(work(*call))).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    status = os.waitpid(child, 0)[1]
    if status or not said:
        return {"seconds": HANGING_SECONDS, "megabytes": 0, "answer": "", "faults": [f"died of {status}"]}
    return json.loads(said)  # type: ignore[no-any-return]


def _spent(work: Work) -> Cost:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (HANGING_SECONDS, HANGING_SECONDS))
    before, grown = time.process_time(), _megabytes()
    answer, faults = work()
    return {
        "seconds": time.process_time() - before,
        "megabytes": _megabytes() - grown,
        "answer": answer,
        "faults": faults,
    }


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _work(kind: str, *more: Any) -> Work:
    """The reading of something hostile: a page or an entry point and its size; or a piece and the place of its run."""
    from tests.crawler.discovery.hostile_entries import HOSTILE_ENTRIES  # noqa: PLC0415 - a parent need not load them
    from tests.crawler.extraction.mutations import HOSTILE, run_page  # noqa: PLC0415

    if kind in HOSTILE_ENTRIES:
        return _entry(*HOSTILE_ENTRIES[kind], float(more[0]))
    return _page(HOSTILE[kind](float(more[0])) if kind in HOSTILE else run_page(kind, *more))


def _page(markup: str) -> Work:
    from crawler.extraction.page import PageInput, read_page  # noqa: PLC0415
    from crawler.extraction.signed import signed  # noqa: PLC0415
    from tests.crawler.extraction.pages import NOW  # noqa: PLC0415
    from tests.crawler.extraction.test_fuzz import faults  # noqa: PLC0415

    page = PageInput(body=markup.encode("utf-8", "surrogatepass"), url="http://a.cn/1.html", now=NOW)

    def work() -> tuple[str, list[str]]:
        result = signed(read_page(page)).result
        return getattr(result, "reason", "article"), faults(result)

    return work


def _entry(kind: Any, document: Callable[[float], str], size: float) -> Work:
    from crawler.discovery.entry import EntryInput, _read_entry  # noqa: PLC0415 - without its price

    entry = EntryInput(kind=kind, url="http://news.example.org/feed", body=document(size).encode(), home=HOME)

    def work() -> tuple[str, list[str]]:
        said = _read_entry(entry)
        return getattr(said, "reason", "entry point"), []

    return work


if __name__ == "__main__":
    for warming in ("an_entity_bomb", "english_paragraphs", "items_ill_formed", "links"):
        _work(warming, 0.01)()
    serve(_work)
