"""Pages that break what reads them: struck, quarantined after two strikes, and let out again."""

from __future__ import annotations

import hashlib
import zlib
from datetime import timedelta
from typing import Any

import pytest

from storage import ledger, quarantine
from storage.ingest import Ingest
from storage.ledger import FIRST_RETRY
from storage.records import KeptBody
from tests.storage.conftest import POLICY, Desk, key, url

BODY = "<p>这一页让读它的程序崩溃。</p>".encode("gbk")


@pytest.fixture
def desk(database: Any) -> Desk:
    """A desk whose pages are read by the extractor `old`."""
    made = Desk(database)
    made.ingest = Ingest(database, made.leases, POLICY, extractor="old")
    return made


def body(content: bytes = BODY) -> KeptBody:
    return KeptBody(
        url=url("1?from=feed"),
        content_type="text/html; charset=gbk",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        deflated=zlib.compress(content, 1),
    )


def poison(desk: Desk, name: str = "1", reason: str = "extraction_crashed", **values: Any) -> Any:
    return desk.failed(name, reason, poison=True, **values)


def strike(desk: Desk, *reasons: str, name: str = "1", kept: KeptBody | None = None) -> None:
    """The address is asked for, as often as reasons are named, and its page breaks what reads it."""
    for reason in reasons:
        desk.begin(limit=100)
        desk.take(desk.discovered(name), poison(desk, name, reason, body=kept))
        desk.end()
        desk.now += 10 * FIRST_RETRY


def quarantined(desk: Desk) -> list[str]:
    return [row[0] for row in desk.database.rows("SELECT url FROM quarantined_pages ORDER BY url")]


def test_one_strike_is_a_failure_like_any_other_and_makes_a_suspect(desk: Desk) -> None:
    strike(desk, "extraction_timeout")
    assert (desk.url("1")["state"], desk.url("1")["strikes"], quarantined(desk)) == ("pending", 1, [])
    (page,) = desk.begin(limit=10)
    assert (page.key, page.strikes, page.attempt) == (key("1"), 1, 2)


@pytest.mark.parametrize("second", ["extraction_timeout", "extraction_crashed", "worker_crashed", "internal_error"])
def test_two_strikes_of_whatever_reasons_put_a_page_into_quarantine_with_its_body(desk: Desk, second: str) -> None:
    strike(desk, "extraction_timeout", second, kept=body())
    row = desk.url("1")
    assert (row["state"], row["reason"], row["strikes"], row["next_at"]) == ("failed", second, 2, None)
    found = quarantine.find(desk.database, url("1"))
    assert found is not None
    page, content = found
    assert (page.reason, page.strikes, page.extractor, page.body_kept) == (second, 2, "old", True)
    assert (page.answered_url, page.content_type) == (url("1?from=feed"), "text/html; charset=gbk")
    assert (content, page.body_sha256, page.body_bytes) == (BODY, hashlib.sha256(BODY).hexdigest(), len(BODY))
    assert desk.database.value("SELECT state FROM rejections") == "quarantined"
    desk.now += timedelta(days=400)
    assert desk.begin(limit=10) == ()


def test_other_failures_between_two_strikes_do_not_hide_the_second(desk: Desk) -> None:
    strike(desk, "extraction_timeout")
    for event in (desk.failed("1"), desk.rejected("1", "captcha")):
        desk.recheck(event)
        desk.now += timedelta(hours=2)
    assert desk.url("1")["strikes"] == 1
    desk.recheck(poison(desk))
    assert quarantined(desk) == [url("1")]


def test_a_page_that_is_read_well_has_no_strikes(desk: Desk) -> None:
    strike(desk, "worker_crashed")
    desk.recheck(desk.extracted("1"))
    assert (desk.url("1")["strikes"], desk.url("1")["state"]) == (0, "stored")
    for _ in range(2):
        desk.now += timedelta(hours=7)
        desk.recheck(poison(desk))
        assert quarantined(desk) == []
        desk.now += timedelta(hours=7)
        desk.recheck(desk.unchanged("1"))
    assert desk.url("1")["strikes"] == 0


