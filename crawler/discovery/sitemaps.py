"""Sitemaps (sitemaps.org protocol 0.9): urlset, sitemapindex, Google News tags, gzip, plain text, feeds as sitemaps."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any

from lxml import etree

from crawler.discovery.candidates import Found
from crawler.discovery.feeds import FEED_ROOTS, MAX_DATE_CHARACTERS, read_feed_text
from crawler.discovery.xml_text import root_name, xml_text
from storage.records import EntryPoint, Rejection

MAX_URLS = 50_000
"""sitemaps.org: "no more than 50,000 URLs and must be no larger than 50MB (52,428,800 bytes)"."""

MAX_INFLATED_BYTES = 52_428_800

MAX_GZIP_MEMBERS = 1000
"""A 50 MB file of the 64 KiB blocks of bgzip has 800."""

_PIECE_BYTES = 64 * 1024
_GZIP = b"\x1f\x8b"
_DEEPEST_FIELD = {"loc", "lastmod", "publication_date", "title"}
_TEXT_LINE = re.compile(r"\s*https?://\S+\s*", re.IGNORECASE)


def read_sitemap(body: bytes, content_type: str | None, found: Found) -> str | Rejection | None:
    """The title (None: sitemaps have none) after URLs were added to `found`, sub-sitemaps as further entry points.

    Rejected: not_a_sitemap, too_large (inflated), truncated (gzip that ends early).
    """
    inflated = _inflated(body)
    if isinstance(inflated, Rejection):
        return inflated
    text = xml_text(inflated, content_type if inflated is body else None)
    root = root_name(text)
    if root in FEED_ROOTS:
        return read_feed_text(text, found)
    if root == "urlset":
        _add_urls(text, found)
    elif root == "sitemapindex":
        _add_sitemaps(text, found)
    elif not root and _TEXT_LINE.fullmatch(text.strip().partition("\n")[0]):
        _add_lines(text, found)
    else:
        return Rejection(reason="not_a_sitemap", detail=f"the document is <{root}>" if root else "no markup")
    return None


def _inflated(body: bytes) -> bytes | Rejection:
    """The body, without its gzip layer if it has one. Members may follow one another (RFC 1952 section 2.2)."""
    if not body.startswith(_GZIP):
        return body
    output = bytearray()
    position = members = 0
    while body.startswith(_GZIP, position):
        members += 1
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            position = _inflate_member(member, body, position, output)
        except zlib.error as error:
            return Rejection(reason="not_a_sitemap", detail=f"gzip: {error}")
        if len(output) > MAX_INFLATED_BYTES or members > MAX_GZIP_MEMBERS:
            return Rejection(
                reason="too_large", detail=f"more than {MAX_INFLATED_BYTES} bytes or too many gzip members"
            )
        if not member.eof:
            return Rejection(reason="truncated", detail="gzip ends before its end")
    return bytes(output)


def _inflate_member(member: Any, body: bytes, position: int, output: bytearray) -> int:
    """The position after the member whose bytes were added to `output`, up to one byte more than is allowed."""
    while position < len(body) and not member.eof and len(output) <= MAX_INFLATED_BYTES:
        piece = body[position : position + _PIECE_BYTES]
        output += member.decompress(piece, MAX_INFLATED_BYTES + 1 - len(output))
        position += len(piece) - len(member.unused_data)
    return position


def _records(text: str, name: str) -> Iterator[dict[str, str]]:
    """The fields of each <url> or <sitemap>, by local name; those of news:news as `news:title` and so on.

    Namespaces are not asked for: sitemaps with a wrong or a missing one are common. Entities are left unexpanded and
    nothing is loaded, so a DOCTYPE has no effect.
    """
    events = etree.iterparse(
        io.BytesIO(text.encode("utf-8", "replace")), events=("end",), encoding="utf-8", recover=True,
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        for _, element in events:
            if _local(element) == name:
                yield dict(_fields(element))
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except etree.XMLSyntaxError:
        return  # what could be read was read: a sitemap cut off in the middle still names the pages before the cut


def _fields(element: etree._Element) -> Iterator[tuple[str, str]]:
    for child in element:
        name = _local(child)
        if name == "news":
            yield from ((f"news:{_local(part)}", _value(part)) for part in child if _local(part) in _DEEPEST_FIELD)
        elif name in _DEEPEST_FIELD:
            yield name, _value(child)


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""


def _value(element: etree._Element) -> str:
    return (element.text or "").strip()


def _add_urls(text: str, found: Found) -> None:
    for number, record in enumerate(_records(text, "url")):
        if number >= MAX_URLS:
            found.skip("too_many")
        elif not record.get("loc"):
            found.skip("no_link")
        elif (url := found.resolve(record["loc"], found.url)) is not None:
            published = record.get("news:publication_date") or record.get("lastmod") or ""
            found.add(url, record.get("news:title"), published[:MAX_DATE_CHARACTERS])


def _add_sitemaps(text: str, found: Found) -> None:
    # Newest first, because the caller reads only so many. ISO 8601 texts sort as their times do, nearly.
    records = sorted(_records(text, "sitemap"), key=lambda record: record.get("lastmod", ""), reverse=True)
    for record in records[:MAX_URLS]:
        url = found.resolve(record.get("loc", ""), found.url)
        if url is not None and url != found.url:
            found.add_entry_point(EntryPoint(kind="sitemap", url=url))


def _add_lines(text: str, found: Found) -> None:
    lines = [line for line in text.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        if number >= MAX_URLS:
            found.skip("too_many")
        elif (url := found.resolve(line, found.url)) is not None:
            found.add(url, None)
