"""What of an article one revision says otherwise than another: its headline, its text, its facts, its correction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from storage.records import Article, Image
from storage.revisions.steady import Steady, form, is_ago, steady

TITLE, BODY, FACTS, CORRECTION = "title", "body", "facts", "correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one revision says, of all that a portal corrects. Times are ISO-8601 text as stored.

    `credits`: pairs of role and name. `captions`: of its pictures. `parts_missing`: pages of it that could not be had.
    """

    title: str | None
    text: str
    kicker: str | None = None
    subheadline: str | None = None
    published: str | None = None
    published_raw: str | None = None
    modified: str | None = None
    origin: str | None = None
    credits: frozenset[tuple[str, str]] = frozenset()
    correction: str | None = None
    captions: tuple[str, ...] = ()
    parts_missing: tuple[int, ...] = ()


def said_by(article: Article) -> Said:
    """What an article that was just read says."""
    return Said(
        title=article.title,
        text=article.text,
        kicker=article.kicker,
        subheadline=article.subheadline,
        published=article.published.local if article.published else None,
        published_raw=article.published.raw if article.published else None,
        modified=article.modified.utc if article.modified else None,
        origin=article.origin,
        credits=frozenset((credit.role, credit.name) for credit in article.credits),
        correction=article.correction,
        captions=captions_of(article.images),
        parts_missing=article.missing_parts,
    )


def captions_of(images: Sequence[Image]) -> tuple[str, ...]:
    """The captions of pictures, without those that are empty."""
    return tuple(image.caption for image in images if image.caption)


def changed(old: Said, new: Said) -> tuple[str, ...]:
    """Which of title, body, facts and correction differ, in that order; empty where no editor has touched anything.

    White space, width, counts, times told from now, related articles, captions that moved and credits in another order
    are no difference (storage.revisions.steady).
    """
    differs = {
        TITLE: any(form(one or "") != form(other or "") for one, other in _headlines(old, new)),
        BODY: old.text != new.text and _texts_differ(old, new),
        FACTS: _facts_differ(old, new),
        CORRECTION: form(old.correction or "") != form(new.correction or ""),
    }
    return tuple(kind for kind, is_so in differs.items() if is_so)


def to_the_letter(old: Said, new: Said) -> bool:
    """Whether all that a reader sees as the article's own is equal, in form too."""
    passing: dict[str, Any] = {"published_raw": None, "modified": None, "captions": (), "parts_missing": ()}
    return replace(old, **passing) == replace(new, **passing)


def is_stealth(old: Said, new: Said, kinds: Sequence[str]) -> bool:
    """Whether headline or text changed, and the page neither has a new note of correction nor a new time of change.

    Not where a page of the article could not be had in one of them: then the text says nothing of the portal.
    """
    if not {TITLE, BODY} & set(kinds) or old.parts_missing != new.parts_missing:
        return False
    noted = new.correction is not None and CORRECTION in kinds
    return not noted and (new.modified is None or new.modified == old.modified)


def says_again(old: Said, new: Said) -> bool:
    """Whether a revision says what an earlier one said: headline, text and facts, whatever the note of correction."""
    return not set(changed(old, new)) - {CORRECTION}


def _headlines(old: Said, new: Said) -> tuple[tuple[str | None, str | None], ...]:
    return (old.title, new.title), (old.kicker, new.kicker), (old.subheadline, new.subheadline)


def _texts_differ(old: Said, new: Said) -> bool:
    captions = {*old.captions, *new.captions}
    before, after = steady(old.text, captions), steady(new.text, captions)
    return before.said != after.said or _lost(before, new, after) or _lost(after, old, before)


def _lost(one: Steady, other_said: Said, other: Steady) -> bool:
    """Whether a caption of one text is nowhere in the other: not in its text, nor under a picture."""
    gone = one.captions - other.captions
    return bool(gone) and bool(gone - {form(caption) for caption in other_said.captions})


def _facts_differ(old: Said, new: Said) -> bool:
    return (
        _published_differ(old, new)
        or form(old.origin or "") != form(new.origin or "")
        or _credits(old) != _credits(new)
    )


def _published_differ(old: Said, new: Said) -> bool:
    """Whether the time of publication was corrected; one that is told from now is another at every look."""
    return old.published != new.published and not (is_ago(old.published_raw) and is_ago(new.published_raw))


def _credits(said: Said) -> frozenset[tuple[str, str]]:
    return frozenset((role, form(name)) for role, name in said.credits)
