"""What stands before every page where others can reach it: who has not said the token sees the form for it alone.

Before Datasette's own pages too, its files, and every other plugin's. Open are the form, its style sheet and sign, and
of `/-/health` the answer's number, by which a container or a balancer knows whether it is well.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Collection, MutableMapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs

from storage.web import policy
from storage.web.doorway import App, Header, Message, Receive, Send, guarded, host_of, is_known, refuse
from storage.web.pages import frame, rendering, words
from storage.web.pages.operating.probes import OPENED
from storage.web.sessions import COOKIE, LONGEST_SECONDS, Attempts, Sessions

Scope = MutableMapping[str, Any]

SIGNED_IN: Final = "dibao_signed_in"
"""Set in the scope of who has a session, and can end it."""
HEALTH: Final = "/-/health"
LOGIN: Final = f"{frame.ROOT}/login"
LOGOUT: Final = f"{frame.ROOT}/logout"
_PUBLIC: Final = re.compile(rf"{frame.ROOT}/(?:style-[0-9a-f]+\.css|icon\.svg)")
_LONGEST_FORM: Final = 8192
FORM_SECONDS: Final = 10
"""How long a form may take to come."""
_NO_STORE: Final[Header] = (b"cache-control", b"no-store")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """How the pages are reached: their first part of a path, names beside addresses, and whether by https."""

    base: str = "/"
    hosts: Collection[str] = frozenset()
    is_https: bool = False


class Guard:
    """An ASGI application around another, which sees who has said the token only."""

    def __init__(self, app: App, token: str, entrance: Entrance) -> None:
        self._app, self._entrance = app, entrance
        self._sessions = Sessions(token, time.time)
        self._attempts = Attempts(time.monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """None; the request was answered."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            host = host_of(scope["headers"])
            if is_known(host, self._entrance.hosts):
                await self._answer(_Asked(scope, self._entrance.base), receive, send)
            else:
                await refuse(host, send)

    async def _answer(self, asked: _Asked, receive: Receive, send: Send) -> None:
        path, is_post = asked.path, asked.scope["method"] == "POST"
        if path == LOGIN and is_post:
            await self._login(asked, receive, send)
        elif path == LOGOUT and is_post:
            await self._logout(asked, send)
        elif self._sessions.is_open(asked.cookie(COOKIE)):
            if path == LOGIN:
                await self._lead(asked, self._entrance.base, send)
            else:
                await self._app({**asked.scope, SIGNED_IN: True}, receive, send)
        elif _PUBLIC.fullmatch(path):
            await self._app(asked.scope, receive, send)
        elif (token := asked.bearer()) is not None:
            await self._bearer(asked, token, receive, send)
        elif path == HEALTH:
            await self._app({**asked.scope, OPENED: True}, receive, send)
        elif asked.header(b"sec-fetch-site") in {"cross-site", "same-site"} and asked.wants_page():
            await self._again(asked, send)
        else:
            await self._ask(asked, send, 401)

    async def _bearer(self, asked: _Asked, token: str, receive: Receive, send: Send) -> None:
        if (wait := self._attempts.wait(asked.client)) > 0:
            await _say(send, 429, "Too many wrong tokens; try again later.\n", _retry(wait))
        elif self._sessions.is_token(token):
            self._attempts.succeeded(asked.client)
            # Nobody behind this needs the token, and what does not have it cannot write it into a log.
            headers = [(name, value) for name, value in asked.scope["headers"] if name.lower() != b"authorization"]
            await self._app({**asked.scope, "headers": headers}, receive, send)
        else:
            self._attempts.failed(asked.client)
            await self._ask(asked, send, 401)

    async def _login(self, asked: _Asked, receive: Receive, send: Send) -> None:
        try:
            form = await asyncio.wait_for(_form(receive), FORM_SECONDS)
        except TimeoutError:
            form = {}
        onward = _onward(form.get("next", ""), self._entrance.base)
        if (wait := self._attempts.wait(asked.client)) > 0:
            await self._ask(asked, send, 429, onward=onward, wait=wait)
        elif self._sessions.is_token(form.get("token", "").strip()):
            self._attempts.succeeded(asked.client)
            await self._lead(asked, onward, send, self._cookie(self._sessions.begun(), LONGEST_SECONDS))
        else:
            self._attempts.failed(asked.client)
            await self._ask(asked, send, 403, onward=onward)

    async def _logout(self, asked: _Asked, send: Send) -> None:
        """The session of the cookie ends; a page of another site cannot do it, for the cookie is not sent with it."""
        cookie = asked.cookie(COOKIE)
        if not self._sessions.is_open(cookie):
            await self._lead(asked, self._entrance.base, send)
            return
        self._sessions.end(cookie)
        await self._lead(asked, self._entrance.base, send, self._cookie("", 0))

    async def _ask(
        self, asked: _Asked, send: Send, status: int, *, onward: str | None = None, wait: float = 0.0
    ) -> None:
        """The form for the token; for a program one line."""
        headers: list[Header] = [*_retry(wait)] if wait else []
        if status == 401:  # noqa: PLR2004 - RFC 9110, 15.5.2: such an answer names a scheme
            headers.append((b"www-authenticate", b'Bearer realm="dibao"'))
        if not asked.wants_page():
            await _say(send, status, "A token is needed: send it as `Authorization: Bearer TOKEN`.\n", headers)
            return
        said = words.chosen(asked.query("lang"), asked.cookie(words.COOKIE), asked.header(b"accept-language"))
        base = self._entrance.base.rstrip("/")
        here = asked.here() if asked.scope["method"] == "GET" and asked.path != LOGIN else None
        page = rendering.rendered(
            "login.html",
            w=said,
            base=base,
            action=base + LOGIN,
            onward=onward or here or self._entrance.base,
            told="wait" if wait else "wrong" if status == 403 else "",  # noqa: PLR2004
            seconds=round(wait) or 1,
        )
        await _page(send, status, page, headers)

    async def _again(self, asked: _Asked, send: Send) -> None:
        """The same page asked for once more, from here: with a link of another site browsers send no strict cookie."""
        said = words.chosen(asked.query("lang"), asked.cookie(words.COOKIE), asked.header(b"accept-language"))
        await _page(send, 200, rendering.rendered("again.html", w=said, here=asked.here()), [])

    async def _lead(self, asked: _Asked, path: str, send: Send, *headers: Header) -> None:  # noqa: ARG002
        await _send(send, 303, b"", [(b"location", path.encode()), *headers])

    def _cookie(self, value: str, seconds: int) -> Header:
        secure = "; Secure" if self._entrance.is_https else ""
        said = f"{COOKIE}={value}; Path={self._entrance.base}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
        return b"set-cookie", said.encode()


