"""Whether what was read from a page stands on it, judged without the code that read it."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterator

from lxml import etree

from crawler.decoding import decode
from storage.records import Article, Candidate

_NOISE = re.compile(r"[\W_]+")
_READING = re.compile(r"<r([pt])\b[^>]*>[^<]*</r\1>")
"""How a word is read, written over it: it parts a line whose pieces may be one letter long."""
_TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z!?][^>]*>", re.DOTALL)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\[nrtbf/\"\\]")
PIECE = 6
"""Letters that a line's pieces have at least, where it does not stand on the page as a whole: what is hidden in the
middle of it was left out. Its last piece may be shorter."""

NEAR = 20_000
"""Letters behind a line among which the next is looked for first."""


class Said:
    """All that a body says: its text, its tags' attributes, its scripts, with references and escapes resolved."""

    def __init__(self, body: bytes, content_type: str | None = None, *more: str) -> None:
        text = decode(body, content_type).text
        readings = [text, _TAG.sub("", text), _TAG.sub("", _READING.sub("", text)), *_shown(text)]
        readings += [html.unescape(one) for one in readings]
        readings += [html.unescape(readings[-1]), _ESCAPE.sub(_resolved, html.unescape(text))]
        self.letters = "\n".join(dict.fromkeys(letters(one) for one in (*readings, *more)))
        self._at = 0
        """Where the last line was found: the next is most often right behind it, and a page is long."""

    def has(self, line: str) -> bool:
        """Whether the letters and digits of a line stand on the page, in one piece or in long ones."""
        rest = letters(line)
        found = self.letters.find(rest, self._at, self._at + NEAR)
        if found >= 0:
            self._at = found
            return True
        while rest:
            size = self._common(rest)
            self._at = max(0, self.letters.find(rest[:size]))
            if size < min(PIECE, len(rest)):
                return False
            rest = rest[size:]
        return True

    def _common(self, text: str) -> int:
        """How many letters of a text stand on the page as they begin it."""
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if text[:middle] in self.letters else (low, middle - 1)
        return low

    def has_words(self, fact: str) -> bool:
        """Whether each word of a fact stands on the page: what is hidden between two is left out."""
        return self.has(fact) or all(self.has(word) for word in fact.split())


def strangers(article: Article, said: Said) -> list[str]:
    """The lines and facts of an article that its page does not say."""
    lines = [line for line in article.text.split("\n") if not said.has(line)]
    return lines + [fact for fact in _facts(article) if not said.has_words(fact)]


def strange_links(candidates: tuple[Candidate, ...], said: Said) -> list[str]:
    """The titles and dates of links that their page does not say."""
    texts = (text for one in candidates for text in (one.title, one.published_raw, one.guid))
    return [text for text in texts if text and not said.has(text)]


def letters(text: str) -> str:
    """The letters and digits of a text, in one width and case."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", _NOISE.sub("", text))).lower()


def _facts(article: Article) -> Iterator[str]:
    said = (article.title, article.kicker, article.subheadline, article.origin_raw, article.correction)
    yield from filter(None, said)
    yield from (credit.name for credit in article.credits)
    yield from article.keywords
    yield from article.sections
    if article.dateline is not None:
        yield article.dateline.raw
    if article.published is not None and article.published.where not in {"url", "link"}:
        yield article.published.raw


def _shown(text: str) -> Iterator[str]:
    """The text as a parser sees it; nothing where there is none."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return
    if root is not None:
        yield "".join(root.itertext(etree.Element))


def _resolved(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1], 16))
    return str(json.loads(f'"{escape[0]}"'))
