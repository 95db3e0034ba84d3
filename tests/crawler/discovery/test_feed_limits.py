"""Feeds that are longer than any: counted before the slow parser sees them, however they are closed."""

from __future__ import annotations

import pytest

from crawler.discovery import feeds
from crawler.discovery.entry import EntryInput, EntryPage, read_entry
from crawler.discovery.feeds import MAX_ITEMS

HOME = "http://news.example.org/"
LINK = "<link>http://news.example.org/{}.html</link>"
COUNT = MAX_ITEMS + 234


def items(form: str, count: int = COUNT) -> str:
    return "".join(form.replace("{}", str(number)) for number in range(count))


@pytest.mark.parametrize(
    ("form", "left_out"),
    [
        (f"<item>{LINK}</item>", 234),
        (f"<item>{LINK}", 234),
        (f"<item >{LINK}</ITEM >", 234),
        ('<entry><link href="http://news.example.org/{}.html"/></entry>', 234),
        ('<entry><link href="http://news.example.org/{}.html"/>', 234),
        (f"<rss:item>{LINK}</rss:item>", 234),
    ],
)
def test_no_more_than_a_thousand_items_reach_a_parser(
    form: str, left_out: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    for name in ("read_items", "read_loosely"):
        parser = getattr(feeds, name)
        monkeypatch.setattr(feeds, name, lambda text, parser=parser: (seen.append(text), parser(text))[1])
    body = f"<rss><channel>{items(form)}</channel></rss>".encode()
    found = read_entry(EntryInput(kind="feed", url=f"{HOME}feed", body=body, home=HOME))
    assert isinstance(found, EntryPage)
    assert found.skipped["too_many"] == left_out
    assert len(found.candidates) <= MAX_ITEMS
    assert max(len(feeds._ITEM_START.findall(text)) for text in seen) <= MAX_ITEMS


@pytest.mark.parametrize("form", ["<items>{}</items>", "<itemised/>", "&lt;item&gt;", "<media:entryway/>"])
def test_what_only_looks_like_an_item_is_not_counted(form: str) -> None:
    body = f"<rss><channel>{items(form)}<item>{LINK}</item></channel></rss>".encode()
    found = read_entry(EntryInput(kind="feed", url=f"{HOME}feed", body=body, home=HOME))
    assert isinstance(found, EntryPage)
    assert (len(found.candidates), found.skipped) == (1, {})


def test_empty_items_by_the_million_are_no_work() -> None:
    body = b"<rss><channel>" + b"<item/>" * 300_000 + b"</channel></rss>"
    found = read_entry(EntryInput(kind="feed", url=f"{HOME}feed", body=body, home=HOME))
    assert isinstance(found, EntryPage)
    assert found.skipped == {"no_link": MAX_ITEMS, "too_many": 300_000 - MAX_ITEMS}
