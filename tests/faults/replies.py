"""Whole answers of a server, each the page of a host of its own: a real crawl of them into a real file."""

from __future__ import annotations

import contextlib
import re
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import brotli

from crawler.decoding import decode
from scheduler.engines.local import LocalEngine
from storage.care.checking import check
from storage.database import open_writer
from storage.identity import url_key
from storage.records import (
    Candidate,
    CrawlJob,
    Discovered,
    Event,
    Extracted,
    Failed,
    JobFinished,
    Limits,
    PageRequest,
    Rejected,
    Unchanged,
)
from tests.faults.corpora import SECONDS, File, Told
from tests.faults.hostile import HostileServer, Reply
from tests.faults.on_page import Said, strangers
from tests.storage.conftest import START, Desk

PATIENCE_SECONDS = 600.0
TIMEOUT_SECONDS = 3.0
"""Given to an answer; the longest that a page may take is this and its parts' (SECONDS)."""
CURL = re.compile(rb"<reply>.*?<data[^>]*>\r?\n(.*?)</data>", re.DOTALL)
_HEADS = re.compile(rb"\s*(?:HTTP/1.. 1.*?\r?\n\r?\n)*.*?\r?\n\r?\n", re.DOTALL)
"""The head of an answer, and those of the interim ones before it."""
_CHUNK = re.compile(rb"(?:\r?\n)?[ \t]*([0-9a-fA-F]+)[^\n]*\n")
_TYPE = re.compile(rb"^content-type:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
TOGETHER = 250
"""Files of one job."""


def crawl_replies(files: Iterable[File]) -> Told:
    """What became of answers: one outcome each in the events and in the file, which is whole."""
    told, waiting = Told(), list(files)
    engine = LocalEngine(processes=2, log_level="CRITICAL")
    try:
        for start in range(0, len(waiting), TOGETHER):
            _crawl(engine, waiting[start : start + TOGETHER], told)
    finally:
        engine.close()
    return told


def reply_of(body: bytes) -> bytes:
    """The answer in a file: of curl's own tests what the server is to send, else all of it."""
    curl = CURL.search(body)
    return curl[1] if curl else body


def _crawl(engine: LocalEngine, files: list[File], told: Told) -> None:
    replies = {f"/{number}.html": Reply((reply_of(file.body),)) for number, file in enumerate(files)}
    with (
        HostileServer(replies, address="0.0.0.0") as server,
        tempfile.TemporaryDirectory() as folder,
        open_writer(Path(folder) / "news.db") as database,
    ):
        names = {_address(server, number): file for number, file in enumerate(files)}
        desk = Desk(database)
        desk.begin()
        candidates = tuple(Candidate(url=url, key=url_key(url)) for url in names)
        desk.take(Discovered(job_id=desk.job, number=0, entry_url="http://a.cn/", candidates=candidates,
                             taken=len(candidates)))  # fmt: skip
        began = time.monotonic()
        events = _events(engine, _job(desk.job, tuple(names)))
        seconds = time.monotonic() - began
        noted = [one for event in events for one in desk.take(event)]
        result = next((one.result for one in noted if one.result is not None), None)
        by_key: dict[str, list[Event]] = {url_key(url): [] for url in names}
        for event in events:
            if isinstance(event, Extracted | Rejected | Failed | Unchanged):
                by_key.setdefault(event.key, []).append(event)
        for url, file in names.items():
            _judge(told, file, by_key[url_key(url)], seconds / len(names))
        if result is None or result.discovered != len(names):
            told.findings.append(f"the job's sum is wrong: {result}")
        told.findings += [f"the file: {finding}" for finding in check(database).findings]


def _judge(told: Told, file: File, events: list[Event], seconds: float) -> None:
    """None; the outcome of one answer is told."""
    words = Counter("stored" if isinstance(event, Extracted) else getattr(event, "reason", "") for event in events)
    findings = [] if len(events) == 1 else [f"{len(events)} outcomes: {dict(words)}"]
    for event in events:
        if isinstance(event, Extracted):
            findings += [f"not on the page: {text[:120]!r}" for text in strangers(event.article, said_in(file.body))]
    told.add(file.name, next(iter(words), "no outcome"), seconds, findings)


def bodies(reply: bytes) -> list[bytes]:
    """What the body of an answer may be: as it stands, without its chunks, inflated once or twice."""
    body = _HEADS.sub(b"", reply, count=1)
    plain = [body, dechunked(body), b"".join(re.split(rb"\r?\n?[0-9a-fA-F]+[^\r\n]*\r?\n", body))]
    once = [inflated for one in plain for inflated in _inflated(one)]
    return plain + once + [inflated for one in once for inflated in _inflated(one)]


def dechunked(body: bytes) -> bytes:
    """What the chunks of a body hold, up to the first that is none."""
    found, at = [], 0
    while (size := _CHUNK.match(body, at)) is not None and (length := int(size[1], 16)) > 0:
        found.append(body[size.end() : size.end() + length])
        at = size.end() + length
    return b"".join(found)


def _inflated(body: bytes) -> list[bytes]:
    found = [_members(body, 47), _members(body, -15)]
    with contextlib.suppress(brotli.error):
        found.append(brotli.decompress(body))
    return [one for one in found if one]


def _members(body: bytes, window: int) -> bytes:
    """What zlib makes of a body, of all its gzip members, up to where it breaks."""
    found = []
    while body:
        reader = zlib.decompressobj(window)
        try:
            found.append(reader.decompress(body))
        except zlib.error:
            break
        body = reader.unused_data
    return b"".join(found)


def said_in(body: bytes) -> Said:
    """All that an answer may say: in UTF-8, in its own encoding, packed or not."""
    reply = reply_of(body)
    named = _TYPE.search(reply)
    content_type = named[1].decode("latin-1") if named else None
    parts = dict.fromkeys(bodies(reply))
    texts = [text for part in parts for text in (part.decode("utf-8", "replace"), decode(part, content_type).text)]
    return Said(body, None, *dict.fromkeys(texts))


def _address(server: HostileServer, number: int) -> str:
    """The address of an answer: a loopback host of its own, so that one that hangs costs no other."""
    return f"http://127.1.{number // 250}.{number % 250 + 1}:{server.port}/{number}.html"


def _job(job_id: str, urls: tuple[str, ...]) -> CrawlJob:
    hosts = tuple(url.split("/")[2].partition(":")[0] for url in urls)
    return CrawlJob(
        id=job_id,
        run_id=1,
        source="a",
        home=urls[0].rpartition("/")[0] + "/",
        hosts=hosts,
        timezone="Asia/Shanghai",
        user_agent="dibao-test",
        now=START,
        pages=tuple(PageRequest(url=url, key=url_key(url)) for url in urls),
        allow_networks=("127.0.0.0/8",),
        obey_robots=False,
        limits=Limits(delay_seconds=0.0, timeout_seconds=TIMEOUT_SECONDS, extract_timeout_seconds=SECONDS,
                      max_pages=len(urls) + 1),
    )  # fmt: skip


def _events(engine: LocalEngine, job: CrawlJob) -> list[Event]:
    """The events of a job up to its end. Raises AssertionError where it does not end."""
    engine.submit(job)
    found: list[Event] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        events = engine.poll(0.5, limit=100)
        engine.committed(events)
        found += [event for event in events if event.job_id == job.id]
        if any(isinstance(event, JobFinished) for event in found):
            return found
    raise AssertionError(f"the job did not end: {len(found)} events")
