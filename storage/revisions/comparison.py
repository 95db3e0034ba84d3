"""Two revisions of an article side by side: which kinds of things changed, and what was said and is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storage.revisions import kinds
from storage.revisions.diff import Span, diff
from storage.revisions.kinds import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One revision as it is stored. `fetched_at`: ISO-8601 UTC; `reverts_to` and `stealth`: see revising.Edit."""

    number: int
    fetched_at: str
    cause: str
    said: Said
    reverts_to: int | None = None
    stealth: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact that two revisions tell otherwise; None where one does not tell it. `name`: a column of `revisions`."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What became of one revision in another. `changed`: of kinds.TITLE ...; `title`, `text`: spans.

    `newest`: the number of the article's newest revision.
    """

    article_id: int
    url: str
    source: str
    old: Revision
    new: Revision
    newest: int
    changed: tuple[str, ...]
    title: tuple[Span, ...]
    facts: tuple[Fact, ...]
    text: tuple[Span, ...]

    @property
    def is_step(self) -> bool:
        """Whether the revisions follow each other, so that what is noted of the newer one is said of the older."""
        return self.new.number == self.old.number + 1

    @property
    def says_again(self) -> int | None:
        """The revision that the newer one says again, or None."""
        return self.new.reverts_to

    @property
    def is_stealth(self) -> bool:
        """Whether headline or text was changed between the two without a note and without a new time of change."""
        return self.new.stealth if self.is_step else False

    @property
    def only_reread(self) -> str | None:
        """Why the page is read otherwise, where that is all (any revising.Cause but `crawl`); else None."""
        return self.new.cause if self.is_step and self.new.cause != "crawl" else None


def compare(article_id: int, url: str, source: str, old: Revision, new: Revision, *, newest: int) -> Comparison:
    """What became of a revision in another one of the article, whose newest has that number."""
    return Comparison(
        article_id=article_id,
        url=url,
        source=source,
        old=old,
        new=new,
        newest=newest,
        changed=kinds.changed(old.said, new.said),
        title=diff(old.said.title or "", new.said.title or ""),
        facts=_facts(old.said, new.said),
        text=diff(old.said.text, new.said.text),
    )


def document(comparison: Comparison) -> dict[str, Any]:
    """The same as one JSON document. Offsets are in characters (code points) of the columns of `revisions`."""
    old, new = comparison.old.said, comparison.new.said
    return {
        "article_id": comparison.article_id,
        "url": comparison.url,
        "source": comparison.source,
        "old": _revision(comparison.old),
        "new": _revision(comparison.new),
        "changed": list(comparison.changed),
        "stealth": comparison.is_stealth,
        "reverts_to": comparison.says_again,
        "title": {"old": old.title, "new": new.title, "spans": _spans(comparison.title, old.title, new.title)},
        "facts": [{"fact": fact.name, "old": fact.old, "new": fact.new} for fact in comparison.facts],
        "text": {"spans": _spans(comparison.text, old.text, new.text)},
    }


def _revision(revision: Revision) -> dict[str, Any]:
    return {"revision": revision.number, "fetched_at": revision.fetched_at, "cause": revision.cause}


def _spans(spans: Sequence[Span], old: str | None, new: str | None) -> list[dict[str, Any]]:
    """Spans with their offsets; what differs is quoted too."""
    found = []
    for span in spans:
        one: dict[str, Any] = {"op": span.op, "old": [span.old_start, span.old_end]}
        one["new"] = [span.new_start, span.new_end]
        if span.old_end > span.old_start and span.op != "same":
            one["old_text"] = (old or "")[span.old_start : span.old_end]
        if span.new_end > span.new_start and span.op != "same":
            one["new_text"] = (new or "")[span.new_start : span.new_end]
        found.append(one if span.move is None else {**one, "move": span.move})
    return found


def _facts(old: Said, new: Said) -> tuple[Fact, ...]:
    pairs = {
        "kicker": (old.kicker, new.kicker),
        "subheadline": (old.subheadline, new.subheadline),
        "published": (old.published, new.published),
        "modified": (old.modified, new.modified),
        "origin": (old.origin, new.origin),
        "credits": (_credits(old), _credits(new)),
        "correction": (old.correction, new.correction),
    }
    return tuple(Fact(name=name, old=was, new=is_now) for name, (was, is_now) in pairs.items() if was != is_now)


def _credits(said: Said) -> str | None:
    return ", ".join(f"{role} {name}" for role, name in sorted(said.credits)) or None
