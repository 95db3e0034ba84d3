"""What pages say: in both languages all of it, with the same values; and that it can be read on the paper."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from string import Formatter
from typing import Any

import pytest

from storage.web.pages import rendering, words
from storage.web.pages.words import Words, chosen

ENTRIES = {
    f"{file}:{section}.{name}": entry
    for file in words.FILES
    for section, entries in tomllib.loads(files("storage.web").joinpath(file).read_text(encoding="utf-8")).items()
    for name, entry in entries.items()
}
TEMPLATES = {
    template.name: template.read_text(encoding="utf-8")
    for template in files("storage.web.pages").joinpath("templates").iterdir()
    if template.name.endswith(".html")
}


def fields(text: str) -> set[str]:
    return {str(field).partition(".")[0] for _, field, _, _ in Formatter().parse(text) if field is not None}


def test_every_text_is_there_in_both_languages_and_asks_for_the_same_values() -> None:
    for key, entry in ENTRIES.items():
        assert {"zh", "en"} <= entry.keys() <= {"zh", "en", "one"}, key
        assert all(entry.values()), key
        assert fields(entry["zh"]) == fields(entry["en"]), key
        assert fields(entry.get("one", "")) <= fields(entry["en"]), key


def test_no_key_stands_in_two_files() -> None:
    names = [key.partition(":")[2] for key in ENTRIES]
    assert len(names) == len(set(names))


def test_every_text_that_a_template_names_is_there() -> None:
    known = {key.partition(":")[2] for key in ENTRIES}
    full = re.compile(r"\bw\('([a-z_]+\.[a-z_0-9]+)'[,)]")
    named = {(name, key) for name, text in TEMPLATES.items() for key in full.findall(text)}
    assert len(named) > 100
    assert {(name, key) for name, key in named if key not in known} == set()
    begun = {key for text in TEMPLATES.values() for key in re.findall(r"\bw\('([a-z_]+\.[a-z_]*)' ~", text)}
    assert all(any(key.startswith(begin) for key in known) for begin in begun)


@pytest.mark.parametrize(
    ("asked", "cookie", "accepted", "lang"),
    [
        (None, None, None, "zh"),
        ("en", "zh", "zh", "en"),
        (None, "en", "zh", "en"),
        (None, None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, None, "de, zh-TW;q=0.9, en;q=0.5", "zh"),
        (None, None, "en;q=0.1, zh-CN;q=0.2", "zh"),
        (None, None, "en;q=0, fr", "zh"),
        ("fr", "xx", "*", "zh"),
        ("<script>", "\x00", ";;q=,=,en;q=9.9.9", "zh"),
    ],
)
def test_a_visitor_gets_the_language_that_is_asked_for_first(
    asked: str | None, cookie: str | None, accepted: str | None, lang: str
) -> None:
    assert chosen(asked, cookie, accepted).lang == lang


def test_english_has_one_and_many_and_numbers_have_their_thousands() -> None:
    assert Words("en")("sources.problems", n=1) == "1 source needs attention"
    assert Words("en")("sources.problems", n=1234) == "1,234 sources need attention"
    assert Words("zh")("sources.problems", n=1) == "1 个来源需要留意"


def colours() -> list[dict[str, str]]:
    """The custom properties of the light and of the dark sheet."""
    roots = re.findall(r":root \{(.*?)\}", rendering.style().decode(), re.DOTALL)
    return [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", root)) for root in roots]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_what_is_written_stands_out_from_what_it_is_written_on(scheme: int) -> None:
    """WCAG 2.2, 1.4.3 (AA): 4.5 to 1."""
    sheet: dict[str, Any] = colours()[scheme]
    inks = ("ink", "quiet", "accent", "link", "ok", "warn", "bad", "off")
    pairs = [(ink, back) for ink in inks for back in ("paper", "card")]
    pairs += [("ink", "faint"), ("quiet", "faint"), ("ink", "bad-back"), ("ink", "warn-back"), ("bad", "bad-back")]
    pairs += [("warn", "warn-back"), ("quiet", "bad-back"), ("quiet", "warn-back"), ("ink", "line"), ("paper", "ink")]
    pairs += [("add-ink", "add"), ("cut-ink", "cut"), ("move-ink", "move"), ("ink", "mark")]
    poor = {pair: round(contrast(sheet[pair[0]], sheet[pair[1]]), 2) for pair in pairs}
    assert {pair: found for pair, found in poor.items() if found < 4.5} == {}


def test_the_sheet_asks_for_nothing_and_both_schemes_have_all_colours() -> None:
    sheet = rendering.style().decode()
    assert "url(" not in sheet
    assert "@import" not in sheet
    light, dark = colours()
    assert light.keys() == dark.keys()
