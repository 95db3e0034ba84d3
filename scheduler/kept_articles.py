"""What a process of the pool makes of an article's kept pages: nothing where they are read as they are stored."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.kept_pages import KeptPage, read_kept
from storage import read_columns
from storage.door import storable
from storage.records import Article, Fingerprint, Rejection, SearchTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptArticle:
    """An article with its kept pages, the first of them first. `fault`: why there are none, in a sentence.

    `digest`: of what is stored of it (storage.read_columns.digest).
    """

    article_id: int
    revision: int
    pages: tuple[KeptPage, ...]
    fault: str | None = None
    digest: bytes

    @property
    def size(self) -> int:
        """Bytes of its pages."""
        return sum(len(page.body) for page in self.pages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read. `article`: None where it is what is stored; else with what whoever stores it needs."""

    article: Article | None = None
    signature: Fingerprint | None = None
    terms: SearchTerms | None = None


def read_again(kept: KeptArticle) -> Read | Rejection:
    """What the pages say today, or why they are no article. Pure."""
    if kept.fault is not None or not kept.pages or kept.pages[0].part != 1:
        return Rejection(reason="unreadable", detail=kept.fault or "the first page is not in the archive")
    found = read_kept(kept.pages)
    if isinstance(found, Rejection):
        return found
    article = storable(found)
    if read_columns.digest(read_columns.read_columns(article)) == kept.digest:
        return Read()
    from crawler.extraction.page import Reading  # noqa: PLC0415
    from crawler.extraction.signed import signed  # noqa: PLC0415 - numpy, a dictionary: for what is to be stored only

    reading = signed(Reading(result=article))
    return Read(article=article, signature=reading.signature, terms=reading.terms)
