"""Reading kept pages again: what is shown, what is written, what is left alone, and what a kill costs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.extraction import batch
from scheduler import reextracting
from scheduler.config.file import Archive
from scheduler.demo.static import StaticSite
from scheduler.demo.world import World
from scheduler.importing import ImportedSource, ImportPlan, import_all
from scheduler.reextracting import ReextractPlan, ReextractResult, reextract
from storage.archive.folder import archive_folder
from storage.database import Database, open_reader, open_writer
from storage.faults import LockHeld, StorageFault
from storage.lock import WriterLock
from storage.migrations.smaller import SHORT
from storage.search import index
from storage.selection import Selection, UnknownSource
from storage.short_forms import as_read
from tests import digest
from tests.scheduler.newsroom import NOW, Newsroom
from tests.scheduler.test_learning import NOTICE, PLACES, page, pages

Make = Callable[..., Newsroom]
LATER = NOW + timedelta(days=3)


def run(path: Path, **more: Any) -> ReextractResult:
    """One run in a process of its own for extraction, three days after the crawls."""
    names = ("progress", "should_stop", "wait_seconds")
    given = {name: more.pop(name) for name in names if name in more}
    plan = ReextractPlan(database=path, selection=more.pop("selection", Selection()), processes=1, **more)
    return reextract(plan, clock=lambda: LATER, **given)


def misread(path: Path, article_id: int, text: str, **columns: Any) -> None:
    """None; the newest revision of an article says what an older extractor might have made of its page."""
    with open_writer(path) as database, database.transaction():
        row = database.row(
            f"SELECT r.id, r.revision, {as_read((*SHORT, 'markdown'))} FROM article_revisions r JOIN article_heads a"
            " ON a.id = r.article_id AND a.revision = r.revision JOIN article_texts t ON t.revision_id = r.id"
            " WHERE a.id = ?",
            (article_id,),
        )
        assert row is not None
        index.remove(database, article_id)
        database.execute(
            "UPDATE article_texts SET text = ?, markdown = ?, markdown_pieces = NULL WHERE revision_id = ?",
            (text, row["markdown"], row["id"]),
        )
        # In full, as it was kept before schema 14: what names other columns would say something else with them.
        lists = {name: row[name] for name in SHORT} | {f"{name}_short": None for name in SHORT}
        wrong = {"extractor": "older", "content_digest": "of-the-older", **lists, **columns}
        settings = ", ".join(f"{name} = ?" for name in wrong)
        database.execute(f"UPDATE article_revisions SET {settings} WHERE id = ?", (*wrong.values(), row["id"]))
        title = database.value("SELECT title FROM article_revisions WHERE id = ?", (row["id"],))
        index.fill(database, [(article_id, title, text)])


def all_rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with open_reader(path) as database:
        tables = [row[0] for row in database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {table: [tuple(row) for row in database.rows(f"SELECT * FROM {table}")] for table in tables}


@pytest.fixture
def room(newsroom: Make) -> Newsroom:
    """A newsroom after its first crawl of a site with six articles, some of several pages."""
    made = newsroom(World(sites=1, articles=6, kinds=("multi-page",)))
    made.crawl()
    assert made.rows("SELECT count(*) > 0 FROM raw_pages WHERE part > 1") == [(1,)]
    return made


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database of six articles, and the archive of their pages."""
    folder = tmp_path_factory.mktemp("imported")
    (folder / "files").mkdir()
    for number, place in enumerate(PLACES[:6], 1):
        (folder / "files" / f"{number}.html").write_bytes(page(place))
    run_import(folder / "news.db", folder / "files")
    return folder


@pytest.fixture
def path(imported: Path, tmp_path: Path) -> Path:
    """A copy of that database, with its archive."""
    shutil.copytree(imported, tmp_path / "copy")
    return tmp_path / "copy" / "news.db"


def run_import(path: Path, folder: Path) -> None:
    """None; the files are articles, and their pages are kept."""
    for file in folder.iterdir():
        os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    source = ImportedSource(name="a", home="https://www.example.cn/", timezone="Asia/Shanghai")
    plan = ImportPlan(database=path, source=source, paths=[folder], processes=1, archive=Archive())
    import_all(plan, clock=lambda: NOW)


def misread_all(path: Path) -> None:
    """None; all articles are as an older extractor might have read them."""
    for (found,) in rows(path, "SELECT id FROM articles"):
        misread(path, found, "首页 登录 注册")


