"""A mail server on loopback that speaks SMTP over real sockets, as far as letters need it (RFC 5321, 3207, 4954)."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

USER, PASSWORD = "desk", "passw0rd-of-the-desk"


@dataclass
class Letter:
    """What was taken. `tls`: whether the connection was secured when it came."""

    sender: str
    receivers: list[str]
    content: bytes
    tls: bool
    user: str | None


@dataclass
class PostOffice:
    """A context manager. `context`: its certificate, with STARTTLS, or TLS from the first byte where `at_once`.

    `answers`: what it says in place of its own to a command, such as `{"RCPT": "550 no such user"}`. `pause`: called
    before each answer.
    """

    context: ssl.SSLContext | None = None
    at_once: bool = False
    wants_user: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    pause: Callable[[], Any] = lambda: None
    letters: list[Letter] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._serve(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(5)

    def _serve(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._serve(self._talk, connection)

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        talk = _Talk(self, connection)
        try:
            talk.run()
        except OSError as error:
            self.faults.append(type(error).__name__)
        finally:
            talk.connection.close()


class _Talk:
    def __init__(self, office: PostOffice, connection: socket.socket) -> None:
        self.office, self.connection = office, connection
        self.tls = False
        self.user: str | None = None
        self.sender, self.receivers = "", list[str]()
        self.read = connection.makefile("rb")

    def secure(self) -> None:
        assert self.office.context is not None
        self.read.close()
        self.connection = self.office.context.wrap_socket(self.connection, server_side=True)
        self.read = self.connection.makefile("rb")
        self.tls = True

    def run(self) -> None:
        if self.office.at_once:
            self.secure()
        self.say(self.office.answers.get("greeting", "220 post.test ESMTP"))
        while line := self.read.readline(2_000):
            command = line.decode("utf-8", "replace").strip()
            self.office.said.append(command)
            word = command.partition(" ")[0].upper()
            if word in self.office.answers:
                self.say(self.office.answers[word])
                continue
            if not self.handle(word, command):
                return

    def handle(self, word: str, command: str) -> bool:
        if word == "EHLO":
            offers = ["250-post.test", "250-8BITMIME"]
            if self.office.context is not None and not self.tls:
                offers.append("250-STARTTLS")
            if self.office.wants_user and self.tls:
                offers.append("250-AUTH PLAIN")
            self.say("\r\n".join([*offers, "250 SMTPUTF8"]))
        elif word == "STARTTLS":
            self.say("220 go ahead")
            self.secure()
        elif word == "AUTH":
            _, user, password = base64.b64decode(command.split()[2]).decode().split("\0")
            self.user = user if (user, password) == (USER, PASSWORD) else None
            self.say("235 welcome" if self.user else f"535 no {user} with {password}")
        elif word == "DATA":
            self.take()
        else:
            self.note(word, command)
            self.say("221 bye" if word == "QUIT" else "250 ok")
            return word != "QUIT"
        return True

    def note(self, word: str, command: str) -> None:
        if word == "MAIL":
            self.sender, self.receivers = command.partition("<")[2].partition(">")[0], []
        elif word == "RCPT":
            self.receivers.append(command.partition("<")[2].partition(">")[0])

    def take(self) -> None:
        if self.office.wants_user and self.user is None:
            self.say("530 sign in first")
            return
        self.say("354 go on")
        lines: list[bytes] = []
        while (line := self.read.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b".") else line)
        content = b"".join(lines)
        self.office.letters.append(Letter(self.sender, self.receivers, content, self.tls, self.user))
        self.say(self.office.answers.get("taken", "250 taken"))

    def say(self, text: str) -> None:
        self.office.pause()
        self.connection.sendall(f"{text}\r\n".encode())
