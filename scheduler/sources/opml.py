"""Sources as OPML 2.0 (opml.org/spec2.opml), the list of feed readers: an outline a feed, grouped by the site."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from lxml import etree

from crawler.config import Source
from crawler.discovery.xml_text import xml_text
from scheduler.sources.lists import ListFault, Row, home_key, slug
from storage.identity import BadUrl, host_of

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSAFE = re.compile(r"<!(?:DOCTYPE|ENTITY)\b", re.IGNORECASE)


def opml_text(sources: Iterable[Source]) -> str:
    """The sources as OPML: names, homes and feeds. A source without feeds is an outline with its home alone."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "Dibao: sources"
    body = etree.SubElement(root, "body")
    for source in sources:
        name, home = _clean(source.name), _clean(source.home)
        if not source.feeds:
            etree.SubElement(body, "outline", type="link", text=name, url=home, htmlUrl=home)
        for feed in source.feeds:
            etree.SubElement(body, "outline", type="rss", text=name, xmlUrl=_clean(feed), htmlUrl=home)
    text = etree.tostring(root, encoding="unicode", pretty_print=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'


def opml_rows(body: bytes) -> Iterator[Row]:
    """A row for each site of an OPML file, folders within folders included. Raises ListFault for what is no OPML.

    Feeds with one htmlUrl are one source; a feed without any belongs to the host that it is on. A document with a
    DOCTYPE is refused: OPML has none, and entities are how XML attacks its reader.
    """
    groups: dict[str, Row] = {}
    for outline in _document(body).iter("outline"):
        for feed, home in _named(outline):
            key = home_key(home)
            row = groups.setdefault(key, Row(line=outline.sourceline or 1, values={"home": home, "feeds": ()}))
            if feed and feed not in row.values["feeds"]:
                row.values["feeds"] += (feed,)
            name = slug(outline.get("text") or outline.get("title") or "")
            if name and name == (outline.get("text") or "").strip() and "name" not in row.values:
                row.values["name"] = name
    yield from groups.values()


def _document(body: bytes) -> etree._Element:
    text = xml_text(body, None)
    if _UNSAFE.search(text):
        raise ListFault("it has a DOCTYPE, which no OPML needs; it is not read")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.XMLSyntaxError as error:
        raise ListFault(f"not valid XML: {error}") from error
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise ListFault("not an OPML file: its first element is not <opml>")
    return root


def _named(outline: etree._Element) -> Iterator[tuple[str, str]]:
    """The feed (or nothing) and the home that an outline names, if it names any: folders do not."""
    names = {name.lower(): _web(value.strip()) for name, value in outline.attrib.items()}
    feed, home = names.get("xmlurl", ""), names.get("htmlurl", "")
    if feed:
        yield feed, home or _root_of(feed)
    elif home or names.get("type") == "link":
        home = home or names.get("url", "")
        if home and not any(True for _ in outline.iterfind("outline")):
            yield "", home


def _web(value: str) -> str:
    """The address of feed://a.cn/rss and feed:https://a.cn/rss, as some readers write them."""
    if value[:5].lower() != "feed:":
        return value
    rest = value[5:]
    return f"http:{rest}" if rest.startswith("//") else rest


def _root_of(feed: str) -> str:
    """The front page of the host that a feed is on; the feed itself where it is no address, to be told as it is."""
    try:
        host_of(feed)
    except BadUrl:
        return feed
    parts = urlsplit(feed)
    return f"{parts.scheme}://{parts.netloc}/"


def _clean(text: str) -> str:
    return _NO_XML.sub("", text)