def test_an_article_whose_page_breaks_what_reads_it_stays_an_article(desk: Desk) -> None:
    article_id = desk.stored("1")
    for _ in range(2):
        desk.now += timedelta(hours=7)
        desk.recheck(poison(desk))
    assert (quarantined(desk), desk.article(article_id)["status"]) == ([url("1")], "live")
    assert (desk.url("1")["state"], desk.url("1")["next_at"]) == ("stored", None)
    assert quarantine.retry_others(desk.database, "new", desk.now) == 1
    desk.recheck(desk.unchanged("1"))
    assert (quarantined(desk), desk.url("1")["strikes"], desk.url("1")["state"]) == ([], 0, "stored")


def test_another_extractor_gets_one_try_of_each_page(desk: Desk) -> None:
    strike(desk, "extraction_timeout", "extraction_timeout", kept=body())
    assert quarantine.retry_others(desk.database, "old", desk.now) == 0
    assert quarantine.retry_others(desk.database, "new", desk.now) == 1
    assert (quarantined(desk), desk.url("1")["state"], desk.url("1")["attempts"]) == ([], "pending", 0)
    desk.ingest = Ingest(desk.database, desk.leases, POLICY, extractor="new")
    (page,) = desk.begin(limit=10)
    assert page.strikes == quarantine.RETRY_STRIKES
    desk.take(poison(desk))
    desk.end()
    assert quarantined(desk) == [url("1")]
    assert quarantine.retry_others(desk.database, "new", desk.now) == 0
    assert desk.database.value("SELECT extractor FROM quarantine") == "new"


def test_pages_are_let_out_by_address_by_source_or_all(desk: Desk) -> None:
    for name in "123":
        strike(desk, "extraction_timeout", "extraction_timeout", name=name)
    assert quarantine.retry(desk.database, desk.now, url=url("9")) == 0
    assert quarantine.retry(desk.database, desk.now, url="HTTPS://A.cn:443/1") == 1
    assert quarantine.retry(desk.database, desk.now, source="b") == 0
    assert quarantined(desk) == [url("2"), url("3")]
    assert quarantine.retry(desk.database, desk.now, source="a") == 2
    assert quarantine.retry(desk.database, desk.now) == 0
    assert {page.key for page in desk.begin(limit=10)} == {key("1"), key("2"), key("3")}


def test_a_page_that_became_the_part_of_an_article_meanwhile_is_not_asked_for_again(desk: Desk) -> None:
    strike(desk, "extraction_timeout", "extraction_timeout")
    desk.database.execute("UPDATE urls SET state = 'alias', reason = 'article_part'")
    assert quarantine.retry(desk.database, desk.now) == 1
    assert (desk.url("1")["state"], desk.url("1")["next_at"], quarantined(desk)) == ("alias", None, [])


def test_only_the_newest_bodies_are_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "KEPT_BODIES", 3)
    for name in "12345":
        strike(desk, "extraction_timeout", "extraction_timeout", name=name, kept=body())
    kept = {page.url: page.body_kept for page in quarantine.pages(desk.database)}
    assert kept == {url(name): name in "345" for name in "54321"}
    monkeypatch.setattr(quarantine, "KEPT_BYTES", len(body().deflated) + 1)
    strike(desk, "extraction_timeout", "extraction_timeout", name="6", kept=body())
    assert [page.url for page in quarantine.pages(desk.database) if page.body_kept] == [url("6")]
    assert all(page.body_sha256 for page in quarantine.pages(desk.database))


def test_a_body_that_was_tampered_with_is_not_given_out(desk: Desk) -> None:
    strike(desk, "extraction_timeout", "extraction_timeout", kept=body())
    for bad in (b"no zlib", zlib.compress(bytes(50_000_000)), zlib.compress(BODY)[:-6]):
        desk.database.execute("UPDATE quarantine SET body = ?", (bad,))
        with pytest.raises(ValueError, match="its body"):
            quarantine.find(desk.database, url("1"))


def test_a_late_strike_of_a_job_that_has_ended_counts_for_nothing(desk: Desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"))
    late = poison(desk)
    desk.end()
    desk.take(late, late)
    assert desk.url("1")["strikes"] == 0


def test_leases_of_jobs_that_are_not_out_are_freed_and_stay_pending(desk: Desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1", "2"), desk.rejected("2"))
    assert ledger.release_strays(desk.database, {desk.job}) == {}
    assert ledger.release_strays(desk.database, {"another"}) == {desk.job: 1}
    assert (desk.url("1")["lease_job"], desk.url("1")["run_outcome"]) == (None, "pending")
    assert desk.end().pending == 1
