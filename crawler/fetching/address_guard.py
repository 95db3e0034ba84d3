"""Refuses connections to private addresses at the moment of connecting: after DNS, after redirects, in any spelling.

The seam. Scrapy 2.19's `http11` handler downloads by `twisted.web.client.Agent`, http and https alike:

    Agent -> _StandardEndpointFactory.endpointForURI -> HostnameEndpoint(reactor, host) [wrapped for TLS]
          -> reactor.nameResolver (literals go through it too, and odd spellings such as 127.1 end here)
          -> TCP4ClientEndpoint / TCP6ClientEndpoint -> reactor.connectTCP(<address literal>, port, ...)

So `reactor.connectTCP` sees every address that is about to be connected, as a literal, once per connection: nothing is
resolved after it, which leaves no gap for a name that changes its answer (rebinding). The guard stands in its place on
the reactor in use. `reactor.connectSSL` calls it as well. An exception raised there becomes the failure of the
endpoint's Deferred and comes to Scrapy's errback. A name instead of a literal (only a TCP4ClientEndpoint with a name
does this, as Scrapy's https tunnel through a proxy) is refused: it would be resolved where nobody looks.

What is refused is decided in `addresses`; that the seam is still there, `seams` finds out. With a proxy the guard sees
the proxy's address only, which it lets through (`exempt`); what is asked through it is looked at before (proxy.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, Self

from scrapy.crawler import Crawler
from twisted.python.failure import Failure

from crawler.fetching import seams
from crawler.fetching.addresses import Network, networks, verdict
from crawler.fetching.causes import cause_of

ALLOW_NETWORKS_SETTING: Final = "DIBAO_ALLOW_NETWORKS"

_GUARD_MARK: Final = "_dibao_unguarded"
_EXEMPT: Final = "_dibao_exempt"


class AddressRefused(Exception):
    """A connection that was not made. Final: not among Scrapy's RETRY_EXCEPTIONS, as ConnectError is.

    `led_to`: a redirect of the request was refused, not the address that was asked for. `sent`: it was refused when it
    was to be connected, not before.
    """

    sent = True

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address} is not connected: {reason}. To allow it, list its network in allow_networks.")
        self.address = address
        self.reason = reason
        self.led_to = False

    def __reduce__(self) -> tuple[type[AddressRefused], tuple[str, str]]:
        return (AddressRefused, (self.address, self.reason))


def install(reactor: Any, allow_networks: Sequence[str]) -> None:
    """Nothing; from now on `reactor` connects only to public addresses and to `allow_networks` (CIDR texts).

    Installing again replaces the list; what is exempt stays so, and connections that are open stay open. Raises
    ValueError for a bad network, and SeamMovedError if Scrapy, Twisted or the reactor are not what it was made for.
    """
    allowed = networks(allow_networks)
    connect: Any = getattr(reactor, "connectTCP", None)
    unguarded = getattr(connect, _GUARD_MARK, connect)
    seams.check_reactor(reactor, unguarded)
    seams.check()
    exempted: Counter[tuple[str, int]] = getattr(connect, _EXEMPT, None) or Counter()
    reactor.connectTCP = _guarded(unguarded, allowed, exempted)


def exempt(reactor: Any, address: str, port: int) -> None:
    """Nothing; the guard on the reactor lets connections to exactly this literal and port pass, until `guard_again`."""
    getattr(reactor.connectTCP, _EXEMPT)[address, port] += 1


def guard_again(reactor: Any, address: str, port: int) -> None:
    """Nothing; what was exempt is guarded again, once as many have said so as had it exempted."""
    getattr(reactor.connectTCP, _EXEMPT)[address, port] -= 1


def find_refusal(error: Failure | BaseException | None) -> AddressRefused | None:
    """The refusal in a failure or exception, or in one that it wraps or was caused by; None if there is none."""
    return cause_of(error, AddressRefused)


class AddressGuard:
    """Scrapy extension that installs the guard on the running reactor when a crawl starts.

    Reads DIBAO_ALLOW_NETWORKS, a list of networks that may be connected although they are private. It must be
    in EXTENSIONS of every crawl; a crawl whose http or https handler would go around the guard does not start.
    """

    def __init__(self, allow_networks: Sequence[str]) -> None:
        from twisted.internet import reactor  # noqa: PLC0415 - importing it earlier would choose a reactor

        install(reactor, allow_networks)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The extension, with the guard in place. Raises SeamMovedError for foreign download handlers."""
        if not crawler.settings.getbool("TWISTED_REACTOR_ENABLED"):
            raise seams.SeamMovedError(
                "TWISTED_REACTOR_ENABLED is off: without Twisted's reactor no address can be guarded"
            )
        seams.check_handlers(crawler.settings.getwithbase("DOWNLOAD_HANDLERS"))
        return cls(crawler.settings.getlist(ALLOW_NETWORKS_SETTING))


def _guarded(
    connect: Callable[..., Any], allowed: tuple[Network, ...], exempted: Counter[tuple[str, int]]
) -> Callable[..., Any]:
    def connect_tcp(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        reason = None if exempted[host, port] > 0 else verdict(host, allowed)
        if reason is not None:
            raise AddressRefused(str(host), reason)
        return connect(host, port, *args, **kwargs)

    setattr(connect_tcp, _GUARD_MARK, connect)
    setattr(connect_tcp, _EXEMPT, exempted)
    return connect_tcp
