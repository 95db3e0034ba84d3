"""What a person types leads to an article: its id, or any address that leads to it."""

from storage.identity import key_hash
from storage.lookup import article_of
from storage.records import utc_text
from tests.storage.conftest import START
from tests.storage.stories.world import Told, stored

SEEN = utc_text(START)


def test_no_number_leads_to_an_article_that_there_is_not(database):
    stored(database, [Told(name="a")], {})
    words = ("0", "2", "9" * 18, "9" * 400, str(2**63), "0" * 30 + "1", "", "²", "１", "-1")
    assert [article_of(database, word) for word in words] == [None] * 10


def test_an_article_is_found_by_its_address_however_it_is_spelt(database):
    stored(database, [Told(name="1.html")], {})
    for word in (
        "1",
        "https://a.cn/1.html",
        "http://A.CN:80/1.html#top",
        "a.cn/1.html",
        "//a.cn/1.html",
        "https://a.cn/1.html?utm_source=x",
    ):
        assert article_of(database, word) == 1, word
    for word in ("https://a.cn/2.html", "a.cn", "import:x", "http://[", "a\0b", "\ud800", "javascript:1", "x" * 5000):
        assert article_of(database, word) is None, word


def test_an_article_is_found_by_every_address_that_leads_to_it_in_the_ledger(database):
    stored(database, [Told(name="1.html")], {})
    key = "//m.other.cn/x"
    database.execute(
        "INSERT INTO urls (key, key_hash, site, url, source_id, state, discovered_at, article_id)"
        " VALUES (?, ?, 'other.cn', 'https://m.other.cn/x', 1, 'alias', ?, 1)",
        (key, key_hash(key), SEEN),
    )
    assert article_of(database, "https://m.other.cn/x") == 1


def test_an_imported_file_is_found_by_its_own_address(database):
    stored(database, [Told(name="a")], {})
    database.execute("UPDATE article_heads SET key = 'import:文/甲.html', url = 'import:文/甲.html'")
    assert article_of(database, "import:文/甲.html") == 1
