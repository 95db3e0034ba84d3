"""Files of all kinds and origins: no crash, no hang, one outcome each, and nothing that is not on the page.

Corpora of others are named in DIBAO_CORPORA: `pages=/folder;feeds=/folder;replies=/folder` (see corpora.py).
"""

from __future__ import annotations

import gzip
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crawler.extraction.mutations import article, mutated
from tests.crawler.test_decoding import FRENCH, GREEK, HANS, HANT, JAPANESE, KOREAN, RUSSIAN
from tests.faults.bad_readers import dies, hangs, raises
from tests.faults.corpora import KINDS, File, Told, files_of, read_all, read_charset_file, run
from tests.faults.hostile_replies import REPLIES
from tests.faults.replies import dechunked, said_in
from tests.suites.foreign import SUITES

pytestmark = pytest.mark.faults

ROUNDS = [25, pytest.param(600, marks=pytest.mark.nightly)]

FEED = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>要闻</title>'
    + "".join(
        f"<item><title>第{n}条：供暖工作部署 &amp; 落实</title><link>http://corpus.test/2026/{n}.html</link>"
        f"<guid>g{n}</guid><pubDate>Sun, 22 Nov 2026 0{n}:00:00 +0800</pubDate></item>"
        for n in range(1, 9)
    )
    + "</channel></rss>"
)
SITEMAP = "<urlset>{}</urlset>".format(
    "".join(f"<url><loc>http://corpus.test/{n}.html</loc><lastmod>2026-11-2{n}</lastmod></url>" for n in range(3))
)
ROBOTS = "User-agent: *\nDisallow: /a*b$\nCrawl-delay: 3\nSitemap: http://a.test/s.xml\nUser-agent: dibao\nAllow: /\n"
OWN: dict[str, Callable[[], bytes]] = {
    "pages": lambda: article(inner=f"<table><tr><td>{FRENCH}</td><td>{HANT}</td></tr></table>").encode(),
    "feeds": FEED.encode,
    "sitemaps": SITEMAP.encode,
    "listings": lambda: article(inner="".join(f'<a href="/{n}.html">第{n}条供暖新闻</a>' for n in range(9))).encode(),
    "robots": ROBOTS.encode,
}
CODECS = [
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "gb2312", "gbk", "gb18030", "hz",
    "big5", "big5hkscs", "shift_jis", "euc_jp", "iso2022_jp", "iso2022_kr", "euc_kr", "johab", "cp1251", "koi8_r",
    "cp866", "mac_cyrillic", "cp1252", "cp1253", "iso8859_7", "cp437", "cp037", "ptcp154",
]  # fmt: skip


def assert_sound(told: Told, files: int) -> None:
    """None; every file has its outcome, and none has what must not be."""
    print(dict(told.outcomes), f"slowest {told.seconds:.1f} s", told.slowest)
    assert told.findings == []
    assert told.files == files


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("kind", OWN)
def test_what_broke_on_its_way_has_one_outcome(kind: str, rounds: int) -> None:
    files = [
        File(name=f"{kind} {seed}", body=mutated(OWN[kind](), random.Random(seed), 1 + seed % 12))
        for seed in range(rounds)
    ]
    assert_sound(run(kind, files), rounds)


@pytest.mark.parametrize("kind", ["charsets", "pages", "feeds"])
def test_a_text_in_any_encoding_has_one_outcome(kind: str) -> None:
    texts = (HANS, FRENCH) if kind == "pages" else (HANS, HANT, JAPANESE, KOREAN, RUSSIAN, GREEK, FRENCH)
    files = [
        File(name=f"{codec} {number}", body=FEED.replace("要闻", text).encode(codec, "replace"), expected=codec)
        for codec in CODECS
        for number, text in enumerate(texts)
    ]
    assert_sound(run(kind, files), len(files))


def test_broken_answers_have_one_outcome_each() -> None:
    quick = {name: case.reply.steps for name, case in REPLIES.items() if not case.slow and len(case.reply.steps) == 1}
    files = [File(name=name, body=one) for name, (one,) in quick.items() if isinstance(one, bytes) and len(one) < 10**6]
    assert len(files) > 30
    assert_sound(run("replies", files), len(files))


@pytest.mark.parametrize(
    ("kind", "folder"),
    [("charsets", "feedparser/encoding"), ("pages", "feedparser/encoding"), ("robots", "json"),
     ("listings", "json"), ("pages", "html5lib-encoding"),
     pytest.param("feeds", "feedparser", marks=pytest.mark.nightly),
     pytest.param("pages", "feedparser", marks=pytest.mark.nightly),
     pytest.param("pages", "json", marks=pytest.mark.nightly)],
)  # fmt: skip
def test_the_files_of_foreign_suites_have_one_outcome_each(kind: str, folder: str) -> None:
    if not (SUITES / folder).is_dir():
        pytest.skip(f"{SUITES / folder} is not on this machine")
    files = list(files_of(SUITES / folder))
    assert_sound(run(kind, files), len(files))


def named() -> list[tuple[str, Path]]:
    """Kind and folder of each corpus that the environment names."""
    pairs = [one.partition("=") for one in os.environ.get("DIBAO_CORPORA", "").split(";") if one.strip()]
    return [(kind.strip(), Path(folder.strip())) for kind, _, folder in pairs]


@pytest.mark.parametrize(("kind", "folder"), named())
def test_the_files_of_a_corpus_that_was_named_have_one_outcome_each(kind: str, folder: Path) -> None:
    assert kind in KINDS
    files = list(files_of(folder))
    assert files, f"{folder} has no files"
    assert_sound(run(kind, files), len(files))


# What the harness itself sees


@pytest.mark.parametrize(("reader", "outcome"), [(hangs, "hung"), (dies, "crashed"), (raises, "raised")])
def test_a_reader_that_fails_over_a_file_is_found_and_the_others_are_read(reader: Callable, outcome: str) -> None:
    files = [File(name="bad" if n == 2 else str(n), body=b"" if n == 2 else b"x") for n in range(5)]
    told = read_all(reader, files, 8.0)
    assert told.outcomes[outcome] == 1
    assert told.files == 5
    assert [finding[:5] for finding in told.findings] == ["bad: "]


def test_the_judge_of_answers_reads_what_is_packed_in_pieces_and_what_stands_behind_it() -> None:
    page, chunks = "<p>供水改造计划公布</p>".encode(), b""
    packed = gzip.compress(page[:9]) + gzip.compress(page[9:]) + b"garbage"
    for piece in (packed[:7], packed[7:]):
        chunks += b"%x;a=b\r\n%s\r\n" % (len(piece), piece)
    head = b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    assert said_in(head + chunks + b"0\r\n\r\n").has("供水改造计划公布")
    drops = b"".join(b"1\r\n%c\r\n" % byte for byte in page)
    assert dechunked(drops + b"0\r\n\r\n") == page
    assert not said_in(head + drops).has("别的计划")


def test_characters_that_are_lost_without_being_counted_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_charset_file(File(name="a", body=b"a\xffb" * 9)) == ("read", [])
    monkeypatch.setattr("tests.faults.corpora.decode", lambda *_: type("D", (), {"text": "\ufffd", "replaced": 0})())
    assert read_charset_file(File(name="a", body=b"a"))[1] == ["lost characters are not counted"]
