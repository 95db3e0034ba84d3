"""What an operator decides of chrome, and which articles that concerns."""

import pytest

from crawler.extraction.chrome import block_key
from storage import pins
from storage.records import utc_text
from tests.storage.test_chrome import ADVERT, ETAG, FOOTER, Site, observation, own

KEY = block_key(FOOTER)


@pytest.fixture
def site(desk) -> Site:
    return Site(desk)


@pytest.fixture
def learned(site, make_article) -> Site:
    """A site whose footer was learned: two articles without it, one that never had it."""
    for name in "12":
        site.crawl(site.page(name, FOOTER))
    again = [
        site.desk.extracted(
            name,
            make_article(own(name), learned=1),
            observed=observation(own(name), dropped=(FOOTER,)),
            validators=ETAG,
        )
        for name in "12"
    ]
    site.desk.recheck(*again)
    site.crawl(site.page("3"))
    assert site.asked_again() == set()
    return site


def verdicts(site: Site) -> dict[str, str]:
    return dict(map(tuple, site.desk.database.rows("SELECT sample, verdict FROM chrome_blocks")))


def in_job(site: Site) -> bytes:
    return b"".join(host.blocks for host in site.of_job())


def test_what_is_shown_of_a_source_is_what_was_learned_of_its_hosts(learned: Site) -> None:
    (host,) = pins.of_source(learned.desk.database, 1)
    (block,) = host.blocks
    assert (host.host, host.pages, host.error_pages) == ("a.cn", 3, 0)
    assert (block.key, block.text, block.pages, block.verdict) == (KEY, FOOTER, 2, "learned")
    assert block.since == block.last_seen_at == utc_text(learned.desk.now)
    assert pins.of_source(learned.desk.database, 2) == ()


def test_a_block_is_found_by_the_start_of_its_key(learned: Site) -> None:
    find = pins.find
    assert find(learned.desk.database, 1, KEY.hex()[:6].upper()) == {KEY}
    assert find(learned.desk.database, 1, "zzzz") == find(learned.desk.database, 2, KEY.hex()) == frozenset()


def test_a_kept_block_is_chrome_no_more_and_articles_without_it_are_asked_for_again(learned: Site) -> None:
    assert pins.keep(learned.desk.database, 1, [KEY], learned.desk.now) == 2
    assert (verdicts(learned), in_job(learned)) == ({FOOTER: "keep"}, b"")
    assert learned.asked_again() == {"1", "2"}
    for name in "4567":
        learned.crawl(learned.page(name, FOOTER))
    assert (verdicts(learned), in_job(learned)) == ({FOOTER: "keep"}, b"")
    assert pins.keep(learned.desk.database, 1, [KEY], learned.desk.now) == 0


def test_a_text_that_is_dropped_is_chrome_of_every_host_and_articles_that_say_it_are_asked_for_again(site) -> None:
    site.crawl(site.page("1", ADVERT), site.page("2", ADVERT, observed=False), site.page("3"))
    dropped = {block_key(ADVERT): ADVERT}
    assert pins.drop(site.desk.database, 1, dropped, site.desk.now) == 2
    assert (verdicts(site), in_job(site)) == ({ADVERT: "drop"}, block_key(ADVERT))
    assert site.asked_again() == {"1", "2"}
    assert pins.drop(site.desk.database, 1, dropped, site.desk.now) == 0


def test_a_learned_block_that_is_dropped_stays_chrome_and_changes_no_article(learned: Site) -> None:
    assert pins.drop(learned.desk.database, 1, {KEY: None}, learned.desk.now) == 0
    assert (verdicts(learned), in_job(learned), learned.asked_again()) == ({FOOTER: "drop"}, KEY, set())


def test_a_pin_that_is_taken_back_leaves_what_was_learned(learned: Site) -> None:
    desk = learned.desk
    pins.keep(desk.database, 1, [KEY], desk.now)
    desk.recheck(*(learned.page(name, FOOTER) for name in "12"))
    assert learned.asked_again() == set()
    assert pins.unpin(desk.database, 1, [KEY], desk.now) == 2
    assert (verdicts(learned), learned.asked_again()) == ({FOOTER: "learned"}, {"1", "2"})


def test_a_dropped_block_that_was_never_learned_is_text_again_when_it_is_unpinned(site, make_article) -> None:
    site.crawl(site.desk.extracted("1", make_article(own("1"), learned=1), observed=observation(own("1"))))
    pins.drop(site.desk.database, 1, {block_key(ADVERT): ADVERT}, site.desk.now)
    assert pins.unpin(site.desk.database, 1, [block_key(ADVERT)], site.desk.now) == 1
    assert (verdicts(site), in_job(site), site.asked_again()) == ({}, b"", {"1"})


def test_to_forget_leaves_pins_and_asks_for_articles_that_were_shortened(learned: Site) -> None:
    pins.drop(learned.desk.database, 1, {block_key(ADVERT): ADVERT}, learned.desk.now)
    assert pins.forget(learned.desk.database, 1, learned.desk.now) == 2
    assert (verdicts(learned), learned.asked_again()) == ({ADVERT: "drop"}, {"1", "2"})
    (host,) = pins.of_source(learned.desk.database, 1)
    assert (host.pages, host.error_pages) == (0, 0)


def test_a_pinned_block_does_not_expire(learned: Site) -> None:
    pins.drop(learned.desk.database, 1, {KEY: None}, learned.desk.now)
    learned.desk.now += learned.desk.now - learned.desk.now.replace(year=2025)
    for name in range(4, 14):
        learned.crawl(learned.page(str(name)))
    assert verdicts(learned) == {FOOTER: "drop"}
