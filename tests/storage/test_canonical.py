"""Whom a page may say that it is. The tests follow the table in storage.canonical."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from storage import articles
from storage.canonical import Belief, believed
from storage.database import Database
from storage.identity import canonical_url, content_digest, key_hash, url_key
from storage.records import Article, Extracted, PublicationTime, utc_text

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOME = "https://www.a.cn/"
LISTS = ("https://www.a.cn/2026/12345/list", "https://www.a.cn/feed.xml")
MOBILE = "https://m.a.cn/show?id=99881"
OTHER = "https://m.a.cn/show?id=99882"
MAIN = "https://www.a.cn/2026/1122/c45678.html"
TEXT = "".join(f"第{number}座桥今天早上在江边通车，市民{number * 7}人步行过桥。\n\n" for number in range(1, 20)).strip()
ANOTHER = "".join(f"昨夜{number}时有雨，气象台说明天{number * 3}度，山区有雾。\n\n" for number in range(1, 20)).strip()


class Site:
    """One source whose pages are read one after the other, as ingest does it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        database.execute("INSERT INTO sources (name, home, created_at) VALUES ('a', ?, ?)", (HOME, utc_text(NOW)))

    def read(
        self, url: str, text: str = TEXT, *, says: str | None = None, title: str = "标题", to: str = "", **more: Any
    ) -> tuple[str, int]:
        """Why the page at `url` (which redirects `to`) is where it is, and the id of its article."""
        event = extracted(url, text, says=says, title=title, to=to, **more)
        with self.database.transaction():
            self.database.execute(
                "INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at)"
                " VALUES (?, ?, 'a.cn', ?, 1, 'pending', ?) ON CONFLICT DO NOTHING",
                (event.key, key_hash(event.key), url, utc_text(NOW)),
            )
            belief = self.believe(event)
            if belief.alias:
                assert belief.head is not None
                return self._settled(event, belief, int(belief.head["id"]), "alias")
            stored = articles.store(
                self.database, replace(event, final_key=belief.key, final_url=belief.url), 1, belief.head
            )
            return self._settled(event, belief, stored.article_id, "stored")

    def believe(self, event: Extracted, *, claims: bool = True) -> Belief:
        known = self.database.value("SELECT article_id FROM urls WHERE key = ?", (event.key,))
        return believed(self.database, event, article_id=known, home=HOME, entries=LISTS, claims=claims)

    def _settled(self, event: Extracted, belief: Belief, article_id: int, state: str) -> tuple[str, int]:
        self.database.execute("UPDATE urls SET state = ?, article_id = ? WHERE key = ?", (state, article_id, event.key))
        return belief.why, article_id

    def refuse(self, url: str, state: str) -> None:
        key = url_key(url)
        self.database.execute(
            "INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at)"
            " VALUES (?, ?, 'a.cn', ?, 1, ?, ?)",
            (key, key_hash(key), url, state, utc_text(NOW)),
        )

    def head(self, article_id: int) -> Any:
        return self.database.row("SELECT * FROM article_heads WHERE id = ?", (article_id,))

    def state(self, url: str) -> str:
        return str(self.database.value("SELECT state FROM urls WHERE key = ?", (url_key(url),)))

    def changes(self, article_id: int) -> list[str]:
        rows = self.database.rows("SELECT op FROM changes WHERE article_id = ? ORDER BY seq", (article_id,))
        return [row["op"] for row in rows]

    def texts(self) -> list[tuple[str, str, int]]:
        """Of each article: its key, its text, its revision."""
        return [
            (row["key"], row["text"], row["revision"])
            for row in self.database.rows(
                "SELECT h.key, a.text, a.revision FROM articles a JOIN article_heads h ON h.id = a.id ORDER BY a.id"
            )
        ]


def extracted(
    url: str, text: str = TEXT, *, says: str | None = None, title: str | None = "标题", to: str = "", **more: Any
) -> Extracted:
    article = Article(
        title=title, text=text, canonical_url=says, encoding="utf-8", encoding_evidence="meta", extractor="x", **more
    )
    final = to or url
    return Extracted(
        job_id="job",
        number=0,
        key=url_key(url),
        url=canonical_url(url),
        final_url=canonical_url(final),
        final_key=url_key(final),
        fetched_at=NOW,
        article=article,
        digest=content_digest(article),
    )


