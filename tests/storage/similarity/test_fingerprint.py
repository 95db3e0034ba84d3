"""A fingerprint finds the copies of an article, whatever was done to them, and no article by its portal."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime

import pytest
from opencc import OpenCC

from crawler.wire import decode, encode
from storage.records import Article, Extracted
from storage.similarity.fingerprint import ANCHORS, SPARE, THIN, VERSION, fingerprint, prose_of
from storage.similarity.shingles import shingles
from tests.storage.similarity.portal_texts import BODY, ENGLISH, HEAD, TAIL


def test_a_fingerprint_is_what_it_always_was() -> None:
    """Whoever has to change this raises VERSION."""
    assert VERSION == 1
    assert fingerprint(BODY).digest == 470637299042728347
    assert fingerprint(BODY).anchors[:3] == (110303856453, 290496180001, 726442578539)
    assert fingerprint(ENGLISH).anchors[:3] == (3631155153208, 7673577577907, 9697349064855)


def test_a_copy_in_a_portal_of_the_other_script_has_the_same_fingerprint() -> None:
    page = OpenCC("s2tw").convert("\n".join((HEAD, BODY.replace("，", " , ").replace("。", "。\n\n"), TAIL)))
    assert fingerprint(page) == fingerprint(BODY)


def test_prose_and_shingles_go_along_where_they_are_worth_it_and_can_be_carried() -> None:
    page = f"{HEAD}\n{BODY}\n{TAIL}"
    found = fingerprint(page)
    assert found.prose == prose_of(page)
    assert found.hashes == shingles(found.prose).astype("<u8").tobytes()
    assert len(found.hashes) == 8 * found.shingles
    for text in (BODY[:30], "".join(chr(0x4E00 + at * 7 % 20_000) for at in range(20_000))):
        assert (fingerprint(text).prose, fingerprint(text).hashes) == (None, b"")


def test_anchors_are_the_smallest_shingles_in_order() -> None:
    found = fingerprint(BODY)
    assert len(found.anchors) == ANCHORS + SPARE
    assert list(found.anchors) == sorted(set(found.anchors))
    assert all(0 <= anchor < 2**47 for anchor in found.anchors)
    assert not found.thin


def test_a_part_shares_anchors_with_the_whole() -> None:
    choose = random.Random(3)
    for _ in range(20):
        sentences = ["".join(choose.sample(BODY.replace("\n", ""), 30)) + "。" for _ in range(30)]
        whole, part = fingerprint("\n".join(sentences)), fingerprint("\n".join(sentences[:12]))
        assert len(set(whole.anchors[:ANCHORS]) & set(part.anchors[:ANCHORS])) >= 2


@pytest.mark.parametrize("text", ["", "图", "点击查看视频", "清河镇今晨地震。", TAIL, HEAD, "\ud800", "\x00\n\x00"])
def test_what_says_nothing_is_thin(text: str) -> None:
    found = fingerprint(text)
    assert found.thin
    assert found.shingles < THIN


def test_of_chrome_only_the_digest_is_of_all_of_it() -> None:
    assert fingerprint(HEAD).digest != fingerprint(TAIL).digest
    assert fingerprint(TAIL).anchors == ()
    assert fingerprint(TAIL).shingles == 0


def test_thin_is_what_has_few_shingles() -> None:
    text = "".join(map("".join, itertools.islice(itertools.permutations("清河镇供水站"), 40)))
    sizes = {fingerprint(text[:length] + "。") for length in range(20, 120)}
    assert {found.thin for found in sizes} == {True, False}
    assert all(found.thin == (found.shingles < THIN) for found in sizes)


def test_a_fingerprint_travels_with_its_event() -> None:
    article = Article(title=None, text=BODY, encoding="utf-8", encoding_evidence="bom", extractor="1")
    event = Extracted(
        job_id="j",
        number=1,
        key="//a/1",
        url="http://a/1",
        final_url="http://a/1",
        final_key="//a/1",
        fetched_at=datetime(2026, 11, 22, tzinfo=UTC),
        article=article,
        digest="d",
        signature=fingerprint(BODY),
    )
    assert decode(encode(event)) == event
