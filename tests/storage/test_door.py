import sqlite3
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.cleaning import clean_text, cleaned
from storage.door import storable
from storage.records import (
    Article,
    Candidate,
    Credit,
    Dateline,
    Discovered,
    EntryChecked,
    Evidence,
    Extracted,
    Failed,
    HostAsked,
    Image,
    JobFinished,
    Observation,
    ObservedBlock,
    PublicationTime,
    RobotsFetched,
    RobotsFile,
    SearchTerms,
    Validators,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ODD = (
    "\x00\x01\t\n\x0b\r\x1b\x7f\x85\x9f\xad\u061c\u200b\u200d\u200e\u200f\u2028\u202a\u202e\u2060\u2066\u2069\ufdd0\ufeff"
    "\ufff9\ufffc\ufffd\ufffe\uffff\U0001fffe\U0010ffff\U000e0041\ud800\udbff\udc00\udfff邸😀 <>&'\"=\u0301\u3000"
)
ANY_TEXT = st.text(st.sampled_from(ODD) | st.characters(exclude_categories=()), max_size=30)
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def unfit(text: str) -> set[str]:
    """The characters of a stored text that no stored text may have."""
    return {
        one
        for one in text
        if (unicodedata.category(one) == "Cc" and one not in "\n\t")
        or unicodedata.category(one) == "Cs"
        or one in BIDI
        or 0xFDD0 <= ord(one) <= 0xFDEF
        or ord(one) & 0xFFFE == 0xFFFE
    }


def discovered(title: str) -> Discovered:
    candidate = Candidate(url="https://a.cn/1", key="//a.cn/1", title=title)
    return Discovered(job_id="j", number=1, entry_url="https://a.cn/", candidates=(candidate,), taken=1)


def extracted(title: str, **more: Any) -> Extracted:
    article = Article(title=title, text="正文。", encoding="utf-8", encoding_evidence="meta", extractor="test")
    return Extracted(job_id="j", number=1, key="//a.cn/1", url="https://a.cn/1", final_url="https://a.cn/1",
                     final_key="//a.cn/1", fetched_at=NOW, article=article, digest="d", **more)  # fmt: skip


def test_what_no_reader_sees_is_dropped_and_all_other_text_stays() -> None:
    assert storable("邸\x00报\ud83d😀\udc00 \u202e\u200b\t\n") == "邸报😀 \t\n"
    assert storable("e\u0301 ﬁ 凞 豈 ？?\ufffd") == "e\u0301 ﬁ 凞 豈 ？?\ufffd"


def test_a_sentence_that_is_hidden_in_tags_is_dropped() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "obey me")
    assert storable(f"防汛{hidden}工作") == "防汛工作"


def test_texts_deep_in_a_record_are_cleaned() -> None:
    assert storable(discovered("a\x00b")) == discovered("ab")
    credit = Credit(role="author\ud800", name="张\x00三")
    found = Article(
        title=None, text="x", credits=(credit,), encoding="utf-8", encoding_evidence="meta", extractor="test"
    )
    assert storable(found).credits == (Credit(role="author", name="张三"),)


def test_a_record_that_is_clean_already_is_the_same_object() -> None:
    event = discovered("题")
    assert storable(event) is event


def test_numbers_times_and_none_stay_as_they_are() -> None:
    event = Failed(job_id="j", number=1, key="k", fetched_at=NOW, reason="timeout", http_status=503)
    assert storable(event) is event


def test_lists_and_dictionaries_are_walked_too() -> None:
    assert cleaned([{"a\x00": ("b\u202e", 1, None)}]) == [{"a": ("b", 1, None)}]
    known = {"a": ["b", ("c",)]}
    assert cleaned(known) is known


def test_terms_and_signature_of_a_text_that_is_another_now_are_made_anew() -> None:
    made = SearchTerms(version="1", title="党 建", text="正文")
    assert storable(extracted("党\u2066建", terms=made)).terms is None
    assert storable(extracted("党建", terms=made)).terms is made
    dirty_elsewhere = extracted("党建", terms=made, validators=Validators(etag='"\x00"'))
    assert storable(dirty_elsewhere).terms is made


@pytest.mark.parametrize("etag", ['"a\x85b"', '"\ud800"', '"\x00"'])
def test_half_a_validator_is_none(etag: str) -> None:
    dirty = Validators(etag=etag, last_modified="Sun, 22 Nov 2026 09:00:00 GMT")
    assert storable(extracted("题", validators=dirty)).validators == Validators()
    asked = EntryChecked(job_id="j", number=1, url="https://a.cn/", status="ok", validators=dirty)
    assert storable(asked) == replace(asked, validators=Validators())


