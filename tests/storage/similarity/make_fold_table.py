"""Writes storage/similarity/fold_table.txt from OpenCC's character tables: `python make_fold_table.py TABLES OUT`.

TABLES: a folder with STCharacters.txt, TSCharacters.txt, TWVariants.txt, HKVariants.txt and JPVariants.txt (OpenCC,
Apache-2.0, the distribution opencc-python-reimplemented has them). The first lines are the code points of letters, of
marks and of what is to be taken apart or put together first, of the Unicode that Python knows (14.0 in Python 3.11,
which made the table that is frozen). Each other line is one class of characters, what stands for it first: simplified,
traditional and regional variants, widths, upper and lower case, letters with and without accents.
"""

from __future__ import annotations

import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

TABLES = ("STCharacters", "TSCharacters", "TWVariants", "HKVariants", "JPVariants")
LAST = 0x323AF
"""CJK extension H ends here; what stands behind it in Unicode is no letter."""
TATWEEL = "\u0640"
"""Stretches Arabic words; a letter to Unicode."""


class Classes:
    """Characters that count as one (union-find)."""

    def __init__(self):
        self._parents = {}

    def of(self, character):
        """What stands for the class of a character at the moment."""
        while (parent := self._parents.get(character, character)) != character:
            character = parent
        return character

    def join(self, one, other):
        """None; both are of one class."""
        first, second = sorted((self.of(one), self.of(other)))
        if first != second:
            self._parents[second] = first

    def groups(self):
        """Each class of several characters."""
        found = defaultdict(set)
        for character in self._parents:
            found[self.of(character)].add(character)
        return {first: {first, *others} for first, others in found.items()}


def table(tables):
    """The lines of the table: the ranges of letters, marks and composites, then the classes of letters."""
    yield " ".join(("letters", *_ranges(_is_written)))
    yield " ".join(("marks", *_ranges(_is_mark)))
    yield " ".join(("composites", *_ranges(_is_composite)))
    classes = Classes()
    for one, other in (*_variants(tables), *_forms()):
        classes.join(one, other)
    yield from sorted(
        "".join(sorted(members, key=_as_a_stand_in)) for members in classes.groups().values()
    )


def _variants(tables):
    """Each two characters of which OpenCC writes one for the other."""
    for name in TABLES:
        for line in (tables / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            one, _, others = line.partition("\t")
            for other in others.split():
                if len(one) == len(other) == 1:
                    yield unicodedata.normalize("NFKC", one), unicodedata.normalize("NFKC", other)


def _forms():
    """Each two letters or digits that are one to Unicode, but for accent, case or script."""
    for character in map(chr, range(LAST)):
        base = unicodedata.normalize("NFD", character)[0]
        if not character.isascii() and base != character and _is_letter(character) and not _is_syllable(character):
            yield base, character
        plain = unicodedata.normalize("NFKC", character)
        if len(plain) == 1 and plain != character and _is_letter(plain):
            yield plain, character
        folded = character.casefold()
        if len(folded) == 1 and folded != character and not _is_mark(character):
            yield folded, character
        if unicodedata.category(character) == "Nd" and not character.isascii():
            yield str(unicodedata.digit(character)), character


def _as_a_stand_in(character):
    """What orders a class: those come first that are no form of another one to Unicode."""
    return unicodedata.normalize("NFKC", character) != character, character != character.casefold(), character


def _ranges(asked):
    """The code points of which it is true, as ranges in hexadecimal."""
    start = None
    for point in range(LAST + 2):
        if point <= LAST and asked(chr(point)):
            start = point if start is None else start
        elif start is not None:
            yield f"{start:x}" if point - 1 == start else f"{start:x}-{point - 1:x}"
            start = None


def _is_letter(character):
    """Whether a character is part of a word or a number. 〇 is a letter number to Unicode."""
    category = unicodedata.category(character)
    return (category[0] == "L" and character != TATWEEL) or category in ("Nd", "Nl")


def _is_written(character):
    """Whether a character is a letter by itself, and no form of a mark."""
    return _is_letter(character) and any(map(_is_letter, unicodedata.normalize("NFKC", character)))


def _is_mark(character):
    """Whether a character only changes how those beside it look."""
    return character == TATWEEL or unicodedata.category(character) in ("Mn", "Mc", "Me", "Cf")


def _is_composite(character):
    """Whether a character stands for a letter and more, or makes one syllable with those beside it."""
    plain = unicodedata.normalize("NFKC", character)
    of_syllables = character in "\u3099\u309a\uff9e\uff9f" or "\u1100" <= plain[0] <= "\u11ff"
    return of_syllables or (len(plain) > 1 and any(map(_is_letter, plain)))


def _is_syllable(character):
    """Whether a letter is one of kana or Hangul, in which a mark makes another sound."""
    return "\u3040" <= character <= "\u30ff" or "\uac00" <= character <= "\ud7a3"


def main():
    """Writes the file."""
    tables, out = map(Path, sys.argv[1:])
    out.write_text("\n".join(table(tables)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
