"""The chrome of two hundred real pages, and the conversions of their articles, against floors that only rise."""

from __future__ import annotations

import html
import os
import re
import unicodedata
from functools import cache
from importlib.resources import files
from pathlib import Path

import opencc
import pytest
from opencc import OpenCC

from crawler.decoding import decode
from crawler.extraction.cleaning import clean_markup
from crawler.extraction.markup.blocks import parse_html, read_blocks
from storage.similarity.fingerprint import fingerprint
from storage.similarity.prose import prose
from storage.similarity.shingles import digest, shared, shingles
from tests.storage.similarity.make_fold_table import table

CORPUS = Path(os.environ.get("DIBAO_SHARED", Path(__file__).parents[4] / "shared")) / "corpus" / "zh-dev"

pytestmark = [
    pytest.mark.quality,
    pytest.mark.skipif(not CORPUS.is_dir(), reason=f"no corpus in {CORPUS}"),
]

CHROME_REMOVED = 0.985
PROSE_REMOVED = 0.03
LIKENESS = 0.975
EQUAL_DIGESTS = 0.985


def letters(text: str) -> str:
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", text))


def likeness(one: str, other: str) -> float:
    first, second = shingles(one), shingles(other)
    common = shared(first, second)
    return common / max(1, len(first) + len(second) - common)


@cache
def articles() -> dict[str, str]:
    files = sorted((CORPUS / "reference").iterdir())
    return {file.name: html.unescape(re.sub(r"<[^>]+>", "", file.read_text("utf-8"))) for file in files}


@cache
def pages() -> dict[str, tuple[tuple[str, bool], ...]]:
    """Of each page every line, and whether it is one of the article's."""
    found = {}
    for name, article in articles().items():
        root = parse_html(clean_markup(decode((CORPUS / "html" / name).read_bytes(), None).text))
        lines = [" ".join(block.text.split()) for block in read_blocks(root).blocks if block.text.strip()]
        own = letters(article)
        places = [place for place, line in enumerate(lines) if len(letters(line)) >= 10 and letters(line) in own]
        inside = range(places[0], places[-1] + 1) if places else range(0)
        found[name] = tuple((line, place in inside and letters(line) in own) for place, line in enumerate(lines))
    return found


def test_the_chrome_of_a_whole_page_goes_and_the_article_stays() -> None:
    chrome, gone, likenesses = 0, 0, []
    for name, lines in pages().items():
        kept = prose("\n".join(line for line, _ in lines))
        left = set(kept.split("\n"))
        chrome += sum(len(line) for line, is_article in lines if not is_article)
        gone += sum(len(line) for line, is_article in lines if not is_article and line not in left)
        likenesses.append(likeness(kept, prose(articles()[name])))
    assert gone / chrome >= CHROME_REMOVED
    assert sum(likenesses) / len(likenesses) >= LIKENESS


def test_paragraphs_of_articles_stay() -> None:
    """Lines of less than forty characters aside: headlines, by-lines and dates, which the reference texts hold too."""
    paragraphs = removed = 0
    for article in articles().values():
        left = prose(article)
        lines = [line.strip() for line in article.split("\n") if len(line.strip()) >= 40 and "声明" not in line]
        paragraphs += sum(map(len, lines))
        removed += sum(len(line) for line in lines if line[:30] not in left)
    assert removed / paragraphs <= PROSE_REMOVED


@pytest.mark.skipif(unicodedata.unidata_version != "14.0.0", reason="another Unicode has other letters")
def test_the_frozen_table_is_what_the_character_tables_make() -> None:
    frozen = files("storage.similarity").joinpath("fold_table.txt").read_text(encoding="utf-8")
    assert frozen.splitlines() == list(table(Path(opencc.__file__).parent / "dictionary"))


@pytest.mark.parametrize(("conversion", "floor", "like"), [
    ("s2t", EQUAL_DIGESTS, 0.999),
    ("s2tw", EQUAL_DIGESTS, 0.999),
    ("s2hk", EQUAL_DIGESTS, 0.999),
    ("s2twp", 0.2, 0.94),
])  # fmt: skip
def test_a_converted_article_is_the_same_article(conversion: str, floor: float, like: float) -> None:
    convert = OpenCC(conversion).convert
    texts = [(text, convert(text)) for text in articles().values()]
    assert sum(digest(one) == digest(other) for one, other in texts) / len(texts) >= floor
    assert sum(fingerprint(one).digest == fingerprint(other).digest for one, other in texts) / len(texts) >= floor
    assert sum(likeness(prose(one), prose(other)) for one, other in texts) / len(texts) >= like
