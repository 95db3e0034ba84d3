"""The facts of an article as columns of its revision. Lists are JSON, with the same names as the records have.

The place in which something was found is `found_in` in the file: `where`, its name in records, is a word of SQL.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from storage.records import Article, Credit, Evidence


def columns(article: Article) -> dict[str, Any]:
    """The columns of `article_revisions` that an article fills, by name; what is unknown is None."""
    return {
        **_times(article),
        **_people(article),
        "title": article.title,
        "kicker": article.kicker,
        "subheadline": article.subheadline,
        "sections": _json(article.sections),
        "keywords": _json(article.keywords),
        "images": _json([asdict(image) for image in article.images]),
        "print_page": article.print_page,
        "licence": article.licence,
        "correction": article.correction,
        "parts": article.parts,
        "missing_parts": _json(article.missing_parts),
        "evidence": _json([_evidence(one) for one in article.evidence]),
        **_reading(article),
    }


def _times(article: Article) -> dict[str, Any]:
    published, modified = article.published, article.modified
    return {
        "published_at": published.utc if published else None,
        "published_local": published.local if published else None,
        "published_precision": published.precision if published else None,
        "published_raw": published.raw if published else None,
        "published_where": published.where if published else None,
        "published_offset_assumed": int(published.offset_assumed) if published else None,
        "modified_at": modified.utc if modified else None,
        "modified_local": modified.local if modified else None,
        "modified_precision": modified.precision if modified else None,
    }


def _people(article: Article) -> dict[str, Any]:
    """Who wrote and edited it, where it was taken from, and where it was filed."""
    line = article.dateline
    return {
        "origin": article.origin,
        "origin_raw": article.origin_raw,
        "origin_url": article.origin_url,
        "origin_kind": article.origin_kind,
        "dateline_place": line.place if line else None,
        "dateline_agency": line.agency if line else None,
        "dateline_date": line.date if line else None,
        "dateline_raw": line.raw if line else None,
        "authors": _json(article.authors),
        "editors": _json(article.editors),
        "credits": _json([_credit(credit) for credit in article.credits]),
    }


def _reading(article: Article) -> dict[str, Any]:
    """How the page was read, and how well."""
    return {
        "lang": article.lang,
        "script": article.script,
        "damage": article.damage,
        "confidence": article.confidence,
        "found_by": article.found_by,
        "learned": article.learned,
        "encoding": article.encoding,
        "encoding_evidence": article.encoding_evidence,
        "canonical_url": article.canonical_url,
        "extractor": article.extractor,
    }


def _credit(credit: Credit) -> dict[str, Any]:
    return {
        "role": credit.role,
        "name": credit.name,
        "raw": credit.raw,
        "organisation": credit.organisation,
        "found_in": credit.where,
    }


def _evidence(one: Evidence) -> dict[str, Any]:
    return {"fact": one.fact, "value": one.value, "raw": one.raw, "found_in": one.where, "chosen": one.chosen}


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
