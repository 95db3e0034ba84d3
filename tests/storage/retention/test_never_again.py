"""An article that was pruned never comes back: not by a feed, a redirect, a claim or a late event, nor by an import."""

from datetime import timedelta

import pytest

from storage import tombstones
from storage.imports import ImportIngest
from storage.noted import Lease
from storage.rechecks import RecheckPolicy
from storage.records import Outcome
from storage.rekeying import preview, rekey
from storage.retention.pruning import prune_articles
from tests.storage.conftest import START, article, key, url
from tests.storage.retention.test_pruning import LATER, crawl, same, sound
from tests.storage.stories.texts import report

TITLE, TEXT = report(1)


def told(noted):
    return [(one.outcome, one.reason) for one in noted]


def rows(desk):
    """All that there is of articles, their texts and what they were like."""
    counted = ("run_log", "run_source_log", "day_log", "hour_log", "total_log")
    return desk.digest(but=("urls", *counted, "sources", "hosts", "entry_points", "meta"))


@pytest.fixture
def pruned(desk):
    """A desk at which the article of 1.html was stored by a crawl, and pruned."""
    crawl(desk, ("1.html", 1, same), ("2.html", 2, same))
    prune_articles(desk.database, [1], LATER)
    desk.now = LATER
    return desk


def test_a_feed_that_names_it_again_does_nothing_and_it_is_never_leased(pruned):
    pruned.begin(limit=100, rechecks=True)
    pruned.take(pruned.discovered("1.html"))
    assert not [page for page in pruned.begin(limit=100, rechecks=True) if page.key == key("1.html")]
    pruned.now += timedelta(days=400)
    assert not [page for page in pruned.begin(limit=100, rechecks=True) if page.key == key("1.html")]
    assert pruned.url("1.html")["state"] == "stored"


@pytest.mark.parametrize("kind", ["extracted", "unchanged", "rejected", "gone", "failed"])
def test_an_event_that_was_under_way_ends_as_rejected_and_leaves_nothing(desk, kind):
    crawl(desk, ("1.html", 1, same))
    desk.now += timedelta(hours=2)
    desk.begin(limit=10, rechecks=True)
    event = {
        "extracted": lambda: desk.extracted("1.html", article(TEXT + "又补充了一句。", TITLE)),
        "unchanged": lambda: desk.unchanged("1.html"),
        "rejected": lambda: desk.rejected("1.html", "blocked_page"),
        "gone": lambda: desk.rejected("1.html", "gone", http_status=410),
        "failed": lambda: desk.failed("1.html"),
    }[kind]()
    prune_articles(desk.database, [1], desk.now)
    before = rows(desk)
    assert told(desk.take(event)) == [(Outcome.REJECTED, "pruned")]
    result = desk.end()
    assert (result.rejected, result.reasons) == (1, {"rejected:pruned": 1})
    assert rows(desk) == before
    row = desk.url("1.html")
    assert (row["state"], row["next_at"], row["lease_job"], row["article_id"]) == ("stored", None, None, 1)


def test_a_job_that_dies_with_its_lease_does_not_bring_it_back(desk):
    crawl(desk, ("1.html", 1, same))
    desk.now += timedelta(hours=2)
    desk.begin(limit=10, rechecks=True)
    prune_articles(desk.database, [1], desk.now)
    assert desk.end("abandoned").pending == 1
    desk.now += timedelta(days=30)
    assert desk.begin(limit=10, rechecks=True) == ()


def test_an_address_that_leads_to_it_is_an_alias_of_it_and_nothing_is_stored(pruned):
    before = rows(pruned)
    pruned.begin()
    pruned.take(pruned.discovered("moved.html"))
    noted = pruned.take(pruned.extracted("moved.html", article(TEXT, TITLE), to="1.html"))
    assert told(noted) == [(Outcome.REJECTED, "pruned")]
    assert pruned.end().reasons == {"rejected:pruned": 1}
    row = pruned.url("moved.html")
    assert (row["state"], row["article_id"], row["next_at"], row["reason"]) == ("alias", 1, None, "pruned")
    assert rows(pruned) == before


def test_a_page_that_claims_its_address_is_refused_by_its_title_alone(pruned):
    pruned.database.execute("UPDATE article_heads SET key = '//a.cn/n/20261122001.html' WHERE id = 1")
    claim = {"canonical_url": url("n/20261122001.html")}
    pruned.begin()
    pruned.take(pruned.discovered("m/20261122001.html", "m/20261122002.html"))
    noted = pruned.take(
        pruned.extracted("m/20261122001.html", article("只剩一段。", TITLE, **claim)),
        pruned.extracted("m/20261122002.html", article(*report(3)[::-1], **claim)),
    )
    assert told(noted) == [(Outcome.REJECTED, "pruned"), (Outcome.STORED, None)]
    assert pruned.article(3)["url"] == url("m/20261122002.html")
    pruned.end()


def test_an_article_that_was_kept_under_a_claimed_address_is_known_by_both(desk):
    claim = {"canonical_url": url("n/20261122001.html")}
    desk.stored("m/20261122001.html", article("别的。", "另一条"))
    desk.begin()
    desk.take(desk.discovered("p/20261122001.html"))
    desk.take(desk.extracted("p/20261122001.html", article(TEXT, TITLE, **claim)))
    desk.end()
    assert desk.article(2)["url"] == url("p/20261122001.html")
    prune_articles(desk.database, [2], LATER)
    row = desk.url("n/20261122001.html")
    assert (row["state"], row["url"], row["next_at"]) == ("alias", url("n/20261122001.html"), None)
    assert preview(desk.database).linked == 0
    rekey(desk.database, LATER)
    sound(desk)


def test_the_same_text_at_another_address_is_a_new_article(pruned):
    crawl(pruned, ("elsewhere.html", 1, same))
    assert pruned.article(3)["duplicate_of"] is None
    assert pruned.article(3)["story_id"] == 3
    sound(pruned)


def test_an_import_of_its_page_is_rejected(pruned):
    before = rows(pruned)
    pruned.begin()
    (lease,) = [lease for job, lease in pruned.leases.items() if job == pruned.job]
    ingest = ImportIngest(
        pruned.database,
        {pruned.job: Lease(run_id=lease.run_id, source_id=lease.source_id)},
        RecheckPolicy(ages=()),
    )
    noted = ingest.batch(
        [
            pruned.discovered("1.html", "saved.html"),
            pruned.extracted("1.html", article(TEXT, TITLE)),
            pruned.extracted("saved.html", article(TEXT, TITLE), to="1.html"),
        ],
        pruned.now,
    )
    assert told(noted[1:]) == [(Outcome.REJECTED, "pruned")] * 2
    pruned.end()
    assert rows(pruned) == before


def test_a_tombstone_says_what_went_and_why(pruned):
    assert tombstones.of(pruned.database, 2) is None
    stone = tombstones.of(pruned.database, 1)
    assert stone is not None
    assert (stone.url, stone.source, stone.why) == (url("1.html"), "a", "asked")
    assert not tombstones.is_pruned(pruned.database, None)
    assert tombstones.mark("……") == ""
    assert prune_articles(pruned.database, [1, 99], START).articles == 0
