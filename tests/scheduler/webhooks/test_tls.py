"""Webhooks over TLS: a receiver that cannot show who it is reads no byte."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime

import aiohttp
import pytest
import trustme

from scheduler.webhooks import testing
from tests.scheduler.webhooks.conftest import target
from tests.scheduler.webhooks.receiver import Receiver

YESTERYEAR = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """An authority that this process trusts, as SSL_CERT_FILE does for a program when it starts."""
    made = trustme.CA()
    context: ssl.SSLContext = aiohttp.connector._SSL_CONTEXT_VERIFIED  # made when aiohttp is imported
    made.configure_trust(context)
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
    return made


def answer(certificate: trustme.LeafCert, host: str = "127.0.0.1") -> tuple[str | None, int, int]:
    """What is told of a delivery to a receiver with that certificate; its connections, and messages that it read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with Receiver() as receiver:
        receiver._server.socket = context.wrap_socket(receiver._server.socket, server_side=True)
        url = receiver.url.replace("http://127.0.0.1", f"https://{host}")
        told = testing.send_test(target("newsroom", url, timeout_seconds=5), lambda: datetime.now(UTC))
        return told.error, receiver.connections, len(receiver.told)


def test_a_receiver_whose_certificate_is_good_is_told(authority: trustme.CA) -> None:
    assert answer(authority.issue_cert("127.0.0.1")) == (None, 1, 1)


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (lambda _ca: trustme.CA().issue_cert("127.0.0.1"), "unable to get local issuer certificate"),
        (lambda ca: ca.issue_cert("other.test"), "IP address mismatch, certificate is not valid for '127.0.0.1'."),
        (
            lambda ca: ca.issue_cert("127.0.0.1", not_before=YESTERYEAR[0], not_after=YESTERYEAR[1]),
            "certificate has expired",
        ),
    ],
    ids=["of an unknown authority", "of another host", "expired"],
)
def test_a_receiver_with_another_certificate_reads_no_byte(
    authority: trustme.CA, certificate: Callable[[trustme.CA], trustme.LeafCert], why: str
) -> None:
    assert answer(certificate(authority)) == (f"its certificate is not trusted: {why}", 0, 0)


def test_a_receiver_that_speaks_no_tls_is_a_failure_at_once() -> None:
    with Receiver() as receiver:
        url = receiver.url.replace("http:", "https:")
        told = testing.send_test(target("newsroom", url, timeout_seconds=5), lambda: datetime.now(UTC))
    assert told.error == "no TLS connection can be made"
    assert receiver.told == []
