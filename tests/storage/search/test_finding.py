"""Every article that says what is looked for is found, and no other."""

from __future__ import annotations

import random

import pytest

from storage.search import candidates
from storage.search.finding import Found, NoIndex, find, matching
from storage.search.query import BadQuery, parse
from storage.selection import Selection, UnknownSource
from tests.storage.search.conftest import OWN, Shelf, news_texts, strings_of

ALL = Selection()
QUOTES = '"“”„＂'


def found(shelf: Shelf, words: str, selection: Selection = ALL) -> set[int]:
    """The ids of a search, asked in both ways, which must agree."""
    paged = {hit.article_id for hit in find(shelf.database, words, selection, limit=1000).hits}
    assert paged == set(matching(shelf.database, words, selection))
    return paged


def fill(shelf: Shelf, texts: list[tuple[str | None, str]]) -> None:
    with shelf.database.transaction():
        for number, (title, text) in enumerate(texts):
            shelf.put(title, text, f"2026-10-{number % 28 + 1:02}T00:00:00Z")


def check(shelf: Shelf, strings: list[str]) -> None:
    """None; what is found for each string is what a look at every text finds."""
    for string in strings:
        if any(sign in string for sign in QUOTES):
            continue
        quoted = f'"{string}"'
        try:
            wanted = parse(quoted).wanted
        except BadQuery:
            continue
        if not wanted[0].begins:
            assert found(shelf, quoted) == shelf.saying(" ".join(string.split())), string


def test_any_string_of_our_own_texts_is_found_wherever_it_stands(shelf: Shelf) -> None:
    fill(shelf, [(text[:12] or None, text) for text in OWN])
    texts = [" ".join(text.split()) for text in OWN]
    check(shelf, strings_of(texts, random.Random(5), 150))


def test_a_character_of_either_script_finds_both(shelf: Shelf) -> None:
    fill(shelf, [(None, text) for text in OWN])
    for simplified, traditional in zip("党会镇从个发台面着干云后", "黨會鎮從個發颱麵著乾雲後", strict=True):
        for one in (simplified, traditional):
            assert found(shelf, one) == shelf.saying(one), one
            assert find(shelf.database, one, ALL).hits


def test_letters_are_found_at_the_beginning_of_a_word_and_beside_characters_anywhere(shelf: Shelf) -> None:
    with shelf.database.transaction():
        election = shelf.put("The Election", "It was held in 2024, said SELECTA.")
        grade = shelf.put("四年级", "24年级的学生用5G基站，第3.14节")
    assert found(shelf, "elect") == found(shelf, "ELECTION") == {election}
    assert found(shelf, "lection") == set()
    assert found(shelf, "4年级") == found(shelf, "24年") == found(shelf, "G基") == found(shelf, "第3") == {grade}
    assert found(shelf, "3.14") == found(shelf, "g基站，第3.1") == {grade}
    assert found(shelf, "024") == set()
    assert found(shelf, "Ｓaid selecta") == {election}


def test_all_words_must_be_said_and_none_that_has_a_minus(shelf: Shelf) -> None:
    with shelf.database.transaction():
        both = shelf.put("南极考察", "科考队在上海出发。")
        one = shelf.put("南极", "考察船没有出发")
    assert found(shelf, "南极 考察") == {both, one}
    assert found(shelf, "南极考察") == found(shelf, "南极 上海") == {both}
    assert found(shelf, "南极 -上海") == found(shelf, "南极 －科考队在") == {one}
    assert found(shelf, '南极 -"船没有"') == {both}
    assert found(shelf, "南极、考察船，出发") == {one}
    assert found(shelf, "南极 -出") == set()


def test_a_quoted_string_has_its_blanks_and_a_line_may_break_there(shelf: Shelf) -> None:
    with shelf.database.transaction():
        said = shelf.put(None, "In New\n   York City")
        shelf.put(None, "York, New York")
    assert found(shelf, '"new york city"') == found(shelf, "“New　York City”") == {said}
    assert len(found(shelf, '"new york"')) == 2
    assert found(shelf, '"york new"') == set()


@pytest.mark.parametrize(
    "typed",
    [
        '"', "*", "", "   ", "-", "()", "！？…", '"-"', "-党", "\x00", "\ud800", "AND" * 400, "a " * 5000,
        "a " * 60, "党" * 10_000,
    ],
)  # fmt: skip
def test_what_cannot_be_looked_for_is_refused_in_a_sentence(shelf: Shelf, typed: str) -> None:
    with pytest.raises(BadQuery, match=r"^the search "):
        find(shelf.database, typed, ALL)


@pytest.mark.parametrize(
    "typed",
    [
        "NEAR(党 建, 2)", "党 AND 建", "title:党", "党* OR 建*", '党" OR "建', "^党", "{title}: 党", "党 NOT 建",
        "党\x00建", "党\ud800建", "'; DROP TABLE article_fts; --党", "党" * 900, "%_党", "-- 党", '"党', '党"',
        "a" * 900, "e\u0301",
    ],
)  # fmt: skip
def test_no_sign_of_another_query_language_does_anything(shelf: Shelf, typed: str) -> None:
    fill(shelf, [(None, text) for text in OWN])
    for hit in find(shelf.database, typed, ALL).hits:
        assert parse(typed).says(*shelf.seen[hit.article_id])