@pytest.fixture
def site(database: Database) -> Site:
    return Site(database)


def test_a_page_that_names_no_other_address_has_its_own(site: Site) -> None:
    assert site.read(MAIN)[0] == "own"
    assert (
        site.read("https://www.a.cn/2026/1122/c7.html", ANOTHER, says="http://www.a.cn/2026/1122/c7.html")[0] == "own"
    )
    assert [key for key, *_ in site.texts()] == [url_key(MAIN), url_key("https://www.a.cn/2026/1122/c7.html")]


@pytest.mark.parametrize(
    ("claimed", "why"),
    [
        ("https://www.a.cn/", "entry_point"),
        ("https://www.a.cn/index.html", "entry_point"),
        ("https://news.a.cn/", "home"),
        ("https://www.a.cn/feed.xml", "entry_point"),
        ("https://m.a.cn/2026/12345/list", "entry_point"),
        ("https://www.b.cn/2026/1122/c45678.html", "off_site"),
        ("https://1.2.3.4/2026/1122/c45678.html", "off_site"),
        ("https://www.a.cn/world/", "no_content"),
        ("https://www.a.cn/world", "no_content"),
        ("https://www.a.cn/show", "no_content"),
        ("https://www.a.cn/2026/", "no_content"),
        ("https://www.a.cn/2026/11/22/", "no_content"),
        ("https://www.a.cn/2026/1122", "no_content"),
        ("https://www.a.cn/paper/20261122/index.html", "no_content"),
        ("https://www.a.cn/2026/1122/c45678_2.html", "page_number"),
        ("https://www.a.cn/2026/1122/c45678.html?page=2", "page_number"),
        ("https://www.a.cn/archive/123456/page/3", "page_number"),
        ("https://www.a.cn/404.html?from_id=123456", "error_page"),
        ("https://www.a.cn/error/20261122-99.html", "error_page"),
        ("javascript:alert(1)", "scheme"),
        ("//", "unparsable"),
        ("https://www.a.cn/" + "9" * 3000, "too_long"),
        ("http://exa\ud800mple.cn/123456", "unparsable"),
    ],
)
def test_an_address_that_looks_wrong_is_not_believed(site: Site, claimed: str, why: str) -> None:
    belief = site.believe(extracted(MOBILE, says=claimed))
    assert (belief.why, belief.key, belief.url) == (why, url_key(MOBILE), MOBILE)
    assert (belief.head, belief.alias) == (None, False)


def test_a_further_page_of_an_article_is_not_the_article(site: Site) -> None:
    assert site.believe(extracted("https://m.a.cn/c45678_2.html", says=MAIN)).why == "page_number"


@pytest.mark.parametrize(
    "claimed",
    [MAIN, "https://www.a.cn/?p=12345", "https://news.a.cn/world/how-to-read-five-papers", "https://a.cn/show?id=7654"],
)
def test_an_address_that_names_content_is_believed(site: Site, claimed: str) -> None:
    assert site.read(MOBILE, says=claimed)[0] == "claimed"
    ((key, _text, _revision),) = site.texts()
    assert key == url_key(claimed)


def test_without_an_id_the_name_of_the_page_must_be_the_same(site: Site) -> None:
    page = "https://touch.a.cn/story/new-bridge"
    assert site.believe(extracted(page, says="https://www.a.cn/world/new-bridge")).why == "claimed"
    assert site.believe(extracted(page, says="https://www.a.cn/world/old-bridge")).why == "no_content"


@pytest.mark.parametrize("state", ["rejected", "failed", "gone", "alias"])
def test_an_address_that_led_to_no_article_is_not_believed(site: Site, state: str) -> None:
    site.refuse(MAIN, state)
    assert site.read(MOBILE, says=MAIN)[0] == "dead"
    assert [key for key, *_ in site.texts()] == [url_key(MOBILE)]


def test_an_address_that_waits_to_be_fetched_is_believed(site: Site) -> None:
    site.refuse(MAIN, "pending")
    assert site.read(MOBILE, says=MAIN)[0] == "claimed"


