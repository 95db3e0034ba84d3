"""What a body is, where it is no article: the rejections that need no extraction, and those after it."""

from __future__ import annotations

from html import escape
from typing import Any

from crawler.decoding import unmarked_utf16
from crawler.extraction.declared.head import Head
from crawler.extraction.kinds import error_fingerprint
from crawler.extraction.kinds.advert import advert, parked
from crawler.extraction.kinds.barriers import BLOCKED, CAPTCHA, LOGIN, MAINTENANCE
from crawler.extraction.kinds.error_page import DELETED, MISSING, apology
from crawler.extraction.kinds.listing_kind import listing, may_be_listing
from crawler.extraction.kinds.media_kind import media
from crawler.extraction.kinds.page_view import PageView, Signs, letters, own_headline
from crawler.extraction.kinds.shells import shell
from crawler.extraction.kinds.wording import (
    ENOUGH,
    IN_A_FRAME,
    LINES,
    LONG_EXPLANATION,
    is_name,
    message_of,
    named_in_title,
    title_names,
)
from crawler.extraction.markup.blocks import parse_html, text_blocks
from storage.records import Rejection

SNIFF_BYTES = 1024

SHORTEST_TEXT = 50
"""Letters and digits of the shortest article. The shortest of zh-dev, photo captions, have 60 to 100 characters."""

FEW_LETTERS = 100
"""Letters of main text from which neither pictures nor a player nor a form are what the page is for."""

EXCUSE_LETTERS = 150
"""Letters of sentences in a page that is nothing but an excuse."""

_WORDINGS = (CAPTCHA, BLOCKED, DELETED, LOGIN, MISSING, MAINTENANCE)
"""In the order of how surely their words tell: a block page may say that a page cannot be shown."""

MOST_REPLACED = 0.1
"""Share of replaced characters above which nobody can read the text."""

_MAGIC = (b"%PDF-", b"PK\x03\x04", b"GIF8", b"\xff\xd8\xff", b"\x89PNG", b"\x1f\x8b", b"RIFF", b"Rar!", b"\x00\x00\x00")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")


def rejected_bytes(body: bytes) -> Rejection | None:
    """Why a body cannot be a page: empty, or another kind of file. None for what may be HTML."""
    if not body.strip():
        return Rejection(reason="empty")
    head = body[:SNIFF_BYTES].lstrip()
    for magic in _MAGIC:
        if head.startswith(magic):
            return Rejection(reason="not_html", detail=f"starts with {magic!r}")
    if b"\x00" in head and not head.startswith(_WIDE_MARKS) and not unmarked_utf16(body):
        return Rejection(reason="not_html", detail="NUL byte in the first KiB")
    return None


def classify(view: PageView) -> Rejection | None:
    """Why a page is no article: a barrier, an error page, a shell, a list, pictures, an advert. None for an article.

    Pure. To be asked after extraction; costs next to nothing where the main text is long prose. An article that reports
    of captchas, maintenance or error pages has a date, a source or a text, and the messages address no visitor.
    """
    if view.is_prose:
        return _named(view) or advert(view) or _long_listing(view)
    measured = view.measured
    found = _known(view, measured) or _message(view, measured) or parked(view, measured)
    if found is None and measured.letters >= FEW_LETTERS:
        found = listing(view, measured) or advert(view)
    elif found is None:
        found = _of_few_letters(view, measured)
    return found


def page_fingerprint(view: PageView) -> bytes | None:
    """Eight bytes of what a page says that says little, equal for equal answers of a host; None for other pages.

    See error_fingerprint.py. A host that gives one for three addresses or more answers so for any.
    """
    if view.is_prose:
        return None
    return error_fingerprint.page_fingerprint(view, view.measured)


def _known(view: PageView, measured: Signs) -> Rejection | None:
    """Rejection of an answer that the host is known to give for other addresses."""
    if view.error_pages and error_fingerprint.page_fingerprint(view, measured) in view.error_pages:
        return Rejection(reason="soft_404", detail="the same answer as other addresses")
    return None


