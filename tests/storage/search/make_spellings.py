"""Writes storage/search/spellings.txt from OpenCC's character tables: `python make_spellings.py TABLES OUT`.

TABLES: a folder with TSCharacters.txt, TWVariants.txt, HKVariants.txt and JPVariants.txt (OpenCC, Apache-2.0, the
distribution opencc-python-reimplemented has them). The first lines are ranges of code points: of scripts that are
written without blanks, of other letters and digits, of marks that are dropped, and of marks that separate no words.
Then `kept`: characters that a reader of simplified text types although they are folded to another. Each other line is
a character that stands for those after it: simplified, narrow, in lower case, without accents.

Which letters SQLite's tokenizer knows is asked of the SQLite of this Python and of pysqlite3: both have to.
"""

from __future__ import annotations

import sqlite3
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

import pysqlite3

LAST = 0x323AF
"""CJK extension H ends here; what stands behind it in Unicode is no letter."""
DENSE = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3041, 0x312F), (0x31A0, 0x31BF),
    (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9D), (0x20000, LAST),
)  # fmt: skip
"""Thai and Lao, Burmese, Khmer, kana, bopomofo and Han."""
DROPPED = (
    (0xAD, 0xAD), (0x300, 0x36F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
)  # fmt: skip
"""Accents that stand alone, and what is not seen at all."""
BOTH = {"著": "着", "乾": "干", "麽": "么", "馀": "余", "藉": "借"}
"""Characters of simplified text that traditional text has for another one: 看著, 乾淨, 什麽, 其馀, 藉口."""
KEPT = "乾徵著藉"
"""Those of them that are common in simplified text too: 乾隆, 特徵, 著名, 狼藉."""
BLANKS = "\t\r\n\u00a0\u2002\u2003\u2009\u3000"


def lines(tables):
    """The lines of the table."""
    known = _known()
    dense = {p for first, last in DENSE for p in range(first, last + 1) if _is_letter(chr(p)) and p in known}
    yield " ".join(("dense", *_ranges(dense)))
    yield " ".join(("words", *_ranges({p for p in known - dense if _is_letter(chr(p))})))
    dropped = {p for first, last in DROPPED for p in range(first, last + 1)}
    yield " ".join(("dropped", *_ranges(dropped)))
    marks = {p for p in range(LAST + 1) if unicodedata.category(chr(p)) in ("Mn", "Mc", "Me", "Cf")}
    yield " ".join(("marks", *_ranges(marks - dropped)))
    han = _han(tables)
    yield "kept " + KEPT
    classes = defaultdict(list)
    for point in range(LAST + 1):
        character = chr(point)
        stands = _spelling(character, han)
        if stands != character:
            classes[stands].append(character)
    yield from sorted(stands + "".join(others) for stands, others in classes.items() if stands != " ")
    yield "blanks " + " ".join(f"{ord(blank):x}" for blank in BLANKS)


def _spelling(character, han):
    """What stands for a character."""
    if character in BLANKS:
        return " "
    plain = unicodedata.normalize("NFKC", character)
    if len(plain) == 1 and plain != " ":
        character = plain
    if unicodedata.category(character) == "Nd" and not character.isascii():
        return str(unicodedata.digit(character))
    if len(character.casefold()) == 1:
        character = character.casefold()
    base = unicodedata.normalize("NFD", character)[0]
    syllable = "\u3040" <= character <= "\u30ff" or "\uac00" <= character <= "\ud7a3"
    if _is_letter(character) and _is_letter(base) and not syllable:
        character = base
    return han.get(character, character)


def _han(tables):
    """Which simplified character each Han character is written with, of those that are another."""
    simplified = {one: others.split()[0] for one, others in _pairs(tables, "TSCharacters")}
    simplified |= BOTH
    steps = {one: other for one, other in simplified.items() if len(one) == 1 and one != other}
    for name in ("TWVariants", "HKVariants", "JPVariants"):
        for one, others in _pairs(tables, name):
            for other in others.split():
                if one == other or len(other) > 1:
                    continue
                if not _is_simplified(other):
                    _step(steps, other, one)
                elif not _is_simplified(one):
                    _step(steps, one, other)
    return {one: _end(steps, one) for one in steps}


def _step(steps, one, other):
    """None; one leads to the other, unless it leads elsewhere or is where the other leads."""
    if one not in steps and _end(steps, other) != one:
        steps[one] = other


def _end(steps, character):
    while character in steps:
        character = steps[character]
    return character


def _pairs(tables, name):
    for line in (tables / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        one, _, others = line.partition("\t")
        if others:
            yield one, others


def _is_simplified(character):
    """Whether the character is one of those 6,763 that mainland China has always written with (GB 2312)."""
    try:
        return len(character.encode("gb2312")) > 1
    except UnicodeEncodeError:
        return False


def _is_letter(character):
    category = unicodedata.category(character)
    return category[0] == "L" or category in ("Nd", "Nl")


def _known():
    """The code points that are part of a token to the tokenizer of SQLite, whichever it is."""
    return _known_to(sqlite3) & _known_to(pysqlite3)


def _known_to(module):
    db = module.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5(x, content='', tokenize='unicode61 remove_diacritics 2')")
    points = [p for p in range(LAST + 1) if _is_letter(chr(p))]
    db.executemany("INSERT INTO t (rowid, x) VALUES (?, ?)", ((p, f"x{chr(p)}y") for p in points))
    db.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
    split = {row[0] for row in db.execute("SELECT doc FROM v WHERE term IN ('x', 'y')")}
    return set(points) - split


def _ranges(points):
    """The code points as ranges in hexadecimal."""
    start = last = None
    for point in sorted(points):
        if last is not None and point == last + 1:
            last = point
            continue
        if start is not None:
            yield f"{start:x}" if start == last else f"{start:x}-{last:x}"
        start = last = point
    if start is not None:
        yield f"{start:x}" if start == last else f"{start:x}-{last:x}"


def main():
    """Writes the file."""
    tables, out = map(Path, sys.argv[1:])
    out.write_text("\n".join(lines(tables)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
