"""`python million_side.py FOLDER LEVEL...`: what the file is like for its users at each number of articles, as JSON.

Each level has a file of its own; one that is in the folder already is gone on with, as it takes an hour to make.
At each level: bytes an article by table, CPU time of searches, of the newest articles, of a poll of the feed and of
each page of `dibao serve`; at the last one also what searches find, against a scan of all texts. Then, in turns, CPU
and wall time to ingest one more.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from storage.database import Database, open_reader, open_writer
from storage.identity import content_digest, url_key
from storage.records import Article, Extracted, PublicationTime
from storage.search import finding
from storage.search.terms import search_terms
from storage.selection import Selection
from storage.similarity.fingerprint import fingerprint
from tests.benchmarks.dedup_side import BATCH, START, Stream, in_turns
from tests.benchmarks.news_words import MIXED, Words
from tests.benchmarks.pages_side import paged

WARMING, MEASURED = 5, 25
"""Batches of each level, in turns, since what the machine does beside changes within minutes."""

QUERIES = 40
"""Of each kind."""
SEARCHED = 12
"""Of each kind, on the page."""
LENGTHS = (1, 2, 4, 8)
ALL = Selection()
LISTINGS = {
    "newest": "SELECT id, source, title, shown_at FROM article_list ORDER BY shown_at DESC LIMIT 20",
    "newest of a source": "SELECT id, title, shown_at FROM article_list WHERE source = 'b7'"
    " ORDER BY shown_at DESC LIMIT 20",
    "last stored": "SELECT id, source, title FROM article_list ORDER BY id DESC LIMIT 20",
    "poll": "SELECT seq, article_id, op, revision, at FROM changes"
    " WHERE seq > (SELECT max(seq) FROM changes) / 2 ORDER BY seq LIMIT 500",
}


class WordStream(Stream):
    """Articles of real words, with the terms that a worker sends along."""

    def __init__(self, first: int) -> None:
        super().__init__()
        self._next = first
        self._words = Words()

    def _event(self, job: str, number: int, url: str) -> Extracted:
        (title, text), at = self._words.text(50_000_000 + number), START + timedelta(seconds=number)
        article = Article(
            title=title,
            text=text,
            markdown=text,
            published=PublicationTime(at=at, precision="second", raw="", where="meta"),
            encoding="utf-8",
            encoding_evidence="meta",
            extractor="test",
        )
        key, digest = url_key(url), content_digest(article)
        return Extracted(
            job_id=job, number=number, key=key, url=url, final_url=url, final_key=key, fetched_at=at, article=article,
            digest=digest, signature=fingerprint(text), terms=search_terms(title, text),
        )  # fmt: skip


def ingested(paths: list[Path]) -> list[dict[str, Any]]:
    """Microseconds that one more article costs in each of the files: quiet quarter, mean, and of CPU batch by batch."""
    stream = WordStream(sum(map(_runs, paths)) * BATCH)
    told = []
    for store in in_turns([(path, stream) for path in paths], WARMING + MEASURED):
        cpu, wall = store.whole[WARMING:], store.wall[WARMING:]
        quiet = {"cpu": _at(cpu, 0.25), "wall": _at(wall, 0.25)}
        told.append({**quiet, "cpu_mean": sum(cpu) / len(cpu), "batches": cpu})
    return told


def _runs(path: Path) -> int:
    """How many batches the file has had at most, so that none is made twice."""
    with open_writer(path) as database:
        return int(database.value("SELECT count(*) FROM run_log WHERE trigger <> 'daemon'"))


def queries() -> dict[str, list[str]]:
    """What is asked, by kind: strings of a length from texts, cut anywhere, and words of letters and Han together."""
    words, luck = Words(), random.Random("queries")
    texts = [words.text(number)[1] for number in range(1, 400)]
    found: dict[str, list[str]] = {}
    for length in LENGTHS:
        kind = found[f"{length}"] = []
        while len(kind) < QUERIES:
            text = luck.choice(texts)
            at = luck.randrange(len(text) - length)
            cut = text[at : at + length]
            if all("一" <= character <= "鿿" for character in cut):
                kind.append(cut)
    found["word"] = luck.choices([word for word in words.words if len(word) > 1], k=QUERIES)
    found["two words"] = [" ".join(luck.sample(words.words[:3000], 2)) for _ in range(QUERIES)]
    joined = [mixed for text in texts for mixed in _around(text)]
    found["mixed"] = luck.choices(joined, k=QUERIES)
    return found


def _around(text: str) -> list[str]:
    """Words of letters in a text with the character on either side."""
    places = [(text.find(word), len(word)) for word in MIXED]
    return [text[at - 1 : at + length + 1].strip("，。\n") for at, length in places if at > 0]


def searched(database: Database, asked: dict[str, list[str]]) -> dict[str, Any]:
    """Milliseconds of CPU of a first page, by kind and order: median and 95th of a hundred."""
    told: dict[str, Any] = {}
    for sort in ("date", "relevance"):
        for kind, strings in asked.items():
            spent = [_cpu_ms(lambda q=one, s=sort: finding.find(database, q, ALL, sort=s, limit=20)) for one in strings]  # type: ignore[misc]
            told[f"{kind} by {sort}"] = {"p50": _at(spent, 0.5), "p95": _at(spent, 0.95), "most": max(spent)}
    return told


def listed(database: Database) -> dict[str, float]:
    """Milliseconds of CPU of each listing, at the median of 20."""
    return {
        name: _at([_cpu_ms(lambda q=sql: database.rows(q)) for _ in range(20)], 0.5)  # type: ignore[misc]
        for name, sql in LISTINGS.items()
    }


def recalled(database: Database, asked: dict[str, list[str]]) -> dict[str, float]:
    """Of what a scan finds, how much search finds, and of what search finds, how much a scan does."""
    # What one character finds is most of the file: reading all of that for each would take the longest by far.
    kinds = {kind: 1 if kind == "1" else 6 for kind in asked if kind != "two words"}
    wanted = sorted({one for kind, count in kinds.items() for one in asked[kind][:count]})
    truth: dict[str, set[int]] = {one: set() for one in wanted}
    rows = database.execute(
        "SELECT r.article_id, r.title, t.text FROM article_revisions r JOIN article_texts t ON t.revision_id = r.id"
        " JOIN article_heads a ON a.id = r.article_id AND a.revision = r.revision"
    )
    for article_id, title, text in rows:
        whole = f"{title}\n{text}".lower()
        for one in wanted:
            if one.lower() in whole:
                truth[one].add(article_id)
    found = {one: set(finding.matching(database, one, ALL)) for one in wanted}
    hits = sum(len(truth[one] & found[one]) for one in wanted)
    return {
        "queries": len(wanted),
        "hits": sum(map(len, truth.values())),
        "recall": hits / max(1, sum(map(len, truth.values()))),
        "precision": hits / max(1, sum(map(len, found.values()))),
    }


def sizes(path: Path) -> dict[str, float]:
    """Bytes an article, in all and of each kind of table where this Python's SQLite can tell (dbstat)."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as file:
        (articles,) = file.execute("SELECT count(*) FROM article_heads").fetchone()
        (text_bytes,) = file.execute("SELECT sum(text_bytes) FROM article_heads").fetchone()
        parts: dict[str, float] = {"all": path.stat().st_size / articles, "its text": text_bytes / articles}
        with suppress(sqlite3.OperationalError):
            for name, taken in file.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"):
                parts[_part(name)] = parts.get(_part(name), 0) + taken / articles
    return parts


def _part(table: str) -> str:
    if table.startswith("article_texts"):
        return "text"
    if table.startswith("article_fts"):
        return "search"
    if table.startswith(("anchors", "fingerprints", "story_heads", "pairs")):
        return "copies"
    return "ledger" if table.startswith(("urls", "sqlite_autoindex_urls")) else "rest"


def _cpu_ms(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return (time.process_time() - began) * 1e3


def _at(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    folder, *levels = sys.argv[1:]
    asked, told = queries(), []
    paths = [Path(folder) / f"news-{level}.db" for level in levels]
    for level, path in zip(map(int, levels), paths, strict=True):
        one: dict[str, Any] = {"level": level}
        if level:
            command = [sys.executable, str(Path(__file__).with_name("million_fill.py")), str(path), str(level)]
            subprocess.run(command, check=True)
            with open_reader(path) as database:
                one |= {"bytes": sizes(path), "search": searched(database, asked), "lists": listed(database)}
                if path == paths[-1]:
                    one["found"] = recalled(database, asked)
            one["pages"] = paged(path, level, {kind: strings[:SEARCHED] for kind, strings in asked.items()})
        told.append(one)
    for one, cost in zip(told, ingested(paths), strict=True):
        one["ingest"] = cost
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
