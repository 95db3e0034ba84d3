"""Content-Encoding is undone to its end and within bounds, or not at all."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetching.bodies import MAX_MEMBERS, BadBody, decoded, is_text, zstd

TEXT = "".join(f"<p>{chr(0x4E00 + number % 5000)}{number}</p>" for number in range(20_000)).encode()
BARE = zlib.compressobj(wbits=-15)
PACKED = {
    "gzip": gzip.compress(TEXT),
    "x-gzip": gzip.compress(TEXT),
    "deflate": zlib.compress(TEXT),
    "br": brotli.compress(TEXT, quality=4),
    "zstd": zstd.compress(TEXT),
}
MOST = 10**7


def reason(body: bytes, *encodings: str, most: int = MOST) -> str:
    with pytest.raises(BadBody) as caught:
        decoded(body, encodings, most)
    return caught.value.reason


@pytest.mark.parametrize("encoding", PACKED)
def test_a_body_is_undone_whole_and_never_in_part(encoding: str) -> None:
    packed = PACKED[encoding]
    assert decoded(packed, [encoding], MOST) == TEXT
    assert decoded(packed, [encoding], len(TEXT)) == TEXT
    assert reason(packed, encoding, most=len(TEXT) - 1) == "too_large"
    for end in (1, 5, len(packed) // 2, len(packed) - 1):
        assert reason(packed[:end], encoding) == "truncated"


@pytest.mark.parametrize("encoding", PACKED)
def test_of_what_is_read_in_part_the_beginning_is_undone(encoding: str) -> None:
    packed = PACKED[encoding]
    assert decoded(packed, [encoding], 1000, head_only=True) == TEXT[:1000]
    assert TEXT.startswith(decoded(packed[: len(packed) // 2], [encoding], MOST, cut=True))
    assert decoded(TEXT, [encoding], 1000, head_only=True) == TEXT[:1000]


def test_bare_deflate_is_what_some_servers_call_deflate() -> None:
    assert decoded(BARE.compress(TEXT) + BARE.flush(), ["deflate"], MOST) == TEXT


def test_members_and_frames_follow_one_another_and_padding_ends_them() -> None:
    for encoding in ("gzip", "zstd"):
        pack = {"gzip": gzip.compress, "zstd": zstd.compress}[encoding]
        assert decoded(pack(b"a" * 99) + pack(b"b"), [encoding], MOST) == b"a" * 99 + b"b"
        assert decoded(pack(b"abc") + b"\0" * 100, [encoding], MOST) == b"abc"
        assert decoded(pack(b"a") * MAX_MEMBERS, [encoding], MOST) == b"a" * MAX_MEMBERS
        assert reason(pack(b"a") * (MAX_MEMBERS + 1), encoding) == "bad_encoding"


def test_two_layers_are_undone_and_three_are_not() -> None:
    packed = brotli.compress(gzip.compress(TEXT), quality=4)
    assert decoded(packed, ["gzip", "br"], MOST) == TEXT
    assert reason(packed, "br", "gzip", "br") == "bad_encoding"


def test_a_checksum_that_does_not_fit_is_a_body_that_was_cut() -> None:
    for where in (-5, -1):
        wrong = bytearray(PACKED["gzip"])
        wrong[where] ^= 1
        assert reason(bytes(wrong), "gzip") == "truncated"


@pytest.mark.parametrize("encoding", [*PACKED, "compress", "utf-8"])
def test_text_that_was_not_packed_is_taken_as_it_is(encoding: str) -> None:
    for text in (TEXT, b"<p>a</p>", b'{"a": 1}', b"\xef\xbb\xbf <html></html>\n"):
        assert decoded(text, [encoding], MOST) == text
    assert reason(bytes(range(256)), encoding) in {"bad_encoding", "truncated"}


def test_what_is_packed_is_no_text() -> None:
    assert not any(is_text(body) for body in PACKED.values())
    assert not any(is_text(body[:40]) for body in PACKED.values())


def tried(body: bytes, encoding: str, most: int) -> bytes | str:
    """The body, or why there is none; any other exception is a fault of ours."""
    try:
        return decoded(body, [encoding], most)
    except BadBody as error:
        return error.reason


@given(st.sampled_from(sorted(PACKED)), st.integers(0, 5000), st.binary(max_size=8))
def test_a_damaged_body_is_whole_or_has_a_reason(encoding: str, where: int, noise: bytes) -> None:
    packed = PACKED[encoding]
    found = tried(packed[:where] + noise + packed[where + len(noise) :], encoding, MOST)
    # zstd has no checksum unless its sender wants one, and brotli has none.
    assert found in {"bad_encoding", "truncated", "too_large", TEXT} or encoding in {"zstd", "br"}


@given(st.binary(max_size=2000), st.sampled_from([*PACKED, "identity", "x"]))
def test_noise_is_a_bounded_body_or_has_a_reason(noise: bytes, encoding: str) -> None:
    found = tried(noise, encoding, 5000)
    assert found in {"bad_encoding", "truncated", "too_large"} or len(found) <= 5000
