"""What is learned of the pages of a host, when, and what is done about articles that were read before."""

from datetime import timedelta
from typing import Any

import pytest

from crawler.extraction.chrome import block_key
from storage import chrome, observations
from storage.chrome_hosts import Seen
from storage.observations import MOST_PAGES, WINDOW
from storage.records import HostChrome, Observation, ObservedBlock, Validators, utc_text

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FOOTER, ADVERT = "版权所有 未经许可不得转载", "扫一扫关注我们的公众号"
ETAG = Validators(etag='"1"', last_modified="Sun")


def own(name: str) -> str:
    """A paragraph that no other page has."""
    return f"{chr(0x4E00 + int(name))}村的桥修好了，大家都说好。" * 3


def observation(*kept: str, dropped: tuple[str, ...] = ()) -> Observation:
    blocks = [ObservedBlock(key=block_key(text), text=text, kept=text in kept) for text in (*kept, *dropped)]
    return Observation(host="a.cn", blocks=tuple(blocks))


class Site:
    """Pages of one host, crawled by a desk."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk

    def page(self, name: str, *kept: str, dropped: tuple[str, ...] = (), observed: bool = True, **values: Any) -> Any:
        """The event of a page whose text is a paragraph of its own and what it keeps of the site's."""
        text = "\n\n".join((own(name), *kept))
        shown = observation(own(name), *kept, dropped=dropped) if observed else None
        return self.desk.extracted(name, text, observed=shown, validators=ETAG, **values)

    def crawl(self, *events: Any, found: tuple[str, ...] = (), entry_url: str = "https://a.cn/feed.xml") -> None:
        """One job that discovers these pages, and all that they say."""
        self.desk.begin()
        names = found or tuple(event.key.rsplit("/", 1)[1] for event in events)
        self.desk.take(self.desk.discovered(*names, entry_url=entry_url))
        self.desk.take(*(self.desk.of_this_job(event) for event in events))
        self.desk.end()

    def learned(self) -> set[str]:
        return {row[0] for row in self.desk.database.rows("SELECT sample FROM chrome_blocks WHERE verdict = 'learned'")}

    def asked_again(self) -> set[str]:
        """The addresses that are due now and go out without validators."""
        rows = self.desk.database.rows(
            "SELECT key FROM urls WHERE etag IS NULL AND last_modified IS NULL AND next_at <= ? AND state = 'stored'",
            (utc_text(self.desk.now),),
        )
        return {row[0].rsplit("/", 1)[1] for row in rows}

    def of_job(self) -> tuple[HostChrome, ...]:
        return chrome.for_job(self.desk.database, 1)


@pytest.fixture
def site(desk) -> Site:
    return Site(desk)


# What becomes chrome


def test_a_block_is_chrome_on_its_second_page_while_the_host_is_hardly_known(site) -> None:
    site.crawl(site.page("1", dropped=(FOOTER,)))
    assert site.learned() == set()
    site.crawl(site.page("2", dropped=(FOOTER,)))
    assert site.learned() == {FOOTER}
    row = site.desk.database.row("SELECT * FROM chrome_blocks")
    assert (row["key"], row["pages"], row["first_seen_at"]) == (block_key(FOOTER), 2, utc_text(site.desk.now))


def test_a_block_is_chrome_on_its_third_page_once_five_are_known(site) -> None:
    for name in "123":
        site.crawl(site.page(name))
    site.crawl(site.page("4", ADVERT))
    site.crawl(site.page("5", ADVERT))
    assert site.learned() == set()
    site.crawl(site.page("6", ADVERT))
    assert site.learned() == {ADVERT}


def test_text_that_the_extractor_took_for_the_article_is_chrome_if_the_site_repeats_it(site) -> None:
    for name in "12":
        site.crawl(site.page(name, FOOTER))
    assert site.learned() == {FOOTER}


def test_the_same_page_read_twice_is_one_page(site) -> None:
    site.crawl(site.page("1", FOOTER))
    site.desk.now += HOUR
    site.desk.recheck(site.page("1", FOOTER, ADVERT))
    assert site.learned() == set()
    assert len(observations.of_host(site.desk.database, "a.cn")) == 1


def test_cells_of_tables_and_labels_are_too_short_to_be_learned(site) -> None:
    for name in "1234":
        site.crawl(site.page(name, "418户", "完成时间", "2026年", dropped=("体育",)))
    assert site.learned() == set()


def test_the_abstract_of_an_article_in_the_boxes_of_other_pages_does_not_become_chrome(site) -> None:
    lead = "县城新修的三座桥昨天通车，早高峰少堵了二十分钟。" * 2
    site.crawl(site.page("1", lead), *(site.page(name, dropped=(lead, FOOTER)) for name in "2345"))
    assert site.learned() == {FOOTER}


def test_a_notice_that_is_most_of_every_short_item_is_learned_all_the_same(site) -> None:
    notice = "本栏目短讯由各乡镇通讯员供稿，如需转用请与编辑部联系。" * 8
    site.crawl(*(site.page(name, notice) for name in "123456"))
    assert {notice[:20]} == {sample[:20] for sample in site.learned()}


