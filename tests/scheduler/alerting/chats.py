"""The robots of four chats as real HTTP servers on loopback: each checks what it is sent as the service itself would.

They were written from the documents that the robots' files name, apart from the code that is tested.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.scheduler.told_server import ToldServer

TOKEN = "t0ken-6c1f9b2e"  # noqa: S105 - of these tests alone
SECRET = "SEC7f3a9c0b1d2e4f5a6b7c8d9e0f"  # noqa: S105 - of these tests alone


@dataclass(frozen=True)
class Reply:
    """What is answered. `stall_seconds`: before anything is said. `drop`: the connection is closed instead."""

    status: int = 200
    document: Any = None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    stall_seconds: float = 0.0
    drop: bool = False


Judge = Callable[[dict[str, Any], dict[str, str], bytes], Reply]


class Chat(ToldServer):
    """A context manager. `taken`: the documents that it took; `refused`: what it answered to the others.

    `say`: an answer in place of its own, for a message.
    """

    def __init__(self, judge: Judge, path: str) -> None:
        super().__init__()
        self.taken: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.asked = 0
        self.refused: list[Reply] = []
        self.say: Callable[[int], Reply | None] = lambda _number: None
        self.path = path
        self._judge = judge

    def _take(self, handler: BaseHTTPRequestHandler, headers: dict[str, str], body: bytes) -> None:
        with self.changed:
            self.asked += 1
            reply = self.say(self.asked)
        parts = urlsplit(handler.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        own = self._judge({**query, "path": parts.path}, headers, body) if reply is None else reply
        with self.changed:
            if reply is None and own.status == 200 and _is_good(own):
                self.taken.append(json.loads(body))
                self.headers.append(headers)
            else:
                self.refused.append(own)
            self.changed.notify_all()
        self._over.wait(own.stall_seconds)
        if own.drop:
            handler.close_connection = True
            return
        content = own.body if own.document is None else json.dumps(own.document).encode()
        handler.send_response(own.status)
        for name, value in own.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


def chat(kind: str, secret: str = "") -> Chat:
    """A chat of that kind; with a secret, one that wants signatures."""
    paths = {
        "wecom": f"/cgi-bin/webhook/send?key={TOKEN}",
        "dingtalk": f"/robot/send?access_token={TOKEN}",
        "feishu": f"/open-apis/bot/v2/hook/{TOKEN}",
        "slack": f"/services/T0/B0/{TOKEN}",
        "json": f"/alerts?token={TOKEN}",
    }
    judges = {"wecom": _wecom, "dingtalk": _dingtalk, "feishu": _feishu, "slack": _slack, "json": _json}
    return Chat(lambda query, headers, body: judges[kind](query, headers, body, secret), paths[kind])


def text_of(kind: str, document: dict[str, Any]) -> str:
    """What people see of a message, and what the chat reads signs in."""
    if kind == "wecom":
        return str(document["markdown"]["content"])
    if kind == "dingtalk":
        return f"{document['markdown']['title']}\n{document['markdown']['text']}"
    if kind == "feishu":
        card = document["card"]
        parts = [card["header"]["title"]["content"]]
        for element in card["elements"]:
            parts += [element["text"]["content"]] if element["tag"] == "div" else [element["actions"][0]["url"]]
        return "\n".join(parts)
    return "\n".join([document["text"], *(block["text"]["text"] for block in document["blocks"])])


def _is_good(reply: Reply) -> bool:
    document = reply.document or {}
    return all(document.get(name, 0) == 0 for name in ("errcode", "code"))


def _parsed(headers: dict[str, str], body: bytes) -> dict[str, Any] | None:
    if not headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        found = json.loads(body.decode("utf-8"))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _wecom(query: dict[str, Any], headers: dict[str, str], body: bytes, _secret: str) -> Reply:
    document = _parsed(headers, body)
    if query.get("key") != TOKEN:
        return Reply(document={"errcode": 93000, "errmsg": f"invalid webhook url {query.get('key')}"})
    if document is None or document.get("msgtype") != "markdown":
        return Reply(document={"errcode": 40008, "errmsg": "invalid message type"})
    if len(document["markdown"]["content"].encode("utf-8")) > 4096:
        return Reply(document={"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"})
    return Reply(document={"errcode": 0, "errmsg": "ok"})


def _dingtalk(query: dict[str, Any], headers: dict[str, str], body: bytes, secret: str) -> Reply:
    document = _parsed(headers, body)
    if query.get("access_token") != TOKEN:
        return Reply(document={"errcode": 300001, "errmsg": "token is not exist"})
    if secret:
        stamp = query.get("timestamp", "0")
        wanted = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), digestmod=hashlib.sha256).digest()
        fresh = abs(time.time() * 1000 - int(stamp)) < 3_600_000
        if not fresh or query.get("sign") != base64.b64encode(wanted).decode():
            return Reply(document={"errcode": 310000, "errmsg": "sign not match"})
    if document is None or document.get("msgtype") != "markdown" or not document["markdown"]["title"]:
        return Reply(document={"errcode": 400105, "errmsg": "unsupported msgtype"})
    if len(body) > 20_000:
        return Reply(document={"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"})
    if document["at"]["isAtAll"] or document["at"]["atMobiles"]:
        return Reply(document={"errcode": 1, "errmsg": "nobody is to be called"})
    return Reply(document={"errcode": 0, "errmsg": "ok"})


def _feishu(query: dict[str, Any], headers: dict[str, str], body: bytes, secret: str) -> Reply:
    document = _parsed(headers, body)
    if not query["path"].endswith(TOKEN):
        return Reply(400, {"code": 19001, "msg": "param invalid: incoming webhook access token invalid", "data": {}})
    if document is None or document.get("msg_type") != "interactive" or len(body) > 20_000:
        return Reply(400, {"code": 9499, "msg": "Bad Request", "data": {}})
    if secret:
        stamp = document.get("timestamp", "0")
        wanted = hmac.new(f"{stamp}\n{secret}".encode(), digestmod=hashlib.sha256).digest()
        fresh = abs(time.time() - int(stamp)) < 3_600
        if not fresh or document.get("sign") != base64.b64encode(wanted).decode():
            return Reply(document={"code": 19021, "msg": "sign match fail or timestamp is not within one hour"})
    for element in document["card"]["elements"]:
        assert element["tag"] in {"div", "action"}
        assert element.get("text", {"tag": "plain_text"})["tag"] == "plain_text"
    return Reply(document={"code": 0, "msg": "success", "data": {}, "StatusCode": 0, "StatusMessage": "success"})


def _slack(query: dict[str, Any], headers: dict[str, str], body: bytes, _secret: str) -> Reply:
    document = _parsed(headers, body)
    if not query["path"].endswith(TOKEN):
        return Reply(404, body=b"no_service")
    if document is None or not document.get("text"):
        return Reply(400, body=b"invalid_payload")
    for block in document["blocks"]:
        most = {"header": 150, "section": 3000}[block["type"]]
        if not 0 < len(block["text"]["text"]) <= most or len(document["blocks"]) > 50:
            return Reply(400, body=b"invalid_blocks")
    return Reply(body=b"ok")


def _json(_query: dict[str, Any], headers: dict[str, str], body: bytes, secret: str) -> Reply:
    if secret:
        from standardwebhooks import Webhook  # noqa: PLC0415

        Webhook(secret).verify(body, headers)
    return Reply(204 if _parsed(headers, body) is None else 200)
