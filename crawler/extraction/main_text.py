"""The main text of a page, by trafilatura on a tree of decoded text: it guesses no charset and fetches nothing."""

from __future__ import annotations

import logging
import re
from typing import Any

import trafilatura
from lxml import html

from crawler.extraction.cleaning import clean_line

VISIBLE_TEXT_WORTH_A_RETRY = 500
"""Visible characters of a page for which no text is a fault of the extractor, not of the page."""

EXTRACTOR = f"trafilatura-{trafilatura.__version__}+facts-1"
"""Goes into every article. The last number grows with every change of rules that changes values."""

_TABLE_NOISE = re.compile(r"^[\s|\-–—:+]*$")
_LIST_MARK = re.compile(r"^(?:[-*•]\s+|\|\s*)+")
_DATE_META = re.compile(r"<meta[^>]{0,512}(?:date|time|pub)[^>]{0,512}>", re.IGNORECASE)
_BOX_TAG = re.compile(
    r"</?(?:div|section|center|table|tbody|thead|tr|td|th|ul|ol|li|dl|dt|dd|article|main|form|fieldset"
    r"|blockquote)\b[^>]{0,1024}>",
    re.IGNORECASE,
)
_RUN_TAG = re.compile(r"</?(?:span|font|b|i|em|u|s|strong|big|small|a|label|html|body)\b[^>]{0,1024}>", re.IGNORECASE)


def main_text(markup: str, visible_size: int) -> str | None:
    """Paragraphs of the article, separated by exactly one blank line; None where there is none.

    `markup`: decoded and clean (cleaning.clean_markup). `visible_size`: characters that the page shows; one that shows
    much and gives nothing is tried once more, flattened.
    """
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    text = _extracted(markup)
    if not text and visible_size > VISIBLE_TEXT_WORTH_A_RETRY:
        text = _extracted(flattened(markup))
    return text


def flattened(markup: str) -> str:
    """Markup without date metas and nested boxes, each box a line break: for pages too deep for the extractor."""
    plain = _BOX_TAG.sub("</p><p>", _RUN_TAG.sub("", _DATE_META.sub("", markup)))
    return f"<html><body><article>{plain}</article></body></html>"


def _extracted(markup: str) -> str | None:
    """Text of trafilatura as paragraphs. Its faults count as no text: the page is asked again by the caller, once."""
    try:
        tree = _tree(markup)
        if tree is None:
            return None
        text = trafilatura.extract(
            tree,
            include_comments=False,
            favor_precision=True,
            deduplicate=False,
            with_metadata=False,
            output_format="txt",
        )
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, AssertionError, RecursionError):
        return None
    return paragraphs(text) if text else None


def _tree(markup: str) -> Any | None:
    """lxml.html tree of the markup, which trafilatura takes as it is."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    body = markup.encode("utf-8", "replace")
    return html.document_fromstring(body, parser=parser) if body.strip() else None


def paragraphs(text: str) -> str | None:
    """Clean lines joined by one blank line, without list marks and lines of table bars only; None if none is left."""
    lines = []
    for line in text.split("\n"):
        if _TABLE_NOISE.match(line):
            continue
        cleaned = clean_line(_LIST_MARK.sub("", line.strip())).rstrip("|").rstrip()
        if cleaned:
            lines.append(cleaned)
    return "\n\n".join(lines) or None
