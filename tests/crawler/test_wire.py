"""Messages as bytes: every kind comes back as it went, and nothing else is let in."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import wire
from storage.records import Article, Extracted, PublicationTime

# Offsets of whole minutes: those of RFC 3339, and of every zone since 1972.
OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2100, 1, 1), timezones=OFFSETS)  # noqa: DTZ001
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
st.register_type_strategy(str, TEXTS)
st.register_type_strategy(datetime, MOMENTS)
st.register_type_strategy(int, st.integers(-(2**63), 2**63 - 1))
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))


@pytest.mark.parametrize("kind", list(wire._KINDS.values()), ids=list(wire._KINDS))
@given(data=st.data())
def test_every_message_comes_back_as_it_was_sent(kind: type[Any], data: st.DataObject) -> None:
    message = data.draw(st.from_type(kind))
    assert wire.decode(wire.encode(message)) == message


def extracted(**more: object) -> Extracted:
    article = Article(**{"title": "t", "text": "x", "encoding": "utf-8", "encoding_evidence": "meta",
                         "extractor": "1"} | more)  # type: ignore[arg-type]  # fmt: skip
    return Extracted(job_id="j", number=1, key="//a/1", url="http://a/1", final_url="http://a/1", final_key="//a/1",
                     fetched_at=datetime(2026, 11, 22, tzinfo=UTC), article=article, digest="d")  # fmt: skip


@given(MOMENTS)
def test_a_publication_time_keeps_its_offset(at: datetime) -> None:
    published = PublicationTime(at=at, precision="day", raw="", where="meta")
    back = wire.decode(wire.encode(extracted(published=published)))
    assert isinstance(back, Extracted)
    assert back.article.published is not None
    assert (back.article.published.at.utcoffset(), back.article.published.local) == (at.utcoffset(), published.local)


def test_who_only_passes_messages_on_need_not_read_articles_and_passes_them_as_they_came() -> None:
    article, stop = wire.encode(extracted(title="标题")), wire.encode(wire.Stop("j"))
    passed, read = wire.unframed_to_pass(wire.frame([article, stop]))
    assert isinstance(passed, wire.Passed)
    assert (passed.job_id, passed.number, passed.key) == ("j", 1, "//a/1")
    assert wire.encode(passed) == article
    assert passed.read() == extracted(title="标题")
    assert read == wire.Stop("j")


@pytest.mark.parametrize("data", [b"", b'["Extracted",{}]', b'[["Extracted",{"number":1}]]', b'[["Nope",{}]]'])
def test_what_is_no_message_is_not_passed_on(data: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        list(wire.unframed_to_pass(data))


def test_a_lone_surrogate_does_not_stop_a_message_and_no_question_mark_takes_its_place() -> None:
    back = wire.decode(wire.encode(extracted(title="half \ud83da face")))
    assert isinstance(back, Extracted)
    assert back.article.title == "half a face"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\xff", b"[1]", b'["Alive"]', b'["Nope",{}]', b'["Alive",{"jobs":"x"}]', b'["Stop",{}] ["Stop",{}]'],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        wire.decode(data)


def test_every_kind_of_message_has_its_decoder() -> None:
    assert {kind.__name__ for kind in wire.Message.__args__} == set(wire._KINDS)
    assert all(fields(kind) for kind in wire._KINDS.values())


@given(st.lists(st.from_type(wire.LetGo) | st.from_type(wire.Stop) | st.from_type(wire.Alive)))
def test_a_frame_brings_its_messages_in_order(messages: list[Any]) -> None:
    assert list(wire.unframed(wire.frame([wire.encode(message) for message in messages]))) == messages


@pytest.mark.parametrize("data", [b"", b"{}", b'["Stop",{}]', b'[["Nope",{}]]', b'[["Stop",{}]'])
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        list(wire.unframed(data))


@given(data=st.data())
def test_an_article_that_was_packed_on_the_way_is_the_same_event(data: st.DataObject) -> None:
    event = data.draw(st.from_type(Extracted))
    of_head = {name: getattr(event, name) for name in wire.Head.__struct_fields__}
    observed = None if event.observed is None else msgspec.Raw(wire.as_json(event.observed))
    said = {field.name: getattr(event, field.name) for field in fields(event) if field.name not in of_head}
    packed = wire.Packed(wire.Head(**of_head | {"observed": observed, "body": None}), wire.as_json(said))
    if event.body is not None:
        packed = packed.with_body(event.body)
    assert packed.unpacked() == event
    assert (packed.job_id, packed.number, packed.key) == (event.job_id, event.number, event.key)
