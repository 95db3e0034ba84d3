"""Sites made of bytes that are given: saved pages, sent back exactly as they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from scheduler.demo.rendered import Answer


@dataclass(frozen=True, slots=True)
class StaticSite:
    """Pages by path, each with its Content-Type header or None for an answer without one.

    `/list.html`, if it is not among them, is a listing page with links to all of them. `name` must be a source name.
    """

    name: str
    pages: Mapping[str, tuple[bytes, str | None]]

    def answer(self, path: str) -> Answer:
        """The page at a path; the listing page; or 404."""
        if path in self.pages:
            body, content_type = self.pages[path]
            return Answer(200, body, {"Content-Type": content_type} if content_type is not None else {})
        if path == "/list.html":
            return Answer(200, self._listing().encode(), {"Content-Type": "text/html; charset=utf-8"})
        return Answer(404, b"not here", {"Content-Type": "text/plain; charset=utf-8"})

    def _listing(self) -> str:
        links = "\n".join(f'<li><a href="{escape(path)}">{escape(path)}</a></li>' for path in self.pages)
        head = f"<!DOCTYPE html>\n<html><head><title>{self.name}</title></head>"
        return f"{head}<body><ul>\n{links}\n</ul></body></html>\n"
