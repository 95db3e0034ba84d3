"""What storing pages teaches the watch: samples, sums by day and hour, totals and lags, each once."""

from datetime import timedelta

import pytest

from storage.imports import ImportIngest
from storage.noted import Lease
from storage.rechecks import RecheckPolicy
from storage.records import Credit, JobFinished, PublicationTime
from storage.retention.pruning import prune_articles
from storage.retention.run_log import prune_runs
from storage.watch import days, noting, samples
from tests.storage.conftest import START, article

DAY, HOUR = "2026-11-22", "2026-11-22T09:00:00Z"
SUMS = ("sample_log", "said_log", "day_log", "hour_log", "total_log")
BRIDGE = "大桥昨日通车，两岸居民步行过桥只需六分钟。镇长介绍，建设历时两年零三个月。"
TEA = "今年春茶开采比去年早八天。合作社预计全年产干茶三万斤。"


def published(at, precision="minute", where="head"):
    return PublicationTime(at=at, precision=precision, raw="", where=where)


def today(desk, source="a"):
    (found,) = days.days(desk.database, DAY, source)[source]
    return found


def totals(desk, names, source="a"):
    """What the view of the public says of the source."""
    return tuple(desk.database.row(f"SELECT {names} FROM source_totals WHERE source = ?", (source,)))


def store(desk, *pages):
    """None; a job of its own brought the articles, by name."""
    desk.begin()
    desk.take(desk.discovered(*(name for name, _ in pages)), *(desk.extracted(name, one) for name, one in pages))
    desk.end()


def test_a_page_of_each_outcome_is_a_sample_and_is_counted_on_its_day(desk):
    whole = article(
        BRIDGE, published=published(START), origin="石桥新闻", credits=(Credit(role="reporter", name="何望"),)
    )
    desk.begin()
    desk.take(
        desk.discovered("1", "2", "3", "4", "5"),
        desk.extracted("1", whole),
        desk.extracted("2", article(TEA, title=None, published=published(START, where="url"))),
        desk.extracted("3", whole),
        desk.rejected("4", "no_text"),
        desk.failed("5", "http_503", http_status=503),
    )
    desk.end()
    found = samples.newest(desk.database, "a")
    assert [(one.outcome, one.reason, one.article_id) for one in reversed(found)] == [
        ("stored", None, 1), ("stored", None, 2), ("duplicate", "same_text", 3), ("rejected", "no_text", None),
        ("failed", "http_503", None),
    ]  # fmt: skip
    first, second, copy = found[4], found[3], found[2]
    assert (first.has_title, first.has_time, first.has_origin, first.has_credits) == (True,) * 4
    assert (second.has_title, second.has_time, second.has_origin, second.has_credits) == (False,) * 4
    assert (first.characters, first.repeated, second.repeated, copy.repeated) == (len(BRIDGE), 0.0, 0.0, 1.0)
    assert found[0].characters is found[0].has_title is found[0].repeated is None
    sums = today(desk)
    assert (sums.stored, sums.duplicate, sums.rejected, sums.failed, sums.revised) == (2, 1, 1, 1, 0)
    assert (sums.articles, sums.titles, sums.times, sums.origins, sums.credits) == (3, 2, 2, 2, 2)
    assert (sums.characters, sums.repeated) == (2 * len(BRIDGE) + len(TEA), 1.0)
    (hour,) = days.hours(desk.database, START, "a")["a"]
    assert (hour.hour, hour.new, hour.polls) == (HOUR, 3, 0)
    assert totals(desk, "stored, duplicate, rejected, failed") == (2, 1, 1, 1)


def test_looks_at_what_is_known_and_troubles_of_the_network_are_no_samples(desk):
    desk.stored("1", BRIDGE)
    before = samples.newest(desk.database, "a")
    desk.begin()
    desk.take(desk.discovered("2", "3"), desk.failed("2", "timeout"), desk.extracted("3", BRIDGE, to="1"))
    desk.end()
    desk.now += timedelta(hours=2)
    desk.recheck(desk.extracted("1", TEA))
    desk.now += timedelta(hours=7)
    desk.recheck(desk.rejected("1", "blocked_page", http_status=403))
    assert samples.newest(desk.database, "a") == before
    assert samples.newest(desk.database, "a", after=before[0].id) == ()
    sums = today(desk)
    assert (sums.stored, sums.revised, sums.duplicate, sums.rejected, sums.failed) == (2, 1, 1, 1, 1)
    assert sums.articles == 1
    assert [hour.new for hour in days.hours(desk.database, START)["a"]] == [1]


