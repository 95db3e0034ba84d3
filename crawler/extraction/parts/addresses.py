"""Addresses of one article's pages: those that differ in the number of the page only, and in nothing that names it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

MOST_DIGITS = 2
"""Of a page number. Numbers of three digits and more name articles."""

PAGE_NAMES = frozenset(
    ("page", "p", "pn", "pg", "pageno", "page_no", "pagenum", "pageindex", "page_index", "currentpage", "curpage")
)
"""Parameters whose value is a page number, in lower case. `cpage` is WordPress's page of comments."""

WHOLE_NAMES = frozenset(("all", "full", "whole", "single", "onepage", "singlepage", "viewall", "view_all", "quanwen"))
"""Words in an address that name the page with the whole text."""

_VIEW_NAMES = frozenset(("view", "mode", "show", "display", "pagewanted"))
_EXTENSION = r"\.[a-zA-Z]{1,5}"
# The number stands at the end of the path: a_2.html, a-2.html, a_p2.html, a/2, a/2.html, a/page/2, a,p2.html.
_NUMBERED = re.compile(
    rf"(?P<stem>/.{{1,1500}}?)(?P<sign>[_-](?:p|page[_-]?)?|/(?:page/|page[_-]?|p/?)?|,p)"
    rf"(?P<number>\d{{1,{MOST_DIGITS}}})(?P<end>{_EXTENSION})?/?"
)
_SHORT_NUMBER = re.compile(rf"(?:^|\D)\d{{1,{MOST_DIGITS}}}(?:{_EXTENSION})?$")
_WHOLE = re.compile(
    rf"(?P<stem>/.{{1,1500}}?)(?P<sign>[_/-])(?:{'|'.join(sorted(WHOLE_NAMES))})(?P<end>{_EXTENSION})?/?",
    re.IGNORECASE,
)
_END = re.compile(rf"{_EXTENSION}$")
_INDEX = re.compile(rf"/(?:index|default)({_EXTENSION})$")
_INDEX_END = re.compile(r"/(?:index|default)$")
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?:[-_/.]?[01]?\d(?:[-_/.]?[0-3]?\d)?)?(?=$|\D)")
_NO_NAME = re.compile(
    r"(?:index|list|lists|node|content|contents|page|pages|news|newslist|default|chapter|part|vol|volume|day|lesson"
    r"|episode|category|column|channel|section|archive|archives|articles?|more|tag|search|home|main|show|view|detail|[a-z])?"
)
_INDEX_NAMES = frozenset(("index", "default"))
_LIST = re.compile(
    r"/(?:tags?|categor(?:y|ies)|topics?|authors?|search|columns?|channels?|lists?|forums?|threads?|boards?"
    r"|sections?|users?)(?:$|/[^/]*$)",
    re.IGNORECASE,
)
_SIGNS = ("_", "-", "_p", "-p", "_page", "-page", "_page_", "-page-", ",p")
_FOLDERS = ("/", "/page/", "/p", "/p/", "/page", "/page-", "/page_")
_PAGE_ENDS = ("", ".html", ".htm", ".shtml")
LONG_NAME = 8
"""Characters of a word without digits from which on it names an article where its number alone might name it too."""

FOLDER_DIGITS = 4
"""Of a folder whose index pages are those of an article: channels have shorter numbers."""

FEWEST_DIGITS = 2
"""Of the number of an article before the number of its page: a single one may itself be the number of a page."""


class Form(NamedTuple):
    """Addresses that differ in a page number only: `site`, what stands before the number, how, and what behind it."""

    site: str
    stem: str
    sign: str
    end: str


@dataclass(frozen=True, slots=True)
class Place:
    """An address as far as it tells pages apart: host without `www.`, path without last slash, parameters."""

    site: str
    path: str
    query: tuple[str, ...] = ()

    @property
    def rest(self) -> str:
        """The parameters as part of a form."""
        return f"?{'&'.join(self.query)}" if self.query else ""