def test_a_claimed_article_is_shown_with_the_address_at_which_it_was_read(site: Site) -> None:
    _, article = site.read(MOBILE, says=MAIN)
    assert (site.head(article)["key"], site.head(article)["url"]) == (url_key(MAIN), MOBILE)


def test_the_twin_first_and_then_the_page_itself_are_one_article_with_the_pages_address(site: Site) -> None:
    _, article = site.read(MOBILE, TEXT[:200], says=MAIN)
    assert site.read(MAIN, TEXT, says=MAIN) == ("arrived", article)
    assert (site.head(article)["key"], site.head(article)["url"]) == (url_key(MAIN), MAIN)
    assert site.texts() == [(url_key(MAIN), TEXT, 2)]
    assert site.changes(article) == ["insert", "link", "revise"]


def test_after_that_the_twin_is_an_alias_and_does_not_write_over_it(site: Site) -> None:
    _, article = site.read(MOBILE, TEXT[:200], says=MAIN)
    site.read(MAIN, TEXT)
    assert site.read(MOBILE, TEXT[:200], says=MAIN) == ("twin", article)
    assert site.state(MOBILE) == "alias"
    assert site.texts() == [(url_key(MAIN), TEXT, 2)]


def test_the_page_itself_first_and_then_its_twin_are_one_article(site: Site) -> None:
    _, article = site.read(MAIN, TEXT)
    assert site.read(MOBILE, TEXT[:200], says=MAIN) == ("twin", article)
    assert site.texts() == [(url_key(MAIN), TEXT, 1)]


def test_a_twin_with_a_corrected_headline_is_a_twin(site: Site) -> None:
    _, article = site.read(MAIN)
    assert site.read(MOBILE, TEXT + "完", says=MAIN, title="另题") == ("twin", article)


def test_different_pages_that_claim_one_address_are_different_articles(site: Site) -> None:
    _, first = site.read(MOBILE, says=MAIN)
    why, second = site.read(OTHER, ANOTHER, says=MAIN)
    assert (why, second != first) == ("shared", True)
    assert [key for key, *_ in site.texts()] == [url_key(MAIN), url_key(OTHER)]
    assert site.read("https://m.a.cn/show?id=99883", ANOTHER[::-1], says=MAIN)[0] == "shared"


def test_the_page_at_a_shared_address_writes_over_none_of_those_that_claimed_it(site: Site) -> None:
    _, first = site.read(MOBILE, says=MAIN)
    _, second = site.read(OTHER, ANOTHER, says=MAIN)
    why, third = site.read(MAIN, "完全不同的一篇文章。" * 9, title="第三篇")
    assert (why, len({first, second, third})) == ("evicted", 3)
    assert (site.head(first)["key"], site.head(third)["key"]) == (url_key(MOBILE), url_key(MAIN))
    assert [revision for *_, revision in site.texts()] == [1, 1, 1]
    assert site.read(MOBILE, TEXT + "\n\n更正。", says=MAIN) == ("own", first)
    assert site.read(OTHER, ANOTHER, says=MAIN) == ("own", second)
    assert site.read(MAIN, "完全不同的一篇文章。" * 9, title="第三篇") == ("own", third)
    assert [revision for *_, revision in site.texts()] == [2, 1, 1]


def test_a_title_that_many_share_makes_no_twin(site: Site) -> None:
    _, first = site.read(MAIN, title="天气预报")
    assert site.read(MOBILE, ANOTHER, says=MAIN, title="天气预报")[0] == "shared"
    days = [PublicationTime(at=NOW.replace(day=day), precision="day", raw="", where="head") for day in (21, 22)]
    _, one = site.read("https://a.cn/20001", TEXT, title="早报", published=days[0])
    edited = TEXT.replace("座桥", "条隧道", 9)  # 84 % of its runs of eight letters are as before
    assert (
        site.read("https://m.a.cn/x?i=20002", edited, says="https://a.cn/20001", title="早报", published=days[1])[1]
        != one
    )
    assert (
        site.read("https://m.a.cn/x?i=20003", edited, says="https://a.cn/20001", title="早报", published=days[0])[1]
        == one
    )
    assert first != one


