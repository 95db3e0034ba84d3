"""Who may look: one token, which programs send with each request and people say once, for a cookie made of it.

The cookie has neither the token nor what it could be had from: an HMAC (RFC 2104) of its own number and end, by the
token. Another token ends all sessions.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

COOKIE = "dibao_session"
LONGEST_SECONDS = 30 * 86_400
"""How long a session lasts."""
SHORTEST_TOKEN = 16
"""Characters of a token: so many of chance cannot be tried out."""
FREE_FAILURES = 5
"""Wrong tokens of one address that cost no time; from then on each doubles the time until the next may be said."""
LONGEST_WAIT_SECONDS = 60.0
_MOST_ADDRESSES = 1_000
_MOST_ENDED = 10_000

Clock = Callable[[], float]


class BadToken(ValueError):
    """The token is none that can be used; the message says why."""


def checked(token: str) -> str:
    """The token. Raises BadToken where it is short, or cannot be sent in a header."""
    if len(token) < SHORTEST_TOKEN:
        raise BadToken(f"the token has {len(token)} characters, and must have {SHORTEST_TOKEN} or more")
    if not all("!" <= character <= "~" for character in token):
        raise BadToken("the token may have letters, digits and signs of ASCII only, and no space")
    return token


class Sessions:
    """The token and the sessions that were begun with it. `clock`: seconds since 1970."""

    def __init__(self, token: str, clock: Clock) -> None:
        self._digest, self._key, self._clock = sha256(token.encode()).digest(), token.encode(), clock
        self._ended: OrderedDict[str, None] = OrderedDict()

    def is_token(self, said: str) -> bool:
        """Whether that is the token; it takes as long for each text (digests of one length are compared)."""
        return hmac.compare_digest(sha256(said.encode("utf-8", "replace")).digest(), self._digest)

    def begun(self) -> str:
        """The value of a cookie for a new session."""
        named = f"{int(self._clock()) + LONGEST_SECONDS}.{secrets.token_urlsafe(12)}"
        return f"{named}.{self._mac(named)}"

    def is_open(self, cookie: str) -> bool:
        """Whether the value of a cookie is of a session that goes on."""
        named, _, mac = cookie.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(named).encode()):
            return False
        return int(named.partition(".")[0]) > self._clock() and cookie not in self._ended

    def end(self, cookie: str) -> None:
        """None; the session is over, also for who copied the cookie."""
        if self.is_open(cookie):
            self._ended[cookie] = None
            while len(self._ended) > _MOST_ENDED:
                self._ended.popitem(last=False)

    def _mac(self, named: str) -> str:
        return hmac.new(self._key, f"dibao session {named}".encode(), sha256).hexdigest()


class Attempts:
    """Wrong tokens by the address that said them. `clock`: seconds that only grow."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait(self, address: str) -> float:
        """Seconds until a token of that address is looked at again; 0 where that is at once."""
        _, until = self._failures.get(_network(address), (0, 0.0))
        return max(0.0, until - self._clock())

    def failed(self, address: str) -> None:
        """None; the address has said a wrong token."""
        key = _network(address)
        count = self._failures.pop(key, (0, 0.0))[0] + 1
        # The exponent is bounded before the power is taken: failures are without end.
        wait = 0.0 if count < FREE_FAILURES else min(LONGEST_WAIT_SECONDS, 2.0 ** min(10, count - FREE_FAILURES))
        self._failures[key] = (count, self._clock() + wait)
        while len(self._failures) > _MOST_ADDRESSES:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """None; what the address has said wrong is forgotten."""
        self._failures.pop(_network(address), None)


def _network(address: str) -> str:
    """What stands for whoever has an address: of IPv6, one customer has 2^64 of them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else str(parsed)
