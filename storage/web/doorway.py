"""What stands between a browser and Datasette: who may ask, what a page may do, and CSV without formulas.

A page of the web can have its own name resolve to 127.0.0.1 (DNS rebinding) and so read whatever listens there, as if
it were its own; but its browser goes on sending that name as Host. An address in Host cannot be forged that way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from ipaddress import ip_address
from typing import Any

from storage.web.csv_answers import CsvAnswer
from storage.web.policy import policy

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

_SAID = (
    "This viewer does not answer to the name {host}. The names that it may have stand in its metadata, beside localhost"
    ' and addresses: "plugins": {{"dibao": {{"hosts": ["news.example.org"]}}}}\n'
)
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
        host = _host(scope["headers"])
        if not _is_known(host, self._hosts):
            await _refuse(host, send)
            return
        cells = CsvAnswer()

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                cells.begin(scope["path"], message["headers"])
                message = {**message, "headers": _guarded(message["headers"])}
            elif message["type"] == "http.response.body":
                part = cells.part(message.get("body", b""), more=message.get("more_body", False))
                message = {**message, "body": part}
            await send(message)

        await self._app(scope, receive, sent)


def _host(headers: Iterable[Header]) -> str:
    """The one host that is asked for, without its port and in lower case; empty where it is none, or two."""
    found = [value for name, value in headers if name.lower() == b"host"]
    if len(found) != 1:
        return ""
    host, _, port = found[0].decode("latin-1").lower().rpartition(":")
    return host if port.isdigit() else found[0].decode("latin-1").lower()


def _is_known(host: str, known: Collection[str]) -> bool:
    name = host.removesuffix(".")
    if name == "localhost" or name.endswith(".localhost") or name in known:
        return bool(name)
    try:
        ip_address(name[1:-1] if name.startswith("[") and name.endswith("]") else name)
    except ValueError:
        return False
    return True


async def _refuse(host: str, send: Send) -> None:
    body = _SAID.format(host=host[:100] or "(none)").encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": _NOT_HERE, "headers": _guarded(headers)})
    await send({"type": "http.response.body", "body": body})


def _guarded(headers: Iterable[Header]) -> list[Header]:
    """The headers with ours; a Content-Security-Policy that is there already holds beside it, both must allow."""
    ours = {
        b"content-security-policy": policy().encode(),
        b"x-content-type-options": b"nosniff",
        b"x-frame-options": b"DENY",
        b"referrer-policy": b"no-referrer",
        b"cross-origin-opener-policy": b"same-origin",
        b"cross-origin-resource-policy": b"same-origin",
    }
    kept = [(name, value) for name, value in headers if name == b"content-security-policy" or name.lower() not in ours]
    return [*kept, *ours.items()]
