"""An extraction result as the JSON object that `dibao extract` prints."""

from __future__ import annotations

from typing import Any

from storage.records import Article, Rejection


def record(identity: str | int, result: Article | Rejection) -> dict[str, Any]:
    """Exactly the fields of the command's contract; those that a rejection does not have are None or empty lists."""
    article = result if isinstance(result, Article) else None
    return {
        "id": identity,
        "status": "article" if article else "rejected",
        "reason": result.reason if isinstance(result, Rejection) else None,
        "title": article and article.title,
        "text": article and article.text,
        "published_at": article.published.local if article and article.published else None,
        "published_raw": article.published.raw if article and article.published else None,
        "origin": article and article.origin,
        "authors": list(article.authors) if article else [],
        "editors": list(article.editors) if article else [],
        "credits": [{"role": c.role, "name": c.name, "raw": c.raw} for c in article.credits] if article else [],
        "lang": article and article.lang,
        "script": article and article.script,
        "encoding": article and article.encoding,
    }
