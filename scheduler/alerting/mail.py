"""An alert by e-mail: plain text, over a connection whose certificate is checked."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, BinaryIO

from scheduler.alerting.mail_text import text_of
from scheduler.alerting.notes import Message, cut
from scheduler.alerting.sinks import Sink
from scheduler.config.alerting import Alert
from scheduler.webhooks.answers import Answer
from scheduler.webhooks.doors import Door, Refused, door_of

logger = logging.getLogger(__name__)

LONGEST_SUBJECT = 150
MOST_HEARD_BYTES = 1024 * 1024
"""Of all that a server says; smtplib would keep an answer of any length. Each of a thousand receivers costs 100."""
LONGEST_SAID = 200
"""Characters of what a server says of its refusal."""


async def send(sink: Sink, message: Message) -> Answer:
    """What became of the message: an answer without status and error where the server took it.

    It is sent in a thread of its own, whose connection is cut when its time is over, so that no server holds up others.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str | None] = loop.create_future()
    letter = letter_of(sink, message)
    post = _Post(sink)

    def work() -> None:
        error = post.send(letter)
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits for it
            loop.call_soon_threadsafe(_settle, done, error)

    threading.Thread(target=work, name=f"alert-{sink.name}", daemon=True).start()
    try:
        async with asyncio.timeout(sink.alert.timeout_seconds):
            return Answer(http_status=None, error=await done)
    except TimeoutError:
        return Answer(http_status=None, error=f"the mail was not taken within {sink.alert.timeout_seconds:g} s")
    finally:
        post.cut()


def letter_of(sink: Sink, message: Message) -> EmailMessage:
    """The e-mail. Its identity is that of its alerts, so that one which is sent again can be known as the same."""
    alert = sink.alert
    assert alert.mail_from is not None, "an alert by e-mail has a sender"
    letter = EmailMessage(policy=SMTP)
    letter["Subject"] = cut(_one_line(message.title), LONGEST_SUBJECT)
    letter["From"] = alert.mail_from
    letter["To"] = ", ".join(alert.mail_to)
    letter["Date"] = format_datetime(message.now)
    letter["Message-ID"] = f"<{message.identity(sink.name)}.dibao@{_domain(alert)}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notice answers it
    letter.set_content(text_of(message) + "\n", charset="utf-8")
    return letter


class _Post:
    """One delivery. `cut` may be called by another thread at any time."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._server: _Server | None = None
        self._over = False

    def send(self, letter: EmailMessage) -> str | None:
        """Why the server did not take it, None where it did."""
        try:
            self._send(letter)
        except (OSError, smtplib.SMTPException, ValueError) as fault:
            return self._sink.without_secrets(_why(fault))
        return None

    def cut(self) -> None:
        """None; the connection is closed, in whatever state it is."""
        self._over = True
        if self._server is not None:
            self._server.cut()

    def _send(self, letter: EmailMessage) -> None:
        alert = self._sink.alert
        assert alert.smtp_host is not None, "an alert by e-mail has a server"
        assert alert.mail_from is not None, "and a sender"
        door = door_of(f"http://{_bracketed(alert.smtp_host)}/", alert.allow_networks)
        context = None if alert.smtp_security == "none" else ssl.create_default_context()
        server = _Server(door, context if alert.smtp_security == "tls" else None, alert.timeout_seconds, _domain(alert))
        self._server = server
        try:
            server.connect(alert.smtp_host, alert.port)
            if self._over:
                return
            if alert.smtp_security == "starttls":
                server.starttls(context=context)
            if alert.smtp_user is not None:
                server.login(alert.smtp_user, self._sink.password)
            if refused := server.send_message(letter, alert.mail_from, list(alert.mail_to)):
                told = "alert %s: %d of %d mail addresses were refused"
                logger.warning(told, alert.name, len(refused), len(alert.mail_to))
            with contextlib.suppress(OSError, smtplib.SMTPException, ValueError):  # it was taken
                server.quit()
        finally:
            server.close()


class _Endless(ValueError):
    """A server says more than any does. Not an OSError, which smtplib takes for a connection that was closed."""


class _Bounded:
    """What a server says, as smtplib reads it: lines, up to a number of bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = MOST_HEARD_BYTES

    def readline(self, size: int) -> bytes:
        """The next line. Raises _Endless where too much was said."""
        line = self._file.readline(size)
        self._left -= len(line)
        if self._left < 0:
            raise _Endless
        return line

    def close(self) -> None:
        """None; no more is read."""
        self._file.close()


