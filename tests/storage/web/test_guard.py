"""Who has not said the token sees a form and nothing else, whatever is asked for and however."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from storage.web import guard, policy
from storage.web.guard import Entrance, Guard
from storage.web.pages import frame, rendering
from tests.storage.web import operated
from tests.storage.web.conftest import Viewer

TOKEN = "correct-horse-battery-staple"  # noqa: S105
PAGE = {"accept": "text/html,*/*;q=0.8"}
BEARER = {"authorization": f"Bearer {TOKEN}"}


class Door:
    """A guarded viewer, asked as over HTTP."""

    def __init__(self, viewer: Viewer, entrance: Entrance | None = None) -> None:
        self.viewer = viewer
        self.app: Any = Guard(viewer.datasette.app(), TOKEN, entrance or Entrance())
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, *, client: str = "192.0.2.7", **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=(client, 5000))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost", cookies=self.cookies) as web:
                return await web.request(method, path, **more)

        return self.viewer.run(asked())

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, headers=headers)

    def login(self, token: str = TOKEN, onward: str = "/-/dibao/runs", **more: Any) -> httpx.Response:
        return self.ask("POST", "/-/dibao/login", data={"token": token, "next": onward}, **more)


@pytest.fixture(scope="module")
def viewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewer]:
    path = tmp_path_factory.mktemp("guarded") / "news.db"
    operated.make(path)
    made = Viewer(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frame, "now", lambda: operated.NOW)
        yield made
    made.close()


@pytest.fixture
def door(viewer: Viewer) -> Door:
    return Door(viewer)


ROUTES = (
    "/", "/-/dibao", "/-/dibao/source/renmin-observer", "/-/dibao/search?q=x", "/-/dibao/runs", "/-/dibao/incidents/1",
    "/news", "/news.json?sql=select+1", "/news/articles", "/news/articles.csv", "/news.db", "/-/metrics",
    "/-/settings.json",
    "/-/databases", "/-/plugins", "/-/metadata", "/-/static/app.css", "/-/static-plugins/x/y", "/-/actor", "/-/logout",
    "/favicon.ico", "/no-such", "//localhost/news", "/-/dibao/../../news", "/-/dibao/style-../../news", "/-/health/x",
    "/-/dibao/login/x", "/-/%68ealth", "/-/dibao/icon.svgx", "/-/dibao/style-0.css/x",
)  # fmt: skip


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "PUT", "OPTIONS"])
def test_without_a_token_no_route_tells_anything(door: Door, method: str, path: str) -> None:
    for headers in ({}, PAGE):
        answer = door.ask(method, path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="dibao"'
        assert "zhongyuan" not in answer.text
        assert TOKEN not in answer.text
        assert answer.headers["cache-control"] == "no-store"


def test_every_route_of_datasette_is_among_those_that_were_tried(viewer: Viewer) -> None:
    """Of each of its routes one: none has a way of its own past the guard."""
    door, seen = Door(viewer), 0
    for pattern, _ in viewer.datasette._routes():
        path = re.sub(r"\(\?P<\w+>[^)]*\)|[\\^$]|\(.*?\)\??", "x", pattern.pattern)
        if any(open_to_all in path for open_to_all in ("/-/health", "style-", "icon.")):
            continue
        assert door.ask("GET", path if path.startswith("/") else "/").status_code == 401, path
        seen += 1
    assert seen > 20


def test_a_program_with_the_token_has_every_route(door: Door) -> None:
    assert door.get("/-/dibao", **BEARER).status_code == 200
    assert door.get("/-/metrics", **BEARER).status_code == 200
    assert door.get("/news/articles.json", **BEARER).status_code == 200
    for wrong in ("Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", f"bearer{TOKEN}", "Bearer \xff\xfe"):
        assert door.ask("GET", "/-/dibao", headers={b"authorization": wrong.encode("latin-1")}).status_code == 401


def test_the_token_in_an_address_opens_nothing(door: Door) -> None:
    for name in ("token", "access_token", "_token"):
        assert door.get(f"/-/dibao?{name}={TOKEN}").status_code == 401


def test_what_is_behind_the_guard_never_sees_the_token() -> None:
    seen: list[Any] = []

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        seen.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ask() -> None:
        transport = httpx.ASGITransport(app=Guard(app, TOKEN, Entrance()))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as web:
            await web.get("/x", headers=BEARER)

    asyncio.run(ask())
    assert TOKEN not in repr(seen[0])


def test_the_form_is_a_page_in_the_visitor_s_language_and_may_do_nothing(door: Door) -> None:
    answer = door.get("/-/dibao/runs?before=9", **PAGE, **{"accept-language": "en"})
    assert answer.status_code == 401
    assert "Say the token" in answer.text
    assert 'value="/-/dibao/runs?before=9"' in answer.text
    assert 'type="password"' in answer.text
    assert answer.headers.get_list("content-security-policy") == [policy.OURS]
    assert answer.headers["x-frame-options"] == "DENY"
    assert door.get(f"/-/dibao/style-{rendering.style_digest()}.css").status_code == 200


def test_who_says_the_token_is_led_on_with_a_cookie_that_only_this_page_is_sent(door: Door) -> None:
    answer = door.login()
    assert answer.status_code == 303
    assert answer.headers["location"] == "/-/dibao/runs"
    cookie = answer.headers["set-cookie"]
    assert TOKEN not in cookie
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/;", "Max-Age=2592000"))
    assert "Secure" not in cookie
    door.cookies = dict(answer.cookies)
    assert door.get("/-/dibao").status_code == 200
    assert door.get("/news/articles.json").status_code == 200
    assert "/-/dibao/logout" in door.get("/-/dibao").text
    assert door.get("/-/dibao/login", **PAGE).headers["location"] == "/"


def test_who_goes_is_gone_and_so_is_the_cookie(door: Door) -> None:
    door.cookies = dict(door.login().cookies)
    answer = door.ask("POST", "/-/dibao/logout")
    assert answer.status_code == 303
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert door.get("/-/dibao").status_code == 401
    assert "set-cookie" not in door.ask("POST", "/-/dibao/logout").headers


def test_a_wrong_token_is_told_and_then_waited_for_also_by_who_has_the_right_one(door: Door) -> None:
    for _ in range(5):
        assert door.login("not-the-token-at-all", headers=PAGE).status_code == 403
    refused = door.login(headers=PAGE)
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert door.get("/-/dibao", **BEARER).status_code == 429
    assert door.login(client="192.0.2.8").status_code == 303


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.test/", "//evil.test/", "/\\evil.test/", "javascript:alert(1)", "", "evil",
        "/x\r\nSet-Cookie: a=b", "/é",
    ],
)  # fmt: skip
def test_nobody_is_led_to_another_site(door: Door, onward: str) -> None:
    assert door.login(onward=onward).headers["location"] == "/"


def test_an_address_with_two_slashes_leads_nowhere_else(door: Door) -> None:
    for headers in (PAGE, {**PAGE, "sec-fetch-site": "cross-site"}):
        answer = door.ask("GET", "http://localhost//evil.test/", headers=headers)
        assert '"//evil' not in answer.text
        assert "url=//" not in answer.text
    sent = asked_raw(door, b"/\\evil.test/")
    assert b"url=/evil.test/" in sent
    assert b"\\" not in sent


def asked_raw(door: Door, path: bytes) -> bytes:
    """What is answered to a visit from elsewhere of a path that no client would send as it is."""
    sent: list[bytes] = []

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))

    headers = [(b"host", b"localhost"), (b"accept", b"text/html"), (b"sec-fetch-site", b"cross-site")]
    scope = {"type": "http", "method": "GET", "path": path.decode(), "raw_path": path, "headers": headers}
    door.viewer.run(door.app({**scope, "query_string": b""}, None, send))
    return b"".join(sent)


def test_a_form_that_is_too_long_or_none_opens_nothing(door: Door) -> None:
    body = urlencode({"token": TOKEN, "more": "x" * 9000})
    assert door.ask("POST", "/-/dibao/login", content=body).status_code == 403
    assert door.ask("POST", "/-/dibao/login", content=b"\xff\xfe").status_code == 403


def test_a_form_that_never_comes_is_not_waited_for(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "FORM_SECONDS", 0)
    sent: list[Any] = []

    async def never() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": "POST", "path": guard.LOGIN, "headers": headers, "client": ("192.0.2.99", 1)}
    door.viewer.run(asyncio.wait_for(door.app(scope, never, send), 5))
    assert sent[0]["status"] == 403


def test_a_session_is_found_among_whatever_cookies_others_have_set(door: Door) -> None:
    session = door.login().cookies["dibao_session"]
    for others in ("x=\xff", "a/b=c", "a[b]=1; =; ;", "a=b; " * 5000):
        cookie = f"{others}; dibao_session={session}; dibao_lang=en".encode("latin-1")
        answer = door.ask("GET", "/-/dibao", headers={b"cookie": cookie})
        assert (answer.status_code, 'lang="en"' in answer.text) == (200, True), others[:20]


def test_a_session_that_somebody_else_has_thought_of_is_none(door: Door) -> None:
    """Nobody is given a number by an attacker and signs it by saying the token: each session has a new one."""
    thought = "9999999999.aaaaaaaaaaaaaaaa." + "0" * 64
    door.cookies = {"dibao_session": thought}
    answer = door.login()
    assert answer.cookies["dibao_session"] != thought
    assert door.get("/-/dibao").status_code == 401


def test_a_link_of_another_site_is_asked_for_once_more_from_here(door: Door) -> None:
    """Browsers keep a strict cookie back from such a visit, also where the visitor has one."""
    answer = door.get("/-/dibao/incidents/2", **PAGE, **{"sec-fetch-site": "cross-site"})
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0; url=/-/dibao/incidents/2">' in answer.text
    assert "renmin" not in answer.text


def test_health_says_its_number_to_anybody_and_its_reasons_to_who_has_the_token(door: Door) -> None:
    assert door.get("/-/health").json() == {"ok": True}
    assert "checks" in door.get("/-/health", **BEARER).json()


def test_a_name_that_nobody_gave_it_is_refused_before_anything(viewer: Viewer) -> None:
    door = Door(viewer, Entrance(hosts={"news.example.org"}, is_https=True, base="/dibao/"))
    assert door.get("/dibao/-/dibao", host="evil.test", **BEARER).status_code == 421
    assert door.get("/dibao/-/dibao", host="evil.test", **PAGE).status_code == 421
    answer = door.get("/dibao/-/dibao", host="news.example.org", **PAGE)
    assert answer.status_code == 401
    assert 'action="/dibao/-/dibao/login"' in answer.text
    form = {"token": TOKEN, "next": "/elsewhere"}
    made = door.ask("POST", "/dibao/-/dibao/login", data=form, headers={"host": "news.example.org"})
    assert made.headers["location"] == "/dibao/"
    assert "Secure" in made.headers["set-cookie"]
    assert "Path=/dibao/" in made.headers["set-cookie"]


def test_what_is_no_request_is_not_let_in(viewer: Viewer) -> None:
    async def knock() -> list[Any]:
        sent: list[Any] = []

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        await Guard(viewer.datasette.app(), TOKEN, Entrance())({"type": "websocket", "headers": []}, receive, send)
        return sent

    assert viewer.run(knock()) == []
    assert guard.LOGIN == "/-/dibao/login"