def test_a_copy_of_an_article_does_not_make_its_paragraphs_chrome(site) -> None:
    site.crawl(site.page("1", "转载的一段。" * 5, dropped=(FOOTER,)))
    copy = site.desk.extracted("2", own("1"), observed=observation(own("1"), "另一段。", dropped=(FOOTER,)))
    site.crawl(copy)
    assert site.learned() == set()
    assert len(observations.of_host(site.desk.database, "a.cn")) == 1


def test_pages_whose_text_is_little_beside_known_chrome_are_no_copies(site) -> None:
    for name in "12":
        site.crawl(site.page(name, FOOTER))
    short = "短讯。"
    site.crawl(site.desk.extracted("3", short, observed=observation(short, FOOTER)))
    assert len(observations.of_host(site.desk.database, "a.cn")) == 3


def test_hosts_are_learned_apart(site) -> None:
    site.crawl(site.page("1", FOOTER))
    other = site.page("2", FOOTER)
    values = {"final_url": "https://b.a.cn/2", "final_key": "//b.a.cn/2"}
    fields = {name: getattr(other, name) for name in other.__dataclass_fields__}
    site.crawl(type(other)(**{**fields, **values}))
    assert site.learned() == set()
    assert [(one.host, one.blocks) for one in site.of_job()] == [("a.cn", b""), ("b.a.cn", b"")]


def test_what_a_section_repeats_is_learned_although_the_host_shows_many_other_pages(site) -> None:
    section = "https://a.cn/section/"
    for name in range(1, 3):
        site.crawl(site.page(str(name), dropped=(ADVERT,)), entry_url=section)
    site.desk.database.execute("DELETE FROM chrome_blocks")
    for name in range(3, 3 + WINDOW):
        site.crawl(site.page(str(name)))
    site.crawl(site.page("99", dropped=(ADVERT,)), entry_url=section)
    assert site.learned() == {ADVERT}


def test_of_each_section_the_newest_pages_are_remembered_and_of_a_host_not_too_many(site) -> None:
    for section in range(12):
        names = range(25 * section, 25 * section + 25)
        site.crawl(*(site.page(str(name)) for name in names), entry_url=f"https://a.cn/{section}/")
        pages = observations.of_host(site.desk.database, "a.cn")
        assert len(pages) == min(MOST_PAGES, WINDOW * (section + 1))
    newest = site.desk.database.value("SELECT max(id) FROM article_heads")
    assert [page.article_id for page in pages[:WINDOW]] == list(range(newest, newest - WINDOW, -1))


def test_a_block_that_no_page_has_shown_for_a_month_is_forgotten(site) -> None:
    for name in "12":
        site.crawl(site.page(name, dropped=(FOOTER,)))
    site.desk.now += 31 * DAY
    for name in "3456":
        site.crawl(site.page(name))
    assert site.learned() == {FOOTER}
    site.crawl(site.page("7"))
    assert site.learned() == set()


def test_nothing_is_forgotten_because_nobody_looked(site) -> None:
    for name in "123456":
        site.crawl(site.page(name, dropped=(FOOTER,)))
    site.desk.now += 300 * DAY
    site.crawl(site.page("7", dropped=(ADVERT,)))
    assert site.learned() == {FOOTER}


def test_a_monstrous_page_is_remembered_by_its_ends(desk) -> None:
    blocks = [ObservedBlock(key=number.to_bytes(8), text=FOOTER, kept=True) for number in range(5_000)]
    blocks.append(ObservedBlock(key=b"short", text=FOOTER, kept=True))
    weights = observations.weights(Observation(host="a.cn", blocks=tuple(blocks)))
    assert len(weights) == observations.MOST_BLOCKS
    assert {key for key, _ in zip(weights, range(1), strict=False)} == {(0).to_bytes(8)}
    assert list(weights)[-1] == (4_999).to_bytes(8)


# What travels in a job


def test_a_job_carries_what_was_learned_and_how_much_more_is_to_be_observed(site) -> None:
    assert site.of_job() == ()
    for name in "12":
        site.crawl(site.page(name, FOOTER, dropped=(ADVERT,)))
    (host,) = site.of_job()
    assert host.host == "a.cn"
    assert {host.blocks[:8], host.blocks[8:]} == {block_key(FOOTER), block_key(ADVERT)}
    assert host.observe == WINDOW - 2
    for name in range(3, WINDOW + 3):
        site.crawl(site.page(str(name)))
    assert site.of_job()[0].observe == chrome.OBSERVE_MORE


# Articles that were read before


def test_articles_that_kept_what_has_become_chrome_are_asked_for_again_without_validators(site) -> None:
    site.crawl(site.page("1", FOOTER), site.page("2"))
    assert site.asked_again() == set()
    site.crawl(site.page("3", FOOTER))
    assert site.asked_again() == {"1", "3"}
    (first, second) = site.desk.begin(limit=9, rechecks=True)
    assert first.validators == second.validators == Validators()


