from datetime import timedelta

from storage.counts import MOST
from storage.records import Counts

HOUR = timedelta(hours=1)


def rows(desk) -> list[tuple]:
    return [tuple(row)[1:] for row in desk.database.rows("SELECT * FROM counts ORDER BY at")]


def test_counts_come_with_an_article_and_with_a_page_that_is_unchanged(desk, make_article) -> None:
    found = desk.stored("1", make_article(counts=Counts(reads=5)))
    desk.now += HOUR
    desk.recheck(desk.unchanged("1", counts=Counts(reads=7, comments=1)))
    assert desk.database.value("SELECT DISTINCT article_id FROM counts") == found
    assert rows(desk) == [
        ("a", "2026-11-22T09:30:00Z", 5, None),
        ("a", "2026-11-22T10:30:00Z", 7, 1),
    ]
    assert desk.article(found)["revision"] == 1
    assert desk.changes() == ["insert"]


def test_numbers_that_are_the_same_or_not_named_this_time_make_no_row(desk, make_article) -> None:
    desk.stored("1", make_article(counts=Counts(reads=5, comments=2)))
    for counts in (Counts(reads=5, comments=2), Counts(comments=2), Counts(), None):
        desk.now += 6 * HOUR
        desk.recheck(desk.unchanged("1", counts=counts))
    assert len(rows(desk)) == 1
    desk.now += 72 * HOUR
    desk.recheck(desk.extracted("1", make_article("改了。", counts=Counts(reads=6))))
    assert [row[2:] for row in rows(desk)] == [(5, 2), (6, 2)]


def test_a_number_that_cannot_be_is_left_out_and_costs_no_article(desk, make_article) -> None:
    desk.stored("1", make_article(counts=Counts(reads=2**70, comments=-1)))
    desk.stored("2", make_article("二。", counts=Counts(reads=MOST + 1, comments=3)))
    assert [row[2:] for row in rows(desk)] == [(None, 3)]


def test_a_page_that_counts_nothing_has_no_row(desk) -> None:
    desk.stored("1")
    assert rows(desk) == []