def test_a_page_that_fails_again_for_the_same_reason_is_one_sample(desk):
    desk.begin()
    desk.take(desk.discovered("1"), desk.failed("1", "http_503", http_status=503))
    desk.end()
    for _ in range(3):
        desk.now += timedelta(hours=30)
        desk.recheck(desk.failed("1", "http_503", http_status=503))
    assert [one.reason for one in samples.newest(desk.database, "a")] == ["http_503"]
    desk.now += timedelta(hours=30)
    desk.recheck(desk.failed("1", "http_404", http_status=404))
    assert [one.reason for one in samples.newest(desk.database, "a")] == ["http_404", "http_503"]
    desk.now += timedelta(hours=30)
    desk.recheck(desk.extracted("1", BRIDGE))
    assert [one.outcome for one in samples.newest(desk.database, "a")] == ["stored", "failed", "failed"]
    assert desk.database.value("SELECT sum(failed) FROM day_log") == 5


def test_a_page_that_broke_its_reader_is_a_sample_though_it_has_no_status(desk):
    desk.begin()
    desk.take(desk.discovered("1"), desk.failed("1", "extraction_crashed", poison=True))
    (found,) = samples.newest(desk.database, "a")
    assert (found.outcome, found.reason) == ("failed", "extraction_crashed")


def test_answers_of_entry_points_and_what_a_job_has_cost_are_counted(desk):
    desk.begin()
    desk.take(desk.checked(links=30, new=4))
    desk.take(desk.checked(links=30, new=4))  # said again
    desk.take(desk.checked(url="https://a.cn/empty", links=0))
    desk.take(desk.checked("unchanged", url="https://a.cn/same"))
    desk.take(desk.checked("failed", url="https://a.cn/gone", reason="http_404"))
    desk.end()
    sums = today(desk)
    assert (sums.polls_ok, sums.polls_failed, sums.polls_empty, sums.links, sums.new_links) == (3, 1, 1, 31, 4)
    (hour,) = days.hours(desk.database, START, "a")["a"]
    assert (hour.polls, hour.new) == (3, 0)


def test_an_index_that_names_parts_in_place_of_links_is_not_empty(desk):
    index = "https://a.cn/sitemap.xml"
    desk.begin()
    desk.take(desk.checked(url="https://a.cn/part.xml", parent=index, links=9), desk.checked(url=index, links=0))
    assert (today(desk).polls_ok, today(desk).polls_empty) == (2, 0)


def test_requests_and_bytes_are_counted_once_with_the_end_of_their_job(desk):
    desk.begin()
    ended = JobFinished(job_id=desk.job, number=0, reason="finished", requests=7, body_bytes=900)
    desk.take(ended)
    desk.take(ended)
    assert (today(desk).requests, today(desk).body_bytes) == (7, 900)
    assert totals(desk, "requests") == (7,)


def test_how_much_of_a_text_was_said_before_is_told_of_the_last_twenty_articles_and_no_others(desk):
    def said(number):
        return f"第{number}篇只有自己的这一句话。责任编辑是周南和何望两位。"

    store(desk, ("0", said(0)), *((str(number), said(number)) for number in range(1, 5)))
    own = len("第1篇只有自己的这一句话")
    shared = len("责任编辑是周南和何望两位")
    assert [one.repeated for one in samples.newest(desk.database, "a")][:4] == [shared / (own + shared)] * 4
    for number in range(5, 25):
        store(desk, (str(number), f"这一篇的编号是{number}，别的什么也不说。"))
    store(desk, ("last", said(99)))
    assert samples.newest(desk.database, "a", 1)[0].repeated == 0.0


def test_the_newest_samples_of_each_source_are_kept(desk):
    desk.stored("other.html", TEA)
    desk.begin(source="b")
    names = [str(number) for number in range(samples.KEPT + 30)]
    desk.take(desk.discovered(*names))
    for first in range(0, len(names), 90):
        desk.take(*(desk.rejected(name) for name in names[first : first + 90]))
    found = samples.newest(desk.database, "b", 2 * samples.KEPT)
    assert (len(samples.newest(desk.database, "a")), len(found)) == (1, samples.KEPT)
    assert found[0].url.endswith(f"/{names[-1]}")
    assert samples.newest(desk.database, "b", 5) == found[:5]


