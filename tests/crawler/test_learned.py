"""What a job knows of the hosts that it meets, and how much it reports of them."""

from __future__ import annotations

from crawler.learned import BLOCK_CHARACTERS, MOST_BLOCKS, OBSERVE_UNKNOWN, Learned, keys, made_small
from storage.records import HostChrome, Observation, ObservedBlock

KNOWN = HostChrome(host="a.cn", blocks=b"blockoneblocktwo", error_pages=b"errorone", observe=2)


def shown(*texts: str) -> Observation:
    blocks = tuple(ObservedBlock(key=b"blockone", text=text, kept=True) for text in texts)
    return Observation(host="a.cn", blocks=blocks)


def test_each_host_has_its_own_fingerprints_and_an_unknown_one_has_none() -> None:
    learned = Learned([KNOWN], wanted=True)
    assert keys(learned.blocks("a.cn")) == {b"blockone", b"blocktwo"}
    assert keys(learned.error_pages("a.cn")) == {b"errorone"}
    assert keys(learned.blocks("b.cn")) == keys(learned.error_pages("b.cn")) == frozenset()


def test_as_many_pages_are_reported_as_the_job_asks_for() -> None:
    learned = Learned([KNOWN], wanted=True)
    reported = [learned.observed("a.cn", shown("字")) for _ in range(4)]
    assert [one is not None for one in reported] == [True, True, False, False]
    assert not learned.is_wanted("a.cn")


def test_of_an_unknown_host_the_first_pages_are_reported() -> None:
    learned = Learned([], wanted=True)
    reported = [learned.observed("b.cn", shown("字")) for _ in range(OBSERVE_UNKNOWN + 1)]
    assert reported.count(None) == 1


def test_a_page_that_shows_nothing_uses_up_nothing() -> None:
    learned = Learned([KNOWN], wanted=True)
    assert [learned.observed("a.cn", None) for _ in range(5)] == [None] * 5
    assert learned.is_wanted("a.cn")


def test_where_nobody_takes_reports_none_are_made() -> None:
    learned = Learned([KNOWN], wanted=False)
    assert not learned.is_wanted("a.cn")
    assert not learned.is_wanted("b.cn")
    assert learned.observed("a.cn", shown("字")) is None


def test_a_report_is_small_whatever_the_page() -> None:
    report = made_small(shown(*("字" * 10_000 for _ in range(5 * MOST_BLOCKS)), "末"))
    assert len(report.blocks) == MOST_BLOCKS
    assert {len(block.text) for block in report.blocks[:-1]} == {BLOCK_CHARACTERS}
    assert report.blocks[-1].text == "末"
