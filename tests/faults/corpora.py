"""Any folder of files, held against what must be true of each: no crash, no hang, one outcome, nothing made up.

    python -m tests.faults.corpora KIND FOLDER [FOLDER ...]

KIND is pages, feeds, sitemaps, listings, robots, charsets or replies. A file is what a server sent; of replies, whole
answers with status line and headers (curl's own test files are understood: what stands in <data>). One line a finding,
a table of outcomes at the end; the exit code says whether there was any finding.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from crawler.decoding import codec_name, decode
from crawler.discovery.entry import EntryInput, read_entry
from crawler.extraction.page import PageInput, Reading
from crawler.extraction.signed import read_signed
from crawler.fetching.robots import Rules, read_rules, text_of
from crawler.pool import ExtractionPool, PoolCrash, PoolTimeout
from storage.cleaning import cleaned
from storage.records import Article, Rejection, RobotsFile
from tests.faults.on_page import Said, strange_links, strangers

ROOT = str(Path(__file__).resolve().parents[2])
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SECONDS = 20.0
"""The longest that one file may take (crawler.pool gives a page no more)."""
HOME = "http://corpus.test/"
MOST_BYTES = 50_000_000
"""The largest body that is ever read (a sitemap's)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What a server sent. `expected`: what its folder says of its encoding."""

    name: str
    body: bytes
    content_type: str | None = None
    expected: str | None = None


Reader = Callable[[File], tuple[str, list[str]]]
"""The outcome of a file, and what must not be in it."""


@dataclass(slots=True)
class Told:
    """What became of the files of a folder: outcomes, findings (what must not be), and the longest time."""

    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    seconds: float = 0.0
    """CPU of the file that cost most."""
    slowest: str = ""

    @property
    def files(self) -> int:
        """How many there were."""
        return self.outcomes.total()

    def add(self, name: str, outcome: str, seconds: float, findings: Iterable[str] = ()) -> None:
        """None; one file more."""
        self.outcomes[outcome] += 1
        self.findings += [f"{name}: {finding}" for finding in findings]
        if seconds > self.seconds:
            self.seconds, self.slowest = seconds, name


def files_of(*folders: Path) -> Iterator[File]:
    """The files of folders and of those in them. A folder whose name is an encoding says what its files are in."""
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if path.is_file() and path.stat().st_size <= MOST_BYTES:
                yield File(name=str(path), body=path.read_bytes(), expected=path.parent.name)


def run(kind: str, files: Iterable[File]) -> Told:
    """What became of files of one kind; each is read as in a crawl: in a process of the pool, with its deadline."""
    if kind == "replies":
        from tests.faults.replies import crawl_replies  # noqa: PLC0415 - a whole crawl, for this kind only

        return crawl_replies(files)
    return read_all(READERS[kind], files)


def read_all(reader: Reader, files: Iterable[File], seconds: float = SECONDS) -> Told:
    """What a reader made of files, in processes that may be killed; they import it by its name."""
    if ROOT not in sys.path:
        sys.path.append(ROOT)
    return asyncio.run(_pooled(reader, files, seconds))


async def _pooled(reader: Reader, files: Iterable[File], patience: float) -> Told:
    told = Told()
    waiting = asyncio.Semaphore(8)

    async def one(file: File) -> None:
        seconds = 0.0
        try:
            (outcome, findings), seconds = await pool.run(partial(_timed, reader), file, patience)
        except PoolTimeout:
            outcome, findings, seconds = "hung", [f"took longer than {patience:g} s"], patience
        except PoolCrash as error:
            outcome, findings = "crashed", [str(error)]
        except RuntimeError as error:
            outcome, findings = "raised", [str(error)]
        told.add(file.name, outcome, seconds, findings)
        waiting.release()

    async with ExtractionPool() as pool, asyncio.TaskGroup() as tasks:
        for file in files:
            await waiting.acquire()
            tasks.create_task(one(file))
    return told


def _timed(reader: Reader, file: File) -> tuple[tuple[str, list[str]], float]:
    """What a reader says of a file, and the seconds of CPU that it took, the comparison with the page among them."""
    began = time.process_time()
    return reader(file), time.process_time() - began


def read_page_file(file: File) -> tuple[str, list[str]]:
    """The outcome of a page, and what its article says that it does not."""
    page = PageInput(body=file.body, url=f"{HOME}1.html", content_type=file.content_type, now=NOW)
    reading = read_signed(page)
    if not isinstance(reading, Reading):
        return "no outcome", [repr(reading)[:200]]
    if isinstance(reading.result, Rejection):
        return reading.result.reason, []
    found = strangers(reading.result, Said(file.body, file.content_type, HOME, "未具名"))
    return "article", [f"not on the page: {text[:120]!r}" for text in found] + _unclean(reading.result)


def _unclean(article: Article) -> list[str]:
    return [] if cleaned(article) is article else ["not clean before the door"]


def read_feed_file(file: File) -> tuple[str, list[str]]:
    """The outcome of a feed, and what its items say that it does not."""
    return _entry(file, "feed")


def read_sitemap_file(file: File) -> tuple[str, list[str]]:
    """The same of a sitemap."""
    return _entry(file, "sitemap")


def read_listing_file(file: File) -> tuple[str, list[str]]:
    """The same of a listing."""
    return _entry(file, "listing")


def _entry(file: File, kind: Any) -> tuple[str, list[str]]:
    hosts = tuple(dict.fromkeys(re.findall(r"https?://([a-z0-9.-]{1,80})", file.body.decode("latin-1"))))[:200]
    said = read_entry(
        EntryInput(
            kind=kind, url=f"{HOME}{kind}", body=file.body, content_type=file.content_type, home=HOME, hosts=hosts
        )
    )
    if isinstance(said, Rejection):
        return said.reason, []
    packed = file.body.startswith(b"\x1f\x8b")
    found = [] if packed else strange_links(said.candidates, Said(file.body, file.content_type))
    other = [one.url for one in said.candidates if not one.url.startswith(("http://", "https://"))]
    return (kind if said.candidates else f"empty {kind}"), [
        *(f"not in it: {text[:120]!r}" for text in found),
        *(f"no address of the web: {url[:120]!r}" for url in other),
        *(["not clean before the door"] if cleaned(said.candidates) is not said.candidates else []),
    ]


def read_robots_file(file: File) -> tuple[str, list[str]]:
    """The outcome of a robots.txt: whether it has rules for us."""
    sent = RobotsFile(authority="corpus.test", http_status=200, fetched_at=NOW, body=text_of(file.body))
    rules = read_rules(sent)
    asked = [rules.allows(f"{HOME}{path}") for path in ("", "a/b.html?x=1", "%E4%BD%A0", "a" * 2000, "*$")]
    wrong = [] if isinstance(rules, Rules) and set(asked) <= {True, False} else ["no answer"]
    return "rules" if rules.rules else "no rules for us", wrong


def read_charset_file(file: File) -> tuple[str, list[str]]:
    """The outcome of a text of whatever encoding: the one that its folder names, another, or none is named."""
    decoded = decode(file.body, file.content_type)
    expected = codec_name(file.expected or "")
    findings = []
    if "\ufffd" in decoded.text and not decoded.replaced and b"\xef\xbf\xbd" not in file.body:
        findings.append("lost characters are not counted")
    if expected is None:
        return "read", findings
    same = decoded.encoding == expected or _reads_alike(file.body, expected, decoded.text)
    return "as its folder says" if same else f"{expected} read as {decoded.encoding}", findings


def _reads_alike(body: bytes, expected: str, text: str) -> bool:
    """Whether the encoding that a folder names gives the same text: that of ASCII is the same in most."""
    return decode(body, f"text/plain; charset={expected}").text == text


READERS: dict[str, Reader] = {
    "pages": read_page_file,
    "feeds": read_feed_file,
    "sitemaps": read_sitemap_file,
    "listings": read_listing_file,
    "robots": read_robots_file,
    "charsets": read_charset_file,
}
KINDS = (*READERS, "replies")


def main(arguments: list[str]) -> int:
    """The exit code: 0 where all that must be true is."""
    if len(arguments) < 2 or arguments[0] not in KINDS:
        print(__doc__, file=sys.stderr)
        return 2
    told = run(arguments[0], files_of(*map(Path, arguments[1:])))
    print(*told.findings, sep="\n")
    for outcome, count in told.outcomes.most_common():
        print(f"{count:7} {outcome}")
    print(f"{told.files} files, {len(told.findings)} findings, slowest {told.seconds:.1f} s ({told.slowest})")
    return 1 if told.findings or not told.files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
