"""Whether copies become one story and look-alikes do not: a labelled world through the real import; floors.toml.

With DIBAO_STORIES=full every kind of copy of every base is imported, which takes ten times as long.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from tests.quality.stories import showing
from tests.quality.stories.bases import ZH, Base, real_zh
from tests.quality.stories.chance import chance
from tests.quality.stories.changes import plain
from tests.quality.stories.damage import converted
from tests.quality.stories.families import instances
from tests.quality.stories.labelled import pairs, world
from tests.quality.stories.measures import figures
from tests.quality.stories.records import Record, record
from tests.quality.stories.score import by_rule, rates, tally
from tests.quality.stories.stream import import_files, report, story_by_url, stream
from tests.quality.stories.stubs import stubs

pytestmark = pytest.mark.quality

FLOORS = tomllib.loads((Path(__file__).parent / "floors.toml").read_text(encoding="utf-8"))["stories"]
FULL = os.environ.get("DIBAO_STORIES") == "full"
KINDS, FAMILIES = (99, 40) if FULL else (8, 16)
"""How many kinds of copies each base has, and instances each family."""

# What seed 002 says where bytes were damaged, and what its outlet had written there.
MENDED = {
    "學?!鐓^”": "學校—社區”", "了?!苯?,": "了。”近日,", "載體。?!苯瓭h": "載體。”江漢", "載體?!苯瓭h": "載體。”江漢",
    "動力。?!?月": "動力。”8月", "動力?!?月": "動力。”8月", "?!笔┟舯硎?,": "。”施敏表示,",
}  # fmt: skip


@pytest.fixture(scope="module")
def corpus() -> None:
    if not (ZH / "reference").is_dir():
        pytest.skip(f"the corpus is not on this machine ({ZH})")


def test_the_rule_tells_copies_from_look_alikes(corpus):
    judged = ((pair, by_rule(pair.one, pair.other)) for pair in pairs("test", kinds=KINDS, families=FAMILIES))
    recall, merged = rates(tally(judged))
    print(f"pairs: mean recall {recall:.4f}, mean false merges {merged:.4f}")
    assert recall >= FLOORS["pair_recall"]
    assert merged <= FLOORS["pair_false_merges"]


def test_the_stories_of_an_imported_stream_are_those_of_its_labels(corpus, tmp_path):
    records = world("test", kinds=KINDS, families=FAMILIES)
    done = stream(records, tmp_path)
    sums, lines = report(records, done.groups)
    print(f"{len(records)} records, {len(done.groups)} stored, {done.result.seconds:.0f} s", *lines, sep="\n")
    assert len(done.groups) >= FLOORS["stored"] * len(records)
    assert sums.precision >= FLOORS["precision"]
    assert sums.recall >= FLOORS["recall"]
    assert sums.b3_f1 >= FLOORS["b3_f1"]
    assert sums.ari >= FLOORS["ari"]


def test_a_real_page_and_its_text_as_people_cleaned_it_are_one_story(corpus, tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    files = {f"zh-{file.name.split('_')[2][:16]}": file for file in sorted((ZH / "html").glob("*"))}
    labels = {}
    for number, base in enumerate(real_zh()):
        url = f"http://real.example/{number:04}.html"
        saved = f"<!-- saved from url=({len(url):04}){url} -->\n".encode() + files[base.key].read_bytes()
        (pages / f"page{number:04}.html").write_bytes(saved)
        labels[url] = labels[showing.write(_shown(base, "text"), pages, number, "text")] = base.story
    import_files([pages], tmp_path / "stories.db")
    stories = story_by_url(tmp_path / "stories.db")
    sums = figures({url: label for url, label in labels.items() if url in stories}, stories)
    print(f"{len(labels)} real pages and texts, {len(stories)} stored: {sums}")
    assert sums.recall >= FLOORS["real_recall"]
    assert sums.precision >= FLOORS["real_precision"]


def test_a_damaged_conversion_joins_the_clean_text_that_it_was_made_from(shared, tmp_path):
    seed = (shared / "seeds" / "002_bdae60cdfd3f8181.txt").read_text(encoding="utf-8")
    clean = seed
    for damaged, meant in MENDED.items():
        clean = clean.replace(damaged, meant)
    assert "?" not in clean
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "seed.txt").write_text(seed, encoding="utf-8")
    (pages / "clean.txt").write_text(converted(clean, "t2s"), encoding="utf-8")
    import_files([pages], tmp_path / "stories.db")
    stories = story_by_url(tmp_path / "stories.db")
    assert len(stories) == 2
    assert len(set(stories.values())) == 1


def test_text_and_page_of_one_article_are_one_story(tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    articles = [base for half in ("tuning", "test") for base in instances("short", half) if base.half == half][:20]
    for number, base in enumerate(articles):
        showing.write(_shown(base, "text"), pages, 2 * number, "text")
        showing.write(_shown(base, "page"), pages, 2 * number + 1, "page")
    import_files([pages], tmp_path / "stories.db")
    stories = story_by_url(tmp_path / "stories.db")
    found = [{stories[_shown(base, form).url] for form in ("text", "page")} for base in articles]
    assert [len(one) for one in found] == [1] * len(articles)
    assert len(set().union(*found)) == len(articles)


def _shown(base: Base, form: str) -> Record:
    return record(base, plain(base, chance(base.key)), form, of=base.key)


def test_pages_with_next_to_no_text_are_no_copies_of_each_other(tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    records = [one for half in ("tuning", "test") for one in stubs(half)]
    for number, one in enumerate(records):
        showing.write(one, pages, number, "page" if number % 2 else "text")
    import_files([pages], tmp_path / "stories.db")
    stories = story_by_url(tmp_path / "stories.db")
    assert stories
    assert len(set(stories.values())) == len(stories)
