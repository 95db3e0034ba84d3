"""All that reading a page fills of a revision, as one mapping: to tell whether it is read otherwise today. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from storage import facts
from storage.records import Article

PUBLIC_NAMES = {"published_where": "published_found_in"}
"""What the views call those columns that have another name in the table (storage.migrations.article_views)."""

HOW_IT_WAS_READ = frozenset({"confidence", "found_by", "learned", "encoding_evidence"})
"""Columns that tell how well a page was read, and nothing of what it says. Alone they are no difference: what one crawl
learned moved the confidence of 20 of 96 pages of the demo world, and no reader wants to be told of that."""


def read_columns(article: Article) -> dict[str, Any]:
    """The columns of `article_revisions` and `article_texts` that an article fills, by name, as SQLite gives them back.

    Without `extractor`: a newer one that reads a page as the older one did has read nothing otherwise.
    """
    columns = facts.columns(article)
    confidence = columns["confidence"]
    columns["confidence"] = float(confidence) if isinstance(confidence, int | float) else confidence
    columns.pop("extractor")
    return {**columns, "text": article.text, "markdown": kept_markdown(article)}


def kept_markdown(article: Article) -> str | None:
    """The Markdown as it is kept: empty where it is the text itself, as of two in five real pages; views show it."""
    return "" if article.markdown == article.text else article.markdown


def digest(columns: Mapping[str, Any]) -> bytes:
    """32 bytes, equal for columns that are equal to the last character, but for HOW_IT_WAS_READ."""
    said = {name: value for name, value in columns.items() if name not in HOW_IT_WAS_READ}
    plain = json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(plain, digest_size=32).digest()


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The columns that differ, with what was and what is: public names, in the order of the newer."""
    return {
        PUBLIC_NAMES.get(name, name): (old[name], value) for name, value in new.items() if old[name] != value
    }
