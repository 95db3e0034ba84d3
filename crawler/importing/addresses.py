"""By what address an imported page is known: the one it has in the web, or one of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from crawler.importing.files import quoted
from storage.identity import MAX_URL_CHARACTERS, BadUrl, canonical_url, key_of_canonical

Told = Literal["capture", "saved", "page", "base", "file"]
"""What told an address: the WARC record, the program that saved the page, the page, the operator, the file's name."""

SCHEME = "import:"
"""Of the addresses of files that say none. They are never asked for."""

SNIFFED_BYTES = 4096
"""In which programs note where they saved a page from: in the first lines."""

_QUOTED = re.compile(r"[a-z0-9:/_.~%-]+", re.ASCII | re.IGNORECASE)
"""What is in the address of a file (`crawler.importing.files.quoted`)."""

_SAVED_FROM = re.compile(
    rb"<!--\s{0,8}saved from url=\(\d{4}\)(?P<browser>https?://[^\s<>]{4,2083})"
    rb"|Page saved with SingleFile\s{1,8}url:\s{0,8}(?P<singlefile>https?://[^\s<>]{4,2083})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """An address and its key (storage.identity), and what told it."""

    url: str
    key: str
    told: Told


def web_address(url: str | None, told: Told) -> Address | None:
    """The canonical form of an address, or None for what is none, or no page: a front page is no article's address."""
    try:
        canonical = canonical_url(url or "")
    except BadUrl:
        return None
    parts = urlsplit(canonical)
    if told == "page" and parts.path in ("", "/") and not parts.query:
        return None  # many sites write their front page into rel=canonical
    return Address(url=canonical, key=key_of_canonical(canonical), told=told)


def file_address(source: str, name: str) -> Address:
    """The address of a file that says none: the same whenever it is imported again from a folder of that name."""
    url = f"{SCHEME}{source}/{quoted(name)}"
    return Address(url=url, key=url, told="file")


def archived_address(source: str, url: str) -> Address | None:
    """The address that an import once gave a file of the source, as our archive says it; None for any other."""
    ours = url.startswith(f"{SCHEME}{source}/") and len(url) <= MAX_URL_CHARACTERS and _QUOTED.fullmatch(url)
    return Address(url=url, key=url, told="file") if ours else None


def based_address(base_url: str | None, name: str) -> Address | None:
    """The address of a file below a folder that mirrors a site; None without `base_url`."""
    below = name.partition("/")[2]
    return web_address(f"{base_url.rstrip('/')}/{quoted(below)}", "base") if base_url else None


def saved_from(body: bytes) -> str | None:
    """The address that a browser or SingleFile wrote into the page that it saved, or None."""
    noted = _SAVED_FROM.search(body[:SNIFFED_BYTES])
    return (noted["browser"] or noted["singlefile"]).decode("ascii", "replace") if noted else None
