"""Nothing that a page says is parsed in the event loop: not by selectors, nor by asking Scrapy for a page's text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CRAWLER = Path(__file__).parents[2] / "crawler"
LOOP = sorted([*(CRAWLER / "crawling").glob("*.py"), *(CRAWLER / "fetching").glob("*.py"),
               *(CRAWLER / "spiders").glob("*.py"), CRAWLER / "worker.py", CRAWLER / "job_runner.py",
               CRAWLER / "pipe_reporter.py",
               CRAWLER / "inbox.py", CRAWLER / "outbox.py", CRAWLER / "page_work.py", CRAWLER / "wire.py",
               CRAWLER / "learned.py", CRAWLER / "raw_pages.py", CRAWLER / "settings.py"])  # fmt: skip
"""What runs in the worker's event loop."""

PARSERS = frozenset(("parsel", "lxml", "feedparser", "trafilatura", "bs4", "html", "xml", "w3lib.html", "selectolax"))
SELECTORS = frozenset(("css", "xpath", "selector", "jmespath", "follow_all"))
RESPONSES = frozenset(("response", "answer", "self", "following"))


def modules(tree: ast.AST) -> Iterator[str]:
    """The modules that a file imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", LOOP, ids=lambda path: path.stem)
def test_no_parser_runs_in_the_event_loop(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    imported = {name for name in modules(tree) if name in PARSERS or name.partition(".")[0] in PARSERS}
    assert imported <= {"html"}
    asked = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    assert [node.attr for node in asked if node.attr in SELECTORS] == []
    # A page's text decodes all of it by Scrapy's rules; ours are those of the pool.
    texts = [node for node in asked if node.attr in ("text", "encoding") and isinstance(node.value, ast.Name)]
    assert [ast.unparse(node) for node in texts if node.value.id in RESPONSES - {"self"}] == []  # type: ignore[attr-defined]
