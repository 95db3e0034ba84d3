"""An Atom feed (RFC 4287) of articles, whatever characters their titles hold.

Written by hand: there are no names of ours in it that need an XML library, and those for feeds fail at characters that
XML 1.0 does not have.
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import BinaryIO
from urllib.parse import quote, urlsplit

from storage.database import Database, Row
from storage.export.columns import column, columns, value
from storage.export.lines import Lines

COLUMNS = (
    "id", "source", "url", "title", "text", "published_at", "first_seen_at", "authors", "origin", "sections",
    "keywords", "lang", "script", "licence",
)  # fmt: skip
SUMMARY_CHARACTERS = 200
_TITLE_CHARACTERS = 40
_HELD_BYTES = 16 << 20
_NEVER = "1970-01-01T00:00:00Z"
# All that is no character of XML 1.0 (section 2.2), and the controls that it discourages.
_NO_XML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SCRIPTS = frozenset({"Hans", "Hant"})
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a feed says of itself. `key`: what it was chosen by, which is its identity: it must stay.

    `host`, `born`: a host and a day (`2026-11-22`) that the identity is bound to (RFC 4151). `self_url`: where it is
    published. `summaries`: only the beginnings of the texts.
    """

    title: str
    key: str
    host: str
    born: str
    self_url: str | None = None
    summaries: bool = False


def write(lines: Lines, feed: Feed, out: BinaryIO) -> int:
    """How many entries were written. A feed's `updated` stands before its entries, so these wait in a file."""
    homes = {row["name"]: row["home"] for row in lines.database.rows("SELECT name, home FROM sources")}
    known = columns(lines.database)
    lists = [column(known, name) for name in ("authors", "sections", "keywords")]
    count, newest = 0, _NEVER
    with SpooledTemporaryFile(max_size=_HELD_BYTES) as entries:
        for row, changed_at in ((line.row, line.at) for line in lines if line.row is not None):
            names = {one.name: value(one, row[one.name]) for one in lists}
            parts = (*_named(row, homes[row["source"]]), *_said(row, changed_at, names), *_body(row, feed))
            entries.write(f"{''.join(parts)}</entry>\n".encode())
            count, newest = count + 1, max(newest, changed_at)
        out.write("".join(_head(feed, newest)).encode())
        entries.seek(0)
        shutil.copyfileobj(entries, out)
    out.write(b"</feed>\n")
    return count


def tag(home: str, day: str, what: str) -> str:
    """A tag URI (RFC 4151) of a home page's host: `tag:a.cn,2026-11-22:article/7`. Without such a host: `dibao`."""
    try:
        host = (urlsplit(home).hostname or "").encode("idna").decode()
    except ValueError:
        host = ""
    return f"tag:{host if _HOST.fullmatch(host) else 'dibao'},{day}:{quote(what, safe='/')}"


def _head(feed: Feed, updated: str) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
    yield _element("id", tag(f"https://{feed.host}/", feed.born, f"feed/{feed.key}"))
    yield _element("title", feed.title)
    yield _element("updated", updated)
    yield _element("generator", "Dibao")
    if feed.self_url is not None:
        yield f'  <link rel="self" type="application/atom+xml" href="{_escaped(feed.self_url)}"/>\n'


def _named(row: Row, home: str) -> Iterator[str]:
    """The beginning of an entry: which it is, in what language, and where it stands."""
    if row["lang"]:
        script = row["script"] if row["script"] in _SCRIPTS else None
        yield f'<entry xml:lang="{_escaped("-".join(filter(None, (row["lang"], script))))}">\n'
    else:
        yield "<entry>\n"
    yield _element("id", tag(home, row["first_seen_at"][:10], f"article/{row['id']}"))
    yield _element("title", row["title"] or _shortened(row["text"], _TITLE_CHARACTERS))
    if row["url"].startswith(("http://", "https://")):  # a reader makes it a link to click on, whatever it is
        yield f'  <link rel="alternate" type="text/html" href="{_escaped(row["url"])}"/>\n'


def _said(row: Row, changed_at: str, names: dict[str, list[str]]) -> Iterator[str]:
    """When it was published and changed, by whom it is, and what it is about."""
    yield _element("updated", changed_at)
    if row["published_at"]:
        yield _element("published", row["published_at"])
    for name in names["authors"] or (row["origin"] or row["source"],):  # an entry must have one (section 4.1.2)
        yield f"  <author><name>{_escaped(name)}</name></author>\n"
    for term in dict.fromkeys((*names["sections"], *names["keywords"])):
        yield f'  <category term="{_escaped(term)}"/>\n'
    if row["licence"]:
        yield _element("rights", row["licence"])


def _body(row: Row, feed: Feed) -> Iterator[str]:
    if feed.summaries:
        yield _element("summary", _shortened(row["text"], SUMMARY_CHARACTERS))
        return
    # As markup made of the plain text: readers run the paragraphs of type="text" together (section 3.1.1.1).
    paragraphs = "".join(f"<p>{html.escape(part, quote=False)}</p>" for part in row["text"].split("\n\n"))
    yield f'  <content type="html">{_escaped(paragraphs)}</content>\n'


def _element(name: str, text: str) -> str:
    return f"  <{name}>{_escaped(text)}</{name}>\n"


def _escaped(text: str) -> str:
    """The text for an element or an attribute: what is no character of XML left out, markup as references."""
    return html.escape(_NO_XML.sub("", text))


def _shortened(text: str, characters: int) -> str:
    line = " ".join(text[: 2 * characters].split())
    return line if len(line) <= characters and len(text) <= 2 * characters else f"{line[:characters]}…"


def identity(parts: Iterable[tuple[str, str]]) -> str:
    """The key of a feed that is chosen by these filters; "all" where there are none."""
    return "/".join(f"{name}={text}" for name, text in parts) or "all"


def origin(database: Database, sources: Sequence[str]) -> tuple[str, str]:
    """Host and day that the identity of a feed of these sources is bound to; of several sources, of nobody's host."""
    if len(sources) == 1:
        row = database.row("SELECT home, created_at FROM sources WHERE name = ?", (sources[0],))
        if row is not None:
            return urlsplit(row["home"]).hostname or "dibao", row["created_at"][:10]
    born = database.value("SELECT min(created_at) FROM sources") or _NEVER
    return "dibao", born[:10]
