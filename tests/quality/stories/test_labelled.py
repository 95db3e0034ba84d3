"""What the labelled world promises of itself; what needs all of it is in test_story_quality.py."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.quality.stories.bases import MOST_CHARACTERS, demo
from tests.quality.stories.chance import chance
from tests.quality.stories.changes import OTHER, ZH, cut, phrases, plain
from tests.quality.stories.families import forms, instances
from tests.quality.stories.labelled import subset
from tests.quality.stories.records import record
from tests.quality.stories.showing import page, text
from tests.quality.stories.stubs import stubs


@pytest.fixture(scope="module")
def articles():
    return list(demo())


def test_there_are_as_many_kinds_families_and_short_items_as_were_asked_for():
    chinese = [name for name in forms("family") if not name.startswith("en_")]
    assert (len(ZH), len(OTHER)) == (26, 6)
    assert (len(chinese), len(forms("family")) - len(chinese), len(forms("short"))) >= (16, 3, 60)


def test_a_family_is_in_one_half_and_so_is_a_short_item():
    for group in ("family", "short"):
        names = {
            half: {base.key for base in instances(group, half, 1) if base.half == half} for half in ("tuning", "test")
        }
        assert all(names.values())
        assert not names["tuning"] & names["test"]


def test_no_two_instances_of_a_family_are_alike():
    texts = [base.text for half in ("tuning", "test") for base in instances("family", half)]
    assert len(set(texts)) == len(texts) >= 40 * 20


def test_a_phrase_edit_changes_about_the_share_that_it_says_and_no_digit(articles):
    changed, whole = 0, 0
    for base in articles[:20]:
        edited = phrases(0.1)(base, chance(base.key)).text
        assert re.findall(r"\d", edited) == re.findall(r"\d", base.text)
        changed += abs(len(edited) - len(base.text))
        whole += len(base.text)
    assert 0 < changed / whole < 0.1


def test_a_cut_keeps_the_beginning_and_says_where_the_rest_is(articles):
    base = articles[0]
    kept = cut(0.4)(base, chance(base.key)).text
    assert kept.startswith(base.text[: int(len(base.text) * 0.4)])
    assert len(kept) < len(base.text) * 0.4 + 20


def test_a_text_says_its_facts_above_and_a_page_says_them_in_markup(articles):
    base = articles[0]
    one = record(base, plain(base, chance(base.key)), "base", of=base.key)
    assert text(one).startswith("---\n")
    for shown in (text(one), page(one)):
        assert one.url in shown
        assert all(line in shown for line in one.body.paragraphs)
    assert len(base.text) <= MOST_CHARACTERS


def test_kinds_of_a_base_are_drawn_once_and_for_all(articles):
    assert subset(articles[0], 6) == subset(articles[0], 6)
    assert {kind for base in articles for kind in subset(base, 6)} == set(ZH)


def test_stubs_are_stories_of_their_own():
    assert len({one.story for one in stubs("tuning")}) == len(list(stubs("tuning"))) == 24


def test_another_process_makes_the_same_world():
    program = (
        "import hashlib\n"
        "from tests.quality.stories.families import instances\n"
        "from tests.quality.stories.labelled import copies\n"
        "made = [repr(one) for base in list(instances('family', 'test', 1))[:3] for one in copies(base, KINDS)]\n"
        "print(hashlib.sha256(chr(10).join(made).encode()).hexdigest())\n"
    ).replace("KINDS", "['byline', 'gbk_peppered', 'edit10', 'captions', 'rotated']")
    found = [
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True,
            cwd=Path(__file__).parents[3], env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert found[0] == found[1] != ""
