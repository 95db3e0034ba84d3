"""Alerts by e-mail, to a server on loopback that speaks SMTP; over TLS with certificates that are made here."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import trustme

from scheduler.alerting.mail import letter_of
from scheduler.alerting.sinks import Sink
from scheduler.webhooks.answers import Answer
from tests.scheduler.alerting.conftest import note, sink
from tests.scheduler.alerting.post_office import PASSWORD, USER, PostOffice
from tests.scheduler.alerting.test_robots import HOSTILE, message, told


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this process trusts, as SSL_CERT_FILE has a program do."""
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return authority


def certified(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def mailbox(office: PostOffice, **settings: Any) -> Sink:
    settings = {"smtp_port": office.port, "smtp_security": "none", **settings}
    if "smtp_user" in settings:
        settings = {"password_env": "PASSWORD", **settings}
        return replace(sink("email", **settings), password=PASSWORD)
    return sink("email", **settings)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as opened:
        yield opened


def letter(office: PostOffice) -> EmailMessage:
    (taken,) = office.letters
    parsed = message_from_bytes(taken.content, policy=default)
    assert isinstance(parsed, EmailMessage)
    assert parsed.defects == []
    return parsed


def test_a_letter_says_what_is_the_matter_in_plain_text(office: PostOffice) -> None:
    place = mailbox(office, mail_to=("desk@example.org", "chief@example.org"))
    assert told(place, message(note(), note(id=2, headline="lichuan：版式有变"))).error is None
    mail = letter(office)
    assert mail["Subject"] == "Dibao 2 条告警"
    assert (mail["From"], mail["To"]) == ("dibao@example.org", "desk@example.org, chief@example.org")
    assert (mail["Auto-Submitted"], mail.get_content_type(), mail.get_content_charset()) == (
        "auto-generated", "text/plain", "utf-8",
    )  # fmt: skip
    assert abs((mail["Date"].datetime - datetime.now(UTC)).total_seconds()) < 60
    text = mail.get_content().replace("\r\n", "\n")
    assert text.startswith("警告：enshi：久无新稿\n已有 3 天没有新稿。\n运行 dibao preview enshi\nhttps://desk.example.org/")
    assert "\n\n警告：lichuan：版式有变\n" in text
    assert (office.letters[0].sender, office.letters[0].receivers) == (
        "dibao@example.org", ["desk@example.org", "chief@example.org"],
    )  # fmt: skip


def test_no_title_brings_a_header_and_no_line_ends_the_letter(office: PostOffice) -> None:
    evil = "x\r\nBcc: all@example.org\r\n\r\n.\r\nMAIL FROM:<evil@example.org>\n.\n"
    assert told(mailbox(office), message(note(evil, headline=evil + HOSTILE, advice="."))).error is None
    mail = letter(office)
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    assert len(mail["Subject"]) <= 150
    assert office.letters[0].receivers == ["desk@example.org"]
    assert not any("evil" in command for command in office.said)


def test_a_letter_that_is_sent_again_has_the_same_identity() -> None:
    place = sink("email")
    one, other = (letter_of(place, message(note(), note(id=at))) for at in (2, 3))
    again = letter_of(place, message(note(), note(id=2)))
    assert one["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert one["Message-ID"].endswith(".dibao@example.org>")


def test_a_thousand_alerts_are_one_letter(office: PostOffice) -> None:
    notes = [note("汉字" * 80, id=at, headline=f"source-{at:04}") for at in range(1, 1001)]
    assert told(mailbox(office), message(*notes)).error is None
    text = letter(office).get_content()
    assert all(f"source-{at:04}" in text for at in range(1, 1001))


@pytest.mark.parametrize("at_once", [True, False], ids=["tls", "starttls"])
def test_a_password_goes_over_a_connection_whose_certificate_is_good(trusted: trustme.CA, *, at_once: bool) -> None:
    context = certified(trusted.issue_cert("127.0.0.1"))
    with PostOffice(context=context, at_once=at_once, wants_user=True) as office:
        security = "tls" if at_once else "starttls"
        place = mailbox(office, smtp_security=security, smtp_user=USER)
        assert told(place, message()).error is None
        (taken,) = office.letters
        assert (taken.tls, taken.user) == (True, USER)


@pytest.mark.parametrize("at_once", [True, False], ids=["tls", "starttls"])
@pytest.mark.parametrize("whose", ["unknown", "other host"])
def test_a_server_with_another_certificate_reads_nothing(trusted: trustme.CA, whose: str, *, at_once: bool) -> None:
    authority, host = (trustme.CA(), "127.0.0.1") if whose == "unknown" else (trusted, "other.test")
    with PostOffice(context=certified(authority.issue_cert(host)), at_once=at_once, wants_user=True) as office:
        place = mailbox(office, smtp_security="tls" if at_once else "starttls", smtp_user=USER)
        answer = told(place, message())
        assert "its certificate is not trusted: " in (answer.error or "")
        assert office.letters == []
        assert not any("AUTH" in command for command in office.said)


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({}, "the mail server cannot: STARTTLS extension not supported by server."),
        ({"EHLO": "250-post.test\r\n250 STARTTLS", "STARTTLS": "454 not now"}, "refused it: 454 not now"),
        ({"EHLO": "250-post.test\r\n250 STARTTLS", "STARTTLS": "220 go"}, "no TLS connection can be made"),
    ],
)
def test_without_starttls_nothing_is_sent_in_clear_text(answers: dict[str, str], why: str) -> None:
    with PostOffice(answers=answers) as office:
        answer = told(mailbox(office, smtp_security="starttls", timeout_seconds=2), message())
        assert why in (answer.error or "") or (why.startswith("no TLS") and "within 2 s" in (answer.error or ""))
        assert office.letters == []
        assert not any("MAIL" in command for command in office.said)


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"greeting": "554 go away"}, "the mail server refused it: 554 go away"),
        ({"MAIL": "550 not you"}, "the mail server refused it: 550 not you"),
        ({"RCPT": "450 greylisted, try again"}, "the mail server takes no mail for them: 450 greylisted, try again"),
        ({"DATA": "452 disk full"}, "the mail server refused it: 452 disk full"),
        ({"taken": "554 spam \x1b[31m" + "x" * 500}, "the mail server refused it: 554 spam  [31mxxx"),
    ],
)
def test_what_a_mail_server_says_of_its_refusal_is_told(answers: dict[str, str], why: str) -> None:
    with PostOffice(answers=answers) as office:
        answer = told(mailbox(office), message())
    assert (answer.error or "").startswith(why)
    assert len(answer.error or "") < 300


