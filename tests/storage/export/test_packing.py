"""Chunks: whole paragraphs, whole sentences, never a part of a word, the same each time."""

import itertools
import os
import re
import statistics
import unicodedata
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.export.packing import chunks

REFERENCE = Path(os.environ.get("DIBAO_SHARED", Path(__file__).parents[4] / "shared")) / "corpus/zh-dev/reference"
SENTENCE = "这是一句不长不短的话，讲的是城东的桥今天通车了。"
ENDS = re.compile(r"[。！？!?；;…][”’」』）)】》\"']*$|\.[”\"')]*$")

characters = st.sampled_from("中文。！？；，：”“ \n\n.,;ab1é\u0301👩\u200d🚀🏽𠮷\u3000")
texts = st.lists(st.one_of(characters, st.text(max_size=3)), max_size=400).map("".join)


def bare(text: str) -> str:
    return "".join(text.split())


@given(texts, st.integers(50, 200))
@settings(max_examples=60)
def test_chunks_are_the_text_again_and_none_is_too_long(text: str, target: int) -> None:
    made = chunks(text, target)
    assert bare("".join(made)) == bare(text)
    assert all(chunk.strip() == chunk != "" for chunk in made)
    assert max(map(len, made), default=0) <= 1.4 * target
    assert chunks(text, target) == made


def test_short_paragraphs_are_packed_and_keep_their_blank_lines() -> None:
    paragraphs = [f"第{n}段：{SENTENCE}" for n in range(40)]
    made = chunks("\n\n".join(paragraphs))
    assert "\n\n".join(made) == "\n\n".join(paragraphs)
    assert all(400 <= len(chunk) <= 700 for chunk in made[:-1])


def test_a_long_paragraph_is_parted_where_its_sentences_end() -> None:
    made = chunks(SENTENCE * 100)
    assert all(ENDS.search(chunk) and 400 <= len(chunk) <= 700 for chunk in made)


def test_a_quotation_keeps_its_closing_mark() -> None:
    made = chunks("他说：“桥今天通车了。”" * 100)
    assert all(chunk.endswith("。”") for chunk in made)


def test_a_sentence_without_an_end_is_parted_between_clauses_or_words() -> None:
    assert all(chunk.endswith("，") for chunk in chunks("城东的桥今天通车，" * 200)[:-1])
    words = "reconstruction of the eastern bridge " * 100
    assert set(" ".join(chunks(words)).split()) == set(words.split())
    numbers = chunks("共1,234,567.89元和10:30分" * 200)
    inside = re.compile(r"[\d,.:]{2}")
    assert not any(inside.match(before[-1] + after[0]) for before, after in itertools.pairwise(numbers))


@pytest.mark.parametrize(
    "text",
    [
        "长正文，没有句号" * 1000,
        f"{'甲' * 370}，{'乙' * 5000}\n\n短。\n\n{'丙' * 690}。",
        "".join(map(chr, [*range(1, 0xD800), *range(0xE000, 0x10000)])),
    ],
)
def test_none_is_too_long_where_no_sentence_ends(text: str) -> None:
    made = chunks(text)
    assert max(map(len, made)) <= 700
    assert bare("".join(made)) == bare(text)


def test_pieces_of_a_paragraph_are_chunks_of_their_own() -> None:
    assert all("\n" not in chunk for chunk in chunks(f"{'甲' * 250}，{'乙' * 650}。{'丙' * 300}，{'丁' * 650}"))


def test_signs_of_several_characters_stay_whole() -> None:
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    for chunk in chunks(f"a{family}" * 400):
        assert not unicodedata.combining(chunk[0])
        assert chunk[0] != "\u200d"
        assert chunk[-1] != "\u200d"


def test_a_little_rest_goes_into_the_chunk_before_or_shares_with_it() -> None:
    for tail in (1, 5, 9):
        made = chunks(f"{SENTENCE * 17}\n\n{SENTENCE * 17}\n\n{'尾' * tail}。")
        assert min(map(len, made)) >= 200


@pytest.mark.parametrize("text", ["", " \n\n\u3000\n", "\n" * 1000])
def test_of_nothing_there_are_none(text: str) -> None:
    assert chunks(text) == []


@pytest.mark.parametrize("text", ["a", "a\n\n", "，", '"', "中", "。\n", " x"])
def test_a_long_text_takes_no_longer_than_its_length(text: str) -> None:
    began = process_time()
    chunks(text * (300_000 // len(text)))
    assert process_time() - began < 2  # a tenth of it was seen


def test_chunks_of_real_articles_end_with_sentences() -> None:
    if not REFERENCE.is_dir():
        pytest.skip(f"the corpus is not at {REFERENCE}")
    whole = [re.sub(r"\n\s*", "\n\n", file.read_text(encoding="utf-8").strip()) for file in REFERENCE.iterdir()]
    made = [(text, chunks(text)) for text in whole if text]
    parted = [chunk for _, found in made if len(found) > 1 for chunk in found]
    paragraphs = tuple({part.strip()[-20:] for text, _ in made for part in text.split("\n\n")})
    before = [chunk for _, found in made for chunk in found[:-1]]
    cut = [chunk for chunk in before if not ENDS.search(chunk) and not chunk.endswith(paragraphs)]
    assert 400 <= statistics.median(map(len, parted)) <= 500
    assert min(map(len, parted)) >= 200
    assert cut == []
