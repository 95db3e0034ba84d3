"""What is looked at before anything is spent on a request: its scheme, its port, and the way through a proxy.

Redirects, robots.txt and the parts of an article pass here too. The address itself is judged when it is connected
(address_guard.py), or here where a proxy would connect it.
"""

from __future__ import annotations

from typing import Final, Self
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import UnsupportedURLSchemeError
from scrapy.http import Request

from crawler.fetching.address_guard import ALLOW_NETWORKS_SETTING
from crawler.fetching.addresses import networks, port_of
from crawler.fetching.proxy import Proxy
from crawler.fetching.refusals import PortRefused

PORTS_SETTING: Final = "DIBAO_PORTS"
PROXY_SETTING: Final = "DIBAO_PROXY"
NOBODY: Final = "about:nobody"
"""The address of a request that is sent to nobody (middleware.py)."""
SCHEMES: Final = ("http://", "https://")
LONGEST_NAME: Final = 254
"""RFC 1035 section 2.3.4, with the dot of the root."""


class Doors:
    """Scrapy's downloader middleware. `ports`: those that may be asked, None for all."""

    def __init__(self, ports: frozenset[int] | None, proxy: Proxy | None) -> None:
        self._ports = ports
        self._proxy = proxy

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The middleware of one crawl, as DIBAO_PORTS, DIBAO_PROXY and DIBAO_ALLOW_NETWORKS say."""
        settings = crawler.settings
        ports, proxy = settings.get(PORTS_SETTING), settings.get(PROXY_SETTING)
        allowed = networks(settings.getlist(ALLOW_NETWORKS_SETTING))
        doors = cls(None if ports is None else frozenset(ports), Proxy(proxy, allowed) if proxy else None)
        crawler.signals.connect(doors.close, signal=signals.spider_closed)
        return doors

    def close(self) -> None:
        """None; the proxy's address is as guarded as any other, unless other jobs use it."""
        if self._proxy is not None:
            self._proxy.close()

    async def process_request(self, request: Request) -> None:
        """None, where the request may be sent, through the proxy if there is one.

        Raises UnsupportedURLSchemeError, ValueError for a host that is no name and for an address with a password,
        PortRefused, and with a proxy AddressRefused or CannotResolveHostError.
        """
        url = request.url
        if url == NOBODY:
            return
        if not url.lower().startswith(SCHEMES):
            raise UnsupportedURLSchemeError(f"neither http nor https: {url[:100]}")
        authority = urlsplit(url).netloc
        if "@" in authority:
            raise ValueError("an address with a user name or a password")
        _check_name(urlsplit(url).hostname or "")
        if self._ports is not None and (port := port_of(url)) not in self._ports:
            raise PortRefused(authority, port)
        if self._proxy is not None:
            request.meta["proxy"] = await self._proxy.way_to(url)


def _check_name(host: str) -> None:
    """Nothing; raises ValueError for a host with an empty label, one of more than 63 characters, or too many.

    Python's resolver raises UnicodeError of them, which Twisted's leaves unhandled: the request waited for all of its
    30 s, and the host was counted as silent (seen).
    """
    if len(host) > LONGEST_NAME:
        raise ValueError(f"a name of {len(host)} characters")
    host.encode("idna")