def test_a_server_whose_answer_has_no_end_is_left_before_it_fills_the_memory() -> None:
    answers = {"EHLO": "\r\n".join(["250-" + "x" * 400] * 5_000)}
    with PostOffice(answers=answers) as office:
        began = time.monotonic()
        answer = told(mailbox(office, timeout_seconds=60), message())
        assert answer.error == "what the mail server says has no end"
        assert time.monotonic() - began < 30
        assert office.letters == []


def test_a_wrong_password_is_told_without_it(trusted: trustme.CA) -> None:
    context = certified(trusted.issue_cert("127.0.0.1"))
    with PostOffice(context=context, at_once=True, wants_user=True) as office:
        place = replace(mailbox(office, smtp_security="tls", smtp_user=USER), password="wr0ng-word")  # noqa: S106
        answer = told(place, message())
    assert answer.error == "the mail server does not let the user in: 535 no desk with …"


def test_a_server_that_is_slow_at_each_step_is_left_when_the_time_is_over() -> None:
    with PostOffice() as office:
        office.pause = lambda: office.over.wait(0.15)
        began = time.monotonic()
        answer = told(mailbox(office, timeout_seconds=0.4), message())
        assert answer.error == "the mail was not taken within 0.4 s"
        assert time.monotonic() - began < 30
        assert office.letters == []


def test_nobody_listens_and_a_private_address_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with PostOffice() as office:
        place = mailbox(office)
        named = mailbox(office, smtp_host="mail.test")
        found = [(2, 1, 6, "", ("127.0.0.1", office.port))]
        monkeypatch.setattr("scheduler.alerting.mail.socket.getaddrinfo", lambda *_: found)
        answer: Answer = told(named, message())
        assert "not sent: its host is a private address" in (answer.error or "")
        assert office.said == []
        assert told(mailbox(office, smtp_host="mail.test", allow_networks=("127.0.0.0/8",)), message()).error is None
    assert told(place, message()).error == "no connection: connection refused"