def test_articles_that_were_not_observed_are_found_by_their_text(site) -> None:
    count = "本文已经有人阅读 {} 次"
    site.crawl(site.page("1", count.format(5), observed=False), site.page("2", observed=False))
    site.crawl(site.page("3", dropped=(count.format(12),)), site.page("4", dropped=(count.format(7),)))
    assert site.asked_again() == {"1"}


def test_pages_of_the_job_that_learned_it_are_asked_for_again_too(site) -> None:
    site.crawl(
        site.page("1", dropped=(FOOTER,)),
        site.page("2", dropped=(FOOTER,)),
        site.page("3", FOOTER, observed=False),
        site.page("4", observed=False),
        site.page("5", FOOTER),
    )
    assert site.asked_again() == {"3", "5"}


def test_an_article_of_which_nothing_has_changed_in_the_job_that_learned_is_asked_for_again(site) -> None:
    site.crawl(site.page("1", FOOTER, observed=False))
    site.desk.now += HOUR
    site.desk.begin(limit=9, rechecks=True)
    site.desk.take(site.desk.discovered("2", "3"))
    site.desk.take(site.page("2", dropped=(FOOTER,)), site.page("3", dropped=(FOOTER,)))
    site.desk.take(site.desk.unchanged("1", validators=ETAG))
    site.desk.end()
    assert site.asked_again() == {"1"}


def test_what_a_batch_taught_that_was_undone_counts_for_no_page(site) -> None:
    site.crawl(*(site.page(name, dropped=(FOOTER,)) for name in "12"))
    database = site.desk.database
    taught = chrome.Taught(database)
    seen = Seen(host="a.cn", source_id=1, job_id=site.desk.job, at=site.desk.now)

    def undone() -> None:
        with database.transaction():
            database.execute("DELETE FROM chrome_blocks")
            assert not taught.is_any(seen)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        undone()
    assert taught.is_any(seen)


def test_what_was_taught_is_read_once_a_transaction(site) -> None:
    asked: list[str] = []
    site.crawl(*(site.page(name, dropped=(FOOTER,)) for name in "123"))
    site.desk.begin()
    site.desk.take(site.desk.discovered(*"456789"))
    site.desk.database.connection.set_trace_callback(asked.append)
    site.desk.take(*(site.desk.of_this_job(site.page(name, observed=False)) for name in "456789"))
    assert sum("sample FROM chrome_blocks" in sql for sql in asked) == 1


def test_an_article_is_asked_for_again_once_even_if_its_text_stays_as_it_is(site) -> None:
    for name in "12":
        site.crawl(site.page(name, FOOTER))
    assert site.asked_again() == {"1", "2"}
    site.desk.recheck(*(site.page(name, FOOTER) for name in "12"))
    assert site.asked_again() == set()
    for name in "3456789":
        site.crawl(site.page(name, dropped=(FOOTER,)))
    assert site.asked_again() == set()


def test_the_second_reading_is_a_revision_with_its_cause(site, make_article) -> None:
    for name in "12":
        site.crawl(site.page(name, FOOTER))
    shown = observation(own("1"), dropped=(FOOTER,))
    again = site.desk.extracted("1", make_article(own("1"), learned=1), observed=shown)
    assert site.desk.recheck(again).revised == 1
    row = site.desk.database.row("SELECT * FROM revisions WHERE revision = 2")
    assert (row["cause"], row["text"], row["learned"]) == ("chrome", own("1"), 1)
    assert site.asked_again() == {"2"}


def test_the_cause_is_what_was_learned_also_where_the_extractor_has_not_counted_it(site, make_article) -> None:
    for name in "12":
        site.crawl(site.page(name, FOOTER))
    site.desk.recheck(site.desk.extracted("1", make_article(own("1"))))
    assert site.desk.database.value("SELECT cause FROM revisions WHERE revision = 2") == "chrome"


def test_articles_that_are_gone_or_never_came_from_a_crawl_are_not_asked_for(site) -> None:
    site.crawl(site.page("1", FOOTER), site.page("2", FOOTER, observed=False))
    site.desk.database.execute("UPDATE urls SET entry_point_id = NULL, next_at = NULL WHERE key LIKE '%/2'")
    site.desk.lose("1")
    site.crawl(site.page("3", FOOTER))
    assert site.asked_again() == {"3"}
    assert site.desk.url("2")["next_at"] is None


def test_an_article_that_is_past_its_last_check_is_asked_for_again_all_the_same(site) -> None:
    site.crawl(site.page("1", FOOTER))
    site.desk.now += 72 * HOUR
    site.desk.recheck(site.desk.unchanged("1", validators=ETAG))
    assert site.desk.url("1")["next_at"] is None
    site.crawl(site.page("2", FOOTER))
    assert site.asked_again() >= {"1"}
