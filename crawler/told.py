"""Reading a page for the worker: what it need know is told in plain values, the article as the JSON of its event."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from crawler import raw_pages, wire
from crawler.extraction.assembly import Assembly
from crawler.extraction.page import PageInput, Reading
from crawler.extraction.signed import Step, finished, read_signed, with_part
from crawler.learned import keys, made_small
from crawler.page_work import NextPart, Outcome, PageTask, Refused, Said, Same, Unfinished
from storage.identity import content_digest
from storage.records import Article, PagePart, RawPage, Rejection

_HOSTS = 64
"""Whose repeated blocks a process keeps at hand; some ten kilobytes each."""

_keys = lru_cache(_HOSTS)(keys)


@dataclass(slots=True)
class _Begun:
    """An article of several pages: what is had of it, its pages for the archive, and the digest that is stored."""

    assembly: Assembly
    raw: list[RawPage]
    digest: str | None


def read(task: PageTask) -> Outcome | Unfinished:
    """What a page says; of an article of several pages, what to fetch next."""
    page = _input(task)
    reading = read_signed(page)
    if isinstance(reading.result, Rejection):
        return _refused(reading, reading.result)
    assembly = Assembly(task.url, reading, most=task.most_parts)
    if assembly.wanted is None:
        return _told(reading, reading.result, (), task.digest, lambda: _kept(task, page))
    return _unfinished(_Begun(assembly, _kept(task, page), task.digest))


def take_part(step: NextPart) -> Unfinished:
    """The article with one page more; a page that could not be had, or costs too much, is missing from it."""
    begun: _Begun = pickle.loads(step.state)  # noqa: S301 - a process of the pool wrote it
    taken: Assembly | Rejection | None = None
    if step.page is not None:
        page = _input(step.page)
        taken = with_part(Step(assembly=begun.assembly, page=page))
        if isinstance(taken, Assembly):
            begun.assembly = taken
            begun.raw += _kept(step.page, page)
            return _unfinished(begun)
        begun = pickle.loads(step.state)  # noqa: S301 - it may have been changed by half
    begun.assembly.took(step.url, None)
    return _unfinished(begun)


def finish(state: bytes) -> Outcome:
    """The whole article, as far as its pages were had."""
    begun: _Begun = pickle.loads(state)  # noqa: S301 - as above
    reading = finished(begun.assembly)
    if isinstance(reading.result, Rejection):
        return _refused(reading, reading.result)
    return _told(reading, reading.result, begun.assembly.parts, begun.digest, lambda: begun.raw)


def _unfinished(begun: _Begun) -> Unfinished:
    return Unfinished(begun.assembly.wanted, pickle.dumps(begun))


def _refused(reading: Reading, why: Rejection) -> Refused:
    return Refused(why.reason, why.detail, reading.fingerprint)


def _told(
    reading: Reading,
    article: Article,
    parts: tuple[PagePart, ...],
    known_digest: str | None,
    raw: Callable[[], Sequence[RawPage]],
) -> Outcome:
    digest = content_digest(article)
    if digest == known_digest:
        return Same(article.counts, bool(parts))
    said = {
        "article": article,
        "digest": digest,
        "fingerprint": reading.fingerprint,
        "parts": parts,
        "signature": reading.signature,
        "terms": reading.terms,
        "sentences": reading.sentences,
        "raw": raw(),
    }
    shown = reading.observed
    return Said(wire.as_json(said), None if shown is None else wire.as_json(made_small(shown)), bool(parts))


def _kept(task: PageTask, page: PageInput) -> list[RawPage]:
    """The page for the archive, where it is to be kept."""
    return [] if task.answered is None else [raw_pages.of_answer(task.answered, page, task.part)]


def _input(task: PageTask) -> PageInput:
    return PageInput(
        body=task.body,
        url=task.url,
        content_type=task.content_type,
        timezone=task.timezone,
        now=task.now,
        link_title=task.link_title,
        link_published_raw=task.link_published,
        chrome=_keys(task.chrome),
        error_pages=_keys(task.error_pages),
        observe=task.observe,
        part=task.part > 1,
    )
