"""When the words of a barrier or of an error page are the page's own message, and not something it reports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.extraction.kinds.page_view import COUNTED, LITTLE, PageView, Signs, letters
from crawler.extraction.text.headline import title_parts

OPENING = 12
"""Characters before the words of a message: `抱歉，`, `We are sorry: `. Reports name who, when and where first."""

MESSAGE_LINE = 90
"""Letters of the longest line that is nothing but such a message, in a page that looks like an article's otherwise."""

BESIDE_A_MESSAGE = 100
"""Letters of other sentences beside it, in such a page: reasons, advice, a way back."""

BESIDE_WORDS = 250
"""The same where the words do not open their line, in a page without any mark of an article."""

IN_A_FRAME = 200
"""Letters of sentences from which a page with a date or a source is an article, whatever they say."""

ENOUGH = 600
"""Letters of main text, sentences or not, beside which a line of the chrome (`请先登录`) makes no barrier of a page."""

NAME_CHARS = 60
"""Characters of the longest name."""

LONG_EXPLANATION = 1500
"""Letters of the longest explanation below a title that says nothing but the kind: block pages explain themselves."""

LINES = 80
"""Own lines of a page that are looked through. Error pages in a portal's frame have their message below the menu."""

LINE_CHARS = 400
"""Characters of a line that are looked through."""

_LEAD_IN = re.compile(
    r"(?:\W|很|非常|抱歉|对不起|對不起|遗憾|哎呀|提示|该|該|此|本|您|你|所|要|访问|訪問|查看|浏览|请求|的"
    r"|we(?:'re| are)|sorry|oops|the|this|your?){0,12}",
    re.IGNORECASE,
)
"""What a title or a line says before its message."""
_EDGES = re.compile(r"^[\W_]{1,60}|(?<![\W_])[\W_]{1,60}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How pages of one kind speak.

    `names`: what their title, or a line, consists of. `messages`: what they tell the visitor. `in_articles`: whether
    the message also counts within the frame of an article (`该文章已被删除` under its headline); where it does not, an
    article's date or source decides that the page only reports such things.
    """

    reason: str
    names: re.Pattern[str]
    messages: re.Pattern[str]
    in_articles: bool = True


def message_of(wording: Wording, titles: Sequence[str], measured: Signs, *, framed: bool) -> str | None:
    """The words by which a page is of the kind, or None where it is not, or only reports of such things.

    `titles`: the parts of the page's titles (title_names). `framed`: the page has the frame of an article, a date, a
    source, an author or a headline of its own.
    """
    own = measured.own[:LINES]
    longest = 2 * MESSAGE_LINE if framed else COUNTED
    spoken = [(line, wording.messages.search(line[:LINE_CHARS]) if len(line) <= longest else None) for line in own]
    beside = sum(letters(line) for line, hit in spoken if not hit and line.endswith(_ENDS))
    named = named_in_title(wording, titles, framed=framed)
    if named and beside < (BESIDE_A_MESSAGE if framed else LONG_EXPLANATION):
        return named
    if measured.prose >= LITTLE or measured.letters >= ENOUGH:
        return None
    if framed:
        return _within_article(spoken) if wording.in_articles else None
    for _, hit in spoken:
        if hit and (hit.start() <= OPENING or beside < BESIDE_WORDS):
            return hit[0]
    alone = next((line for line in own if len(line) <= NAME_CHARS and is_name(wording, line)), None)
    return alone if alone and beside < BESIDE_A_MESSAGE else None


def title_names(view: PageView) -> tuple[str, ...]:
    """The parts of all titles of a page, without repeats."""
    titles = [*view.head.titles[:2], view.title or ""]
    return tuple(dict.fromkeys(part for title in titles for part in title_parts(title) if part))


def named_in_title(wording: Wording, titles: Sequence[str], *, framed: bool) -> str | None:
    """The part of the page's titles that is a name of the kind, or its message; None for neither.

    Where the page has the frame of an article, its title may be news (`某视频被下架`), and only the names count.
    """
    for part in titles:
        if is_name(wording, part):
            return part
        told = None if framed else wording.messages.search(part)
        if told and _LEAD_IN.fullmatch(part[: told.start()]) and 2 * len(told[0]) >= len(part):
            return part
    return None


def is_name(wording: Wording, text: str) -> bool:
    """Whether a text is a name of the kind and nothing else."""
    return len(text) <= NAME_CHARS and wording.names.fullmatch(_EDGES.sub("", text)) is not None


_ENDS = ("。", "！", "？", ".", "!", "?", "”", "…")


def _within_article(spoken: Sequence[tuple[str, re.Match[str] | None]]) -> str | None:
    """The message where a short line of its own is all that an article's frame holds."""
    messages = [hit for line, hit in spoken if hit and _is_message(line, hit)]
    rest = (line for line, hit in spoken if not (hit and _is_message(line, hit)))
    beside = sum(letters(line) for line in rest if line.endswith(_ENDS))
    return messages[0][0] if messages and beside < BESIDE_A_MESSAGE else None


def _is_message(line: str, hit: re.Match[str]) -> bool:
    """Whether a line is nothing but the message found in it, and its reason."""
    return (
        _LEAD_IN.fullmatch(line[: hit.start()]) is not None
        and letters(line) <= MESSAGE_LINE
        and 3 * len(hit[0]) >= len(line)
    )