def rows(path: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with open_reader(path) as database:
        return [tuple(row) for row in database.rows(sql, values)]


def test_a_page_that_was_read_badly_is_shown_mended_and_told_and_the_site_is_never_asked(room: Newsroom) -> None:
    path = room.database
    run(path)  # what the first crawl learned while it ran is left out of its first pages too
    (found, text, title), *_ = room.rows("SELECT id, text, title FROM articles ORDER BY id")
    (seq,) = room.rows("SELECT max(seq) FROM changes")[0]
    (before,) = room.rows("SELECT revision FROM articles WHERE id = ?", found)[0]
    misread(path, found, f"首页 登录 注册\n\n{text[:40]}", origin="某某网")
    as_it_was, asked = all_rows(path), len(room.server.requests())

    shown = run(path, dry_run=True, samples=3)
    assert (shown.read, shown.unchanged, shown.changed, shown.written) == (6, 5, 1, 0)
    assert shown.columns.keys() - {"confidence"} == {"origin", "text"}  # which no revision is made for
    (sample,) = shown.samples
    assert (sample.comparison.article_id, sample.comparison.new.said.text) == (found, text)
    assert sample.comparison.only_reread == "reextract"
    assert sample.columns["origin"][0] == "某某网"
    assert all_rows(path) == as_it_was

    mended = run(path)
    assert (mended.changed, mended.written) == (1, 1)
    assert room.rows("SELECT text, title, revision FROM articles WHERE id = ?", found) == [(text, title, before + 1)]
    assert room.rows("SELECT article_id, op FROM changes WHERE seq > ?", seq) == [(found, "revise")]
    assert room.rows("SELECT cause, changed, stealth FROM revisions WHERE article_id = ? ORDER BY revision", found)[
        -1
    ] == ("reextract", "[]", 0)

    settled = all_rows(path)
    again = run(path)
    assert (again.read, again.unchanged, again.changed, again.written) == (6, 6, 0, 0)
    assert all_rows(path) == settled
    assert len(room.server.requests()) == asked
    assert digest.is_sound(path)


def test_the_next_crawl_of_the_unchanged_pages_makes_no_revision(room: Newsroom) -> None:
    for (found,) in room.rows("SELECT id FROM articles"):
        misread(room.database, found, "首页 登录 注册")
    assert run(room.database).written == 6
    counted = room.rows("SELECT count(*) FROM revisions")
    with open_writer(room.database) as database:
        database.execute("UPDATE urls SET next_at = '2026-11-22T00:00:00Z', etag = NULL, last_modified = NULL")
    result = room.crawl(hours=2, everything=True)
    assert (result.total("revised"), result.total("unchanged")) == (0, 6)
    assert room.rows("SELECT count(*) FROM revisions") == counted


def test_what_was_learned_of_a_site_since_is_left_out(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=1), StaticSite("static", pages(PLACES[:4])))
    room.crawl("static")
    assert [NOTICE in text for (text,) in room.rows("SELECT text FROM articles")] == [True] * 4
    result = run(room.database)
    assert (result.changed, result.columns["text"], result.columns["learned"]) == (4, 4, 4)
    told = room.rows("SELECT text, learned FROM articles")
    assert [(NOTICE in text, left_out) for text, left_out in told] == [(False, 1)] * 4
    assert room.crawl("static", hours=0.5).total("revised") == 0  # the crawl that asks for them again finds no more
    assert digest.is_sound(room.database)


def test_a_page_that_is_rejected_today_is_counted_and_stays_as_it_is(path: Path) -> None:
    with open_writer(path) as database:  # as if it had been kept under another address: it leads nowhere else
        _replace_page(database, 1, b"<html><body><p>404</p></body></html>")
    before = all_rows(path)
    result = run(path, samples=1)
    assert (result.unchanged, result.changed, sum(result.rejected.values())) == (5, 0, 1)
    assert [(left.article_id, left.reason) for left in result.refused] == [(1, *result.rejected)]
    assert all_rows(path) == before


def test_a_damaged_or_missing_record_costs_only_its_own_article(path: Path) -> None:
    (name, offset) = rows(path, "SELECT warc_file, warc_offset FROM raw_pages WHERE article_id = 2")[-1]
    file = archive_folder(path) / name
    with file.open("r+b") as out:
        out.seek(offset + 40)
        out.write(b"\xff" * 20)
    result = run(path, samples=5)
    assert (result.unchanged, dict(result.unreadable)) == (5, {"unreadable": 1})
    assert result.broken[0].article_id == 2
    assert str(offset) in result.broken[0].detail
    file.unlink()
    gone = run(path, dry_run=True)
    assert (gone.read, dict(gone.unreadable)) == (6, {"unreadable": 6})


