"""The main text of a page, however it was found."""

from __future__ import annotations

from dataclasses import dataclass

from storage.records import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The text of an article. `text`: paragraphs separated by one blank line; `markdown`: the same with structure.

    `confidence`: 0 to 1, how surely it is the article and all of it; `found_by`: the way it was found; `learned`:
    blocks left out only because the site repeats them.
    """

    text: str
    markdown: str | None = None
    images: tuple[Image, ...] = ()
    found_by: str
    confidence: float
    learned: int = 0
