"""feedparser's corpus: what its files expect of titles, addresses, names and dates, served as they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from crawler.discovery.feed_items import Feed, read_items
from crawler.discovery.feeds import _address
from crawler.discovery.loose_feeds import read_loosely
from crawler.discovery.titles import plain_title
from crawler.discovery.xml_text import with_escaped_ampersands, xml_text
from crawler.extraction.cleaning import clean_line
from tests.suites.foreign import Expectation, content_type, expectations, suite

DATES = {"published", "updated", "created", "date", "issued", "modified"}
FLOORS = {"feed title": (329, 340), "title": (137, 143), "link": (16, 18), "id": (12, 14), "date": (9, 9)}
"""By place: how many are equal (as plain text), of how many at least. The others, by class:

- titles in base64 (Atom 0.3, 12): read as none, never invented.
- &lang; and &rang; (2): HTML 5 has other characters for them than HTML 4.
- a comment that never ends in a title (1): it reaches to the end in HTML 5; feedparser leaves it out.
- a tag within an attribute of an image that is the whole title (1).
- a feed's title that stands in dc:title (1).
- addresses and names against Content-Location (4): ours are against the address that answered.
"""


LOST = ["bozo_invalid-bytes-with-bom.xml", "bozo_linenoise.xml"]
"""Files of which characters are lost: their own bytes are broken, which the corpus says too (bozo)."""


def feed(body: bytes) -> Feed:
    """The feed of a file, served as it says, read as `read_feed_text` reads it."""
    text = xml_text(body, content_type(body))
    return read_items(text) or read_items(with_escaped_ampersands(text)) or read_loosely(text)


def answers(body: bytes) -> Iterator[tuple[str, str, str]]:
    """The kind of place, what is expected there, and what we read."""
    read = feed(body)
    for expected in expectations(body):
        kind, got = answer(read, expected)
        if kind:
            yield kind, expected.value, got or ""


def answer(read: Feed, expected: Expectation) -> tuple[str, str | None]:
    """What stands in that place by our reading; an empty kind for what we do not read (descriptions, people ...)."""
    match expected.place:
        case ("feed", "title") | ("feed", "title_detail", "value"):
            return "feed title", read.title
        case ("entries", int(number), *rest):
            item = read.items[number] if number < len(read.items) else None
            match rest:
                case ["title"] | ["title_detail", "value"]:
                    return "title", item and item.title
                case ["link"]:
                    return "link", item and _address(item, None)
                case ["id"]:
                    return "id", item and item.guid
                case [str(name)] if name in DATES:
                    return "date", item and item.date
    return "", None


def is_equal(expected: str, got: str) -> bool:
    """Whether a place has what is expected; markup of titles is left out by us, by design."""
    return clean_line(got) in {clean_line(expected), clean_line(plain_title(expected, is_html=True))}


def test_feeds_say_what_feedparsers_corpus_expects() -> None:
    equal: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    others = []
    for path in files(suite("feedparser")):
        for kind, expected, got in answers(path.read_bytes()):
            asked[kind] += 1
            equal[kind] += is_equal(expected, got)
            if not is_equal(expected, got):
                others.append((path.name, kind, expected, got))
    print({kind: f"{equal[kind]} of {asked[kind]}" for kind in asked}, *others, sep="\n")
    for kind, (floor, of) in FLOORS.items():
        assert asked[kind] >= of, kind
        assert equal[kind] >= floor, kind


def test_no_title_of_the_corpus_brings_a_script_along() -> None:
    titles = []
    for path in files(suite("feedparser") / "wellformed" / "sanitize"):
        read = feed(path.read_bytes())
        titles += [read.title, *(item.title for item in read.items)]
    said = [title for title in titles if title]
    assert len(said) > 30
    assert not [title for title in said if "location.href" in title or "alert(" in title or "<script" in title.lower()]


def test_every_encoding_of_the_corpus_is_decoded_as_it_is_declared() -> None:
    lost = [
        path.name
        for path in files(suite("feedparser") / "encoding")
        if "\ufffd" in xml_text(path.read_bytes(), content_type(path.read_bytes()))
    ]
    assert lost == LOST


def files(folder: Path) -> list[Path]:
    """The files of a folder and of those in it."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]
