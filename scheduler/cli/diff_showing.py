"""Two revisions on a terminal: in colour, or with `[-…-]` and `{+…+}` where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from typing import Any

from rich.table import Table
from rich.text import Text

from scheduler.cli.terminal import headline, plain, printing, shortened
from storage.revisions.comparison import Comparison
from storage.revisions.layout import Line, Part, is_unchanged, lines, shown
from storage.revisions.reading import StealthEdit

CONTEXT_CHARACTERS = 40
"""Of unchanged text, shown on either side of an edit within a paragraph."""

STYLES = {"delete": "red strike", "insert": "green underline", "moved_from": "blue strike", "moved_to": "blue"}
MARKS = {"delete": ("[-", "-]"), "insert": ("{+", "+}")}
COLUMNS = ("article", "revision", "seen", "source", "changed", "title")


def show(comparison: Comparison) -> None:
    """None; what changed is printed."""
    with printing() as out:
        for line in _head(comparison):
            out.print(line, highlight=False, soft_wrap=True)
        coloured = out.color_system is not None
        for paragraph in _body(comparison):
            out.print()
            out.print(_styled(paragraph) if coloured else _marked(paragraph), highlight=False, soft_wrap=True)


def edit_document(edit: StealthEdit) -> dict[str, Any]:
    """One edit for a JSON document."""
    return {**asdict(edit), "changed": list(edit.changed)}


def show_edits(edits: Sequence[StealthEdit]) -> None:
    """None; the edits are printed, each with the number by which `dibao diff` shows it."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    for heading in COLUMNS:
        table.add_column(heading, overflow="fold", justify="right" if heading in COLUMNS[:2] else "left")
    for edit in edits:
        again = f" (as revision {edit.reverts_to})" if edit.reverts_to else ""
        told = (", ".join(edit.changed) + again, headline(edit.title or edit.url))
        cells = (str(edit.article_id), str(edit.revision), edit.fetched_at, plain(edit.source), *told)
        table.add_row(*map(Text, cells))
    with printing() as out:
        out.print(table if edits else "no stealth edits", highlight=False)


def _head(comparison: Comparison) -> Iterator[Text]:
    """What is compared, which kinds of things changed, and each headline and fact that did."""
    old, new = comparison.old, comparison.new
    yield Text(f"{plain(comparison.source)}  article {comparison.article_id}  {plain(comparison.url)}")
    if old.number == new.number:
        itself = f"compared with itself; the newest is revision {comparison.newest}"
        since = "nothing has changed since" if new.number == comparison.newest else itself
        yield Text(f"revision {new.number}, {new.fetched_at}: {since}")
        return
    yield Text(f"revision {old.number}, {old.fetched_at}  ->  revision {new.number}, {new.fetched_at}")
    yield Text(f"changed: {_kinds(comparison)}", style="bold")


def _kinds(comparison: Comparison) -> str:
    said = [", ".join(comparison.changed) or "nothing"]
    if comparison.is_stealth:
        said.append("a stealth edit: the page has no note of it and no new time of change")
    if comparison.says_again is not None:
        said.append(f"as revision {comparison.says_again}")
    if comparison.only_reread is not None:
        because = {
            "chrome": "what the site repeats was learned",
            "extractor": "the extractor is another",
            "reextract": "the kept page was read again",
        }
        said.append(f"only we read it otherwise: {because.get(comparison.only_reread, comparison.only_reread)}")
    return "; ".join(said)


def _body(comparison: Comparison) -> Iterator[Line]:
    old, new = comparison.old.said, comparison.new.said
    for line in lines(old.title or "", new.title or "", comparison.title):
        yield tuple(replace(part, text=shortened(part.text)) for part in line)
    for fact in comparison.facts:
        parts = [Part("same", f"{fact.name}: ")]
        parts += [Part("delete", fact.old)] if fact.old else []
        parts += [Part("insert", fact.new)] if fact.new else []
        yield tuple(parts)
    for unchanged, group in groupby(lines(old.text, new.text, comparison.text), key=is_unchanged):
        found = list(group)
        if unchanged:
            yield (Part("same", _folded(found)),)
        else:
            yield from map(_shortened, found)


def _folded(found: Sequence[Line]) -> str:
    size = sum(len(part.text) for line in found for part in line)
    many = f"{len(found)} paragraphs" if len(found) > 1 else "1 paragraph"
    return f"... {many} unchanged, {size} characters ..."


def _shortened(line: Line) -> Line:
    """A paragraph with its long unchanged stretches cut to what stands next to the edits."""
    last = len(line) - 1
    return tuple(
        replace(part, text=_cut(part.text, first=at == 0, last=at == last)) if part.op == "same" else part
        for at, part in enumerate(line)
    )


def _cut(text: str, *, first: bool, last: bool) -> str:
    before = "" if first else text[:CONTEXT_CHARACTERS]
    after = "" if last else text[-CONTEXT_CHARACTERS:]
    return text if len(text) <= len(before) + len(after) + CONTEXT_CHARACTERS else f"{before} ... {after}"


def _styled(line: Line) -> Text:
    """A line in colours."""
    return Text.assemble(*((_moved(part) + _plain(part.text), STYLES.get(part.op, "")) for part in line))


def _marked(line: Line) -> Text:
    """A line with marks."""
    return Text("".join(map(_in_marks, line)))


def _in_marks(part: Part) -> str:
    if part.op in MARKS:
        before, after = MARKS[part.op]
        return f"{before}{_plain(part.text)}{after}"
    moved = _moved(part)
    return f"[{moved}{_plain(part.text)}]" if moved else _plain(part.text)


def _moved(part: Part) -> str:
    return {"moved_from": f"moved away ({part.move}): ", "moved_to": f"moved here ({part.move}): "}.get(part.op, "")


def _plain(text: str) -> str:
    """The text on one line, without what could steer a terminal."""
    return " ".join(shown(text).split("\n"))