def test_an_article_under_its_own_address_stays_there_when_its_page_begins_to_claim_another(site: Site) -> None:
    _, article = site.read(MOBILE)
    assert site.read(MOBILE, TEXT + "完", says=MAIN) == ("own", article)
    assert len(site.texts()) == 1


def test_a_claimed_article_is_revised_by_its_own_page_as_any_other(site: Site) -> None:
    _, article = site.read(MOBILE, says=MAIN)
    assert site.read(MOBILE, ANOTHER, says=MAIN) == ("own", article)
    assert site.texts() == [(url_key(MAIN), ANOTHER, 2)]


def test_a_gone_article_is_back_at_the_address_of_its_twin_and_then_at_its_own(site: Site) -> None:
    _, article = site.read(MAIN)
    articles.gone(site.database, article, NOW)
    assert site.read(MOBILE, says=MAIN) == ("moved", article)
    assert (site.head(article)["status"], site.head(article)["url"]) == ("live", MOBILE)
    assert site.read(MAIN) == ("arrived", article)
    assert site.head(article)["url"] == MAIN


def test_an_address_that_redirects_to_a_claiming_page_is_an_alias_of_its_article(site: Site) -> None:
    short = "https://a.cn/t/77777"
    _, article = site.read(MOBILE, says=MAIN)
    assert site.read(short, to=MOBILE, says=MAIN)[1] == article
    assert site.state(short) == "alias"


def test_an_article_that_was_reached_by_a_redirect_stays_there_when_it_is_read_again(site: Site) -> None:
    short = "https://a.cn/t/77777"
    _, article = site.read(short, to=MOBILE, says=MAIN)
    assert site.read(short, TEXT + "完", to=MOBILE, says=MAIN) == ("own", article)
    assert site.state(short) == "stored"
    assert site.texts() == [(url_key(MAIN), TEXT + "完", 2)]


def test_a_claim_on_an_alias_leads_to_its_article(site: Site) -> None:
    final = "https://www.a.cn/2026/1122/c99999.html"
    _, article = site.read(final)
    site.read(MAIN, to=final)
    assert site.state(MAIN) == "alias"
    assert site.read(MOBILE, says=MAIN) == ("twin", article)
    assert site.read(OTHER, ANOTHER, says=MAIN)[0] == "shared"


def test_an_evicted_article_whose_own_address_is_taken_has_a_key_that_no_address_has(site: Site) -> None:
    short = "https://a.cn/t/77777"
    _, first = site.read(short, to=MOBILE, says=MAIN)
    _, second = site.read(OTHER, ANOTHER, says=MOBILE)
    assert site.head(second)["key"] == url_key(MOBILE)
    _, third = site.read(MAIN, "完全不同的一篇文章。" * 9, title="第三篇")
    assert site.head(first)["key"] == f"{url_key(MOBILE)}#{first}"
    assert site.read(short, TEXT + "完", to=MOBILE, says=MAIN) == ("own", first)
    assert len({first, second, third}) == 3


def test_where_claims_are_not_listened_to_a_page_has_its_own_address(site: Site) -> None:
    belief = site.believe(extracted(MOBILE, says=MAIN), claims=False)
    assert (belief.why, belief.key) == ("own", url_key(MOBILE))


def test_the_address_of_an_imported_file_is_its_own(site: Site) -> None:
    event = replace(extracted(MOBILE, says=MAIN), key="import:a/b", final_key="import:a/b", final_url="import:a/b")
    assert site.believe(event).why == "off_site"
    with site.database.transaction():
        articles.store(site.database, event, 1, None)
    belief = site.believe(event)
    assert belief.head is not None
    assert (belief.why, belief.key) == ("own", "import:a/b")


@pytest.mark.parametrize("text", ["短", "！！！", "一" * 50_000])
def test_texts_of_any_length_are_compared(site: Site, text: str) -> None:
    site.read(MAIN, text)
    assert site.read(MOBILE, text, says=MAIN)[0] == "twin"
    assert site.read(OTHER, ANOTHER, says=MAIN)[0] == "shared"
