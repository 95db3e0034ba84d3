"""A program that is told of changes: a real HTTP server on loopback that checks signatures with another hand's library.

How it behaves is a function of the message: it gives back a status and headers, or an oddity.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

from standardwebhooks import Webhook

from tests.scheduler.told_server import ToldServer

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="  # noqa: S105 - of these tests alone


@dataclass(frozen=True)
class Told:
    """A message that came with a good signature."""

    id: str
    type: str
    data: dict[str, Any]
    headers: dict[str, str]
    at: float


@dataclass(frozen=True)
class Reply:
    """What is answered. `drop`: the connection is reset instead. `stall_seconds`: before anything is said."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    drop: bool = False
    stall_seconds: float = 0.0
    drip: bool = False


Behaviour = Callable[[Told], Reply]


class Receiver(ToldServer):
    """A context manager. `told`: all messages that came, in their order; `taken`: ids of those that got a 2xx."""

    path = "/hooks/dibao?token=t0ken"

    def __init__(self, behave: Behaviour = lambda _told: Reply(), *, strict: bool = False) -> None:
        super().__init__()
        self.behave, self.strict = behave, strict
        self.told: list[Told] = []
        self.taken: list[str] = []
        self.bad: list[str] = []
        self.open = self.most_open = 0

    @property
    def seqs(self) -> list[int]:
        """The changes that were taken, in the order in which they came first."""
        return list(dict.fromkeys(int(message.split("-")[-2]) for message in self.taken))

    def _take(self, handler: BaseHTTPRequestHandler, headers: dict[str, str], body: bytes) -> None:
        with self.changed:
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        try:
            told = self._verified(body, headers)
            reply = self.behave(told)
            with self.changed:
                if 200 <= reply.status < 300 and not reply.drop:
                    self.taken.append(told.id)
                self.changed.notify_all()
            self._answer(handler, reply)
        finally:
            with self.changed:
                self.open -= 1

    def _verified(self, body: bytes, headers: dict[str, str]) -> Told:
        try:
            document = self._checked(body, headers)
        except Exception as error:
            self.bad.append(f"{type(error).__name__}: {error}")
            raise
        told = Told(headers["webhook-id"], document["type"], document["data"], headers, time.monotonic())
        with self.changed:
            self.told.append(told)
        return told

    def _checked(self, body: bytes, headers: dict[str, str]) -> Any:
        if self.strict:
            return Webhook(SECRET).verify(body, headers)
        # Tests that move the clock sign with times that the library would refuse.
        moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
        expected = Webhook(SECRET).sign(headers["webhook-id"], moment, body.decode())
        assert expected in headers["webhook-signature"].split()
        return json.loads(body)

    def _answer(self, handler: BaseHTTPRequestHandler, reply: Reply) -> None:
        self._over.wait(reply.stall_seconds)
        if reply.drop:
            # Closed with a reset, not in good order.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()
            return
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        if not reply.drip:
            handler.wfile.write(reply.body)
            handler.wfile.flush()
            return
        for at in range(len(reply.body)):
            handler.wfile.write(reply.body[at : at + 1])
            handler.wfile.flush()
            if self._over.wait(0.05):
                return
