"""What is wrong in a file is found, and a file that is right is left alone."""

import random
from pathlib import Path

import pytest

from storage.archive.folder import archive_folder
from storage.care.checking import Checked, check
from storage.database import Database, open_reader, open_writer
from storage.faults import DamagedFile

TWO_SOURCES = (
    "INSERT INTO sources (id, name, home, created_at) VALUES (2, 'b', 'https://b.cn/', '2026-11-22T09:30:00Z')"
)
INCIDENT = (
    "INSERT INTO incident_log (id, key, kind, severity, opened_at, updated_at)"
    " VALUES (2, 'k', 'k', 'error', '2026-11-22T09:30:00Z', '2026-11-22T09:30:00Z')"
)
ALERT = "(2, 2, 's', 'opened', '2026-11-22T09:30:00Z')"


def checked(path: Path, **options) -> Checked:
    with open_reader(path) as database:
        database.execute("BEGIN")
        return check(database, **options)


def found(path: Path, **options) -> dict[str, tuple[int, str]]:
    return {one.check: (one.count, one.example) for one in checked(path, **options).findings}


def broken(path: Path, *statements: str) -> None:
    with open_writer(path) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        for sql in statements:
            database.execute(sql)


@pytest.mark.parametrize("quick", [False, True])
def test_nothing_is_wrong_in_a_file_that_was_only_written_to(filled: Path, quick) -> None:
    before = filled.read_bytes()
    calls: list[tuple[int, int]] = []
    result = checked(filled, quick=quick, progress=lambda done, of: calls.append((done, of)))
    assert (result.findings, result.articles, result.journal_mode, result.is_damaged) == ((), 5, "wal", False)
    assert calls[-1][0] == calls[-1][1]
    assert calls == sorted(calls)
    assert filled.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        ("newest_revision", ["UPDATE article_heads SET revision = 9 WHERE id = 2"]),
        ("text", ["DELETE FROM article_texts WHERE revision_id = 2"]),
        ("pruned", ["UPDATE article_heads SET pruned_at = '2026-11-22T09:30:00Z' WHERE id = 2"]),
        ("feed_prune", ["UPDATE article_heads SET pruned_at = '2026-11-22T09:30:00Z' WHERE id = 2"]),
        ("feed_insert", ["DELETE FROM change_log WHERE article_id = 2"]),
        ("duplicate_chain", ["UPDATE article_heads SET duplicate_of = 5 WHERE id = 2"]),
        ("story_heads", ["UPDATE story_heads SET articles = 7 WHERE id = 2"]),
        ("story_heads", ["UPDATE story_heads SET canonical_id = 1 WHERE id = 2"]),
        ("story", ["DELETE FROM story_heads WHERE id = 2"]),
        ("story_id", ["UPDATE fingerprints SET story_id = 2 WHERE article_id = 3",
                      "UPDATE fingerprints SET story_id = 4 WHERE article_id = 2"]),
        ("anchors", ["INSERT INTO anchors VALUES (1, 2), (1, 99)", "DELETE FROM fingerprints WHERE article_id = 2"]),
        ("stored_url", ["UPDATE urls SET article_id = NULL WHERE id = 2"]),
        ("conservation", ["UPDATE run_source_log SET stored = 9 WHERE run_id = 2"]),
        ("totals", [TWO_SOURCES, "INSERT INTO total_log (source_id, stored) VALUES (2, 1)"]),
        ("lags", [TWO_SOURCES, "INSERT INTO total_log (source_id, lag_buckets, lag_count) VALUES (2, '[1,1]', 1)"]),
        ("samples", ["UPDATE sample_log SET characters = NULL WHERE id = 2"]),
        ("samples", ["UPDATE sample_log SET url_id = 99 WHERE id = 2"]),
        ("incident", [INCIDENT, "UPDATE incident_log SET resolved_at = '2026-11-21T09:30:00Z'"]),
        ("alert", [INCIDENT, f"INSERT INTO alert_log (id, incident_id, sink, event, created_at) VALUES {ALERT}"]),
        ("foreign_keys", ["UPDATE urls SET source_id = 99 WHERE id = 2"]),
        ("search_missing", ["DELETE FROM article_fts_docsize WHERE id = 2"]),
        ("search_ghost", ["INSERT INTO article_fts_docsize VALUES (2000, x'00')"]),
        ("search_rules", ["DELETE FROM meta WHERE name = 'search_index'"]),
        ("text_digest", ["UPDATE article_texts SET text = '另一篇。' WHERE revision_id = 2"]),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_named_with_an_example(filled: Path, name: str, statements: list[str]) -> None:
    broken(filled, *statements)
    count, example = found(filled)[name]
    assert count >= 1
    assert "2" in example or name == "search_rules"