class _Asked:
    """A request, as far as a guard reads it."""

    def __init__(self, scope: Scope, base: str) -> None:
        self.scope = scope
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
        self.whole = path
        self.path = "/" + path.removeprefix(base) if base != "/" and path.startswith(base) else path
        self.client = str((scope.get("client") or ("",))[0])

    def header(self, name: bytes) -> str:
        """A header's value; empty where there is none."""
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key.lower() == name), "")

    def bearer(self) -> str | None:
        """The token that a program has sent (RFC 6750, 2.1), or None."""
        scheme, _, token = self.header(b"authorization").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    def cookie(self, name: str) -> str:
        """A cookie's value; empty where there is none."""
        pairs = (part.strip().partition("=") for part in self.header(b"cookie").split(";"))
        return next((value for key, _, value in pairs if key == name), "")

    def query(self, name: str) -> str | None:
        """A value of the address's query, or None."""
        found = parse_qs(self.scope.get("query_string", b"").decode("latin-1")).get(name)
        return found[0] if found else None

    def wants_page(self) -> bool:
        """Whether a person asks, with a browser."""
        return "text/html" in self.header(b"accept")

    def here(self) -> str:
        """The address that is asked for, without scheme and host."""
        query = self.scope.get("query_string", b"").decode("latin-1")
        # `//host/` would be an address of that host, and so would `/\\host/`.
        path = self.whole.lstrip("/\\").replace("\\", "%5C")
        return f"/{path}{'?' if query else ''}{query}"


def _onward(asked: str, base: str) -> str:
    """Where a person goes who has said the token: to a page of this viewer, whatever the form says."""
    plain = asked.isascii() and asked.isprintable() and "\\" not in asked
    return asked if plain and asked.startswith(base) and not asked.startswith("//") else base


async def _form(receive: Receive) -> dict[str, str]:
    """The fields of a form that was sent; none of one that is too long."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _LONGEST_FORM or message["type"] != "http.request":
            return {}
        if not message.get("more_body", False):
            return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _retry(seconds: float) -> list[Header]:
    return [(b"retry-after", str(max(1, round(seconds))).encode())]


async def _say(send: Send, status: int, text: str, headers: Collection[Header]) -> None:
    await _send(send, status, text.encode(), [(b"content-type", b"text/plain; charset=utf-8"), *headers])


async def _page(send: Send, status: int, page: str, headers: Collection[Header]) -> None:
    ours = [(b"content-type", b"text/html; charset=utf-8"), (b"content-security-policy", policy.OURS.encode())]
    await _send(send, status, page.encode(), [*ours, *headers])


async def _send(send: Send, status: int, body: bytes, headers: Collection[Header]) -> None:
    whole = [*headers, _NO_STORE, (b"content-length", str(len(body)).encode())]
    start: Message = {"type": "http.response.start", "status": status, "headers": guarded(whole)}
    await send(start)
    await send({"type": "http.response.body", "body": body})
