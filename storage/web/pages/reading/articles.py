"""The page of an article, which reads like one, and the page of what one of its revisions has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from datasette.utils.asgi import Response

from storage.database import Database
from storage.lookup import LARGEST_ID, number_in
from storage.revisions import reading as revisions
from storage.revisions.comparison import Comparison
from storage.revisions.layout import Line, is_unchanged, lines
from storage.tombstones import Tombstone
from storage.web.pages.frame import Visit
from storage.web.pages.reading.article_reading import Reading, reading
from storage.web.pages.reading.prose import MOST_SHOWN, address, prose

MOST_COMPARED: Final = 60_000
"""Characters of two texts together that a page compares; `dibao diff` compares any."""

_LANGUAGES: Final = {"Hans": "zh-Hans", "Hant": "zh-Hant", "mixed": "zh"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Lines of two texts that follow each other, and whether they are in both."""

    unchanged: bool
    lines: tuple[Line, ...]


async def article(visit: Visit) -> Response:
    """The page of an article; of one that was pruned, what is left of it."""
    number = _number(visit, "id")
    wished = visit.asked("revision")
    revision = number_in(wished) if wished else None
    if number is None or (wished and not revision) or (revision or 0) > LARGEST_ID:
        return visit.missing("reading.no_article")
    found = await visit.read(lambda database: reading(database, number, revision))
    if found is None:
        return visit.missing("reading.no_article")
    if isinstance(found, Tombstone):
        return visit.page("pruned.html", status=410, here="search", stone=found)
    return visit.page(
        "article.html",
        here="search",
        found=found,
        lang=_language(found),
        prose=prose(found.said["text"], found.said["markdown"], picture=visit.words("reading.picture")),
        pictures=_pictures(found),
        is_cut=len(found.said["text"]) > MOST_SHOWN,
        address=address,
    )


async def difference(visit: Visit) -> Response:
    """The page of what became of one revision in another: `?a=1&b=2`, or the last step; or `?with=ARTICLE`."""
    number, other = _number(visit, "id"), number_in(visit.asked("with") or "")
    if number is None:
        return visit.missing("reading.no_article")
    asked = [number_in(visit.asked(name) or "") for name in ("a", "b")]
    found = await visit.read(lambda database: _compared(database, number, asked, other))
    if found is None:
        return visit.missing("reading.no_revision")
    if isinstance(found, tuple):
        return visit.page("told.html", title=visit.words("reading.too_long_title"), told=visit.words(
            "reading.too_long", article=number, a=found[0], b=found[1]))  # fmt: skip
    title = lines(found.old.said.title or "", found.new.said.title or "", found.title)
    text = lines(found.old.said.text, found.new.said.text, found.text)
    shown = _passages(text)
    return visit.page(
        "difference.html", here="search", found=found, other=other, title=title, passages=shown, address=address
    )


def _number(visit: Visit, name: str) -> int | None:
    """The number in the address; None of one that no row can have."""
    found = number_in(visit.request.url_vars[name])
    return found if found is not None and 0 < found <= LARGEST_ID else None


def _compared(
    database: Database, article_id: int, asked: list[int | None], other: int | None
) -> Comparison | tuple[int, int] | None:
    """The two texts side by side; their revisions alone where they are too long; None where one is not there."""
    if other is not None:
        if not 0 < other <= LARGEST_ID or _size(database, (other, None), (article_id, None)) > MOST_COMPARED:
            return None
        return revisions.between_articles(database, other, article_id)
    newest = database.value("SELECT revision FROM article_heads WHERE id = ?", (article_id,))
    if newest is None:
        return None
    new = asked[1] or (min(asked[0] + 1, newest) if asked[0] else newest)
    old = asked[0] or max(1, new - 1)
    if max(old, new) > newest:
        return None
    if _size(database, (article_id, old), (article_id, new)) > MOST_COMPARED:
        return old, new
    return revisions.compared(database, article_id, old, new)


def _size(database: Database, *revisions_of: tuple[int, int | None]) -> int:
    """Characters of revisions together; None stands for the newest."""
    sql = (
        "SELECT characters FROM article_revisions r JOIN article_heads a ON a.id = r.article_id"
        " WHERE r.article_id = ? AND r.revision = coalesce(?, a.revision)"
    )
    return sum(database.value(sql, one) or 0 for one in revisions_of)


def _passages(text: Iterable[Line]) -> list[Passage]:
    return [Passage(unchanged=same, lines=tuple(group)) for same, group in groupby(text, key=is_unchanged)]


def _pictures(found: Reading) -> list[Mapping[str, str]]:
    """The pictures of which more is known than that they stand in the text."""
    in_text = found.said["markdown"] or ""
    return [one for one in found.images if one["caption"] or one["photographer"] or one["url"] not in in_text]


def _language(found: Reading) -> str | None:
    """The language of the article for whoever reads it aloud or chooses letters for it; None where it is not known."""
    lang, script = found.said["lang"], found.said["script"]
    if lang == "zh" or (lang is None and script):
        return _LANGUAGES.get(script or "", "zh")
    return lang if isinstance(lang, str) and lang.isascii() and lang.isalpha() else None