def _message(view: PageView, measured: Signs) -> Rejection | None:
    """Rejection of a page that is a message to its visitor."""
    if measured.prose >= (IN_A_FRAME if measured.marked else LONG_EXPLANATION):
        return None
    titles = title_names(view)
    framed = _is_framed(view, measured)
    for wording in _WORDINGS:
        told = message_of(wording, titles, measured, framed=framed)
        if told:
            return Rejection(reason=wording.reason, detail=told[:80])
    return None if framed else _excuse(measured)


def _is_framed(view: PageView, measured: Signs) -> bool:
    """Whether a page has the frame of an article: its date, source or author, or a headline that is no message."""
    if measured.marked:
        return True
    headline = own_headline(view)
    return headline is not None and not _is_message(headline)


def _excuse(measured: Signs) -> Rejection | None:
    """Rejection of a page that begs pardon in words that no list knows, and says hardly anything else."""
    if measured.prose >= EXCUSE_LETTERS or measured.letters >= ENOUGH:
        return None
    excuse = next((line for line in measured.own[:LINES] if apology(line)), None)
    return Rejection(reason="soft_404", detail=excuse[:80]) if excuse else None


def _named(view: PageView) -> Rejection | None:
    """Rejection of a page of much text whose title says nothing but what kind of message it is."""
    titles = title_names(view)
    if any(is_name(wording, part) for wording in _WORDINGS for part in titles):
        return _message(view, view.measured)
    return None


def _long_listing(view: PageView) -> Rejection | None:
    """Rejection of a list whose teasers read as prose."""
    return listing(view, view.measured) if may_be_listing(view) else None


def _of_few_letters(view: PageView, measured: Signs) -> Rejection | None:
    """Rejection of a page with hardly any text, by what else is in it."""
    root = parse_html(view.markup)
    if root is None:
        return Rejection(reason="empty", detail="no element in the markup")
    return (
        shell(root, measured)
        or listing(view, measured)
        or advert(view)
        or _login_form(view, root, measured)
        or media(view, root, measured)
        or _lack_of_text(view, measured)
    )


def _login_form(view: PageView, root: Any, measured: Signs) -> Rejection | None:
    """Rejection of a page that is a form for a name and a password."""
    if _is_framed(view, measured):
        return None
    asked = any((field.get("type") or "").lower() == "password" for field in root.iter("input"))
    return Rejection(reason="login_wall", detail="a field for a password") if asked else None


def _lack_of_text(view: PageView, measured: Signs) -> Rejection | None:
    """Rejection of a page without enough text to be an article."""
    if not measured.letters:
        return Rejection(reason="no_text", detail=f"{len(view.visible)} characters are visible")
    if measured.letters < SHORTEST_TEXT:
        return Rejection(reason="too_short", detail=f"{measured.letters} letters of main text")
    return None


def rejected_text(title: str | None, text: str | None, visible: str, declared: Head | None = None) -> Rejection | None:
    """What classify says of a text that is no page: of its title, its main text and all its lines.

    `declared`: what its front matter states. Its headline counts as a line of the text and its date as a mark of an
    article, unless the headline is a message: programs that save pages date what they save. A title that is a line of
    the text only is not believed of a long one, for the first line may be chrome.
    """
    head = declared or Head()
    lines = "".join(f"<p>{escape(line)}</p>" for line in (head.title, *visible.split("\n")) if line)
    if not head.title and letters(text) >= ENOUGH:
        title = None
    head = Head(title=head.title or title or "", meta={} if _is_message(title) else head.meta)
    markup = f"<html><body>{lines}</body></html>"
    root = parse_html(markup)
    blocks = () if root is None else text_blocks(root)
    return classify(PageView(title=title, text=text, visible=visible, markup=markup, blocks=blocks, head=head))


def _is_message(title: str | None) -> bool:
    """Whether a title says what barriers and error pages say."""
    return title is not None and any(named_in_title(wording, [title], framed=False) for wording in _WORDINGS)
