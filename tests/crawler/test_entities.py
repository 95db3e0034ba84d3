"""Nothing that a document declares is fetched, opened or blown up: entities, DTDs, inclusions, style sheets."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.discovery.entry import EntryInput, EntryPage, read_entry
from crawler.extraction.page import PageInput, extract_page
from storage.records import EntryKind, Rejection

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CANARY = "canary-of-a-private-file"
HOME = "http://news.example.org/"
MOST_SECONDS = 1.0
MOST_CHARACTERS = 20_000
XI = 'xmlns:xi="http://www.w3.org/2001/XInclude"'

ITEM = "<item><title>{0}</title><link>http://news.example.org/1.html</link><description>{0}</description></item>"
FEED = '<rss version="2.0" {1}><channel><title>{0}</title>{2}</channel></rss>'
LINE = "市政府昨天召开会议，部署冬季供暖工作，要求各区县做好准备，确保居民温暖过冬。"

HEADS = {
    "an external entity": ('<!DOCTYPE x [<!ENTITY e SYSTEM "{where}">]>', "&e;"),
    "a parameter entity": ('<!DOCTYPE x [<!ENTITY % p SYSTEM "{where}"> %p;]>', "&e;"),
    "an external DTD": ('<!DOCTYPE x SYSTEM "{where}">', "&e;"),
    "a public DTD": ('<!DOCTYPE x PUBLIC "-//A//B//EN" "{where}">', "&e;"),
    "an entity of an attribute": ('<!DOCTYPE x [<!ENTITY e SYSTEM "{where}">]>', '<a href="&e;">a</a>'),
    "an inclusion": ("", '<xi:include parse="text" href="{where}"/>'),
    "an inclusion of XML": ("", '<xi:include href="{where}"/>'),
    "a style sheet": ('<?xml-stylesheet type="text/xsl" href="{where}"?>', "x"),
    "a schema": ("", '<b xsi:schemaLocation="a {where}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">b</b>'),
    "a picture": ("", '<img src="{where}"/><link rel="stylesheet" href="{where}"/><script src="{where}"></script>'),
}


class Listener:
    """A server on loopback that nobody is to connect to."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)  # noqa: FBT003 - its only argument
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}/e"

    def connections(self) -> int:
        """How many have come."""
        count = 0
        while True:
            try:
                connection, _ = self._socket.accept()
            except BlockingIOError:
                return count
            connection.close()
            count += 1

    def close(self) -> None:
        """None; the port is free."""
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener that hears nothing, if all is well."""
    running = Listener()
    yield running
    running.close()


def documents(head: str, said: str) -> Iterator[tuple[EntryKind | None, str]]:
    """The document in every shape that we read: well-formed and not, as each kind of entry point and as a page."""
    feed = FEED.format(said, XI, ITEM.format(said))
    yield "feed", f'<?xml version="1.0"?>{head}{feed}'
    yield "feed", f'<?xml version="1.0"?>{head}{feed.replace("</title>", "</title><b>&", 1)}'
    yield "feed", f'{head}<feed xmlns="http://www.w3.org/2005/Atom" {XI}><entry><title>{said}</title></entry>'
    yield "sitemap", f"{head}<urlset {XI}><url><loc>http://news.example.org/{said}</loc>{said}</url></urlset>"
    yield "sitemap", f"{head}<sitemapindex {XI}><sitemap><loc>http://news.example.org/{said}</loc></sitemapindex>"
    yield "listing", f"{head}<html {XI}><body><a href='/2026/1122/1.html'>{LINE[:20]}{said}</a></body></html>"
    page = f"<html {XI}><body><h1>{said}</h1>{''.join(f'<p>{n} {LINE}{said}</p>' for n in range(8))}</body></html>"
    yield None, head + page
    yield None, f'<?xml version="1.0"?>{head}{page}'


def told(kind: EntryKind | None, document: str) -> str:
    """All that is said of a document, in one string."""
    if kind is None:
        return repr(extract_page(PageInput(body=document.encode(), url=f"{HOME}1.html", now=NOW)))
    found = read_entry(EntryInput(kind=kind, url=f"{HOME}feed", body=document.encode(), home=HOME, now=NOW))
    assert isinstance(found, EntryPage | Rejection)
    return repr(found)


@pytest.mark.parametrize("name", HEADS)
def test_what_a_document_declares_is_neither_fetched_nor_opened(name: str, listener: Listener, tmp_path: Path) -> None:
    file = tmp_path / "private.txt"
    file.write_text(f'{CANARY}<!ENTITY e "{CANARY}">')
    head, said = HEADS[name]
    for where in (listener.address, file.as_uri(), str(file), f"//127.0.0.1:{listener.address.split(':')[2]}"):
        for kind, document in documents(head.replace("{where}", where), said.replace("{where}", where)):
            assert CANARY not in told(kind, document)
    assert listener.connections() == 0


def laughs(levels: int, width: int) -> str:
    """Entities of entities: `width` to the power of `levels` laughs."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * width}">' for n in range(1, levels + 1))
    return f'<!DOCTYPE x [<!ENTITY l0 "lol">{entities}<!ENTITY e "&l{levels};">]>'


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (laughs(9, 10), "&e;"),
        (laughs(30, 2), "&e;" * 50),
        (f'<!DOCTYPE x [<!ENTITY e "{"lol" * 10_000}">]>', "&e;" * 1_000),
        ('<!DOCTYPE x [<!ENTITY a "&b;"><!ENTITY b "&a;"><!ENTITY e "&a;">]>', "&e;"),
        ('<!DOCTYPE x [<!ENTITY % p "<!ENTITY e &#39;%p;%p;&#39;>">%p;]>', "&e;"),
    ],
    ids=["a billion laughs", "laughs by two", "a quadratic blow-up", "a loop", "a loop of parameters"],
)
def test_entities_that_would_be_a_gigabyte_are_left_as_they_stand(head: str, said: str) -> None:
    for kind, document in documents(head, said):
        before = time.process_time()
        said_of_it = told(kind, document)
        assert time.process_time() - before < MOST_SECONDS
        # What was left as it stands may be told; what was expanded would be far longer.
        assert len(said_of_it) < MOST_CHARACTERS + 4 * len(document)
