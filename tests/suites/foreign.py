"""Where the test suites of others lie, and what their files say. They are read in place, never copied."""

from __future__ import annotations

import ast
import html
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(os.environ.get("DIBAO_SHARED", Path(__file__).resolve().parents[3] / "shared"))
SUITES = SHARED / "suites"

PROSE = "记者从发布会上了解到，这座城市的居民收入比去年增长了百分之五，交通、教育和医疗的条件都有改善。"


def suite(name: str) -> Path:
    """The folder of a suite; the test is skipped where it is not on this machine."""
    folder = SUITES / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not on this machine; set DIBAO_SHARED to the folder that has it")
    return folder


def naughty_strings() -> list[str]:
    """The Big List of Naughty Strings."""
    strings: list[str] = json.loads((suite("naughty-strings") / "blns.json").read_text("utf-8"))
    return strings


def url_cases() -> list[dict[str, Any]]:
    """The cases of the URL Standard's own parser tests."""
    cases = json.loads((suite("whatwg-url") / "urltestdata.json").read_text("utf-8"))
    return [case for case in cases if isinstance(case, dict)]


def json_files() -> list[tuple[str, bytes]]:
    """The files of JSONTestSuite: must be read (y_), must be refused (n_), either (i_)."""
    return [(path.name, path.read_bytes()) for path in sorted(suite("json").iterdir())]


def article_page(*paragraphs: str, head: str = "") -> str:
    """A page that is surely an article: prose of our own around paragraphs of HTML."""
    lines = (f"<p>{PROSE}</p>", *(f"<p>{one}</p>" for one in paragraphs), f"<p>{PROSE}本报记者将继续报道。</p>")
    title = "全市经济运行情况发布会今天举行"
    return (
        f'<!DOCTYPE html><html lang="zh"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body><h1>{title}</h1><p>2026-11-20 08:00 来源：本报</p><div>{''.join(lines)}</div></body></html>"
    )


def escaped(text: str) -> str:
    """A string as HTML shows it."""
    return html.escape(text.encode("utf-8", "ignore").decode(), quote=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What feedparser says that one place of a feed holds: ("entries", 0, "title") is "Item 1 title"."""

    place: tuple[Any, ...]
    value: str


def expectations(body: bytes) -> Iterator[Expectation]:
    """The equalities with a string in the comment `Expect:` of a file of feedparser's corpus; its code is not run."""
    said = re.search(rb"Expect:\s*([^\r\n]+)", body.replace(b"\0", b""))
    try:
        tree: Any = ast.parse(said[1].decode("utf-8").strip(), mode="eval").body if said else None
    except (SyntaxError, UnicodeDecodeError):
        return
    parts = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
    for part in parts:
        if isinstance(part, ast.Compare) and isinstance(part.ops[0], ast.Eq) and len(part.ops) == 1:
            value = _literal(part.comparators[0])
            if isinstance(value, str):
                yield Expectation(place=_place(part.left), value=value)


def content_type(body: bytes) -> str | None:
    """The Content-Type with which a file of feedparser's corpus says that it is served."""
    said = re.search(rb"(?i)Header:\s*content-type:\s*([^\r\n]+)", body.replace(b"\0", b""))
    return said[1].decode("latin-1").strip() if said else None


def _literal(node: ast.AST) -> Any:
    try:
        return ast.literal_eval(node)  # type: ignore[arg-type]
    except ValueError:
        return None


def _place(node: ast.AST) -> tuple[Any, ...]:
    """`entries[0]['title_detail']['value']` as a tuple."""
    steps: list[Any] = []
    while isinstance(node, ast.Subscript | ast.Attribute):
        steps.append(_literal(node.slice) if isinstance(node, ast.Subscript) else node.attr)
        node = node.value
    return (node.id, *reversed(steps)) if isinstance(node, ast.Name) else ()
