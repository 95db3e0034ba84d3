import sqlite3
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from storage.door import storable
from storage.records import Article, Candidate, Credit, Discovered, Failed

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ANY_TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from("\x00\ud800\udfff"))


def discovered(title: str) -> Discovered:
    candidate = Candidate(url="https://a.cn/1", key="//a.cn/1", title=title)
    return Discovered(job_id="j", number=1, entry_url="https://a.cn/", candidates=(candidate,), taken=1)


def test_nul_and_lone_surrogates_are_dropped_and_all_other_text_stays() -> None:
    assert storable("邸\x00报\ud83d😀\udc00 \u200b\t\n") == "邸报😀 \u200b\t\n"


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


@given(ANY_TEXT)
def test_sqlite_gives_back_every_cleaned_text_whole(text: str) -> None:
    cleaned = storable(text)
    connection = sqlite3.connect(":memory:")
    assert connection.execute("SELECT ?1, length(?1)", (cleaned,)).fetchone() == (cleaned, len(cleaned))
    connection.close()
    assert storable(cleaned) is cleaned
