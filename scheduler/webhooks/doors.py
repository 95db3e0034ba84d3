"""To which addresses messages may be sent, decided when a connection is made: after its name was resolved."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import ada_url

from crawler.fetching.addresses import Network, is_metadata, networks, verdict

_LOOPBACK = networks(["127.0.0.0/8", "::1"])


class Refused(OSError):
    """A connection that was not made. An OSError, for aiohttp passes nothing else on from its `socket_factory`."""


@dataclass(frozen=True, slots=True)
class Door:
    """What one receiver may be connected to: public addresses and `allowed`, which its operator listed or wrote.

    An address at which a cloud tells a machine its secrets is refused whatever was written.
    """

    allowed: tuple[Network, ...] = ()

    def socket(self, address: tuple[Any, ...]) -> socket.socket:
        """A socket for an address as `getaddrinfo` gives it: aiohttp's `socket_factory`. Raises Refused."""
        family, kind, protocol, _, (ip, *_) = address
        reason = "cloud metadata" if is_metadata(ip) else verdict(ip, self.allowed)
        if reason is not None:
            raise Refused(reason)
        return socket.socket(family, kind, protocol)


def door_of(url: str, allow_networks: Iterable[str] = ()) -> Door:
    """The door of a receiver: the networks that were allowed, and what its URL has as an address or as `localhost`.

    Who writes an address means that machine. A name may be answered for by others, now or later.
    """
    return Door((*networks(allow_networks), *_written(url)))


def _written(url: str) -> tuple[Network, ...]:
    """The address that a URL names without a name server, in whatever spelling; none where it names a host."""
    host = ada_url.URL(url).hostname.strip("[]")
    if host == "localhost":
        return _LOOPBACK
    try:
        return networks([str(ip_address(host))])
    except ValueError:
        return ()
