"""Sitemaps (sitemaps.org protocol 0.9): urlset, sitemapindex, Google News tags, gzip, plain text, feeds as sitemaps."""

from __future__ import annotations

import io
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree

from crawler.discovery.candidates import Found
from crawler.discovery.feeds import FEED_ROOTS, FeedHead, read_feed_text
from crawler.discovery.link_dates import LinkDates
from crawler.discovery.titles import plain_title
from crawler.discovery.xml_text import root_name, xml_text
from crawler.extraction.facts.dates import MAX_DATE_CHARS
from storage.records import EntryPoint, Rejection

GZIP = b"\x1f\x8b"
"""How gzip begins (RFC 1952 section 2.3.1)."""

SITEMAP_ROOTS = frozenset({"urlset", "sitemapindex"})

MAX_URLS = 50_000
"""sitemaps.org: "no more than 50,000 URLs and must be no larger than 50MB (52,428,800 bytes)"."""

MAX_INFLATED_BYTES = 52_428_800

MAXGZIP_MEMBERS = 1000
"""A 50 MB file of the 64 KiB blocks of bgzip has 800."""

MOST_ALIKE = 0.9
"""From this share of equal lastmods on they say when the file was made, not when its pages changed."""

LEAST_LASTMODS = 3
"""Fewer may well be equal by chance."""

_DAY_CHARS = len("2026-11-21")
_MINUTE_CHARS = len("2026-11-21T08:30")
_PIECE_BYTES = 64 * 1024
_DEEPEST_FIELD = {"loc", "lastmod", "publication_date", "title"}
_MONTH_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:[-_/.]?(0[1-9]|1[0-2]))?(?:[-_/.]?(0[1-9]|[12]\d|3[01]))?(?!\d)")
_TEXT_LINE = re.compile(r"\s*https?://\S+\s*", re.IGNORECASE)


def read_sitemap(body: bytes, content_type: str | None, found: Found) -> FeedHead | Rejection:
    """An empty head, or that of a feed, after URLs were added to `found`, sub-sitemaps as further entry points.

    Rejected: not_a_sitemap, too_large (inflated), truncated (gzip that ends early). Notes: "news sitemap", "a feed",
    and lastmods that are no dates of pages.
    """
    inflated = _inflated(body)
    if isinstance(inflated, Rejection):
        return inflated
    text = xml_text(inflated, content_type if inflated is body else None)
    root = root_name(text)
    if root in FEED_ROOTS:
        found.note("the sitemap is a feed")
        return read_feed_text(text, found)
    if root == "urlset":
        _add_urls(text, found)
    elif root == "sitemapindex":
        _add_sitemaps(text, found)
    elif not root and _TEXT_LINE.fullmatch(text.strip().partition("\n")[0]):
        _add_lines(text, found)
    else:
        return Rejection(reason="not_a_sitemap", detail=f"the document is <{root}>" if root else "no markup")
    return FeedHead()


def _inflated(body: bytes) -> bytes | Rejection:
    """The body, without its gzip layer if it has one. Members may follow one another (RFC 1952 section 2.2)."""
    if not body.startswith(GZIP):
        return body
    output = bytearray()
    position = members = 0
    while body.startswith(GZIP, position):
        members += 1
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        try:
            position = _inflate_member(member, body, position, output)
        except zlib.error as error:
            return Rejection(reason="not_a_sitemap", detail=f"gzip: {error}")
        if len(output) > MAX_INFLATED_BYTES or members > MAXGZIP_MEMBERS:
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
    """The local name in lower case; a prefix that was never declared (`news:title`) is part of the tag."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _value(element: etree._Element) -> str:
    return (element.text or "").strip()


def _add_urls(text: str, found: Found) -> None:
    records: list[dict[str, str]] = []
    for number, record in enumerate(_records(text, "url")):
        if number >= MAX_URLS:
            found.skip("too_many")
        else:
            records.append(record)
    if 2 * sum("news:publication_date" in record or "news:title" in record for record in records) > len(records):
        found.note("news sitemap")
    believed = _is_believed([record["lastmod"] for record in records if record.get("lastmod")], found)
    for record in records:
        if not record.get("loc"):
            found.skip("no_link")
        elif (url := found.resolve(record["loc"], found.url)) is not None:
            published = record.get("news:publication_date") or (_day(record) if believed else None)
            found.add(url, plain_title(record.get("news:title")), published)


def _day(record: dict[str, str]) -> str | None:
    """The day of a page's last change, which for nearly every new page is that of its publication.

    Not its clock: a page changes in the hours after it was published, and the clock of a change that stands beside a
    right day would pass for that of the publication.
    """
    lastmod = record.get("lastmod", "")
    return lastmod[:_DAY_CHARS] if re.match(r"\d{4}-\d\d-\d\d", lastmod) else None


def _is_believed(lastmods: Sequence[str], found: Found) -> bool:
    """Whether the lastmods of a file are those of its pages. Many systems write the time at which the file is made."""
    if len(lastmods) < LEAST_LASTMODS:
        return True
    [(_, alike)] = Counter(lastmod[:_MINUTE_CHARS] for lastmod in lastmods).most_common(1)
    if alike < MOST_ALIKE * len(lastmods):
        return True
    found.note("lastmod is the same for nearly all pages, so it is no date of theirs")
    return False


def _add_sitemaps(text: str, found: Found) -> None:
    # Newest first, because the caller reads only so many.
    dates = LinkDates("UTC")
    records = sorted(_records(text, "sitemap"), key=lambda record: _age_key(record, dates), reverse=True)
    found.skip("too_many", len(records) - MAX_URLS)
    for record in records[:MAX_URLS]:
        url = found.resolve(record.get("loc", ""), found.url)
        if url is not None and url != found.url:
            lastmod = record.get("lastmod", "")[:MAX_DATE_CHARS] or None
            found.add_entry_point(
                EntryPoint(kind="sitemap", url=url, parent=found.url, lastmod=lastmod, found_by="index")
            )


def _age_key(record: dict[str, str], dates: LinkDates) -> tuple[float, str]:
    """By lastmod; those without one after the others, by the date in their name (sitemap-2026-11.xml)."""
    lastmod = dates.read(record.get("lastmod"))
    names = _MONTH_IN_NAME.findall(record.get("loc", "")[:2048])
    return (lastmod.at.timestamp() if lastmod else 0.0, "".join(names[-1]) if names else "")


def _add_lines(text: str, found: Found) -> None:
    lines = [line for line in text.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        if number >= MAX_URLS:
            found.skip("too_many")
        elif (url := found.resolve(line, found.url)) is not None:
            found.add(url, None)
