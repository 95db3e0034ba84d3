"""The operator's own proxy: the way through it, and what must not be asked through it.

The proxy resolves the names that it is asked for, where the address guard cannot look. So each address is judged here
first: a literal as the guard would judge it; a name by all addresses that this machine finds for it. A name that
resolves nowhere but at the proxy passes, unless it is one of a local network. What a name means to the proxy is the
proxy's business: it should refuse private networks itself.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from ada_url import URL
from scrapy.exceptions import CannotResolveHostError

from crawler.fetching.address_guard import AddressRefused, exempt, guard_again
from crawler.fetching.addresses import Network, verdict


class NotPassedOn(AddressRefused):
    """An address that the proxy is not asked for."""

    sent = False


DNS_SECONDS: Final = 10.0
_NAMES: Final = ThreadPoolExecutor(64, thread_name_prefix="names")
"""Threads of their own: forty names whose servers do not answer kept bodies from being unpacked for 12 s (measured),
for asyncio has six threads for all where there are two cores."""
LOCAL_ENDS: Final = frozenset({"localhost", "local", "internal", "intranet", "lan", "home", "corp", "private", "arpa"})
"""Last labels of names of local networks (RFC 6761, RFC 6762, RFC 8375; ICANN reserved internal, home, corp)."""


class Proxy:
    """One proxy, for one job. `url`: `http://host:port`, as dibao.toml has it; `allowed`: as in `verdict`."""

    def __init__(self, url: str, allowed: Sequence[Network]) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._allowed = allowed
        self._address: str | None = None
        self._finding = asyncio.Lock()
        self._judged: dict[str, str | None] = {}

    async def way_to(self, url: str) -> str:
        """The proxy's own address, a literal that the guard lets pass from now on, if `url` may be asked through it.

        Raises NotPassedOn where it may not, and CannotResolveHostError where the proxy has no address.
        """
        await self._judge(str(URL(url).hostname))
        async with self._finding:
            if self._address is None:
                self._address = await self._find()
        return f"http://[{self._address}]:{self._port}" if ":" in self._address else f"http://{self._address}:{self._port}"

    def close(self) -> None:
        """None; its address is guarded again."""
        from twisted.internet import reactor  # noqa: PLC0415 - importing it earlier would choose a reactor

        if self._address is not None:
            guard_again(reactor, self._address, self._port)
        self._address = None

    async def _judge(self, host: str) -> None:
        if host not in self._judged:
            self._judged[host] = await self._verdict(host)
        reason = self._judged[host]
        if reason is not None:
            raise NotPassedOn(host, reason)

    async def _verdict(self, host: str) -> str | None:
        bare = host.strip("[]")
        if _is_literal(host):
            return verdict(bare, self._allowed)
        found = await _resolved(bare)
        if not found:
            return "a name of a local network" if _is_local(bare) else None
        return next((reason for each in found if (reason := verdict(each, self._allowed)) is not None), None)

    async def _find(self) -> str:
        from twisted.internet import reactor  # noqa: PLC0415 - importing it earlier would choose a reactor

        found = await _resolved(self._host)
        if not found:
            raise CannotResolveHostError(f"the proxy {self._host} of [fetch] proxy cannot be resolved")
        address = next((each for each in found if ":" not in each), found[0])
        exempt(reactor, address, self._port)
        return address


async def _resolved(host: str) -> tuple[str, ...]:
    """The addresses that this machine finds for a name or a literal; none where it finds none in time."""
    asked = partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    looking = asyncio.get_running_loop().run_in_executor(_NAMES, asked)
    try:
        found = await asyncio.wait_for(looking, DNS_SECONDS)
    except (OSError, UnicodeError, TimeoutError):
        return ()
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


def _is_literal(host: str) -> bool:
    """Whether a host as the URL Standard writes it is an address: it leaves no other spelling of one."""
    return host.startswith("[") or host.replace(".", "").isdecimal()


def _is_local(name: str) -> bool:
    labels = name.rstrip(".").lower().split(".")
    return len(labels) == 1 or labels[-1] in LOCAL_ENDS
