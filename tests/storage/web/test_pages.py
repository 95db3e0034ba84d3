"""Every page that Datasette makes of a file of attacks, as a browser reads it: nothing runs or leads elsewhere."""

from __future__ import annotations

import base64
import csv
import io
import re
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from lxml import html

from storage.contract.views import views
from storage.export.csv_rows import guarded
from storage.web.policy import policy
from tests.storage.hostile_rows import ATTACKS, FORMULAS, MARK, SCRIPTS
from tests.storage.web.conftest import Viewer

PUBLIC = [view.name for view in views() if view.name not in {"sources", "article_fts"}]
PRIVATE = ("article_heads", "article_revisions", "article_texts", "urls", "sources", "run_log", "entry_points")
TALL = {"articles", "article_list", "revisions"}
LINKS = ("href", "src", "action", "formaction", "data", "srcset", "poster", "background", "srcdoc")
FRAMES = {"iframe", "object", "embed", "base", "meta"}
OURS = re.compile(r"(?:https?://(?:localhost|datasette\.io|docs\.datasette\.io)[/:]|/|\?|#|\.)|data:text/css,|$")


FEW = ("/", "/news", "/news/rejections", "/news/article_list", "/news/article_heads/12", "/nothing-here")
ALL = (
    *FEW, "/-/plugins", "/-/settings", "/-/metadata", "/-/databases", "/-/versions",
    *(f"/news/{name}" for name in (*PUBLIC, *PRIVATE)),
    *(f"/news/article_heads/{number}" for number in (1, 5, 41)),
    "/news/articles?_facet=title&_facet=origin&_facet_array=sections",
    f"/news/articles?_search={quote(SCRIPTS[0])}", f"/news/articles?title__contains={quote(SCRIPTS[2])}",
    f"/news/articles?_sort={quote(SCRIPTS[2])}", f"/news/articles?_col={quote(SCRIPTS[2])}", "/news?sql=select+1",
)  # fmt: skip


@pytest.mark.parametrize("pages", [FEW, pytest.param(ALL, marks=pytest.mark.faults)], ids=["some", "all"])
def test_no_page_has_a_script_or_a_handler_of_its_own_and_none_leads_where_a_row_says(
    viewer: Viewer, pages: tuple[str, ...]
) -> None:
    for page in pages:
        answer = viewer.get(page)
        assert answer.status_code in {200, 302, 400, 403, 404, 500}, page
        if answer.headers["content-type"].startswith("text/html"):
            assert_harmless(answer.text, page)


def assert_harmless(text: str, page: str) -> None:
    tree = html.document_fromstring(text or "<p>")
    for script in tree.iter("script"):
        source = script.get("src")
        assert is_allowed(script.text_content()) if source is None else source.startswith("/-/static"), page
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag not in FRAMES or element.get("name") == "viewport", page
        assert not [name for name in element.attrib if name.startswith("on")], (page, html.tostring(element))
        for name in LINKS:
            assert_leads_well(element, name, page)


def assert_leads_well(element: Any, name: str, page: str) -> None:
    """A link leads to a page of the viewer; where a row says an address of the web, it says nothing of who follows."""
    target = element.get(name)
    if target is None or OURS.match(target):
        return
    assert urlsplit(target).scheme in {"http", "https"}, (page, target)
    assert element.tag == "a" and element.get("rel") == "noreferrer nofollow noopener", (page, target)  # noqa: PT018


def is_allowed(script: str) -> bool:
    return f"'sha256-{base64.b64encode(sha256(script.encode()).digest()).decode()}'" in policy()


def test_each_answer_forbids_the_browser_what_it_need_not_do(viewer: Viewer) -> None:
    for page in ("/", "/news/articles", "/news/articles.json", "/news/articles.csv", "/nothing", "/-/static/table.js"):
        headers = viewer.get(page).headers
        allowed = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert allowed["default-src"] == allowed["frame-ancestors"] == allowed["base-uri"] == "'none'"
        assert "unsafe" not in allowed["script-src"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.parametrize("name", PUBLIC)
def test_a_view_as_json_says_what_is_stored_and_is_no_page(viewer: Viewer, name: str) -> None:
    answer = viewer.get(f"/news/{name}.json", _shape="array", _size="max")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    if name in TALL:
        assert len(answer.json()) >= len(ATTACKS)


@pytest.mark.parametrize("name", PUBLIC)
def test_no_cell_of_its_csv_is_a_formula_or_steers_a_terminal(viewer: Viewer, name: str) -> None:
    answer = viewer.get(f"/news/{name}.csv", _size="max")
    rows = viewer.get(f"/news/{name}.json", _shape="arrays", _size="max").json()["rows"]
    read = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert len(read) == 1 + len(rows)
    for row, cells in zip(rows, read[1:], strict=True):
        for value, cell in zip(row, cells, strict=True):
            assert cell == ("" if value is None else guarded(value) if isinstance(value, str) else str(value))
            assert not re.match(r"[=+@\t\r\n＝＋－＠]|-(?!\d)", cell)
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]", cell)


def test_a_formula_is_told_as_text_in_csv(viewer: Viewer) -> None:
    assert f"'{FORMULAS[0]}" in viewer.get("/news/articles.csv", _size="max").text


def test_a_debugged_csv_is_a_page_without_scripts(viewer: Viewer) -> None:
    assert_harmless(viewer.get("/news/articles.csv", _trace=1, _size=60).text, "csv")


def test_a_search_finds_nothing_of_what_cannot_be_looked_for_and_is_no_error(viewer: Viewer) -> None:
    for words in ('"', "", "\x00", "a\x00b", "*", "NEAR(", "-", "^", "a OR", "col:x", '"a" "', "1.00", "x" * 5000):
        assert viewer.get("/news/articles.json", _search=words, _shape="array").status_code == 200, words
    assert len(viewer.get("/news/articles.json", _search=MARK, _shape="array", _size="max").json()) > 10
