"""Answers that are small on the way and huge when unpacked, or never end, cost at most four times their bound."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Self

import brotli
import psutil
import pytest

from crawler.fetching.bodies import zstd
from scheduler.engines.local import LocalEngine
from storage.records import EntryChecked, EntryPoint, Event, Failed, Rejected
from tests.crawler.crawling.portal import only, run
from tests.faults.hostile import EVERYBODY, HostileServer, Reply, answer, endless
from tests.faults.hostile_replies import REPLIES, packed, page
from tests.faults.test_raw_replies import job

pytestmark = pytest.mark.faults

MIB = 1024 * 1024
PAGE_BYTES, SITEMAP_BYTES = 5 * MIB, 50 * MIB
ZEROS = bytes(MIB)
GIGABYTES = 10


def deflated(megabytes: int, wbits: int) -> bytes:
    """So many megabytes of zeros without an end, one block again and again."""
    stream = zlib.compressobj(9, wbits=wbits)
    start = stream.compress(b"") + stream.flush(zlib.Z_SYNC_FLUSH)
    stream = zlib.compressobj(9, wbits=-15)
    return start + (stream.compress(ZEROS) + stream.flush(zlib.Z_FULL_FLUSH)) * megabytes


@cache
def members() -> bytes:
    return gzip.compress(ZEROS) * 1000


@cache
def brotlied() -> bytes:
    return bytes(brotli.compress(bytes(300 * MIB), quality=5))


@cache
def sixfold() -> bytes:
    body = deflated(1000, 31)
    for _ in range(5):
        body = gzip.compress(body)
    return body


def window(log: int) -> bytes:
    """A zstd frame that wants a window of 2^log bytes, with one block of zeros."""
    return b"\x28\xb5\x2f\xfd\0" + bytes([(log - 10) << 3]) + (1 | 1 << 1 | MIB // 8 << 3).to_bytes(3, "little") + b"\0"


BOMBS: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "gzip, 10 GB of 10 MB": (lambda: deflated(GIGABYTES * 1024, 31), "gzip", "too_large"),
    "gzip, 4 GB under the bound": (lambda: deflated(4096, 31), "gzip", "too_large"),
    "gzip, 1000 members": (members, "gzip", "too_large"),
    "gzip, a million empty members": (lambda: gzip.compress(b"") * 200_000, "gzip", "bad_encoding"),
    "deflate": (lambda: deflated(4096, 15), "deflate", "too_large"),
    "bare deflate": (lambda: deflated(4096, -15), "deflate", "too_large"),
    "deflate of empty blocks": (lambda: b"\0\0\0\xff\xff" * 900_000, "deflate", "truncated"),
    "br": (brotlied, "br", "too_large"),
    "zstd": (lambda: zstd.compress(bytes(300 * MIB)), "zstd", "too_large"),
    "zstd with a window of 2 GiB": (lambda: window(31), "zstd", "bad_encoding"),
    "zstd with a window of 128 MiB": (lambda: window(27), "zstd", "bad_encoding"),
    "zstd, many frames": (lambda: zstd.compress(b"") * 300_000, "zstd", "bad_encoding"),
    "gzip in gzip": (lambda: gzip.compress(deflated(4096, 31)), "gzip, gzip", "too_large"),
    "gzip six times over": (sixfold, ", ".join(["gzip"] * 6), "bad_encoding"),
    "gzip in a header of its own each": (sixfold, "gzip\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip",
                                         "bad_encoding"),
}  # fmt: skip


class Watch:
    """Samples the memory of this process's children every few milliseconds. `grown`: bytes over the start at most."""

    def __enter__(self) -> Self:
        self._start = self._now()
        self._most = self._start
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def grown(self) -> int:
        return self._most - self._start

    def _sample(self) -> None:
        while not self._over.wait(0.01):
            self._most = max(self._most, self._now())

    def _now(self) -> int:
        total = 0
        for child in psutil.Process().children(recursive=True):
            try:
                memory = child.memory_info()
                total += memory.rss - memory.shared  # what the pool has of its fork server is counted once, there
            except psutil.NoSuchProcess:
                continue
        return total


@pytest.fixture(scope="module")
def engine() -> Iterator[LocalEngine]:
    """An engine that has read a page and a sitemap: what they bring into memory is no growth."""
    running = LocalEngine(processes=1, log_level="CRITICAL")
    answers = {"/robots.txt": EVERYBODY, "/s.xml": answer("<urlset></urlset>"), "/1.html": answer(page())}
    with HostileServer(answers) as server:
        for _ in range(2):
            run(running, job(server, "/1.html", entry_points=(EntryPoint(kind="sitemap", url=server.url("/s.xml")),)))
    yield running
    running.close()


