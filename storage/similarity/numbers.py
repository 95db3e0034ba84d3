"""The numbers that a text states: taken out of it, so that two texts can be laid on each other without them.

A number is what separates a template from a copy: two weather reports differ in nothing else. So each one leaves a
mark in the text, and its value is kept beside it in a spelling of its own: 1,000 and １０００ and 一千 are one value.
"""

from __future__ import annotations

import re
import unicodedata

from storage.normal_form import nfkc

MARK = "\u9fff"
"""What stands for a number in a text without numbers: a rare Han character, so that it is a token of its own."""

_DIGITS = ("〇零○", "一壹", "二贰貳两兩", "三叁參", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")
_NUMERALS = {character: str(digit) for digit, group in enumerate(_DIGITS) for character in group}
_UNITS = {"十": 10, "拾": 10, "廿": 20, "卅": 30, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_CHINESE = "〇零一二三四五六七八九十百千两兩廿卅壹贰貳叁參肆伍陆陸柒捌玖拾佰仟"
# A single numeral is a number only where it counts something: 三亚 and 四川 are places.
_COUNTED = "人名死伤傷亡个個次年月日号號时時点點岁歲元集届屆期批条條项項家起辆輛架座栋棟层層天周季轮輪胜勝负負局比分"
_SPELLED = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_WORDS = {word: str(value) for value, word in enumerate(_SPELLED, 2)}
_LONGEST_VALUE = 40

_NUMBER = re.compile(
    # First what any of them begins with: seven alternatives at each character take four times as long.
    rf"(?=[\d{_CHINESE}tfsenTFSEN])"
    rf"(?:\d{{1,400}}(?:[.,:]\d{{1,40}}){{0,8}}"
    rf"|百分之(?P<percent>[{_CHINESE}]{{1,12}})"
    rf"|[{_CHINESE}]{{2,24}}"
    rf"|(?<=[第周])[一二三四五六七八九十]|(?<=星期)[一二三四五六]|一(?=[人名死伤傷])|[二三四五六七八九十两兩](?=[{_COUNTED}])"
    # In ASCII: what ignores the case of all letters takes \u017f for an s and \u0131 for an i.
    rf"|\b(?P<word>(?ai:{'|'.join(_WORDS)}))\b)"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def masked(text: str) -> tuple[str, tuple[str, ...]]:
    """The text (NFKC) with MARK in the place of each number, and their values in order, as strings of digits."""
    text = nfkc(text)
    values: list[str] = []

    def marked(match: re.Match[str]) -> str:
        values.append(_value(match))
        return MARK

    return _NUMBER.sub(marked, text.replace(MARK, " ")), tuple(values)


def conflicting(one: str, other: str) -> bool:
    """Whether two values contradict each other. Not if one is the other's beginning or end: a digit was lost."""
    if one == other:
        return False
    fewer, more = sorted((one, other), key=len)
    return len(fewer) == len(more) or not (more.startswith(fewer) or more.endswith(fewer))


def _value(match: re.Match[str]) -> str:
    if word := match["word"]:
        return _WORDS[word.lower()]
    found = (match["percent"] or match[0])[:_LONGEST_VALUE]
    if found[0] in _NUMERALS or found[0] in _UNITS:
        return _of_numerals(found)
    if not found.isascii():
        found = "".join(str(unicodedata.digit(character, "")) or character for character in found)
    if _THOUSANDS.fullmatch(found):
        found = found.replace(",", "")
    if found.count(".") == 1 and "," not in found and ":" not in found:
        found = found.rstrip("0").rstrip(".")
    found = found.lstrip("0") or "0"
    return f"0{found}" if found[0] == "." else found


def _of_numerals(text: str) -> str:
    """The value of Chinese numerals: 二〇一二 is 2012, 三百零五 is 305."""
    if not any(character in _UNITS for character in text):
        return "".join(_NUMERALS.get(character, "") for character in text).lstrip("0") or "0"
    total, digit = 0, None
    for character in text:
        if unit := _UNITS.get(character):
            # 廿 and 卅 are tens with their digit in them.
            total += unit if unit in {20, 30} else (1 if digit is None else digit) * unit
            digit = None
        else:
            digit = int(_NUMERALS[character])
    return str(total + (digit or 0))