class _Server(smtplib.SMTP):
    """An SMTP connection to addresses that its door lets through, under TLS from the first byte with a context."""

    def __init__(self, door: Door, context: ssl.SSLContext | None, timeout: float, name: str) -> None:
        self._door, self._context = door, context
        self._open: socket.socket | None = None
        super().__init__(local_hostname=name, timeout=timeout)

    def connect(self, host: str = "", port: int = 0, source_address: Any = None) -> tuple[int, bytes]:
        """The server's greeting. Raises SMTPResponseException where it is no welcome."""
        self._host = host  # for the certificate; smtplib sets it where it connects by itself
        code, said = super().connect(host, port, source_address)
        if code != 220:  # noqa: PLR2004 - RFC 5321, 4.2; smtplib looks at it in its constructor only
            raise smtplib.SMTPResponseException(code, said)
        return code, said

    def getreply(self) -> tuple[int, bytes]:
        """What the server says next. Raises SMTPServerDisconnected where it goes."""
        if self.file is None and self.sock is not None:
            self.file = _Bounded(self.sock.makefile("rb"))
        return super().getreply()

    def cut(self) -> None:
        """None; whoever waits for the connection waits no longer."""
        for one in (self.sock, self._open):
            if one is not None:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """None; the connection is closed, also one that came to nothing."""
        super().close()
        if self._open is not None:
            self._open.close()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """As smtplib's own, through the door, which judges addresses and not names."""
        fault: OSError | None = None
        for found in socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM):
            try:
                opened = self._connected(found, timeout)
            except OSError as error:
                fault = error
                continue
            if self._context is not None:
                opened = self._context.wrap_socket(opened, server_hostname=host)
            self._open = opened
            return opened
        raise fault or OSError("its host has no address")

    def _connected(self, found: tuple[Any, ...], timeout: float) -> socket.socket:
        """A connection to an address as `getaddrinfo` gives it. Raises OSError."""
        self._open = self._door.socket(found)
        try:
            self._open.settimeout(timeout)
            self._open.connect(found[4])
        except OSError:
            self._open.close()
            raise
        return self._open


def _settle(done: asyncio.Future[str | None], error: str | None) -> None:
    if not done.done():
        done.set_result(error)


def _domain(alert: Alert) -> str:
    """Who says hello: the domain of the sender, for this machine's own name would be asked of a name server."""
    assert alert.mail_from is not None, "an alert by e-mail has a sender"
    return alert.mail_from.partition("@")[2]


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _one_line(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text)


def _why(fault: Exception) -> str:
    """The fault in a sentence; what a server said is cut, and on one line."""
    match fault:
        case smtplib.SMTPAuthenticationError():
            return f"the mail server does not let the user in: {_said(fault)}"
        case smtplib.SMTPRecipientsRefused(recipients=recipients):
            code, said = next(iter(recipients.values()))
            return f"the mail server takes no mail for them: {code} {_shown(said)}"
        case smtplib.SMTPResponseException():
            return f"the mail server refused it: {_said(fault)}"
        case smtplib.SMTPNotSupportedError():
            return f"the mail server cannot: {_shown(str(fault))}"
        case smtplib.SMTPServerDisconnected():
            return "the mail server closed the connection"
        case _:
            return _no_connection(fault)


_FAULTS: tuple[tuple[type[Exception], Callable[[Any], str]], ...] = (
    (ssl.SSLCertVerificationError, lambda error: f"its certificate is not trusted: {error.verify_message}"),
    (ssl.SSLError, lambda _: "no TLS connection can be made"),
    (Refused, lambda error: f"not sent: its host is a private address ({error}); its allow_networks may list it"),
    (socket.gaierror, lambda _: "its host name cannot be resolved"),
    (_Endless, lambda _: "what the mail server says has no end"),
    (TimeoutError, lambda _: "no answer in time"),
    (OSError, lambda error: f"no connection: {(error.strerror or str(error)).lower()}"),
)


def _no_connection(fault: Exception) -> str:
    known = (words(fault) for kind, words in _FAULTS if isinstance(fault, kind))
    return next(known, f"the mail cannot be sent: {type(fault).__name__}")


def _said(fault: smtplib.SMTPResponseException) -> str:
    return f"{fault.smtp_code} {_shown(fault.smtp_error)}"


def _shown(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return cut(_one_line(text), LONGEST_SAID)
