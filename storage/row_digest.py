"""A digest of all that is stored of a revision, kept beside it: bytes that a disk has changed are seen. Pure.

SQLite keeps no sums of pages: of 30 sectors of 512 bytes that were overwritten, its own check found 14.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

COLUMNS = (
    "authors", "canonical_url", "confidence", "correction", "credits", "damage", "dateline_agency", "dateline_date",
    "dateline_place", "dateline_raw", "editors", "encoding", "encoding_evidence", "evidence", "extractor", "found_by",
    "images", "keywords", "kicker", "lang", "learned", "licence", "markdown", "missing_parts", "modified_at",
    "modified_local", "modified_precision", "origin", "origin_kind", "origin_raw", "origin_url", "parts", "print_page",
    "published_at", "published_local", "published_offset_assumed", "published_precision", "published_raw",
    "published_where", "script", "sections", "subheadline", "text", "title",
)  # fmt: skip
"""What a digest of version 1 is of. Others need another version: a file has digests of all that ever wrote it."""

VERSION = b"\x01"
SIZE = 16


def row_digest(columns: Mapping[str, Any]) -> bytes:
    """17 bytes, the version and BLAKE2b, of columns of `article_revisions` and `article_texts` as SQLite has them."""
    said = [int(value) if isinstance(value, bool) else value for value in (columns[name] for name in COLUMNS)]
    # `repr`: a value that is of no type of ours is none of ours, and equal to nothing.
    plain = json.dumps(said, ensure_ascii=False, separators=(",", ":"), default=repr).encode("utf-8", "surrogatepass")
    return VERSION + hashlib.blake2b(plain, digest_size=SIZE).digest()


def is_changed(columns: Mapping[str, Any], digest: object) -> bool:
    """Whether the columns are not those that the digest was made of; None says nothing.

    There has been one version: what begins otherwise was overwritten. A newer file is not opened at all.
    """
    if digest is None:
        return False
    return digest != row_digest(columns)
