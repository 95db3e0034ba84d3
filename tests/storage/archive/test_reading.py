"""A raw page comes back as it was kept, or it is said why not."""

from dataclasses import replace

import pytest

from storage import warc
from storage.archive import reading
from storage.archive.folder import ArchiveFault
from storage.archive.reading import newest, newest_ids, read_page
from storage.selection import Selection, UnknownSource
from tests.storage.archive.conftest import Keeper, body
from tests.storage.conftest import HOUR


def test_newest_gives_the_newest_revisions_that_are_archived_in_the_order_of_their_ids(keeper: Keeper) -> None:
    ids = [keeper.kept(name) for name in ("a", "b", "c")]
    bare = keeper.stored("bare")
    keeper.now += HOUR
    raw = (keeper.raw("b"), keeper.raw("b_2", 2))
    keeper.recheck(keeper.extracted("b", "全然不同的第二稿，写的是另外一件事情。", raw=raw))
    keeper.recheck(keeper.extracted("c", "没有留下原始网页的第二稿，写的是另外一件事情。"))
    found = list(newest(keeper.database, Selection()))
    assert [(one.article_id, one.revision, len(one.pages), one.fault) for one in found] == [
        (ids[0], 1, 1, None),
        (ids[1], 2, 2, None),
    ]
    assert [page.body for page in found[1].pages] == [body("b"), body("b_2")]
    assert bare not in {one.article_id for one in found}
    assert [one.article_id for one in newest(keeper.database, Selection(), after=ids[0])] == [ids[1]]
    assert list(newest(keeper.database, Selection(sources=("a",), until="2020-01-01T00:00:00Z"))) == []
    with pytest.raises(UnknownSource):
        list(newest(keeper.database, Selection(sources=("nobody",))))


def test_many_articles_are_read_some_at_a_time(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [keeper.kept(f"n{n}") for n in range(7)]
    for most in (1, 2, 7, 8):
        monkeypatch.setattr(reading, "ARTICLES_AT_ONCE", most)
        assert [article_id for article_id, _ in newest_ids(keeper.database, Selection())] == ids


def test_a_damaged_record_is_told_with_its_file_and_place_and_the_others_are_read(keeper: Keeper) -> None:
    ids = [keeper.kept(name) for name in ("a", "b")]
    row = keeper.database.row("SELECT * FROM raw_pages WHERE article_id = ?", (ids[0],))
    assert row is not None
    path = keeper.folder / row["warc_file"]
    data = bytearray(path.read_bytes())
    data[row["warc_offset"] + row["warc_length"] // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(ArchiveFault, match=rf"{row['warc_file']}: .*at byte {row['warc_offset']} "):
        read_page(keeper.database, ids[0], 1)
    first, second = newest(keeper.database, Selection())
    assert (first.pages, second.fault) == ((), None)
    assert f"at byte {row['warc_offset']} " in str(first.fault)
    assert len(second.pages) == 1


def test_what_is_no_record_of_the_page_is_refused(keeper: Keeper) -> None:
    keeper.begin()
    other = warc.resource_record("https://a.cn/other", keeper.now, None, b"x")
    bare = warc.packed(b"no record at all\r\n\r\n")
    pages = [keeper.raw("a", n) for n in range(1, 4)]
    raw = (pages[0], replace(pages[1], record=other), replace(pages[2], record=bare))
    keeper.take(keeper.discovered("a"), keeper.extracted("a", raw=raw))
    assert read_page(keeper.database, 1, 1) is not None
    with pytest.raises(ArchiveFault, match=r"is the page of https://a\.cn/other, not that of https://a\.cn/a"):
        read_page(keeper.database, 1, 1, 2)
    with pytest.raises(ArchiveFault, match="there is no WARC record"):
        read_page(keeper.database, 1, 1, 3)


def test_a_record_that_unpacks_to_too_much_is_refused(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    article = keeper.kept("a")
    monkeypatch.setattr(reading, "MAX_RECORD_BYTES", 500)
    with pytest.raises(ArchiveFault, match="no raw page of at most 500 bytes"):
        read_page(keeper.database, article, 1)


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nWARC/1.1\r\n", bytes(range(256)) * 300])
def test_any_body_comes_back_as_it_was(keeper: Keeper, content: bytes) -> None:
    keeper.begin()
    at = "https://a.cn/a"
    response = warc.response_record(at, keeper.now, "404 Not Found", [("X-Said", "值"), ("Date", "x")], content)
    resource = warc.resource_record(at, keeper.now, "text/plain; charset=gbk", content)
    raw = (replace(keeper.raw("a"), record=response), replace(keeper.raw("a", 2), record=resource))
    keeper.take(keeper.discovered("a"), keeper.extracted("a", raw=raw))
    for part in (1, 2):
        page = read_page(keeper.database, 1, 1, part)
        assert page is not None
        assert page.body == content
