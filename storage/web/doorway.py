"""What stands between a browser and Datasette: who may ask, what a page may do, and CSV without formulas.

A page of the web can have its own name resolve to 127.0.0.1 (DNS rebinding) and so read whatever listens there, as if
it were its own; but its browser goes on sending that name as Host. An address in Host cannot be forged that way.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from ipaddress import ip_address
from typing import Any

from storage.web.csv_answers import CsvAnswer
from storage.web.policy import OURS, policy

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

POLICY = b"content-security-policy"
_SAID = (
    "This viewer does not answer to the name {host}. The names that it may have stand in its metadata, beside localhost"
    ' and addresses: "plugins": {{"dibao": {{"hosts": ["news.example.org"]}}}}\n'
)
_COOKIE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+=[\x21-\x7e]*")
_NOT_HERE = 421  # RFC 9110, 15.5.20: Misdirected Request


class Doorway:
    """An ASGI application around another. `hosts`: names, beside localhost and addresses, under which it is known."""

    def __init__(self, app: App, hosts: Collection[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """None; the request was answered: by the application within the rules, or refused with 421."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = host_of(scope["headers"])
        if not is_known(host, self._hosts):
            await refuse(host, send)
            return
        cells = CsvAnswer()

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                cells.begin(scope["path"], message["headers"])
                message = {**message, "headers": guarded(message["headers"])}
            elif message["type"] == "http.response.body":
                part = cells.part(message.get("body", b""), more=message.get("more_body", False))
                message = {**message, "body": part}
            await send(message)

        await self._app({**scope, "headers": readable(scope["headers"])}, receive, sent)


def readable(headers: Iterable[Header]) -> list[Header]:
    """The headers, of cookies those alone that are well made (RFC 6265, 4.1.1): of others Datasette ends in an error.

    Other programs of the same host may have set such ones.
    """
    return [(name, _well_made(value) if name.lower() == b"cookie" else value) for name, value in headers]


def _well_made(cookies: bytes) -> bytes:
    return b"; ".join(pair for part in cookies.split(b";") if _COOKIE.fullmatch(pair := part.strip()))


def host_of(headers: Iterable[Header]) -> str:
    """The one host that is asked for, without its port and in lower case; empty where it is none, or two."""
    found = [value for name, value in headers if name.lower() == b"host"]
    if len(found) != 1:
        return ""
    host, _, port = found[0].decode("latin-1").lower().rpartition(":")
    return host if port.isdigit() else found[0].decode("latin-1").lower()


def is_known(host: str, known: Collection[str]) -> bool:
    """Whether a viewer answers to a host: an address, localhost, or a name that it knows."""
    name = host.removesuffix(".")
    if name == "localhost" or name.endswith(".localhost") or name in known:
        return bool(name)
    try:
        ip_address(name[1:-1] if name.startswith("[") and name.endswith("]") else name)
    except ValueError:
        return False
    return True


async def refuse(host: str, send: Send) -> None:
    """None; the request was answered: this viewer has another name."""
    body = _SAID.format(host=host[:100] or "(none)").encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": _NOT_HERE, "headers": guarded(headers)})
    await send({"type": "http.response.body", "body": body})


def guarded(headers: Iterable[Header]) -> list[Header]:
    """The headers with ours. Pages of ours have said a stricter policy; another's holds beside it: both must allow."""
    ours = {
        POLICY: policy().encode(),
        b"x-content-type-options": b"nosniff",
        b"x-frame-options": b"DENY",
        b"referrer-policy": b"no-referrer",
        b"cross-origin-opener-policy": b"same-origin",
        b"cross-origin-resource-policy": b"same-origin",
    }
    kept = [(name, value) for name, value in headers if name.lower() == POLICY or name.lower() not in ours]
    if any(header == (POLICY, OURS.encode()) for header in kept):
        del ours[POLICY]
    return [*kept, *ours.items()]