def test_hits_come_by_the_time_at_which_they_are_listed_whatever_their_ids(shelf: Shelf) -> None:
    luck = random.Random(3)
    days = [f"2026-{luck.randint(1, 12):02}-{luck.randint(1, 28):02}T00:00:00Z" for _ in range(60)]
    with shelf.database.transaction():
        for number, day in enumerate(days):
            shelf.put(None, "常见词" + ("罕见词" if number % 10 == 0 else ""), day)
    for words in ("常见词", "常", "罕见词", "常见 罕见"):
        pages = [find(shelf.database, words, ALL, limit=7, offset=at) for at in range(0, 70, 7)]
        hits = [hit for page in pages for hit in page.hits]
        assert [(hit.shown_at, hit.article_id) for hit in hits] == sorted(
            ((hit.shown_at, hit.article_id) for hit in hits), reverse=True
        )
        assert {hit.article_id for hit in hits} == shelf.saying(*words.split())
        assert pages[0].total <= len(hits)
        assert pages[-1].is_exact


@pytest.mark.parametrize(("many", "read_first", "listed"), [(0, 3, 5), (5, 100, 4), (1000, 100, 1), (1000, 1, 1000)])
def test_each_way_to_the_newest_hits_gives_the_same(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, many: int, read_first: int, listed: int
) -> None:
    """Those for what many articles say, with bounds at which a few are many."""
    monkeypatch.setattr(candidates, "MANY", many)
    monkeypatch.setattr(candidates, "READ_FIRST", read_first)
    monkeypatch.setattr(candidates, "LISTED", listed)
    monkeypatch.setattr(candidates, "SORTING_COST", 1_000)
    luck = random.Random(4)
    with shelf.database.transaction():
        for number in range(90):
            day = f"2026-{luck.randint(1, 12):02}-{luck.randint(1, 28):02}T00:00:00Z"
            shelf.put(None, "一二" if number % 3 else "二三", day, source=number % 2 + 1)
    for words in ("一", "一二", "二 -三"):
        hits = find(shelf.database, words, Selection(sources=("b",)), limit=100)
        wanted = [id_ for id_ in shelf.saying("一二") if (id_ - 1) % 2]
        assert {hit.article_id for hit in hits.hits} == set(wanted)
        assert hits.total == len(wanted)
        times = [(hit.shown_at, hit.article_id) for hit in hits.hits]
        assert times == sorted(times, reverse=True)


def test_only_articles_of_the_selection_are_found(shelf: Shelf) -> None:
    with shelf.database.transaction():
        for day in range(1, 11):
            shelf.put(None, "党建工作", f"2026-10-{day:02}T00:00:00Z", source=day % 2 + 1)
    chosen = Selection(sources=("a",), since="2026-10-03T00:00:00Z", until="2026-10-08T00:00:00Z")
    assert found(shelf, "党建工作", chosen) == found(shelf, "党", chosen) == {4, 6}
    with pytest.raises(UnknownSource, match="there are: a, b"):
        find(shelf.database, "党", Selection(sources=("x",)))


def test_a_title_and_many_mentions_in_a_short_text_are_more_relevant_than_one_mention(shelf: Shelf) -> None:
    filler = "其他的事情说了很多。" * 60
    with shelf.database.transaction():
        once = shelf.put("要闻", filler + "水泵" + filler, "2026-10-09T00:00:00Z")
        often = shelf.put("要闻", "水泵坏了，水泵要修，水泵。" + filler, "2026-10-08T00:00:00Z")
        title = shelf.put("水泵", "坏了，要修。", "2026-01-08T00:00:00Z")
    told = find(shelf.database, "水泵", ALL, sort="relevance")
    assert [hit.article_id for hit in told.hits] == [title, often, once]
    assert told.total == 3
    assert told.is_exact


def test_a_file_with_articles_and_no_index_of_today_says_what_to_do(shelf: Shelf) -> None:
    with shelf.database.transaction():
        shelf.put(None, "党建")
        shelf.database.execute("UPDATE meta SET value = '0-other' WHERE name = 'search_index'")
    with pytest.raises(NoIndex, match="dibao db reindex"):
        find(shelf.database, "党建", ALL)


def test_a_new_file_finds_nothing_and_does_not_complain(shelf: Shelf) -> None:
    assert find(shelf.database, "党建", ALL) == Found(hits=(), total=0, is_exact=True, more=False)


def test_of_what_hardly_any_candidate_says_not_all_are_read(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MOST_READ", 10)
    with shelf.database.transaction():
        for _ in range(50):
            shelf.put(None, "一二，二三")
    told = find(shelf.database, "一二三", ALL, limit=1)
    assert (told.hits, told.gave_up, told.is_exact) == ((), True, False)


def test_a_traditional_article_shows_the_hit_as_it_was_written(shelf: Shelf) -> None:
    text = "開頭。" * 40 + "清河鎮黨建\u200b工作會議" + "結尾。" * 40
    with shelf.database.transaction():
        shelf.put("黨建\n工作", text)
    (hit,) = find(shelf.database, "党建工作", ALL).hits
    marked = [hit.excerpt.text[start:end] for start, end in hit.excerpt.marks]
    assert marked == ["黨建\u200b工作"]
    assert 55 <= len(hit.excerpt.text) <= 70
    assert hit.title.text == "黨建 工作"
    (hit,) = find(shelf.database, "党建 会议", ALL).hits
    assert [hit.title.text[start:end] for start, end in hit.title.marks] == ["黨建"]
    assert [hit.excerpt.text[start:end] for start, end in hit.excerpt.marks] == ["黨建", "會議"]


def test_any_string_of_real_news_is_found_wherever_it_stands(shelf: Shelf) -> None:
    texts = list(news_texts())
    if not texts:
        pytest.skip("the shared corpus is not here; set DIBAO_SHARED")
    fill(shelf, list(texts))
    lines = [line for _, text in texts for line in text.splitlines()]
    check(shelf, strings_of([" ".join(line.split()) for line in lines], random.Random(7), 30))