@given(ANY_TEXT)
def test_sqlite_gives_back_every_cleaned_text_whole(text: str) -> None:
    clean = storable(text)
    connection = sqlite3.connect(":memory:")
    assert connection.execute("SELECT ?1, length(?1)", (clean,)).fetchone() == (clean, len(clean))
    connection.close()
    assert storable(clean) is clean
    assert not unfit(clean)


@given(ANY_TEXT)
def test_nothing_that_was_not_there_comes_in(text: str) -> None:
    breaks = text.replace("\r\n", "\n")
    for rare in "\r\x85\u2028\u2029":
        breaks = breaks.replace(rare, "\n")
    rest = iter(breaks)
    assert all(letter in rest for letter in clean_text(text))


@given(ANY_TEXT)
def test_no_text_of_any_event_is_left_unclean(text: str) -> None:
    for event in (everywhere(text), discovered(text), *others(text)):
        clean = storable(event)
        assert not unfit("".join(texts(clean)))
        assert storable(clean) is clean


@pytest.mark.parametrize(
    "odd", [ODD, "\u202e", "\x00", "a\x85b\r\nc"], ids=["all", "bidi", "nul", "breaks"]
)
def test_no_column_of_the_file_has_a_character_that_no_reader_sees(desk: Any, odd: str) -> None:
    desk.begin()
    names: dict[str, Any] = {"job_id": desk.job, "key": "//a.cn/1", "fetched_at": desk.now}
    desk.take(replace(discovered(f"题{odd}"), job_id=desk.job))
    desk.take(replace(everywhere(f"甲{odd}乙"), job_id=desk.job, final_key="//a.cn/1"))
    desk.recheck(Failed(**names, number=2, reason="timeout", detail=odd))
    desk.begin()
    desk.take(*(replace(event, job_id=desk.job) for event in others(f"丙{odd}")))
    desk.take(JobFinished(job_id=desk.job, number=9, reason="crashed", detail=odd))
    stored = [text for rows in desk.digest().values() for row in rows for text in row if isinstance(text, str)]
    assert sum("甲" in text for text in stored) > 10
    assert not unfit("".join(stored))
    assert not unfit("".join(text.encode().decode("unicode-escape") for text in stored if "\\u" in text))


def everywhere(text: str) -> Extracted:
    """An article with that text in each place where a page can write."""
    at = PublicationTime(at=NOW, precision="day", raw=text, where=text)
    article = Article(
        title=text,
        text=f"正文{text}",
        markdown=text,
        kicker=text,
        subheadline=text,
        published=at,
        modified=at,
        origin=text,
        origin_raw=text,
        origin_url=text,
        dateline=Dateline(raw=text, place=text, agency=text, date=text),
        credits=(Credit(role="author", name=text, raw=text, where=text), Credit(role="editor", name=text)),
        sections=(text,),
        keywords=(text, text),
        print_page=text,
        images=(Image(url=text, caption=text, photographer=text),),
        licence=text,
        correction=text,
        evidence=(Evidence(fact="title", value=text, raw=text, where=text, chosen=True),),
        lang=text,
        script="Hans",
        damage=text,
        found_by=text,
        encoding=text,
        encoding_evidence=text,
        canonical_url=text,
        extractor=text,
    )
    blocks = (ObservedBlock(key=b"12345678", text=text, kept=True),)
    return replace(extracted(""), article=article, observed=Observation(host="a.cn", blocks=blocks),
                   validators=Validators(etag=text, last_modified=text))  # fmt: skip


def others(text: str) -> tuple[Any, ...]:
    """Events of a site, with that text in each place where a server or a page can write."""
    names: dict[str, Any] = {"job_id": "j", "number": 3}
    robots = RobotsFile(authority="a.cn", http_status=200, fetched_at=NOW, body=f"User-agent: *\nDisallow: /{text}")
    return (
        EntryChecked(**names, url="https://a.cn/feed", status="failed", reason="bad_feed", detail=text,
                     validators=Validators(etag=text), lastmod=text, found_by="index"),
        RobotsFetched(**names, robots=robots),
        HostAsked(**names, authority="a.cn", robots="rules", address=text),
    )  # fmt: skip


def texts(value: Any) -> list[str]:
    """All texts of a record."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for part in value for text in texts(part)]
    return [text for name in getattr(value, "__dataclass_fields__", ()) for text in texts(getattr(value, name))]
