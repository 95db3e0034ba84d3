"""What a search found, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from scheduler.cli.terminal import LONGEST_TITLE, plain, printing
from storage.records import from_utc_text
from storage.search.excerpts import Excerpt
from storage.search.finding import Found, Hit

HIT = "bold red"


def document(query: str, found: Found) -> dict[str, Any]:
    """What was found as one JSON document. `marks`: start and end of each hit, in characters of the text beside it."""
    return {
        "query": query,
        "total": found.total,
        "is_exact": found.is_exact,
        "more": found.more,
        "articles": [
            {
                "id": hit.article_id,
                "title": hit.title.text or None,
                "title_marks": [list(span) for span in hit.title.marks],
                "excerpt": hit.excerpt.text,
                "excerpt_marks": [list(span) for span in hit.excerpt.marks],
                "source": hit.source,
                "url": hit.url,
                "status": hit.status,
                "shown_at": hit.shown_at,
                "published_local": hit.published_local,
                "story_id": hit.story_id,
                "score": hit.score,
            }
            for hit in found.hits
        ],
    }


def show(found: Found) -> None:
    """None; the hits are printed, each with its time, source and address; the words in bold, in a pipe in 【】."""
    with printing() as out:
        for hit in found.hits:
            for line in _lines(hit, marks=not out.is_terminal):
                out.print(line, highlight=False, soft_wrap=not out.is_terminal)


def summary(found: Found, *, offset: int, stories: bool) -> str:
    """One sentence: how many there are, and which of them were shown."""
    of = "story" if stories else "article"
    if not found.hits:
        if found.gave_up:
            return "none of the newest articles that may say it does; not all were read: narrow it with --since"
        return "no more articles" if offset and found.total else "no article says that"
    plural = of if found.total == 1 else {"story": "stories", "article": "articles"}[of]
    many = f"{found.total:,}" if found.is_exact else f"more than {found.total - 1:,}"
    shown = f"{offset + 1}-{offset + len(found.hits)} of " if found.more or offset else ""
    on = f"; --offset {offset + len(found.hits)} shows the next" if found.more else ""
    if found.gave_up:
        return f"{found.total:,} {plural} of the newest that may say it; not all were read: narrow it with --since"
    return f"{shown}{many} {plural}{on}"


def _lines(hit: Hit, *, marks: bool) -> Iterator[Text]:
    title = hit.title if hit.title.text else Excerpt(text="(no title)")
    yield _shown(title, marks=marks, style="bold")
    gone = "" if hit.status == "live" else f"  {hit.status}"
    yield Text(f"  {_when(hit)}  {plain(hit.source)}  #{hit.article_id}{gone}  {plain(hit.url)}", style="dim")
    body = Text("  ")
    body.append_text(_shown(hit.excerpt, marks=marks))
    yield body
    yield Text("")


def _shown(excerpt: Excerpt, *, marks: bool, style: str = "") -> Text:
    """The text with its hits in another style, or between brackets where there are none."""
    text = Text(style=style)
    at = 0
    for start, end in excerpt.marks:
        if end > LONGEST_TITLE:
            break
        text.append(plain(excerpt.text[at:start]))
        hit = plain(excerpt.text[start:end])
        text.append(f"【{hit}】" if marks else hit, style="" if marks else HIT)
        at = end
    rest = excerpt.text[at:LONGEST_TITLE]
    text.append(plain(rest) + ("…" if len(excerpt.text) > LONGEST_TITLE else ""))
    return text


def _when(hit: Hit) -> str:
    """The day or minute that the page says, by its own clock; else when it is listed, in this machine's zone."""
    if hit.published_local is not None:
        return hit.published_local[:16].replace("T", " ")
    return from_utc_text(hit.shown_at).astimezone().strftime("%Y-%m-%d %H:%M")
