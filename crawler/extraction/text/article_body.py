"""The text that a page declares in JSON-LD (schema.org articleBody): all there is where scripts draw the page."""

from __future__ import annotations

import html
import re

from crawler.extraction.cleaning import clean_line, clean_text
from crawler.extraction.declared.head import Head
from crawler.extraction.markup.commonmark import escaped, line
from crawler.extraction.text.body import Body

FEWEST_CHARS = 80
"""Of a declared text: shorter ones are descriptions."""

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_BREAK = re.compile(r"</p>|<br ?/?>|\n", re.IGNORECASE)
_CUT = re.compile(r"(?:\.{3}|…)\s{0,3}$")


def declared_body(head: Head) -> Body | None:
    """The declared text of an article, or None where the page declares none, or only its beginning."""
    said = next((text for thing in head.things if isinstance(text := thing.get("articleBody"), str)), "")
    if len(said) < FEWEST_CHARS or _CUT.search(said[-20:]):
        return None
    paragraphs = [clean_line(_TAG.sub("", part)) for part in _BREAK.split(clean_text(html.unescape(said)))]
    lines = [paragraph for paragraph in paragraphs if paragraph]
    if not lines:
        return None
    return Body(
        text="\n\n".join(lines),
        markdown="\n\n".join(line(escaped(paragraph)) for paragraph in lines),
        found_by="json-ld",
        confidence=0.6,
    )
