"""What each part of the steered extraction is worth on real Chinese pages: printed, for whoever changes it."""

import json
import os
import re
import statistics
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from lxml import etree

from crawler.decoding import decode
from crawler.extraction.chrome import block_key
from crawler.extraction.cleaning import clean_markup
from crawler.extraction.declared.head import read_head
from crawler.extraction.markup.blocks import parse_html, read_blocks
from crawler.extraction.markup.hidden import drop_hidden
from crawler.extraction.text import lexicon, weights
from crawler.extraction.text.segment import find_segment

pytestmark = pytest.mark.benchmark

SHARED = Path(os.environ.get("DIBAO_SHARED", Path(__file__).parents[3] / "shared"))
WORD_LISTS = [name for name, value in vars(lexicon).items() if isinstance(value, re.Pattern)]
STRUCTURE = {"STRONG", "SENTENCE_END", "TRUNCATED"}
NEVER = re.compile(r"(?!)")


@pytest.fixture(scope="module")
def scorer():
    tool = SHARED / "tools" / "score_extraction.py"
    if not tool.is_file() or not (SHARED / "corpus").is_dir():
        pytest.skip(f"the corpus is not on this machine ({SHARED})")
    code = tool.read_text(encoding="utf-8").replace("\nmain()\n", "\n")
    names = {}
    exec(compile(code, str(tool), "exec"), names)  # noqa: S102 - the scorer runs when it is imported
    return names["prf"]


@pytest.fixture(scope="module")
def pages(scorer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("gold")
    subprocess.run([sys.executable, str(SHARED / "tools" / "make_gold.py"), str(folder)], check=True)
    found = []
    for line in (folder / "zh-body.jsonl").read_text(encoding="utf-8").splitlines():
        gold = json.loads(line)
        markup = clean_markup(decode(Path(gold["path"]).read_bytes(), None).text)
        root = parse_html(markup)
        head = read_head(root, "")
        drop_hidden(list(root.iter(etree.Element)), markup)
        found.append((gold, gold["id"].split("_")[1], head.titles, read_blocks(root, buttons=False).blocks))
    return found


def mean_f(scorer, pages, chrome=lambda _: frozenset()):
    """Mean F of the segments' own text, headline first."""
    weights._remembered.cache_clear()  # What was weighed by other word lists.
    scores = []
    for number, (gold, _, titles, blocks) in enumerate(pages):
        segment = find_segment(blocks, titles, chrome(number))
        title = blocks[segment.anchor].text if segment.anchor is not None else (titles or [""])[0]
        text = "\n".join([title, *(blocks[index].text for index in segment.kept)])
        scores.append(scorer(text, gold["body"])[2])
    return statistics.mean(scores)


def learned(pages):
    """For each page, what at least one of the other pages of its host shows."""
    shown = [{block_key(block.text) for block in blocks} for *_, blocks in pages]

    def chrome(number):
        host = pages[number][1]
        others = (shown[n] for n, page in enumerate(pages) if page[1] == host and n != number)
        return frozenset(Counter(key for keys in others for key in keys))

    return chrome


def without(names):
    return [patch.object(lexicon, name, NEVER) for name in names]


def test_structure_and_learned_chrome_do_most_of_the_work(scorer, pages):
    whole = mean_f(scorer, pages)
    taught = mean_f(scorer, pages, learned(pages))
    figures = {"all": whole, "all, chrome of other pages": taught}
    for name in sorted(set(WORD_LISTS) - STRUCTURE):
        with patch.object(lexicon, name, NEVER):
            figures[f"without {name}"] = mean_f(scorer, pages)
    patches = without(set(WORD_LISTS) - STRUCTURE)
    for each in patches:
        each.start()
    try:
        nameless = [(*page[:3], [replace(block, negative=None) for block in page[3]]) for page in pages]
        figures["no word list"] = mean_f(scorer, pages)
        figures["no word list, chrome of other pages"] = mean_f(scorer, pages, learned(pages))
        figures["no word list, no class names"] = mean_f(scorer, nameless)
    finally:
        for each in patches:
            each.stop()
    for name, value in figures.items():
        print(f"{name:40} F {value:.4f}")
    assert taught >= whole - 0.001
    assert figures["no word list"] >= 0.94
    assert figures["no word list, chrome of other pages"] > figures["no word list"]
