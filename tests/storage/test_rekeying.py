"""Keys made anew: nothing is lost, nothing is twice, and the file is old or new."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from storage import ledger, rekeying, runs
from storage.database import Database, open_reader, open_writer
from storage.faults import StorageFault
from storage.identity import KEY_RULES, key_hash, text_digest, url_key
from storage.records import utc_text
from storage.rekeying import Rekeyed, key_rules, preview, rekey, rekey_file

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
WWW = "https://www.a.cn/2026/1122/45.html"
MOBILE = "https://m.a.cn/2026/1122/45.html"
KEY = "//a.cn/2026/1122/45.html"


def old_key(url: str) -> str:
    """The key of rules 1."""
    return url.partition(":")[2]


class Old:
    """A file of rules 1 with one source and one finished run."""

    def __init__(self, database: Database) -> None:
        self.database = database
        database.execute(
            "INSERT INTO sources (name, home, created_at) VALUES ('a', 'https://a.cn/', ?)", (utc_text(NOW),)
        )
        database.execute("INSERT INTO run_log (trigger, started_at) VALUES ('crawl', ?)", (utc_text(NOW),))
        database.execute("UPDATE meta SET value = '1' WHERE name = 'key_rules'")

    def article(self, url: str, text: str = "正文。", of: int | None = None, canonical: str | None = None) -> int:
        article_id = self.database.execute(
            "INSERT INTO article_heads (key, url, source_id, revision, first_seen_at, checked_at, text_digest,"
            " duplicate_of) VALUES (?, ?, 1, 1, ?, ?, ?, ?)",
            (old_key(url), url, utc_text(NOW), utc_text(NOW), text_digest("标题", text), of),
        ).lastrowid
        self.database.execute(
            "INSERT INTO article_revisions (article_id, revision, fetched_at, title, authors, editors, credits,"
            " encoding, encoding_evidence, extractor, content_digest, canonical_url)"
            " VALUES (?, 1, ?, '标题', '[]', '[]', '[]', 'utf-8', 'meta', 'x', 'd', ?)",
            (article_id, utc_text(NOW), canonical),
        )
        return int(article_id)

    def url(self, url: str, state: str = "pending", article: int | None = None, **more: Any) -> int:
        values = {
            "key": old_key(url),
            "key_hash": key_hash(old_key(url)),
            "site": "a.cn",
            "url": url,
            "source_id": 1,
            "state": state,
            "article_id": article,
            "discovered_at": utc_text(NOW),
            "next_at": utc_text(NOW) if state in {"pending", "stored"} else None,
            "run_id": 1,
            "run_outcome": state if state in {"pending", "stored", "rejected", "failed"} else None,
            **more,
        }
        marks = ", ".join(f":{name}" for name in values)
        return int(self.database.execute(f"INSERT INTO urls ({', '.join(values)}) VALUES ({marks})", values).lastrowid)

    def stored(self, url: str, text: str = "正文。", of: int | None = None) -> tuple[int, int]:
        """The ids of an article and of its address in the ledger."""
        article = self.article(url, text, of)
        return article, self.url(url, "stored", article)

    def row(self, url_id: int) -> Any:
        return self.database.row("SELECT * FROM urls WHERE id = ?", (url_id,))

    def head(self, article_id: int) -> Any:
        return self.database.row("SELECT * FROM article_heads WHERE id = ?", (article_id,))

    def rows(self) -> list[tuple[Any, ...]]:
        tables = ("urls", "article_heads", "change_log", "meta", "run_source_log")
        return [tuple(row) for table in tables for row in self.database.rows(f"SELECT * FROM {table} ORDER BY rowid")]


@pytest.fixture
def old(database: Database) -> Old:
    return Old(database)


def test_every_key_hash_and_site_is_made_anew_and_the_rules_are_noted(old: Old) -> None:
    article, url_id = old.stored(WWW)
    plain = old.url("https://a.cn/list.html", site="wrong")
    assert rekey(old.database, NOW) == Rekeyed(
        rules=1, urls=2, articles=1, changed=1, merged=0, apart=0, linked=0, left=0
    )
    row = old.row(url_id)
    assert (row["key"], row["key_hash"], row["site"], row["url"]) == (KEY, key_hash(KEY), "a.cn", WWW)
    assert old.head(article)["key"] == KEY
    assert old.row(plain)["site"] == "a.cn"
    assert key_rules(old.database) == KEY_RULES


def test_a_second_time_changes_nothing(old: Old) -> None:
    first, _ = old.stored(WWW)
    old.stored(MOBILE, "另一篇。")
    old.url("https://wap.a.cn/2026/1122/45.html")
    old.url("https://m.a.cn/2026/1122/45.html?print=1", "rejected")
    old.article("https://wap.a.cn/2026/1122/46.html", of=first)
    rekey(old.database, NOW)
    before = old.rows()
    again = rekey(old.database, NOW + timedelta(days=1))
    assert (again.changed, again.merged, again.apart, again.linked) == (0, 0, 0, 0)
    assert old.rows() == before


def test_of_two_articles_the_older_keeps_the_key_and_the_younger_stays_an_article(old: Old) -> None:
    older, kept = old.stored(MOBILE)
    younger, lost = old.stored(WWW, "另一篇。")
    done = rekey(old.database, NOW)
    assert (done.merged, done.apart, done.linked) == (1, 1, 0)
    assert (old.head(older)["key"], old.head(younger)["key"]) == (KEY, f"{KEY}#{younger}")
    assert old.row(kept)["key"] == KEY
    row = old.row(lost)
    assert (row["key"], row["state"], row["article_id"], row["next_at"]) == (f"{KEY}#{lost}", "alias", younger, None)
    assert old.head(younger)["duplicate_of"] is None
    assert old.database.value("SELECT count(*) FROM changes") == 0


@pytest.mark.parametrize("linked", [True, False])
def test_a_younger_article_that_says_the_same_is_a_copy_of_the_older_one(old: Old, *, linked: bool) -> None:
    older, _ = old.stored(MOBILE)
    younger, _ = old.stored(WWW, of=older if linked else None)
    done = rekey(old.database, NOW)
    assert (done.apart, done.linked) == (1, 0 if linked else 1)
    assert old.head(younger)["duplicate_of"] == older
    said = [(row["article_id"], row["op"]) for row in old.database.rows("SELECT * FROM changes")]
    assert said == ([] if linked else [(younger, "link")])


def test_where_the_younger_was_the_original_all_copies_point_at_the_older_one(old: Old) -> None:
    older, _ = old.stored(MOBILE)
    younger, _ = old.stored(WWW)
    third, _ = old.stored("https://b.cn/99999.html", of=younger)
    old.database.execute("UPDATE article_heads SET duplicate_of = ? WHERE id = ?", (younger, older))
    assert rekey(old.database, NOW).linked == 1
    assert [old.head(one)["duplicate_of"] for one in (older, younger, third)] == [None, older, older]
    said = [row["article_id"] for row in old.database.rows("SELECT * FROM changes WHERE op = 'link'")]
    assert sorted(said) == [older, younger, third]


def test_copies_of_a_third_article_stay_its_copies(old: Old) -> None:
    first, _ = old.stored("https://b.cn/99999.html")
    older, _ = old.stored(MOBILE, of=first)
    younger, _ = old.stored(WWW, of=first)
    assert rekey(old.database, NOW).linked == 0
    assert [old.head(one)["duplicate_of"] for one in (first, older, younger)] == [None, first, first]


@pytest.mark.parametrize(
    ("keeper", "loser"),
    [("stored", "pending"), ("alias", "pending"), ("pending", "rejected"), ("pending", "gone"), ("rejected", "failed")],
)
def test_the_address_that_is_nearest_to_an_article_keeps_the_key(old: Old, keeper: str, loser: str) -> None:
    lost = old.url(WWW, loser, link_title="标题", link_position=3)
    article = old.article(MOBILE) if keeper in {"stored", "alias"} else None
    kept = old.url(MOBILE, keeper, article)
    rekey(old.database, NOW)
    assert (old.row(kept)["key"], old.row(kept)["state"]) == (KEY, keeper)
    row = old.row(lost)
    assert (row["key"], row["state"], row["next_at"], row["reason"]) == (f"{KEY}#{lost}", "alias", None, "same_address")
    assert (row["article_id"], row["link_title"], row["link_position"]) == (article, "标题", 3)
    assert row["key_hash"] == key_hash(f"{KEY}#{lost}")


def test_of_two_stored_addresses_that_of_the_article_with_the_key_keeps_it(old: Old) -> None:
    younger_url = old.url(WWW, "stored")
    older, older_url = old.stored(MOBILE)
    younger = old.article(WWW)
    old.database.execute("UPDATE urls SET article_id = ? WHERE id = ?", (younger, younger_url))
    rekey(old.database, NOW)
    assert (old.row(older_url)["key"], old.head(older)["key"]) == (KEY, KEY)


def test_an_address_whose_new_key_is_another_ones_old_key_waits_for_it(old: Old) -> None:
    # The rules of 1 could leave such a chain only by hand; those of the next version may by themselves.
    first, second = old.url("https://a.cn/11111.html"), old.url("https://a.cn/22222.html")
    old.database.execute("UPDATE urls SET key = 'x' WHERE id = ?", (first,))
    old.database.execute("UPDATE urls SET key = '//a.cn/11111.html' WHERE id = ?", (second,))
    old.database.execute("UPDATE urls SET key = '//a.cn/22222.html' WHERE id = ?", (first,))
    assert rekey(old.database, NOW).merged == 0
    assert [old.row(one)["key"] for one in (first, second)] == ["//a.cn/11111.html", "//a.cn/22222.html"]


def test_a_run_that_was_cut_short_still_adds_up_after_it(old: Old) -> None:
    with old.database.transaction():
        runs.add_source(old.database, 1, 1, "job", NOW, planned=3, with_entries=False)
    for url in (WWW, MOBILE, "https://a.cn/other"):
        old.url(url, lease_job="job")
    rekey(old.database, NOW)
    with old.database.transaction():
        ledger.release_all(old.database)
        assert runs.close_abandoned(old.database, NOW) == 1
    (result,) = runs.result(old.database, 1)
    assert (result.discovered, result.pending, result.error) == (3, 3, None)
    again = ledger.lease(old.database, run_id=1, job_id="next", source_id=1, now=NOW, limit=9, rechecks=False)
    assert {page.key for page in again} == {KEY, "//a.cn/other"}


def test_addresses_that_are_no_urls_are_left_and_counted_and_those_of_files_are_not(old: Old) -> None:
    bad = old.url("http://[broken/12345", "failed")
    with_file = old.url("https://a.cn/file", "stored")
    old.database.execute("UPDATE urls SET key = 'import:a/b.html', url = key WHERE id = ?", (with_file,))
    old.database.execute("UPDATE urls SET url = 'import:a/b.html' WHERE id = ?", (with_file,))
    before = old.row(bad)["key"]
    done = rekey(old.database, NOW)
    assert (done.left, done.merged) == (1, 0)
    assert old.row(bad)["key"] == before
    assert old.row(with_file)["key"] == "import:a/b.html"


def test_an_article_under_the_address_that_its_page_claims_stays_there(old: Old) -> None:
    old.database.execute("UPDATE meta SET value = '2' WHERE name = 'key_rules'")
    own, claimed = "https://m.a.cn/show?id=99881", "https://www.a.cn/2026/1122/c45.html"
    current = old.article(own, canonical=claimed)
    old.database.execute("UPDATE article_heads SET key = ? WHERE id = ?", (url_key(claimed), current))
    outdated = old.article(f"{own}2", "另一篇。", canonical=f"{claimed}?id=7")
    old.url(f"{own}2", "stored", outdated)
    old.database.execute("UPDATE article_heads SET key = '//A.CN/forgotten-rules' WHERE id = ?", (outdated,))
    rekey(old.database, NOW)
    assert old.head(current)["key"] == url_key(claimed)
    assert old.head(outdated)["key"] == url_key(f"{claimed}?id=7")


def test_a_dry_run_tells_the_same_and_leaves_the_file_as_it_was_byte_for_byte(path: Path) -> None:
    with open_writer(path) as database:
        old = Old(database)
        old.stored(MOBILE)
        old.stored(WWW)
    before = path.read_bytes()
    with open_reader(path) as reader:
        told = preview(reader)
    assert path.read_bytes() == before
    assert told == rekey_file(path, NOW)
    assert told.merged == told.apart == told.linked == 1


def test_keys_of_a_newer_dibao_are_refused(old: Old) -> None:
    old.url(WWW)
    old.database.execute("UPDATE meta SET value = ? WHERE name = 'key_rules'", (str(KEY_RULES + 1),))
    before = old.rows()
    for run in (preview, lambda database: rekey(database, NOW)):
        with pytest.raises(StorageFault, match="upgrade Dibao"):
            run(old.database)
    assert old.rows() == before


def test_there_must_be_a_file(path: Path) -> None:
    with pytest.raises(StorageFault, match="does not exist yet"):
        rekey_file(path, NOW)
    assert not path.exists()


def test_a_fault_in_the_middle_leaves_the_file_as_it_was(old: Old) -> None:
    old.stored(WWW)
    old.stored(MOBILE)
    old.database.execute("CREATE TRIGGER broken BEFORE UPDATE ON meta BEGIN SELECT raise(ABORT, 'in the middle'); END")
    before = old.rows()
    with pytest.raises(StorageFault, match="in the middle"):
        rekey(old.database, NOW)
    assert old.rows() == before
    old.database.execute("DROP TRIGGER broken")
    assert rekey(old.database, NOW).merged == 1


def test_a_full_disk_leaves_the_file_as_it_was_and_the_next_time_it_is_done(old: Old) -> None:
    for number in range(500):
        old.url(f"https://www.a.cn/2026/{10_000 + number}.html")
    before = old.rows()
    old.database.execute(f"PRAGMA max_page_count = {old.database.value('PRAGMA page_count')}")
    # The new keys are shorter, so they alone would fit.
    old.database.execute(
        "CREATE TEMP TRIGGER longer AFTER UPDATE OF key ON main.urls"
        " BEGIN UPDATE urls SET detail = hex(zeroblob(2000)) WHERE id = new.id; END"
    )
    with pytest.raises(StorageFault, match="full"):
        rekey(old.database, NOW)
    old.database.execute("DROP TRIGGER longer")
    old.database.execute("PRAGMA max_page_count = 1000000")
    assert old.rows() == before
    assert rekey(old.database, NOW).changed == 500


@pytest.mark.parametrize("operations", [1, 3_000, 30_000, 60_000, 90_000, 120_000, 100_000_000])
def test_killed_at_any_moment_the_file_has_all_keys_old_or_all_keys_new(path: Path, operations: int) -> None:
    count = 1_000
    with open_writer(path) as database:
        old = Old(database)
        with database.transaction():
            for number in range(count):
                old.url(f"https://{'www' if number % 2 else 'm'}.a.cn/2026/{10_000 + number // 2}.html")
    ended = _killed_after(path, operations)
    with open_reader(path) as database:
        assert database.value("PRAGMA integrity_check") == "ok"
        outdated = database.value("SELECT count(*) FROM urls WHERE key LIKE '//www.%' OR key LIKE '//m.%'")
        whole = (KEY_RULES, 0) if ended == 0 else (1, count)
        assert (key_rules(database), outdated) == whole
    assert (ended == 0) == (operations == 100_000_000)


def _killed_after(path: Path, operations: int) -> int:
    """How a process ended that made the keys anew and was killed after so many operations of SQLite."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    status = 1
    try:
        rekeying.open_writer = partial(_deadly, rekeying.open_writer, operations)  # type: ignore[assignment]
        rekey_file(path, NOW)
        status = 0
    finally:
        os._exit(status)


def _deadly(opened: Callable[..., Database], operations: int, *args: Any, **named: Any) -> Database:
    database = opened(*args, **named)
    database.connection.set_progress_handler(lambda: os.kill(os.getpid(), signal.SIGKILL), operations)
    return database
