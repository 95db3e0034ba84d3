"""One page at several addresses: its mobile, AMP and print editions, and the spellings that a server takes for one.

The address that is fetched and shown is never changed by this; only the key is (storage.identity). Two articles under
one key are one article, so each rule asks for evidence, most of them for a content id in the address: what differs
then is the edition. A twin that no rule knows is found by its `rel=canonical` (storage.canonical).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from functools import lru_cache

EDITION_HOSTS = ("www.", "m.", "wap.", "3g.", "mobile.", "amp.")
"""First labels of a host that name the edition. `i.`, `h5.` and `t.` are not here: other sites of the same owner."""

INDEXES = frozenset(
    f"{name}.{end}" for name in ("index", "default") for end in ("html", "htm", "shtml", "php", "asp", "aspx", "jsp")
)
"""Files that a server sends for their folder. `index_2.html`, `index.xml` and `index.php/news/5` are other pages."""

EDITIONS = frozenset(
    {"amp", "amp=", "amp=1", "amp=true", "amp=yes", "outputtype=amp", "output=amp"}
    | {f"{name}{value}" for name in ("print", "printable") for value in ("", "=", "=1", "=true", "=yes", "=y")}
)
"""Parameters that ask for an edition of whatever the rest names. `print=2` and `amp=16` say something else."""

EDITIONS_OF_IDS = EDITIONS | {
    f"{name}={value}" for name in ("from", "source") for value in ("mobile", "wap", "h5", "pc", "app")
}
"""The same beside a content id: in a list, `from=mobile` may be a filter."""
_EDITION_NAMES = ("amp", "print", "from=", "source=")

_FOUR_DIGITS = re.compile(r"\d{4}")
_CENTURIES = frozenset({"/19", "/20"})
_AFTER_YEAR = re.compile(r"\d|[-_/]\d|\.|/(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/\d")
_SLUG_HYPHENS = 4
# A headline in another script: six Han characters in UTF-8, nine in GBK. A section has two to four.
_ESCAPED_HEADLINE = re.compile(r"(?:%[89A-F][0-9A-F]){18}")
# What stands last in the address of a day's list, so that `/2026/11/22/print` is the printed paper of that day.
_DATE = re.compile(r"\d{1,2}|(?:19|20)\d\d(?:[01]\d(?:[0-3]\d)?|[-_][01]?\d(?:[-_][0-3]?\d)?)?")
_SLASHES = re.compile(r"/{2,}")
_EDITION_FOLDERS = ("/amp", "/print")
_EDITION_FILE = re.compile(r"\.amp(?=\.s?html?$)|\.amp$|(?<=\d)_print(?=\.s?html?$)")


def same_page(key: str, site_of: Callable[[str], str]) -> str:
    """The key by which all editions of a page are known, from `//host[:port]/path[?query]`; of the same form.

    `site_of`: the registrable domain of a host. Parameters of different names may stand in any order.
    """
    start = key.find("/", 2)
    authority, tail = key[:start], key[start:]
    path, mark, query = tail.partition("?")
    has_id = carries_id(tail)
    if mark:
        query = _main_query(query, EDITIONS_OF_IDS if has_id else EDITIONS)
        if "&" in query:
            query = "&".join(sorted(filter(None, query.split("&")), key=_name))
    if "ndex." in path or "efault." in path:
        path = _without_index(path)
    if has_id:
        authority = _main_host(authority, site_of)
        path = _main_path(path)
    return f"{authority}{path}?{query}" if query else f"{authority}{path}"


def carries_id(tail: str) -> bool:
    """Whether a path with its query names one piece of content: by an id, a date and a name, or a headline.

    A year alone (`/2026/`) does not; a month or a day does, although it may be a list.
    """
    found = _FOUR_DIGITS.search(tail)
    while found:
        start, end = found.span()
        if tail[start - 1 : start + 2] not in _CENTURIES or _AFTER_YEAR.match(tail, end):
            return True
        found = _FOUR_DIGITS.search(tail, end)
    if tail.count("-") >= _SLUG_HYPHENS and any(map(_is_slug, tail.split("/"))):
        return True
    return "%" in tail and _ESCAPED_HEADLINE.search(tail) is not None


def _is_slug(part: str) -> bool:
    """Whether a part of a path is a headline of five words: its last word may have an ending."""
    words = part.split("-")
    return sum(map(str.isalnum, words[:-1])) >= _SLUG_HYPHENS and words[-1] != ""


def _name(parameter: str) -> str:
    return parameter.partition("=")[0]


def _main_query(query: str, editions: AbstractSet[str]) -> str:
    """The query without the parameters that ask for an edition."""
    lowered = query.lower()
    if not any(name in lowered for name in _EDITION_NAMES):
        return query
    return "&".join(parameter for parameter in query.split("&") if parameter.lower() not in editions)


def _without_index(path: str) -> str:
    """The path without the name of a folder's own file: a front page and its index.html are one page.

    Where a folder has two of them, `index.html` and `index.php`, they are two front pages, and no article is either.
    """
    folder, _, name = path.rpartition("/")
    return f"{folder}/" if name.lower() in INDEXES else path


@lru_cache(maxsize=4096)
def _main_host(authority: str, site_of: Callable[[str], str]) -> str:
    """`//host[:port]` without what names the edition, where a registrable domain is left: `m.cn` is not `cn`."""
    host = authority[2:].partition(":")[0]
    site = site_of(host) if host.startswith(EDITION_HOSTS) else host
    while host.startswith(EDITION_HOSTS) and host != site:
        host = host.partition(".")[2]
        authority = f"//{authority.partition('.')[2]}"
    return authority


def _main_path(path: str) -> str:
    """The path of a page with an id, in the spelling that stands for all.

    `/a//5.html` is `/a/5.html` for nginx (merge_slashes) and for Apache's files; `/a/12345` and `/a/12345/` are one
    page, to which the other redirects, or no page at all.
    """
    if "//" in path:
        path = _SLASHES.sub("/", path)
    path = path.rstrip("/") or "/"
    if "amp" in path or "print" in path:
        path = _without_edition(path)
    return path


def _without_edition(path: str) -> str:
    for folder in _EDITION_FOLDERS:
        if path.endswith(folder):
            rest = path[: -len(folder)]
            last = rest.rpartition("/")[2]
            return path if not carries_id(rest) or _DATE.fullmatch(last) else rest
    return _EDITION_FILE.sub("", path)
