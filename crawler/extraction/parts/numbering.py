"""Which part of an article each address of a pager is: the numbers in addresses count from 0, from 1 or from 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from urllib.parse import urljoin

from crawler.extraction.parts.addresses import Form, path_of
from crawler.extraction.parts.words import Said
from storage.identity import BadUrl, canonical_url

MOST_PARTS = 100
"""Of an article: page numbers have two digits."""

_SHIFTS = (0, 1)
"""What is added to the number in an address for the number of its part: a_2.html is the second or the third."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLinks:
    """The pages of an article as one of its pages shows them. Addresses are canonical.

    `number`: which this page is, from 1; 1 where that is unknown. `parts`: the others from the second on, as far as
    they are known, by their numbers. `next_url`: the page behind this one. `whole_url`: the whole text on one page.
    `first_url`: the first page, where this is another and says for certain which is the first. `later`: it has a page
    before it.
    """

    number: int = 1
    parts: Mapping[int, str] = field(default_factory=dict)
    next_url: str | None = None
    whole_url: str | None = None
    first_url: str | None = None
    later: bool = False

    def with_whole(self, url: str | None) -> PartLinks:
        """The same with the address of the whole text."""
        return replace(self, whole_url=url)


class Link(NamedTuple):
    """A link to a page of the article. `number`: in its address, None for the address without one. `head`: a rel."""

    url: str
    said: Said
    number: int | None
    head: bool


def told(found: Mapping[Form, Sequence[Link]], own: Mapping[Form, int], url: str) -> PartLinks | None:
    """What the links of the form that names most parts say, or None. `own`: numbers in the address of the page."""
    read = [_of_form(form, links, own.get(form), url) for form, links in found.items()]
    sure = [links for links in read if links is not None]
    return max(sure, key=lambda links: len(links.parts), default=None)


def _of_form(form: Form, links: Sequence[Link], mine: int | None, url: str) -> PartLinks | None:
    """What the links of one form say; None where they contradict each other, or say too little. `mine`: own number."""
    if form.sign.startswith("-") and all(link.head for link in links):
        return None
    shift = _shift(links, mine)
    if shift is None:
        return None if mine is None else _unnumbered(links, mine)
    number = 1 if mine is None else mine + shift
    parts = {link.number + shift: link.url for link in reversed(links) if link.number is not None}
    parts.update((1, link.url) for link in links if link.number is None)
    first = parts.pop(1, None)
    parts = {part: address for part, address in parts.items() if 1 < part <= MOST_PARTS and part != number}
    if number < 1 or not (parts or first):
        return None
    if mine is None and number + 1 not in parts:
        return None
    if not _is_steady(links, number, shift):
        return None
    parts = _filled(form, parts, number, shift, url)
    return PartLinks(
        number=number,
        parts=dict(sorted(parts.items())),
        next_url=parts.get(number + 1),
        first_url=first if number > 1 else None,
        later=number > 1,
    )


def _shift(links: Sequence[Link], mine: int | None) -> int | None:
    """What must be added to the numbers of a form, or None where that is not known."""
    votes = {
        said.number - number for _, said, number, _ in links if said.number is not None and number is not None
    }
    if votes:
        shift = votes.pop()
        return shift if not votes and shift in _SHIFTS else None
    behind = {link.number for link in links if link.said.kind == "next"}
    before = {
        link.number for link in links if link.said.kind == "previous" or (link.said.number == 1 and link.number is None)
    }
    if mine is None:
        shift = 0 if behind == {2} else 1 if behind == {1} else -1
    elif before == {None}:
        shift = 2 - mine
    elif before == {0} or (mine == 0 and not before):
        shift = 1
    else:
        shift = 0 if mine == 1 and not before and behind == {2} else -1
    return shift if shift in _SHIFTS else None


def _is_steady(links: Sequence[Link], number: int, shift: int) -> bool:
    """Whether the next page is the next number, and the previous one the number before."""
    steps = {"next": number + 1, "previous": number - 1}
    for link in links:
        wanted = steps.get(link.said.kind)
        part = 1 if link.number is None else link.number + shift
        # On the last page, and on the first, many pagers lead to the page itself.
        if wanted is not None and part not in (wanted, number):
            return False
    return True


def _unnumbered(links: Sequence[Link], mine: int) -> PartLinks | None:
    """What a page that only knows its neighbours says: the next one, and that there is one before it."""
    behind = {link.number: link.url for link in links if link.said.kind == "next"}
    before = {link.number for link in links if link.said.kind == "previous"}
    if mine <= 1 or not before <= {mine - 1} or not set(behind) <= {mine + 1} or not (before or behind):
        return None
    return PartLinks(next_url=behind.get(mine + 1), later=True)


def _filled(form: Form, parts: dict[int, str], number: int, shift: int, url: str) -> dict[int, str]:
    """The parts with those that the pager leaves out (1 2 3 … 9), where all that it names are made in one way."""
    made = {part: _made(form, part - shift, url) for part in range(2, max(parts, default=0) + 1) if part != number}
    if all(made.get(part) == address for part, address in parts.items()):
        return {part: address for part, address in made.items() if address}
    return parts


def _made(form: Form, number: int, url: str) -> str | None:
    """The address of a number of a form."""
    path = path_of(form, number)
    if path is None:
        return None
    try:
        return canonical_url(urljoin(url, path))
    except (BadUrl, ValueError):
        return None
