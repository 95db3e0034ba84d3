"""The headers that matter: validators in and out, and what a body says that it is."""

from __future__ import annotations

from scrapy.http import Response

from storage.records import Validators

# More than any honest value; what a server sends is kept in the database.
MAX_CHARACTERS = 1_000


def conditional(validators: Validators) -> dict[str, str]:
    """The headers of a conditional request (RFC 9110, sections 13.1.2 and 13.1.3)."""
    headers = {}
    if validators.etag:
        headers["If-None-Match"] = validators.etag
    if validators.last_modified:
        headers["If-Modified-Since"] = validators.last_modified
    return headers


def validators(response: Response) -> Validators:
    """The validators of an answer (RFC 9110, section 8.8), as far as they can be sent back as they came."""
    return Validators(etag=_ascii(response, b"ETag"), last_modified=_ascii(response, b"Last-Modified"))


def content_type(response: Response) -> str | None:
    """The Content-Type header, or None."""
    return _text(response, b"Content-Type")


def _text(response: Response, name: bytes) -> str | None:
    value = response.headers.get(name)
    return None if value is None else value.decode("latin-1")[:MAX_CHARACTERS]


def _ascii(response: Response, name: bytes) -> str | None:
    # Scrapy sends what is not ASCII as UTF-8, which is another validator than the one that came.
    value = response.headers.get(name)
    return value.decode("ascii") if value is not None and value.isascii() and len(value) <= MAX_CHARACTERS else None