def test_pages_that_take_too_long_are_unreadable_and_stay_as_they_are(path: Path) -> None:
    before = all_rows(path)
    result = run(path, page_seconds=0.0001, limit=2)
    assert (result.read, result.written, dict(result.unreadable)) == (2, 0, {"extraction_timeout": 2})
    assert all_rows(path) == before


def test_articles_of_which_no_page_is_kept_are_counted_and_a_selection_and_a_limit_are_kept_to(path: Path) -> None:
    with open_writer(path) as database:
        database.execute("DELETE FROM archive_pages WHERE article_id IN (1, 2)")
    result = run(path, dry_run=True)
    assert (result.selected, result.not_archived, result.read) == (6, 2, 4)
    assert run(path, dry_run=True, limit=3).read == 3
    future = Selection(since="2030-01-01T00:00:00Z")
    assert run(path, selection=future).selected == 0
    with pytest.raises(UnknownSource, match="no source 'nobody'"):
        run(path, selection=Selection(sources=("nobody",)))


def test_a_run_that_is_stopped_keeps_what_it_did_and_the_next_does_the_rest(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    misread_all(path)
    monkeypatch.setattr(reextracting, "BATCH_ARTICLES", 1)
    monkeypatch.setattr(batch, "LOOK_AHEAD", 1)
    done: list[int] = []
    stopped = run(path, progress=lambda count, _of: done.append(count), should_stop=lambda: len(done) >= 2)
    assert stopped.interrupted
    assert 2 <= stopped.written < 6
    rest = run(path)
    assert (rest.written, rest.unchanged, rest.interrupted) == (6 - stopped.written, stopped.written, False)


def test_one_batch_is_one_transaction(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    misread_all(path)
    before = all_rows(path)
    monkeypatch.setattr("storage.search.index.add", _fails_the_third_time())
    with pytest.raises(StorageFault, match="disk"):
        run(path)
    monkeypatch.undo()
    assert all_rows(path) == before
    assert run(path).written == 6


def test_only_a_dry_run_works_beside_another_writer(path: Path) -> None:
    with WriterLock(path):
        assert run(path, dry_run=True).read == 6
        with pytest.raises(LockHeld):
            run(path)


def test_imported_texts_are_read_again_as_they_were_imported(tmp_path: Path) -> None:
    folder, path = tmp_path / "files", tmp_path / "news.db"
    folder.mkdir()
    told = "段说的是城东图书馆从下个月起把每天的开放时间延长两个小时。"
    body = "\n\n".join(f"第{number}{told}" for number in "一二三四五六")
    lines = "".join(f"<p>{line}</p>" for line in body.split("\n\n"))
    markup = f"<html><head><meta charset=utf-8>{{}}</head><body><h1>{{}}</h1>{lines}</body></html>"
    canonical = "<link rel=canonical href=https://www.example.cn/2020/a.html><title>公园新增步道</title>"
    files = {
        "a.txt": f"图书馆延长开放时间\n\n{body}",
        "b.md": f"---\ntitle: 图书馆\ndate: 2020-05-06\n---\n{body}",
        "c.html": markup.format(canonical, "公园新增步道"),
        "d.html": markup.format("", "没有地址的一页"),
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    run_import(path, folder)
    before = all_rows(path)
    result = run(path)
    assert (result.read, result.unchanged) == (4, 4)
    assert all_rows(path) == before
    misread(path, 1, "首页")
    misread(path, 2, "首页")
    assert run(path).written == 2
    assert {text for (text,) in rows(path, "SELECT text FROM articles")} == {body}


def _replace_page(database: Database, article_id: int, body: bytes) -> None:
    """None; the archive has another page for the newest revision of an article."""
    from storage.archive.keeping import Archive as Keeper  # noqa: PLC0415
    from storage.records import RawPage  # noqa: PLC0415
    from storage.warc import resource_record  # noqa: PLC0415

    revision = database.value("SELECT revision FROM article_heads WHERE id = ?", (article_id,))
    record = resource_record("https://a.cn/404", NOW, "text/html", body)
    keeper = Keeper(database, archive_folder(database.path), 10**9)
    with database.transaction(), keeper.batch(NOW):
        database.execute("DELETE FROM archive_pages WHERE article_id = ?", (article_id,))
        keeper.keep(article_id, revision, [RawPage(record=record, url="https://a.cn/404", fetched_at=NOW)])


def _fails_the_third_time() -> Callable[..., None]:
    real, calls = index.add, []

    def add(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 3:
            raise StorageFault("the disk is full")
        real(*arguments)

    return add
