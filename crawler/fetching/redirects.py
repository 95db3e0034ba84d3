"""Where a redirect leads, read as browsers read it, and refused where no crawler follows.

In place of Scrapy's RedirectMiddleware, which lets what a Location says end in a ValueError, hands user names and
passwords on to the next server's name, and takes a redirect to file: for an answer.
"""

from __future__ import annotations

import re
from typing import Final, Self

from ada_url import URL
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest, NotConfigured
from scrapy.http import Request, Response

from crawler.fetching.refusals import BadRedirect
from storage.identity import MAX_URL_CHARACTERS

STATUSES: Final = frozenset({301, 302, 303, 307, 308})
SCHEMES: Final = frozenset({"http:", "https:"})
SHOWN: Final = 200
# Ahead of pages that were not begun: the page that it belongs to is half done (Scrapy's REDIRECT_PRIORITY_ADJUST).
PRIORITY: Final = 2
_OWN_TO_A_SITE: Final = ("Cookie", "Authorization", "Proxy-Authorization")
_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")


class Redirects:
    """Scrapy's downloader middleware that follows redirects, at most `most` for one request.

    The request that it makes has the meta of the first, and `redirect_urls`: the addresses that led to it, in order.
    """

    def __init__(self, most: int) -> None:
        self._most = most

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware, for REDIRECT_MAX_TIMES redirects. Raises NotConfigured where REDIRECT_ENABLED is off."""
        if not crawler.settings.getbool("REDIRECT_ENABLED"):
            raise NotConfigured
        return cls(crawler.settings.getint("REDIRECT_MAX_TIMES"))

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """The request that a redirect asks for, or the response if it is none.

        Raises BadRedirect where it leads nowhere that may be asked, IgnoreRequest where there were too many.
        """
        location = response.headers.get(b"Location")
        if location is None or response.status not in STATUSES:
            return response
        url = target(request.url, location)
        passed = [*request.meta.get("redirect_urls", ()), request.url]
        if len(passed) > self._most:
            raise IgnoreRequest("max redirections reached")
        following = request.replace(url=url, priority=request.priority + PRIORITY)
        following.meta["redirect_urls"] = passed
        following.headers.pop("Referer", None)
        if _origin(url) != _origin(request.url):
            for name in _OWN_TO_A_SITE:
                following.headers.pop(name, None)
        return following


def target(url: str, location: bytes) -> str:
    """The address to which a Location header leads from `url`, with the fragment of `url` if it brings none.

    Resolved by the URL Standard (WHATWG); bytes that are not ASCII are escaped as they came, so GBK stays GBK. Raises
    BadRedirect for what is no address, one of another scheme than http and https, one with a user name or a password,
    and one of more than 2,083 characters.
    """
    text = _NOT_ASCII.sub(lambda byte: b"%%%02X" % byte[0][0], location).decode("ascii")
    try:
        found = URL(text, base=url)
    except ValueError:
        raise BadRedirect(f"redirect to what is no address: {_shown(text)}") from None
    if found.protocol not in SCHEMES or not found.hostname:
        raise BadRedirect(f"redirect to {_shown(text)}, which is neither http nor https")
    if found.username or found.password:
        raise BadRedirect("redirect to an address with a user name or a password")
    if not found.hash:
        found.hash = URL(url).hash
    if len(found.href) > MAX_URL_CHARACTERS:
        raise BadRedirect(f"redirect to an address of {len(found.href)} characters: {_shown(text)}")
    return str(found.href)


def _origin(url: str) -> str:
    return str(URL(url).origin)


def _shown(text: str) -> str:
    return repr(text[:SHOWN])
