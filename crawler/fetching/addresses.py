"""Which addresses and ports may be connected: the one place that decides, for pages and for webhooks.

Pure: it resolves nothing and connects to nothing. The guard asks it at the moment of connecting (address_guard.py), the
door of the hosts asks it for the port of each request (middleware.py), the sender of webhooks for each address of its
receiver.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

METADATA: Final = frozenset({"169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"})
"""Where clouds tell a machine its secrets: most of them, AWS by IPv6, Alibaba, Azure's wire server, Oracle."""
IS_METADATA: Final = "cloud metadata"
WEB_PORTS: Final = frozenset({80, 443, 8000, 8080, 8443})
"""Where web servers listen. On others stand mail, databases and consoles, which take a request for commands."""

_SCHEME_PORTS: Final = {"http": 80, "https": 443}
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_IPV4_COMPATIBLE = IPv6Network("::/96")  # RFC 4291 section 2.5.5.1, deprecated
_ISATAP = 0x00005EFE  # RFC 5214 section 6.1: the middle of an address that carries an IPv4 one, under any prefix
_UNIVERSAL = 0x02000000  # the bit that says that the carried address is a public one; it may be set or not
_REFUSED: Final = (
    (ip_network("100.64.0.0/10"), "shared address space (CGNAT)"),  # RFC 6598
    (ip_network("192.88.99.0/24"), "6to4 relay"),  # RFC 7526
    (ip_network("64:ff9b:1::/48"), "local NAT64"),  # RFC 8215
    (ip_network("3fff::/20"), "documentation"),  # RFC 9637, which Python 3.11 does not know
)


def verdict(ip: str, allowed: Sequence[Network] = ()) -> str | None:
    """Why an address must not be connected, None if it may: only global unicast may, and what `allowed` lists.

    `ip` is a literal; anything else is refused too ("not an address literal"), so a name is to be resolved first, and
    each of its addresses asked for. An IPv6 address that carries an IPv4 one (mapped, compatible, NAT64, 6to4, Teredo,
    ISATAP) is judged by every address in it: `ipaddress.is_global` alone says that 64:ff9b::7f00:1 is global. `allowed`
    counts for the address itself or for the IPv4 address that it maps. Raises nothing.
    """
    try:
        literal = ip_address(ip)
    except ValueError:
        return "not an address literal"
    judged = _judged(literal)
    if any(_contains(network, each) for network in allowed for each in (literal, judged[0])):
        return None
    return next((reason for each in judged if (reason := _fault(each)) is not None), None)


def is_metadata(ip: str) -> bool:
    """Whether a literal is, or carries, an address at which a cloud tells a machine its secrets."""
    try:
        return any(str(each) in METADATA for each in _judged(ip_address(ip)))
    except ValueError:
        return False


def open_ports(urls: Iterable[str], more: Iterable[int] = ()) -> tuple[int, ...]:
    """The ports that may be asked, in order: those of the web, of these addresses (absolute, http or https), and more.

    Raises ValueError for an address that is none.
    """
    return tuple(sorted({*WEB_PORTS, *map(port_of, urls), *more}))


def port_of(url: str) -> int:
    """The port that a http or https address names, or that its scheme has. Raises ValueError for a port that is none.

    This much is said of every request, so it is read by the standard library, not by the URL Standard: both find the
    same port in an address that Scrapy has made safe.
    """
    parts = urlsplit(url)
    return parts.port if parts.port is not None else _SCHEME_PORTS.get(parts.scheme, 0)


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """The networks that CIDR texts name. Raises ValueError for the first that names none."""
    return tuple(map(_network, texts))


def _network(text: str) -> Network:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise ValueError(f"allow_networks: {text!r} is no network; write 127.0.0.0/8 or ::1 ({error})") from error


def _judged(address: Address) -> tuple[Address, ...]:
    """The addresses that decide about one: those it stands for, or itself and those it carries."""
    if isinstance(address, IPv4Address):
        return (address,)
    address = IPv6Address(int(address))  # without its zone (fd00:ec2::254%2), which makes it no other
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped is not None or address in _NAT64:
        return (low,)
    if address.sixtofour is not None:
        return (address, address.sixtofour)
    if address.teredo is not None:
        return (address, *address.teredo)
    carries = address in _IPV4_COMPATIBLE or (int(address) >> 32) & 0xFFFFFFFF & ~_UNIVERSAL == _ISATAP
    return (address, low) if carries else (address,)


def _fault(address: Address) -> str | None:
    """Why one address, taken by itself, is no global unicast address; None if it is one."""
    if str(address) in METADATA:
        return IS_METADATA
    for network, name in _REFUSED:
        if _contains(network, address):
            return name
    kinds = ("unspecified", "loopback", "link_local", "multicast", "site_local", "private", "reserved")
    fault = next((kind for kind in kinds if getattr(address, f"is_{kind}", False)), None)
    return fault or (None if address.is_global else "not_global")


def _contains(network: Network, address: Address) -> bool:
    return network.version == address.version and address in network
