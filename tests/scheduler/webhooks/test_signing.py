from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from scheduler.webhooks.signing import new_secret, parse_secrets, signed_headers

BODY = '{"type":"article.insert","data":{"title":"州政府公布名单 \\u0007"}}'.encode()


def test_another_hand_verifies_what_is_signed_and_refuses_what_was_changed() -> None:
    secret = new_secret()
    headers = signed_headers("newsroom-1-2", int(datetime.now(UTC).timestamp()), BODY, parse_secrets(secret))
    assert Webhook(secret).verify(BODY, headers) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)


def test_while_a_secret_is_replaced_either_of_them_verifies() -> None:
    old, new = new_secret(), new_secret()
    headers = signed_headers("a-1-2", int(datetime.now(UTC).timestamp()), BODY, parse_secrets(f"{new} {old}\n"))
    for secret in (old, new):
        Webhook(secret).verify(BODY, headers)


def test_each_new_secret_is_another() -> None:
    made = {new_secret() for _ in range(10)}
    assert len(made) == 10
    assert all(len(parse_secrets(secret)[0]) == 32 for secret in made)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (" \n", "there is no secret in it"),
        ("hunter2hunter2hunter2hunter2hunter2", "begins otherwise"),
        ("whsec_h!nter2", "no base64"),
        ("whsec_" + base64.b64encode(b"hunter2").decode(), "what is there has 7"),
        ("whsec_" + base64.b64encode(b"hunter2" * 10).decode(), "what is there has 70"),
    ],
)
def test_what_is_no_secret_is_refused_and_not_shown(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        parse_secrets(text)
    assert "nter2" not in str(caught.value)
    assert text.strip() == "" or text not in str(caught.value)
