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

With a proxy the guard sees the proxy's address only; what the proxy connects to is the proxy's business.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final, Self

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.utils.misc import load_object
from twisted.internet import endpoints
from twisted.python.failure import Failure
from twisted.web import client

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

ALLOW_NETWORKS_SETTING: Final = "DIBAO_ALLOW_NETWORKS"

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_IPV4_COMPATIBLE = IPv6Network("::/96")  # RFC 4291 section 2.5.5.1, deprecated
_REFUSED: Final = (
    (ip_network("100.64.0.0/10"), "shared address space (CGNAT)"),  # RFC 6598
    (ip_network("192.88.99.0/24"), "6to4 relay"),  # RFC 7526
    (ip_network("64:ff9b:1::/48"), "local NAT64"),  # RFC 8215
    (ip_network("3fff::/20"), "documentation"),  # RFC 9637, which Python 3.11 does not know
)
_METADATA = frozenset({"169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"})
"""Where clouds tell a machine its secrets: most of them, AWS by IPv6, Alibaba, Azure's wire server, Oracle."""

_GUARD_MARK: Final = "_dibao_unguarded"


class AddressRefused(Exception):
    """A connection that was not made. Final: not among Scrapy's RETRY_EXCEPTIONS, as ConnectError is."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address} is not connected: {reason}. To allow it, list its network in allow_networks.")
        self.address = address
        self.reason = reason

    def __reduce__(self) -> tuple[type[AddressRefused], tuple[str, str]]:
        return (AddressRefused, (self.address, self.reason))


class SeamMovedError(RuntimeError):
    """Scrapy or Twisted no longer connect in the way that the guard stands in; nothing may be fetched unguarded."""


def refusal(address: str, allowed: Sequence[Network]) -> str | None:
    """Why an address must not be connected, None if it may: only global unicast may, and what `allowed` lists.

    An IPv6 address that carries an IPv4 one (mapped, compatible, NAT64, 6to4, Teredo) is judged by every address in it:
    `ipaddress.is_global` alone says that 64:ff9b::7f00:1 is global. `allowed` counts for the address itself or for the
    IPv4 address that it maps.
    """
    try:
        literal = ip_address(address)
    except ValueError:
        return "not an address literal"
    judged = _judged(literal)
    if any(_contains(network, each) for network in allowed for each in (literal, judged[0])):
        return None
    return next((reason for each in judged if (reason := _fault(each)) is not None), None)


def install(reactor: Any, allow_networks: Sequence[str]) -> None:
    """Nothing; from now on `reactor` connects only to public addresses and to `allow_networks` (CIDR texts).

    Installing again replaces the list. Connections that are open stay open. Raises ValueError for a bad network and
    SeamMovedError if Twisted or the reactor are not what the guard was made for.
    """
    allowed = tuple(_network(text) for text in allow_networks)
    _check_seam(reactor)
    connect = getattr(reactor.connectTCP, _GUARD_MARK, reactor.connectTCP)
    reactor.connectTCP = _guarded(connect, allowed)


def find_refusal(error: Failure | BaseException | None) -> AddressRefused | None:
    """The refusal in a failure or exception, or in one that it wraps or was caused by; None if there is none."""
    waiting: list[Any] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop()
        if isinstance(current, Failure):
            current = current.value
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        if isinstance(current, AddressRefused):
            return current
        seen.add(id(current))
        waiting.extend(_causes(current))
    return None


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
            raise SeamMovedError("TWISTED_REACTOR_ENABLED is off: without Twisted's reactor no address can be guarded")
        check_handlers(crawler.settings.getwithbase("DOWNLOAD_HANDLERS"))
        return cls(crawler.settings.getlist(ALLOW_NETWORKS_SETTING))


def check_handlers(handlers: Any) -> None:
    """Nothing. Raises SeamMovedError unless http and https are downloaded by Scrapy's Twisted handler (http11) or not.

    The aiohttp and httpx handlers open their sockets without the reactor.
    """
    for scheme in ("http", "https"):
        handler = handlers.get(scheme)
        if handler is None:
            continue
        loaded = load_object(handler)
        if not (isinstance(loaded, type) and issubclass(loaded, HTTP11DownloadHandler)):
            raise SeamMovedError(
                f"DOWNLOAD_HANDLERS[{scheme!r}] is {handler!r}, which does not connect through the guard; "
                f"use {HTTP11DownloadHandler.__module__}.{HTTP11DownloadHandler.__qualname__}"
            )


def _guarded(connect: Callable[..., Any], allowed: tuple[Network, ...]) -> Callable[..., Any]:
    def connect_tcp(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        reason = refusal(host, allowed)
        if reason is not None:
            raise AddressRefused(str(host), reason)
        return connect(host, port, *args, **kwargs)

    setattr(connect_tcp, _GUARD_MARK, connect)
    return connect_tcp


def _network(text: str) -> Network:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise ValueError(f"allow_networks: {text!r} is no network; write 127.0.0.0/8 or ::1 ({error})") from error


def _judged(address: Address) -> tuple[Address, ...]:
    """The addresses that decide about one: those it stands for, or itself and those it carries."""
    if isinstance(address, IPv4Address):
        return (address,)
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped is not None or address in _NAT64:
        return (low,)
    if address.sixtofour is not None:
        return (address, address.sixtofour)
    if address.teredo is not None:
        return (address, *address.teredo)
    return (address, low) if address in _IPV4_COMPATIBLE else (address,)


def _fault(address: Address) -> str | None:
    """Why one address, taken by itself, is no global unicast address; None if it is one."""
    if str(address) in _METADATA:
        return "cloud metadata"
    for network, name in _REFUSED:
        if _contains(network, address):
            return name
    kinds = ("unspecified", "loopback", "link_local", "multicast", "site_local", "private", "reserved")
    fault = next((kind for kind in kinds if getattr(address, f"is_{kind}", False)), None)
    return fault or (None if address.is_global else "not_global")


def _contains(network: Network, address: Address) -> bool:
    return network.version == address.version and address in network


def _causes(error: BaseException) -> Iterator[Any]:
    yield error.__cause__
    yield error.__context__
    yield from getattr(error, "reasons", None) or ()  # twisted.web: ResponseFailed and its kin
    yield getattr(error, "subFailure", None)  # twisted.internet.defer.FirstError
    yield getattr(error, "reason", None)
    if isinstance(error, BaseExceptionGroup):
        yield from error.exceptions


def _check_seam(reactor: Any) -> None:
    """Nothing; raises SeamMovedError where a function no longer calls the next one of the chain above."""
    connect = getattr(reactor, "connectTCP", None)
    if not callable(connect) or list(inspect.signature(getattr(connect, _GUARD_MARK, connect)).parameters)[:1] != [
        "host"
    ]:
        raise SeamMovedError(f"{type(reactor).__name__}.connectTCP(host, ...) is gone; the address guard has no place")
    chain = (
        (client, "_StandardEndpointFactory.endpointForURI", "HostnameEndpoint"),
        (endpoints, "HostnameEndpoint.connect", "TCP4ClientEndpoint"),
        (endpoints, "HostnameEndpoint.connect", "TCP6ClientEndpoint"),
        (endpoints, "TCP4ClientEndpoint.connect", "connectTCP"),
        (endpoints, "TCP6ClientEndpoint._resolvedHostConnect", "connectTCP"),
    )
    for module, path, callee in chain:
        if callee not in _names_used(module, path):
            raise SeamMovedError(
                f"{module.__name__}.{path} does not use {callee} any more: the address guard must be looked at again "
                "before anything is fetched with this version of Twisted"
            )


def _names_used(module: Any, path: str) -> frozenset[str]:
    function: Any = module
    for name in path.split("."):
        function = getattr(function, name, None)
    code = getattr(function, "__code__", None)
    return frozenset() if code is None else frozenset(_names_of(code))


def _names_of(code: Any) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _names_of(constant)
