from dataclasses import replace
from datetime import datetime, timedelta, timezone
from weakref import WeakKeyDictionary

import pytest

from storage.dedup import documents
from storage.dedup.documents import Documents
from storage.records import PublicationTime
from storage.similarity.fingerprint import fingerprint

TITLE = "全市重点项目建设现场会召开"


def test_a_document_is_of_the_newest_revision_and_the_one_before_can_be_had(newsroom, make_item) -> None:
    (one,) = newsroom.store(make_item(name="1", title="旧闻", text=newsroom.text(1)))
    read = Documents(newsroom.database)
    assert read.before(one) is None
    newsroom.again(make_item(name="1", title=TITLE, text=newsroom.text(2), published=None))
    assert read.of(one).prose == newsroom.text(2)
    assert read.of(one).published_at is None
    before = read.before(one)
    assert before.prose == newsroom.text(1)
    assert before.published_at is not None
    assert read.text(one) == newsroom.text(2)


@pytest.mark.parametrize("precision", ["day", "second", None])
def test_the_document_of_a_new_article_is_that_of_the_file_without_asking_it(
    desk, newsroom, make_article, monkeypatch, precision
) -> None:
    at = datetime(2026, 11, 21, 8, 30, 12, 345, tzinfo=timezone(timedelta(hours=8)))
    published = precision and PublicationTime(at=at, precision=precision, raw="", where="meta")
    desk.begin()
    event = desk.extracted("1", make_article(newsroom.text(1), TITLE, published=published))
    desk.take(desk.discovered("1"), event)
    article = desk.url("1")["article_id"]
    monkeypatch.setattr(documents, "_KEPT", WeakKeyDictionary())
    stored = Documents(desk.database).of(article)
    monkeypatch.setattr(documents, "_KEPT", WeakKeyDictionary())
    monkeypatch.setattr(Documents, "rows", None)
    new = Documents(desk.database, {article: event}).of(article)
    assert (new.heading, new.prose) == (stored.heading, stored.prose)
    assert (new.published_at, new.day_only) == (stored.published_at, stored.day_only)


@pytest.mark.parametrize("known", [True, False])
def test_a_document_is_the_same_whether_prose_and_shingles_came_along_or_not(newsroom, known) -> None:
    text = newsroom.text(1)
    signature = fingerprint(text)
    said = replace(signature, version=signature.version if known else 0, prose=signature.prose or "")
    one = documents.document(TITLE, text, None, day_only=False, signature=said)
    other = documents.document(TITLE, text, None, day_only=False)
    assert (one.prose, one.shingles.tolist()) == (other.prose, other.shingles.tolist())
    assert bool(one.hashes) is known


def test_prose_by_other_rules_is_not_taken(newsroom) -> None:
    text, foreign = newsroom.text(1), replace(fingerprint(newsroom.text(2)), version=0)
    assert documents.document(TITLE, text, None, day_only=False, signature=foreign).prose == text


def test_what_came_along_is_kept_ready_for_the_copy_that_comes_next(desk, newsroom, make_article, monkeypatch) -> None:
    desk.begin()
    first, second = newsroom.text(1), newsroom.copy(newsroom.text(1), 1)
    events = [
        replace(desk.extracted(name, make_article(text, TITLE)), signature=fingerprint(text))
        for name, text in (("1", first), ("2", second))
    ]
    desk.take(desk.discovered("1", "2"), events[0])
    # Neither is its text read from the file again, nor its prose looked for.
    monkeypatch.setattr(Documents, "_text", None)
    monkeypatch.setattr("storage.similarity.document.prose_of", None)
    desk.take(events[1])
    assert desk.database.value("SELECT verdict FROM pairs") == "same"


def test_an_article_that_is_not_there_has_no_document(newsroom) -> None:
    with pytest.raises(KeyError):
        Documents(newsroom.database).of(1)
    with pytest.raises(KeyError):
        Documents(newsroom.database).text(1)
    assert list(Documents(newsroom.database).each([1, 2])) == []


def test_a_document_is_made_once_while_there_is_room(newsroom, make_item, monkeypatch) -> None:
    made = []
    make = documents.document
    monkeypatch.setattr(documents, "document", lambda *given, **named: made.append(given) or make(*given, **named))
    ids = newsroom.store(*(make_item(name=f"{at}", title=f"第{at}条", text=newsroom.text(at)) for at in range(4)))
    read = Documents(newsroom.database)
    made.clear()
    assert len(dict(read.each(ids))) == 4
    assert [read.of(one).prose for one in ids] == [newsroom.text(at) for at in range(4)]
    assert len(made) == 4


def test_the_documents_in_memory_take_no_more_than_they_may(newsroom, make_item, monkeypatch) -> None:
    ids = newsroom.store(*(make_item(name=f"{at}", title=f"第{at}条", text=newsroom.text(at)) for at in range(4)))
    size = Documents(newsroom.database).of(ids[0]).size
    kept = documents._Kept(3 * size)
    for at in range(40):
        kept.put((at, 1, "", ""), Documents(newsroom.database).of(ids[at % 4]))
        assert kept._bytes <= 3 * size
    assert kept.get((39, 1, "", "")) is not None
    assert kept.get((0, 1, "", "")) is None
    kept.put((99, 1, "", ""), Documents(newsroom.database).of(ids[0]))
    assert kept._bytes == sum(bytes_ for _, bytes_ in kept._documents.values())


def test_a_time_that_names_the_day_only_is_known_as_such(newsroom, make_item) -> None:
    (one,) = newsroom.store(make_item(name="1", title=TITLE, text=newsroom.text(1)))
    found = Documents(newsroom.database).of(one)
    assert not found.day_only
    assert found.published_at.utcoffset() == timedelta()
    newsroom.database.execute("UPDATE article_revisions SET published_precision = 'day', content_digest = 'other'")
    assert Documents(newsroom.database).of(one).day_only
