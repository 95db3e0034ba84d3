"""Lines that a program broke are whole again; lines that somebody wrote stay as they are."""

from __future__ import annotations

import textwrap

import pytest

from storage.similarity.fingerprint import fingerprint
from storage.similarity.folding import spelled
from storage.similarity.prose import prose
from storage.similarity.wrapping import unwrapped
from tests.storage.similarity.portal_texts import BODY, ENGLISH, HEAD, TAIL


def pairs(text: str) -> list[tuple[str, str]]:
    return list(zip(text.split("\n"), spelled(text).split("\n"), strict=True))


def broken(text: str, width: int, indent: str = "") -> str:
    """A text of Han as a program breaks it: at a width, wherever that falls."""
    lines = [indent + line for line in text.split("\n")]
    return "\n".join(line[place : place + width] for line in lines for place in range(0, len(line), width))


@pytest.mark.parametrize("width", [18, 20, 30])
@pytest.mark.parametrize("indent", ["", "\u3000\u3000"])
def test_a_broken_article_is_the_article(width: int, indent: str) -> None:
    assert fingerprint(broken(BODY, width, indent)) == fingerprint(BODY)


@pytest.mark.parametrize("width", [40, 60, 72, 78])
@pytest.mark.parametrize("indent", ["", "   "])
def test_a_broken_article_in_english_is_the_article(width: int, indent: str) -> None:
    lines = [textwrap.fill(line, width, initial_indent=indent) for line in ENGLISH.split("\n")]
    assert fingerprint("\n".join(lines)) == fingerprint(ENGLISH)
    assert fingerprint("\n\n".join(lines)) == fingerprint(ENGLISH)


@pytest.mark.parametrize("text", [BODY, ENGLISH, HEAD, TAIL, "", "\n\n\n", "一\n二\n三"])
def test_lines_that_were_written_so_stay(text: str) -> None:
    written = pairs(text)
    assert unwrapped(written) is written


def test_headlines_of_one_width_are_no_broken_text() -> None:
    headlines = pairs("\n".join(f"清河镇供水站第{number}号水泵今日开始向北街供水" for number in "一二三四五六七八"))
    assert unwrapped(headlines) is headlines


def test_a_line_and_its_spelling_are_joined_alike() -> None:
    text = broken(BODY, 20)
    assert all(len(line) == len(plain) for line, plain in unwrapped(pairs(text)))
    assert set(prose(text).replace("\n", "")) <= set(text)
