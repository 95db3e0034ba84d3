"""The demo world's texts: the same for the same seed, different for everything else, and printable in each charset."""

from datetime import date
from itertools import combinations

import pytest

from scheduler.demo.grammar import chance, parse, speak, stock
from scheduler.demo.texts import Draft, compose, headline, place_name, teaser

DAY = date(2026, 11, 21)
TOWNS = {"hans": ("云泽", "gbk"), "hant": ("雲澤", "big5"), "en": ("Fernmouth", "ascii")}
MANY = 150


def drafts(language, count=MANY, seed=1):
    return [Draft(language, seed, serial, TOWNS[language][0], DAY) for serial in range(count)]


def test_a_sentence_makes_its_choices_and_fills_its_blanks():
    told = {speak(parse("[a|b[c|]]{x}d"), chance(seed), str.upper) for seed in range(40)}
    assert told == {"aXd", "bcXd", "bXd"}


@pytest.mark.parametrize("text", ["[a|b", "a]b", "a|b"])
def test_a_sentence_whose_brackets_do_not_pair_is_refused(text):
    with pytest.raises(ValueError, match="pair"):
        parse(text)


@pytest.mark.parametrize("language", TOWNS)
def test_the_same_draft_gives_the_same_text(language):
    draft = drafts(language)[7]
    first = compose(draft)
    compose.cache_clear()
    headline.cache_clear()
    assert compose(draft) == first


@pytest.mark.parametrize("language", TOWNS)
def test_another_seed_gives_other_texts(language):
    assert compose(drafts(language)[3]).paragraphs != compose(drafts(language, seed=2)[3]).paragraphs


@pytest.mark.parametrize("language", TOWNS)
def test_titles_and_paragraphs_never_repeat(language):
    stories = [compose(draft) for draft in drafts(language)]
    assert len({story.title for story in stories}) == MANY
    paragraphs = [paragraph for story in stories for paragraph in story.paragraphs]
    assert len(set(paragraphs)) == len(paragraphs)


@pytest.mark.parametrize("language", TOWNS)
def test_no_two_texts_are_near_copies(language):
    # Word-like pieces that two texts share, of all that they have; copies have more than 0.8.
    size = 20 if language == "en" else 5
    texts = ["".join(compose(draft).paragraphs) for draft in drafts(language, 60)]
    pieces = [{text[at : at + size] for at in range(len(text) - size)} for text in texts]
    assert max(len(one & other) / len(one | other) for one, other in combinations(pieces, 2)) < 0.35


@pytest.mark.parametrize(("language", "town", "codec"), [(key, *value) for key, value in TOWNS.items()])
def test_every_word_of_a_stock_is_in_the_charset_of_its_portals(language, town, codec):
    words = stock(language)
    town.encode(codec)
    "".join(word for entries in words.words.values() for word in entries).encode(codec)
    for draft in drafts(language):
        story = compose(draft)
        "".join([story.title, *(block.text for block in story.blocks)]).encode(codec)


@pytest.mark.parametrize("language", TOWNS)
def test_articles_have_3_to_12_paragraphs_and_authors(language):
    for draft in drafts(language):
        story = compose(draft)
        assert 3 <= sum(block.kind == "paragraph" for block in story.blocks) <= 12
        assert story.reporters
        assert (story.photographer is not None) == any(block.kind == "figure" for block in story.blocks)


def test_stories_have_headings_pictures_and_tables():
    kinds = {block.kind for draft in drafts("hans") for block in compose(draft).blocks}
    assert kinds == {"paragraph", "heading", "figure", "table"}


@pytest.mark.parametrize("language", TOWNS)
def test_an_edit_corrects_a_number_and_adds_a_paragraph(language):
    for draft in drafts(language, 40):
        before, after = compose(draft), compose(draft.edited())
        assert after.title == before.title
        assert len(after.paragraphs) == len(before.paragraphs) + 1
        changed = [old for old, new in zip(before.paragraphs, after.paragraphs, strict=False) if old != new]
        assert len(changed) == 1


@pytest.mark.parametrize("language", TOWNS)
def test_a_teaser_is_about_the_article(language):
    for draft in drafts(language, 40):
        assert headline(draft).place in teaser(draft)
        assert teaser(draft) == teaser(draft.edited())


def test_places_do_not_repeat_for_100_000_articles():
    for language in TOWNS:
        words = stock(language).words
        size = len(words["first"]) * len(words["second"]) * len(words["last"])
        assert len({place_name(words, number) for number in range(0, size, 7)}) == len(range(0, size, 7))
        assert size * (len(words["prefix"]) + 1) > 100_000
