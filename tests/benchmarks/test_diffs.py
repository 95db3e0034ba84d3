"""Our diff beside diff-match-patch and plain difflib, on real Chinese articles edited at random: printed.

`marks`: edits that a reader meets. `cut`: borders of edits inside a number or a word, which nobody can read. The
clean-up of diff-match-patch knows neither numbers nor words; its time limit, 1 s by default, makes the answer depend on
the machine, and without it two texts that differ much take minutes.
"""

import os
import random
import time
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from storage.revisions.diff import diff

pytestmark = pytest.mark.benchmark

SHARED = Path(os.environ.get("DIBAO_SHARED", Path(__file__).parents[3] / "shared"))
SIZE = 20_000
LIMIT_SECONDS = 5.0
Edit = tuple[str, str]
"""What is gone and what is new, in order; where both are equal nothing was edited."""


def ours(old: str, new: str) -> list[Edit]:
    """Spans of storage.revisions.diff."""
    return [
        (old[one.old_start : one.old_end], new[one.new_start : one.new_end]) if one.op != "same" else ("=", "=")
        for one in diff(old, new)
    ]


def diff_match_patch(old: str, new: str) -> list[Edit]:
    """Its main function with the semantic clean-up, ended after LIMIT_SECONDS."""
    library = pytest.importorskip("diff_match_patch").diff_match_patch()
    library.Diff_Timeout = LIMIT_SECONDS
    found = library.diff_main(old, new)
    library.diff_cleanupSemantic(found)
    return [{0: ("=", "="), -1: (text, ""), 1: ("", text)}[op] for op, text in found]


def difflib_alone(old: str, new: str) -> list[Edit]:
    """Opcodes by character."""
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [("=", "=") if op == "equal" else (old[a:b], new[c:d]) for op, a, b, c, d in codes]


@pytest.fixture(scope="module")
def text() -> str:
    folder = SHARED / "corpus" / "zh-dev" / "reference"
    if not folder.is_dir():
        pytest.skip(f"the corpus is not on this machine ({SHARED})")
    return "\n\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.iterdir()) if path.is_file())


def edited(text: str, rate: float) -> str:
    """The text with that share of its places exchanged for one to six characters of its own, dropped or added to."""
    chance, found, at = random.Random(1), [], 0
    while at < len(text):
        if chance.random() >= rate:
            found.append(text[at])
            at += 1
            continue
        size = chance.randint(1, 6)
        kind = chance.choice(("drop", "add", "change"))
        found += [] if kind == "drop" else chance.choices(text, k=size)
        at += 0 if kind == "add" else size
    return "".join(found)


def corrected(text: str) -> str:
    """The text with every third number another one, as an updated report has it."""
    chance = random.Random(2)
    return "".join(
        str(chance.randint(0, 9)) if one.isdigit() and chance.randrange(3) == 0 else one for one in text
    )


def cut(text: str, pieces: list[str]) -> int:
    """How many borders of pieces of a text stand within a number or a word of Latin letters."""
    found = at = 0
    for piece in pieces[:-1]:
        at += len(piece)
        around = text[max(0, at - 1) : at + 1]
        found += len(around) == 2 and around.isascii() and (around.isdigit() or around.isalpha())
    return found


def measured(tool: Callable[[str, str], list[Edit]], old: str, new: str) -> str:
    begun = time.process_time()
    edits = tool(old, new)
    seconds = time.process_time() - begun
    marks = sum((gone != "=" or added != "=") and bool(gone) + bool(added) for gone, added in edits)
    return f"{tool.__name__:17} {seconds:8.2f} s {marks:6} marks"


def test_ours_is_fast_and_reads_well_where_the_others_do_not(text: str) -> None:
    old = text[:SIZE]
    cases = {
        "numbers corrected": corrected(old),
        "1 % of places edited": edited(old, 0.01),
        "5 % of places edited": edited(old, 0.05),
        "another text": text[SIZE : 2 * SIZE],
    }
    for name, new in cases.items():
        print(f"\n{name}")
        print(measured(ours, old, new))
        print(measured(diff_match_patch, old, new))
        if name == "numbers corrected":
            print(measured(difflib_alone, old[: SIZE // 4], new[: SIZE // 4]), "of a quarter of the text")
        begun = time.process_time()
        spans = diff(old, new)
        assert time.process_time() - begun < 1, name
        pieces = [new[one.new_start : one.new_end] for one in spans if one.new_end > one.new_start]
        assert cut(new, pieces) == 0, name


def test_how_many_numbers_and_words_each_cuts(text: str) -> None:
    old = text[: SIZE // 4]
    new = corrected(old)
    library = pytest.importorskip("diff_match_patch").diff_match_patch()
    found = library.diff_main(old, new)
    library.diff_cleanupSemantic(found)
    theirs = cut(new, [piece for op, piece in found if op >= 0])
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    plain = cut(new, [new[c:d] for _, _, _, c, d in codes if d > c])
    own = cut(new, [new[one.new_start : one.new_end] for one in diff(old, new) if one.new_end > one.new_start])
    print(f"\nborders within numbers and words: ours {own}, diff-match-patch {theirs}, difflib {plain}")
    assert own == 0
