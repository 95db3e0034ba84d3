"""Candidates of several pages, or of the same page at two times, held beside each other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from storage.records import Candidate


def merged(first: Candidate, other: Candidate) -> Candidate:
    """Two candidates of one key as one: the first, with the longest title, the first date and the first guid."""
    dated = first if first.published_raw or not other.published_raw else other
    return replace(
        first,
        title=_longer(first.title, other.title),
        guid=first.guid or other.guid,
        published_raw=dated.published_raw,
        published_at=dated.published_at,
    )


def candidates_digest(candidates: Iterable[Candidate]) -> str:
    """16 hex digits, equal for the same addresses with the same titles in the same order."""
    digest = hashlib.blake2b(digest_size=8)
    for candidate in candidates:
        digest.update(f"{candidate.key}\n{candidate.title or ''}\n".encode())
    return digest.hexdigest()


def _longer(first: str | None, second: str | None) -> str | None:
    return second if len(second or "") > len(first or "") else first