def told(events: list[Event]) -> str:
    """Why the one page or entry point brought nothing."""
    (event,) = [event for event in events if isinstance(event, EntryChecked | Failed | Rejected)]
    return event.reason


def measured(name: str, watch: Watch, began: float, most: int) -> None:
    print(f"{name}: {time.monotonic() - began:.2f} s, {watch.grown / MIB:.1f} MiB")
    assert watch.grown <= 4 * most, f"{watch.grown / MIB:.1f} MiB"
    assert time.monotonic() - began < 28, "by itself, not by the time that an answer may take"


@pytest.mark.parametrize("name", BOMBS)
def test_a_page_that_is_a_bomb_costs_four_times_its_bound_at_most(engine: LocalEngine, name: str) -> None:
    make, encoding, reason = BOMBS[name]
    reply = Reply((packed(make(), encoding),))
    with HostileServer({"/robots.txt": EVERYBODY, "/1.html": reply}) as server, Watch() as watch:
        began = time.monotonic()
        assert told(run(engine, job(server, "/1.html"))) == reason
    measured(name, watch, began, PAGE_BYTES)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("endless", "too_large"),
        ("endless chunks", "too_large"),
        ("a length of 900 MB", "too_large"),
        ("endless headers", "bad_headers"),
        ("endless folded header", "bad_headers"),
        ("endless 100 Continue", "bad_headers"),
        ("5000 cookies", "bad_headers"),
        ("endless trailers", "truncated"),
        ("a chunk extension without an end", "truncated"),
    ],
)
def test_an_answer_without_an_end_costs_four_times_its_bound_at_most(
    engine: LocalEngine, name: str, reason: str
) -> None:
    with HostileServer({"/robots.txt": EVERYBODY, "/1.html": REPLIES[name].reply}) as server, Watch() as watch:
        began = time.monotonic()
        assert told(run(engine, job(server, "/1.html"))) == reason
    measured(name, watch, began, PAGE_BYTES)


@pytest.mark.parametrize("form", ["encoded", "a file", "endless", "br"])
def test_a_sitemap_that_is_a_bomb_costs_four_times_its_bound_at_most(engine: LocalEngine, form: str) -> None:
    bomb = deflated(GIGABYTES * 1024, 31)
    replies = {
        "encoded": Reply((packed(bomb, "gzip"),)),
        "a file": answer(bomb, content_type="application/gzip"),
        "endless": Reply((b"HTTP/1.1 200 OK\r\n\r\n<urlset>", endless(b"<url><loc>http://a.cn/1</loc></url>" * 1000))),
        "br": Reply((packed(brotlied(), "br"),)),
    }
    with HostileServer({"/robots.txt": EVERYBODY, "/s.xml": replies[form]}) as server, Watch() as watch:
        began = time.monotonic()
        entry = EntryPoint(kind="sitemap", url=server.url("/s.xml"))
        assert told(run(engine, job(server, entry_points=(entry,)))) == "too_large"
    measured(f"sitemap, {form}", watch, began, SITEMAP_BYTES)


def test_many_bombs_at_once_do_not_add_up(engine: LocalEngine) -> None:
    """Five jobs, each with a sitemap of 24 MiB: one after the other they take the place for large bodies."""
    body = b"<urlset>" + b"<url><loc>http://a.cn/1</loc></url>" * 100 + b"<!--" + b"x" * (24 * MIB) + b"--></urlset>"
    reply = answer(gzip.compress(body), content_encoding="gzip")
    with HostileServer({"/robots.txt": EVERYBODY, "/s.xml": reply}) as server, Watch() as watch:
        began = time.monotonic()
        entry = EntryPoint(kind="sitemap", url=server.url("/s.xml"))
        jobs = [job(server, entry_points=(entry,), id=f"large {number}") for number in range(5)]
        for each in jobs:
            engine.submit(each)
        statuses: list[str] = []
        while len(statuses) < 5 and time.monotonic() - began < 150:
            events = engine.poll(0.5, limit=100)
            engine.committed(events)
            statuses += [event.status for event in only(events, EntryChecked)]
    print(f"five at once: {time.monotonic() - began:.1f} s, {watch.grown / MIB:.0f} MiB")
    assert statuses == ["ok"] * 5
    assert watch.grown <= 4 * SITEMAP_BYTES + 5 * 2 * 8 * MIB  # five times 24 MiB in all their forms are 700


def test_a_robots_txt_that_is_a_bomb_costs_little(engine: LocalEngine) -> None:
    bomb = Reply((packed(deflated(GIGABYTES * 1024, 31), "gzip"),))
    with HostileServer({"/robots.txt": bomb, "/1.html": answer(page())}) as server, Watch() as watch:
        began = time.monotonic()
        run(engine, job(server, "/1.html"))
    measured("robots.txt", watch, began, PAGE_BYTES)