def test_raw_pages_that_are_not_there_or_too_short_are_found(filled: Path) -> None:
    broken(
        filled,
        "INSERT INTO archive_files (id, name, bytes, opened_at) VALUES (1, 'a.warc.gz', 9, '2026-11-22T09:30:00Z'),"
        " (2, 'b.warc.gz', 9, '2026-11-22T09:30:00Z'), (3, 'c.warc.gz', 9, '2026-11-22T09:30:00Z')",
        "INSERT INTO archive_pages (article_id, revision, part, file_id, offset, length, url, fetched_at, timezone)"
        " VALUES (1, 1, 1, 1, 5, 9, 'u', '2026-11-22T09:30:00Z', 'UTC'),"
        " (2, 9, 1, 1, 0, 9, 'u', '2026-11-22T09:30:00Z', 'UTC')",
    )
    archive_folder(filled).mkdir()
    (archive_folder(filled) / "a.warc.gz").write_bytes(bytes(20))
    (archive_folder(filled) / "b.warc.gz").write_bytes(bytes(8))
    assert found(filled) == {"archive_files": (2, "b.warc.gz"), "raw_page": (1, "2"), "raw_page_end": (1, "1")}


@pytest.mark.parametrize("seed", range(6))
def test_a_page_that_is_overwritten_is_damage_wherever_it_is(filled: Path, seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(filled.read_bytes())
    with open_reader(filled) as reader:
        free = {0, reader.value("PRAGMA page_count")}
        assert reader.value("PRAGMA freelist_count") == 0
    page = chance.randrange(1, len(content) // 4096)
    assert page not in free
    content[page * 4096 : (page + 1) * 4096] = chance.randbytes(4096)
    filled.write_bytes(content)
    try:
        ways = [one.remedy for one in checked(filled).findings if one.damage]
    except DamagedFile as fault:  # the table of the schema itself
        ways = [str(fault)]
    assert any("restore" in way or "reindex" in way for way in ways)
    assert filled.read_bytes() == content


def test_a_text_of_which_one_byte_flipped_is_found_where_sqlite_finds_nothing(filled: Path) -> None:
    content = filled.read_bytes()
    at = content.index("第2篇的正文，说的是一座桥。".encode())
    filled.write_bytes(content[:at] + "又".encode() + content[at + 3 :])
    assert set(found(filled, quick=True)) <= {"search_missing"}
    assert found(filled)["text_digest"] == (1, "3")


@pytest.mark.parametrize(
    ("statement", "example"),
    [
        ("UPDATE urls SET link_title = CAST(x'61FF62' AS TEXT) WHERE id = 2", "urls row 2, link_title"),
        ("UPDATE urls SET link_title = CAST(x'E9A6' AS TEXT), detail = CAST(x'96' AS TEXT) WHERE id = 2",
         "urls row 2, link_title"),
        ("UPDATE sources SET home = CAST(x'EDA080' AS TEXT)", "sources row 1, home"),
    ],
)
def test_a_row_with_a_text_that_is_no_utf_8_is_named(filled: Path, statement: str, example: str) -> None:
    broken(filled, statement)
    assert found(filled)["utf8"] == (1, example)
    assert "utf8" not in found(filled, quick=True)


def test_a_file_is_checked_while_another_writes_it(filled: Path) -> None:
    with open_writer(filled) as writer, open_reader(filled) as reader:
        reader.execute("BEGIN")
        _written(writer)
        assert check(reader).findings == ()


def _written(database: Database) -> None:
    with database.transaction():
        database.execute("UPDATE sources SET failures = failures + 1")
