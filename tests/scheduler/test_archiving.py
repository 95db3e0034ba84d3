"""Crawled and imported pages are in the archive, come out of it as a WARC file, and go into another database alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from crawler.extraction.page import PageInput
from crawler.extraction.signed import read_signed
from scheduler.archiving import archive_of, file_bytes
from scheduler.config.file import Archive
from scheduler.demo.world import World
from scheduler.importing import ImportedSource, ImportPlan, ImportResult, import_all
from storage.archive.reading import newest, read_page
from storage.database import open_reader, open_writer
from storage.export.warc import write_warc
from storage.identity import content_digest
from storage.records import Article
from storage.selection import Selection
from tests.scheduler.newsroom import NOW, Newsroom

Make = Callable[..., Newsroom]
SAID = (
    "SELECT url, title, text, origin, published_local, authors, lang, sections FROM articles"
    " WHERE parts = 1 ORDER BY url"
)


def exported(database: Path, to: Path, **how: Any) -> int:
    with open_reader(database) as reader, to.open("wb") as out:
        return write_warc(reader, Selection(), out, now=NOW, **how)


def imported(database: Path, *paths: Path, home: str = "http://127.0.0.1/") -> ImportResult:
    source = ImportedSource(name="copy", home=home, timezone="Asia/Shanghai")
    plan = ImportPlan(database=database, source=source, paths=paths, processes=1, archive=Archive())
    return import_all(plan, clock=lambda: NOW)


def rows(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_reader(database) as reader:
        return [tuple(row) for row in reader.rows(sql)]


def test_what_a_crawl_stored_is_read_again_and_imported_again_from_its_raw_pages(
    newsroom: Make, tmp_path: Path
) -> None:
    room = newsroom(World(sites=2, articles=4, seed=7, kinds=("mirror", "multi-page")))
    room.crawl()
    edited = room.world.edit(room.world.articles()[0])
    room.crawl(hours=2, everything=True)
    kept = room.rows("SELECT article_id, revision FROM raw_pages WHERE part = 1 ORDER BY 1, 2")
    assert kept == room.rows("SELECT article_id, revision FROM revisions ORDER BY 1, 2")
    assert (room.article(edited)["id"], 2) in kept
    several = room.rows("SELECT id FROM articles WHERE parts > 1 ORDER BY id")
    assert several
    assert room.rows("SELECT DISTINCT article_id FROM raw_pages WHERE part > 1 ORDER BY 1") == several
    with open_reader(room.database) as reader:
        for article in newest(reader, Selection()):
            page = article.pages[0]
            reading = read_signed(
                PageInput(body=page.body, url=page.url, content_type=page.content_type, timezone=page.timezone,
                          now=page.fetched_at, link_title=page.link_title, link_published_raw=page.link_published)
            )  # fmt: skip
            assert isinstance(reading.result, Article)
            stored = reader.value(
                "SELECT content_digest FROM article_revisions WHERE article_id = ? AND revision = ?",
                (article.article_id, article.revision),
            )
            if len(article.pages) == 1:
                assert content_digest(reading.result) == stored
    every, last = tmp_path / "every.warc.gz", tmp_path / "last.warc.gz"
    assert exported(room.database, every, revisions=True) == exported(room.database, last) + 1
    copy = tmp_path / "copy.db"
    result = imported(copy, last, home=room.config.source[0].home)
    assert result.unread == 0
    # An article of several pages comes back with its first page alone: nothing says that the others belong to it.
    assert result.counts.reasons["rejected:article_part"] > 0
    assert [row for row in rows(copy, SAID) if row in set(room.rows(SAID))] == room.rows(SAID)


def test_imported_files_come_back_under_their_own_addresses(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    lines = [f"这是第{n}段文字，讲的是村里修桥铺路的事情，大家都说好，明年还要接着修。" for n in range(12)]
    (folder / "水.txt").write_text("\n\n".join(("修桥铺路好事连连", *lines)), encoding="utf-8")
    html = "".join(f"<p>{line}</p>" for line in lines).replace("桥", "路")
    (folder / "b.html").write_text(f"<title>修路</title><h1>修路好事连连</h1><article>{html}</article>", "gb18030")
    first, second, warc = tmp_path / "first.db", tmp_path / "second.db", tmp_path / "out.warc.gz"
    assert imported(first, folder).counts.stored == 2
    before = {path.name: path.stat().st_size for path in (tmp_path / "first.db.archive").iterdir()}
    assert imported(first, folder).counts.unchanged == 2
    assert {path.name: path.stat().st_size for path in (tmp_path / "first.db.archive").iterdir()} == before
    assert exported(first, warc) == 2
    with warc.open("rb") as file:
        kinds = [(one.rec_type, one.rec_headers.get_header("Content-Type")) for one in ArchiveIterator(file)]
    assert kinds == [("warcinfo", "application/warc-fields"), ("resource", None), ("resource", "text/plain")]
    assert imported(second, warc).counts.stored == 2
    assert rows(second, SAID) == rows(first, SAID)
    with open_reader(second) as reader:
        page = read_page(reader, 1, 1)
    assert page is not None
    assert page.url == "import:copy/files/b.html"
    assert page.body == (folder / "b.html").read_bytes()


def test_without_the_archive_nothing_is_kept_and_files_are_small_enough_to_be_trimmed(tmp_path: Path) -> None:
    assert file_bytes(Archive()) == 128 * 1024**2
    assert file_bytes(Archive(max_bytes=2_000_000, file_bytes=2_000_000)) == 500_000
    with open_writer(tmp_path / "news.db") as database:
        assert archive_of(Archive(enabled=False), database) is None
        assert archive_of(Archive(), database) is not None


def test_an_archive_that_is_switched_off_asks_the_worker_for_nothing(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=1, seed=7))
    text = room.path.read_text(encoding="utf-8")
    room.path.write_text(f"{text}\n[archive]\nenabled = false\n", encoding="utf-8")
    room.crawl()
    assert room.rows("SELECT count(*) FROM articles") == [(1,)]
    assert room.rows("SELECT count(*) FROM raw_pages") == [(0,)]
    assert not room.database.with_name("news.db.archive").exists()


@pytest.mark.parametrize("damage", ["gone", "torn"])
def test_an_export_leaves_out_what_cannot_be_read_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    text = "\n\n".join(f"这是第{n}段文字，讲的是村里修桥铺路的事情，大家都说好，明年还要接着修。" for n in range(12))
    files = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for path in files:
        path.write_text(f"{path.stem}修桥铺路好事连连\n\n{text}", encoding="utf-8")
    database = tmp_path / "news.db"
    imported(database, *files)
    (kept,) = (tmp_path / "news.db.archive").iterdir()
    data = bytearray(kept.read_bytes())
    data[-20] ^= 0xFF
    kept.write_bytes(data)
    if damage == "gone":
        kept.unlink()
    assert exported(database, tmp_path / "out.warc.gz") == (0 if damage == "gone" else 1)
    assert f"left out: {kept}" in caplog.text
    if damage == "gone":
        caplog.clear()
        monkeypatch.setattr("storage.export.warc.TOLD", 1)
        exported(database, tmp_path / "out.warc.gz")
        assert [one.getMessage()[:9] for one in caplog.records] == ["left out:", "left out "]
