"""What conversions and careless programs do to a text on its way from one portal to the next."""

from __future__ import annotations

import random
import re
from functools import cache

import opencc

_REPLACED = re.compile(rb"\xa3[\xa1\xac]")
"""The bytes of a full-width exclamation mark and comma, which a program looked for wherever they may begin."""

# Rows of GBK that are left to users: decoders have nothing for them, and drop them.
_OF_USERS = ((0xAA, 0xAF, 0xA1, 0xFE), (0xF8, 0xFE, 0xA1, 0xFE), (0xA1, 0xA7, 0x40, 0xA0))


@cache
def _converter(name: str) -> opencc.OpenCC:
    return opencc.OpenCC(name)


def converted(text: str, name: str) -> str:
    """The text in other characters: s2t, s2tw, s2hk, s2twp (other words, too) or t2s."""
    return str(_converter(name).convert(text))


def slipped(traditional: str) -> str:
    """The text after GBK bytes in which a mark was replaced where its two bytes belong to two characters.

    The last byte of a full stop and the first of a closing quotation mark are those of an exclamation mark. What comes
    after it is read with a slip of one byte, until a comma's bytes or a byte of ASCII bring it back.
    """
    return "\n".join(_slipped(line.encode("gbk", "replace")) for line in traditional.split("\n"))


def _slipped(data: bytes) -> str:
    parts, start = [], 0
    for mark in _REPLACED.finditer(data):
        parts += [_read(data[start : mark.start()]), mark[0].decode("gbk")]
        start = mark.end()
    return "".join([*parts, _read(data[start:])])


def _read(data: bytes) -> str:
    """What a forgiving decoder makes of GBK bytes."""
    read, at = [], 0
    while at < len(data):
        lead, trail = data[at], data[at + 1] if at + 1 < len(data) else 0
        at += 1 if lead < 0x80 else 2
        read.append(chr(lead) if lead < 0x80 else _pair(lead, trail))
    return "".join(read)


def _pair(lead: int, trail: int) -> str:
    if trail < 0x40:
        return "?"
    if any(low <= lead <= high and first <= trail <= last for low, high, first, last in _OF_USERS):
        return ""
    return bytes((lead, trail)).decode("gbk", "replace").replace("�", "?")[:1]


def peppered(text: str, share: float, luck: random.Random) -> str:
    """The text with a share of its characters turned into a question mark, U+FFFD or any Han character."""
    marks = ("?", "�")
    changed = list(text)
    for at, letter in enumerate(changed):
        if letter != "\n" and luck.random() < share:
            changed[at] = luck.choice((*marks, chr(luck.randrange(0x4E00, 0x9FA5))))
    return "".join(changed)