def place_of(url: str) -> Place | None:
    """The place of an absolute http(s) address, or None for any other."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    query = tuple(parameter for parameter in parts.query.split("&") if parameter)
    return Place(parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/") or "/", query)


def numbered(place: Place) -> dict[Form, int]:
    """The page numbers that an address may hold, by the form that it then has."""
    found: dict[Form, int] = {}
    # Most addresses end in the long number of an article: a glance at the end spares the search.
    split = _NUMBERED.fullmatch(place.path) if _SHORT_NUMBER.search(place.path[-10:]) else None
    # WordPress gives the second article of one name the address /name-2/: a hyphen counts before an extension only.
    if split and (split["end"] or split["sign"][0] != "-") and names_article(split["stem"], split["sign"]):
        form = Form(place.site, split["stem"], split["sign"], (split["end"] or "") + place.rest)
        found[form] = int(split["number"])
    for parameter in place.query:
        name, _, value = parameter.partition("=")
        if name.lower() not in PAGE_NAMES or not (value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS):
            continue
        rest = Place(place.site, place.path, tuple(other for other in place.query if other != parameter))
        if _is_named(rest):
            found[Form(place.site, rest.path + rest.rest, f"?{name.lower()}", "")] = int(value)
    return found


def bare(place: Place) -> frozenset[Form]:
    """The forms of the further pages of an address that holds no page number."""
    site, path, rest = place.site, place.path, place.rest
    forms: list[Form] = []
    index = _INDEX.search(path)
    end = _END.search(path)
    stem = path[: end.start()] if end else path
    ending = end[0] if end else ""
    if names_article(stem, "_"):
        forms += [Form(site, stem, sign, ending + rest) for sign in _SIGNS if end or sign[0] != "-"]
    folder = path[: index.start()] if index else stem
    if names_article(folder, "/"):
        ends = (*_PAGE_ENDS, ending) if not end or index else ("", ending)
        forms += [Form(site, folder, sign, other + rest) for sign in _FOLDERS for other in ends]
    if not end and names_article(f"{path}/index", "_"):
        forms += [Form(site, f"{path}/index", "_", other + rest) for other in _PAGE_ENDS[1:]]
    if _is_named(place):
        forms += [Form(site, path + rest, f"?{name}", "") for name in PAGE_NAMES]
    return frozenset(forms)


def is_whole_of(other: Place, own: Place) -> bool:
    """Whether an address is that of the whole text of an article of which `own` is a page."""
    stems = {(form.stem, form.end) for form in (*numbered(own), *bare(own)) if not form.sign.startswith("?")}
    split = _WHOLE.fullmatch(other.path)
    if other.site != own.site:
        return False
    if split and (split["stem"], (split["end"] or "") + other.rest) in stems:
        return True
    extra = [parameter for parameter in other.query if parameter not in own.query]
    if other.path != own.path or len(extra) != 1 or not _is_named(own):
        return False
    if {_name(parameter) for parameter in own.query} - {_name(parameter) for parameter in other.query} - PAGE_NAMES:
        return False
    name, _, value = extra[0].lower().partition("=")
    if name in WHOLE_NAMES:
        return value in ("", "1", "true", "yes", "all")
    return value in WHOLE_NAMES and (name in PAGE_NAMES or name in _VIEW_NAMES)


def path_of(form: Form, number: int) -> str | None:
    """The path and query of a page of a form, or None for a form whose number is a parameter."""
    return None if form.sign.startswith("?") else f"{form.stem}{form.sign}{number}{form.end}"


def names_of(own: Place, numbers: Iterable[Form]) -> frozenset[str]:
    """Names of which each address of a page of the article holds one, if it is not relative. `numbers`: own forms."""
    stems = (_END.sub("", own.path), *(form.stem.partition("?")[0] for form in numbers))
    bare_stems = (_INDEX_END.sub("", stem).rstrip("/") for stem in stems)
    names = {stem.rpartition("/")[2] or "?" for stem in bare_stems}
    return frozenset(name for name in names if not any(other in name for other in names if other != name))


def _name(parameter: str) -> str:
    """The lower-case name of a parameter."""
    return parameter.partition("=")[0].lower()


def names_article(stem: str, sign: str) -> bool:
    """Whether a path without its page number still names one article: not a date, nor a list, nor a common word."""
    bare_stem = _DATE.sub("", stem)
    name = bare_stem.rpartition("/")[2].strip("-_.,")
    if name in _INDEX_NAMES:
        name = bare_stem.rpartition("/")[0].rpartition("/")[2]
        return sum(map(str.isdigit, name)) >= FOLDER_DIGITS
    if _NO_NAME.fullmatch(name.lower()):
        return False
    if not sign.startswith("/"):
        return True
    if _LIST.search(stem):
        return False
    return len(name) >= LONG_NAME or sum(map(str.isdigit, name)) >= FEWEST_DIGITS


def _is_named(place: Place) -> bool:
    """Whether an address without its page parameter names one article: by digits in its path or its parameters."""
    if any(any(map(str.isdigit, parameter.partition("=")[2])) for parameter in place.query):
        return True
    return names_article(_END.sub("", place.path), "/")
