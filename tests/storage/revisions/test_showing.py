"""What readers see of two revisions: lines, an HTML page that nothing runs in, and a JSON document."""

import json
import re
from html.parser import HTMLParser

import pytest

from storage.revisions.comparison import Comparison, Revision, compare, document
from storage.revisions.diff import diff
from storage.revisions.diff_html import STYLE, fragment, page
from storage.revisions.kinds import Said
from storage.revisions.layout import lines, shown

FIRE = "昨日下午三时许，城东区一处仓库发生火灾，消防部门赶赴现场。"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&lt;\u202e\x1b[2J\x00"


def compared(old: Said, new: Said, url: str = "https://a.cn/1", number: int = 2, **of_new: object) -> Comparison:
    before = Revision(number=1, fetched_at="2026-11-22T09:30:00Z", cause="crawl", said=old)
    values = {"cause": "crawl", **of_new}
    after = Revision(number=number, fetched_at="2026-11-23T09:30:00Z", said=new, **values)  # type: ignore[arg-type]
    return compare(7, url, "a", before, after, newest=number)


def shapes(old: str, new: str) -> list[str]:
    """Each line, with - before what is gone, + before what is new."""
    sign = {"same": "", "delete": "-", "insert": "+", "moved_from": "<", "moved_to": ">"}
    return ["|".join(sign[part.op] + part.text for part in line) for line in lines(old, new, diff(old, new))]


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        (f"{FIRE}\n\n旧的一段话。", FIRE, [FIRE, "-旧的一段话。"]),
        (f"{FIRE}旧的一句话。\n\n尾。", f"{FIRE}\n\n尾。", [f"{FIRE}|-旧的一句话。", "尾。"]),
        (f"{FIRE}\n\n尾。", f"{FIRE}新的一句话。\n\n尾。", [f"{FIRE}|+新的一句话。", "尾。"]),
        (f"{FIRE}\n\n尾。", f"{FIRE}\n\n新的一段话。\n\n尾。", [FIRE, "+新的一段话。", "尾。"]),
        (f"{FIRE}尾。", f"{FIRE}\n\n尾。", [FIRE, "尾。"]),
        ("", "", []),
        ("\n\n", "  \n", []),
    ],
)
def test_lines_are_those_of_the_new_text_with_what_is_gone_where_it_stood(old: str, new: str, seen: list[str]) -> None:
    assert shapes(old, new) == seen


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("url", ['https://a.cn/1?a="><script>', "javascript:alert(1)", "import:a/b.html", HOSTILE])
def test_nothing_that_a_page_says_runs_in_the_html(url: str) -> None:
    old = Said(title=HOSTILE, text=f"{FIRE}\n\n{HOSTILE}", origin=HOSTILE, correction=HOSTILE)
    new = Said(title=f"{HOSTILE}二", text=f"{HOSTILE}{FIRE}", credits=frozenset({("reporter", HOSTILE)}))
    made = page(compared(old, new, url))
    tags = Tags()
    tags.feed(made)
    allowed = {"html", "head", "meta", "title", "style", "body", "article", "h1", "p", "br", "a", "span", "table", "tr",
               "th", "td", "del", "ins", "s", "small", "details", "summary"}  # fmt: skip
    assert {tag for tag, _ in tags.found} <= allowed
    for tag, attributes in tags.found:
        assert not {name for name in attributes if name.startswith("on") or name == "src"}
        assert tag != "a" or str(attributes["href"]).startswith(("http://", "https://"))
    assert not re.search("[\x00\x1b\u202e]", made)
    assert "Content-Security-Policy" in made
    assert "default-src 'none'" in made


def test_the_fragment_tells_kinds_facts_and_folds_what_is_unchanged() -> None:
    old = Said(title="仓库起火", text=f"{FIRE}\n\n伤者3人。", origin="城东日报")
    new = Said(title="仓库大火", text=f"{FIRE}\n\n伤者5人。", origin="新华社")
    made = fragment(compared(old, new, stealth=True, reverts_to=1))
    assert "仓库<del>起</del><ins>大</ins>火" in made
    assert "<th>origin</th><td><del>城东日报</del> <ins>新华社</ins></td>" in made
    assert f'<details><summary>1 paragraph unchanged</summary><p dir="auto">{FIRE}</p></details>' in made
    assert "伤者<del>3</del><ins>5</ins>人。" in made
    assert "stealth edit" in made
    assert "as revision 1" in made
    assert "<style" not in made
    assert "prefers-color-scheme: dark" in STYLE


def test_a_revision_that_only_we_read_otherwise_says_so() -> None:
    made = fragment(compared(Said(title="题", text="一。\n\n广告"), Said(title="题", text="一。"), cause="chrome"))
    assert "chrome: only we read it otherwise" in made


def test_over_several_revisions_nothing_is_said_of_how_the_last_was_read() -> None:
    made = fragment(compared(Said(title="题", text="一。"), Said(title="题", text="二。"), number=3, cause="chrome"))
    assert "only we read it otherwise" not in made


def test_the_document_quotes_what_differs_with_its_offsets() -> None:
    old, new = Said(title="题", text="伤者3人。"), Said(title="题", text="伤者5人。", origin="新华社")
    found = json.loads(json.dumps(document(compared(old, new, stealth=True))))
    assert (found["changed"], found["stealth"], found["reverts_to"]) == (["body", "facts"], True, None)
    assert found["facts"] == [{"fact": "origin", "old": None, "new": "新华社"}]
    assert found["title"]["spans"] == [{"op": "same", "old": [0, 1], "new": [0, 1]}]
    assert found["text"]["spans"] == [
        {"op": "same", "old": [0, 2], "new": [0, 2]},
        {"op": "delete", "old": [2, 3], "new": [2, 2], "old_text": "3"},
        {"op": "insert", "old": [3, 3], "new": [2, 3], "new_text": "5"},
        {"op": "same", "old": [3, 5], "new": [3, 5]},
    ]


def test_stealth_is_told_of_one_step_only() -> None:
    old, new = Said(title="题", text="一。"), Said(title="题", text="二。")
    assert compared(old, new, number=3, stealth=True).is_stealth is False


def test_what_steers_a_terminal_or_turns_the_reading_is_not_shown() -> None:
    assert shown("a\x1b[31m\u202eb\u2066c\x9bd\n") == "a[31mbcd\n"
