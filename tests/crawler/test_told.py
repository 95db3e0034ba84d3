"""What a process of the pool tells the worker is the reading, packed: no less, and no more than was asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from crawler import wire
from crawler.extraction.signed import read_signed
from crawler.page_work import Answered, NextPart, PageTask, Refused, Said, Same, Unfinished
from crawler.told import _input, finish, read, take_part
from storage.identity import content_digest
from storage.records import Article, Extracted, Validators
from tests.crawler.extraction.pages import BODY, NOW, portal_page

URL = "http://news.example.org/2026/11/22/c100001.html"


def task(body: str = "", **more: Any) -> PageTask:
    fields = {"url": URL, "content_type": "text/html; charset=utf-8", "timezone": "Asia/Shanghai", "now": NOW}
    return PageTask(**{**fields, "body": (body or portal_page()).encode(errors="surrogatepass")} | more)


def event(said: Said) -> Extracted:
    """The event that the coordinator reads."""
    head = wire.Head(
        job_id="j", number=1, key="k", url=URL, final_url=URL, final_key="k", validators=Validators(),
        fetched_at=datetime(2026, 11, 23, tzinfo=UTC), observed=msgspec.Raw(said.observed) if said.observed else None,
    )  # fmt: skip
    return wire.Packed(head, said.article).unpacked()


def parted(number: int, count: int = 3) -> str:
    names = [URL if one == 1 else URL.replace(".html", f"_{one}.html") for one in range(1, count + 1)]
    strip = "".join(f'<a href="{name}">{one}</a> ' for one, name in enumerate(names, 1))
    body = [text.replace("。", f"，这是第{number}页。") for text in BODY * 3]
    return portal_page(body=body, below=f'<div class="page">{strip}</div>')


def test_an_article_comes_whole() -> None:
    asked = task(observe=True)
    said = read(asked)
    assert isinstance(said, Said)
    reading = read_signed(_input(asked))
    told = event(said)
    assert isinstance(reading.result, Article)
    assert (told.article, told.digest) == (reading.result, content_digest(reading.result))
    assert (told.signature, told.terms, told.sentences) == (reading.signature, reading.terms, reading.sentences)
    assert (told.fingerprint, told.parts, told.raw) == (reading.fingerprint, (), ())
    assert told.observed is not None
    assert reading.observed is not None
    assert [block.key for block in told.observed.blocks] == [block.key for block in reading.observed.blocks]


def test_one_that_is_stored_as_it_is_brings_its_counts_only() -> None:
    said = read(task())
    assert isinstance(said, Said)
    assert read(task(digest=event(said).digest)) == Same(event(said).article.counts, has_parts=False)


def test_what_is_no_article_has_its_reason() -> None:
    refused = read(task("<html><body></body></html>"))
    assert isinstance(refused, Refused)
    assert refused.reason


def test_a_page_is_kept_only_where_it_is_asked_for() -> None:
    said = read(task(answered=Answered(200, [(b"Content-Type", [b"text/html"])]), link_title="题"))
    assert isinstance(said, Said)
    (raw,) = event(said).raw
    assert (raw.url, raw.http_status, raw.part, raw.link_title, raw.fetched_at) == (URL, 200, 1, "题", NOW)


def test_an_article_of_several_pages_is_put_together_from_one_call_to_the_next() -> None:
    answered = Answered(200, [])
    begun = read(task(parted(1), most_parts=9, answered=answered))
    assert isinstance(begun, Unfinished)
    second = begun.wanted
    assert second == URL.replace(".html", "_2.html")
    begun = take_part(NextPart(begun.state, second, task(parted(2), url=second, part=2, answered=answered)))
    assert begun.wanted == URL.replace(".html", "_3.html")
    begun = take_part(NextPart(begun.state, begun.wanted, None))
    assert begun.wanted is None
    said = finish(begun.state)
    assert isinstance(said, Said)
    assert said.has_parts
    told = event(said)
    assert (told.article.parts, told.article.missing_parts) == (3, (3,))
    assert [part.number for part in told.parts] == [2, 3]
    assert [raw.part for raw in told.raw] == [1, 2]
    assert "第2页" in told.article.text


def test_a_part_that_costs_too_much_is_missing_and_leaves_the_rest_as_it_was(monkeypatch: Any) -> None:
    begun = read(task(parted(1), most_parts=9))
    assert isinstance(begun, Unfinished)
    from crawler import told as module  # noqa: PLC0415
    from storage.records import Rejection  # noqa: PLC0415

    def half(step: Any) -> Rejection:
        step.assembly._known.clear()
        return Rejection(reason="too_complex")

    monkeypatch.setattr(module, "with_part", half)
    second = begun.wanted or ""
    after = take_part(NextPart(begun.state, second, task(parted(2), url=second, part=2)))
    assert after.wanted == URL.replace(".html", "_3.html")
