"""An extraction result as the JSON object that `dibao extract` prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from storage.records import Article, Rejection


def record(identity: str | int, result: Article | Rejection) -> dict[str, Any]:
    """Exactly the fields of the command's contract; those that a rejection does not have are None or empty lists."""
    article = result if isinstance(result, Article) else None
    return {
        "id": identity,
        "status": "article" if article else "rejected",
        "reason": result.reason if isinstance(result, Rejection) else None,
        "detail": (result.detail or None) if isinstance(result, Rejection) else None,
        "title": article and article.title,
        "text": article and article.text,
        "published_at": article.published.local if article and article.published else None,
        "published_raw": article.published.raw if article and article.published else None,
        "origin": article and article.origin,
        "authors": list(article.authors) if article else [],
        "editors": list(article.editors) if article else [],
        "credits": [_plain(credit) for credit in article.credits] if article else [],
        "lang": article and article.lang,
        "script": article and article.script,
        "encoding": article and article.encoding,
        **_more(article),
    }


def _more(article: Article | None) -> dict[str, Any]:
    """The fields that stand behind those of the first version."""
    return {
        "markdown": article and article.markdown,
        "kicker": article and article.kicker,
        "subheadline": article and article.subheadline,
        "published_in": article.published.where if article and article.published else None,
        "modified_at": article.modified.local if article and article.modified else None,
        "origin_kind": article and article.origin_kind,
        "origin_url": article and article.origin_url,
        "dateline": _plain(article.dateline) if article and article.dateline else None,
        "sections": list(article.sections) if article else [],
        "keywords": list(article.keywords) if article else [],
        "print_page": article and article.print_page,
        "images": [_plain(image) for image in article.images] if article else [],
        "counts": _plain(article.counts) if article and article.counts else None,
        "licence": article and article.licence,
        "correction": article and article.correction,
        "canonical_url": article and article.canonical_url,
        "damage": article and article.damage,
        "confidence": article and article.confidence,
        "found_by": article and article.found_by,
        "evidence": [_plain(one) for one in article.evidence] if article else [],
    }


def _plain(value: Any) -> dict[str, Any]:
    """A record as an object; `where` is `found_in`, as the database calls it."""
    return {"found_in" if name == "where" else name: part for name, part in asdict(value).items()}