def test_what_is_imported_counts_by_day_and_teaches_nothing_else(desk):
    desk.begin()
    ingest = ImportIngest(desk.database, {desk.job: Lease(run_id=1, source_id=1)}, RecheckPolicy(ages=()))
    told = article(BRIDGE, published=published(START - timedelta(minutes=9)))
    ingest.batch([desk.discovered("1", "2"), desk.extracted("1", told), desk.rejected("2")], desk.now)
    assert (today(desk).stored, today(desk).rejected, today(desk).articles) == (1, 1, 0)
    assert samples.newest(desk.database, "a") == ()
    assert days.hours(desk.database, START) == {}
    assert totals(desk, "stored, lag_count") == (1, 0)


def test_a_batch_that_is_undone_and_taken_again_in_halves_is_counted_once(desk, make_desk):
    def day(at, spoilt):
        at.begin()
        pages = [at.extracted(str(number), article(f"第{number}篇的正文，说的是一座桥。")) for number in range(8)]
        broken = [at.extracted("bad", article("坏的一篇，也有一句正文。", learned=2**70))] if spoilt else []
        at.take(at.checked(links=9, new=9), at.discovered(*map(str, range(8)), "bad"), *pages, *broken)
        at.end()

    day(desk, spoilt=True)
    whole = make_desk()
    day(whole, spoilt=False)
    assert today(desk).failed == 1
    assert samples.newest(desk.database, "a")[0].reason == "unstorable"
    sums, expected = today(desk), today(whole)
    names = set(days.BY_DAY) - {"failed"}
    assert {name: getattr(sums, name) for name in names} == {name: getattr(expected, name) for name in names}
    assert days.hours(desk.database, START) == days.hours(whole.database, START)


def test_a_batch_that_is_rolled_back_leaves_nothing_and_counts_once_when_it_comes_again(desk, monkeypatch):
    before = {name: desk.digest()[name] for name in SUMS}
    desk.begin()
    events = (desk.discovered("1"), desk.checked(links=1, new=1), desk.extracted("1", BRIDGE))
    with monkeypatch.context() as broken:
        broken.setattr(samples.Samples, "write", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            desk.take(*events)
    assert {name: desk.digest()[name] for name in SUMS} == before
    desk.take(*events)
    desk.take(*events)
    assert (today(desk).stored, today(desk).polls_ok, today(desk).articles) == (1, 1, 1)
    assert len(samples.newest(desk.database, "a")) == 1


def test_totals_and_days_stay_when_runs_are_forgotten_and_articles_pruned(desk):
    for number in range(4):
        desk.stored(str(number), f"第{number}篇的正文，说的是一座桥。")
        with desk.database.transaction():
            desk.database.execute("UPDATE run_log SET finished_at = started_at")
        desk.now += timedelta(days=1)
    before = totals(desk, "*"), days.days(desk.database, DAY)
    assert sum(prune_runs(desk.database, 1, desk.now + timedelta(days=9))) == 3
    prune_articles(desk.database, [1, 2], desk.now)
    assert (totals(desk, "*"), days.days(desk.database, DAY)) == before
    assert [one.article_id for one in samples.newest(desk.database, "a")] == [4, 3]


@pytest.mark.parametrize("broken", [
    "UPDATE said_log SET sentences = x'0102'",
    "INSERT INTO total_log (source_id, lag_buckets) VALUES (1, '[1]') ON CONFLICT DO UPDATE SET lag_buckets = '[1]'",
    "CREATE TEMP TRIGGER refuses BEFORE INSERT ON hour_log BEGIN SELECT raise(ABORT, 'no hours'); END",
])  # fmt: skip
def test_what_cannot_be_counted_costs_no_page_and_is_told_once(desk, caplog, broken):
    noting.tell_once.cache_clear()
    desk.stored("1", BRIDGE)
    desk.database.execute(broken)
    for name, text in (("2", TEA), ("3", TEA + BRIDGE)):
        desk.begin()
        desk.now += timedelta(minutes=9)
        when = published(desk.now - timedelta(minutes=2))
        desk.take(desk.discovered(name), desk.extracted(name, article(text, published=when)))
        desk.end()
    assert desk.database.value("SELECT count(*) FROM articles") == 3
    assert desk.database.value("SELECT count(*) FROM urls WHERE state <> 'stored'") == 0
    assert [one.message for one in caplog.records].count(noting.LOST) == 1
    assert today(desk).stored == 1
