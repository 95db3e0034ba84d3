"""A client for a demo world in another process; `python -m scheduler.demo.serve` prints the address to give it."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteArticle:
    """An article of the other process as it stood when it was asked for."""

    id: str
    site: str
    url: str
    path: str
    title: str
    paragraphs: list[str]
    published: datetime
    modified: datetime
    origin: str
    reposted: bool
    reporters: tuple[str, ...]
    correspondents: tuple[str, ...]
    photographer: str | None
    editors: tuple[str, ...]
    state: str
    status: int


Target = RemoteArticle | str
"""An article (or its id), a site's name, a path on every site ("/a.txt") or on one ("liuti-city/a.txt")."""


class RemoteWorld:
    """The methods of World, for a world behind a control address. Each call is a request of its own.

    A call that makes no sense to the world raises ValueError with the world's words.
    """

    def __init__(self, control: str, timeout_seconds: float = 30.0) -> None:
        self._address = urlsplit(control).netloc
        self._timeout_seconds = timeout_seconds

    def articles(self, site: str | None = None) -> list[RemoteArticle]:
        """All articles of a site, or of all sites, oldest first."""
        query = "" if site is None else f"?site={quote(site)}"
        return [_article(facts) for facts in self._call("GET", f"/articles{query}")]

    def stats(self) -> dict[str, Any]:
        """By site: `requests`, a list of [path, status, times], and `max_concurrent`."""
        found: dict[str, Any] = self._call("GET", "/stats")
        return found

    def publish(self, site: str, n: int = 1, at: datetime | None = None) -> list[RemoteArticle]:
        """The `n` new articles that the site has from now on; `at`: the world's clock is moved on to then."""
        when = None if at is None else at.isoformat()
        return [_article(facts) for facts in self._call("POST", "/publish", site=site, n=n, at=when)]

    def move_on(self, now: datetime) -> None:
        """Nothing: it is so late now in the world."""
        self._call("POST", "/move_on", now=now.isoformat())

    def edit(self, article: Target) -> RemoteArticle:
        """The article with a number corrected and a paragraph added."""
        return _article(self._call("POST", "/edit", article=_id(article)))

    def repost(self, article: Target, to_site: str, *, cut: bool = False) -> RemoteArticle:
        """The copy on another site. `cut`: its first half only, under another headline."""
        return _article(self._call("POST", "/repost", article=_id(article), to_site=to_site, cut=cut))

    def take_down(self, article: Target, status: int = 410) -> RemoteArticle:
        """The article after its address answers `status`."""
        return _article(self._call("POST", "/take_down", article=_id(article), status=status))

    def fail(
        self,
        target: Target,
        status: int = 503,
        times: int | None = None,
        retry_after: float | str | None = None,
    ) -> None:
        """Nothing: the target answers `status`, `times` times or until healed."""
        self._call("POST", "/fail", target=_id(target), status=status, times=times, retry_after=retry_after)

    def stall(self, target: Target, seconds: float, times: int | None = None) -> None:
        """Nothing: the target waits so long before it answers."""
        self._call("POST", "/stall", target=_id(target), seconds=seconds, times=times)

    def redirect(self, article: Target, to: Target, status: int = 301) -> None:
        """Nothing: the address leads to another article, path or URL."""
        self._call("POST", "/redirect", article=_id(article), to=_id(to), status=status)

    def lie(self, target: Target, how: str = "same-etag") -> None:
        """Nothing: the target's validators are wrong from now on: "same-etag" or "always-304"."""
        self._call("POST", "/lie", target=_id(target), how=how)

    def heal(self, target: Target | None = None) -> None:
        """Nothing: what was done to the target ends; to everything if None."""
        self._call("POST", "/heal", target=None if target is None else _id(target))

    def reset_counts(self) -> None:
        """Nothing: requests are counted anew from now on."""
        self._call("POST", "/reset_counts")

    def _call(self, method: str, path: str, **arguments: object) -> Any:
        """The world's answer, from JSON."""
        connection = http.client.HTTPConnection(self._address, timeout=self._timeout_seconds)
        try:
            connection.request(method, path, body=json.dumps(arguments) if method == "POST" else None)
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise ValueError(answer["error"])
        return answer


def _id(target: Target) -> str:
    return target if isinstance(target, str) else target.id


def _article(facts: dict[str, Any]) -> RemoteArticle:
    """An article from its JSON."""
    times = {key: datetime.fromisoformat(facts[key]) for key in ("published", "modified")}
    names = {key: tuple(facts[key]) for key in ("reporters", "correspondents", "editors")}
    return RemoteArticle(**facts | times | names)
