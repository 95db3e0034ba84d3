"""Secrets and signatures of Standard Webhooks (the specification, sections on signature scheme and metadata)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64
"""Of a secret, as the specification recommends."""
MADE_BYTES = 32


def new_secret() -> str:
    """A secret of MADE_BYTES random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(MADE_BYTES)).decode("ascii")


def parse_secrets(text: str) -> tuple[bytes, ...]:
    """The secrets in a text, separated by blanks: while one is replaced, the old and the new. All of them sign.

    Raises ValueError with a sentence that tells nothing of the text.
    """
    words = text.split()
    if not words:
        raise ValueError("there is no secret in it; `dibao webhooks secret` makes one")
    return tuple(_parsed(word) for word in words)


def signed_headers(message_id: str, timestamp: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """The three headers of a message; the signature is by each key, so that a receiver may know either."""
    content = f"{message_id}.{timestamp}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode("ascii") for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _parsed(word: str) -> bytes:
    expected = f'expected "{PREFIX}" and {LEAST_BYTES} to {MOST_BYTES} bytes in base64'
    if not word.startswith(PREFIX):
        raise ValueError(f"{expected}; what is there begins otherwise")
    try:
        key = base64.b64decode(word.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{expected}; what is there is no base64") from None
    if not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError(f"{expected}; what is there has {len(key)}")
    return key
