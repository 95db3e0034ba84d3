from datetime import UTC, datetime, timedelta

from storage import health, sources

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_health_of_a_source_tells_its_times_its_failures_and_what_waits(desk) -> None:
    desk.stored("1")
    desk.begin()
    desk.take(desk.discovered("2", "3", taken=1))
    source = desk.leases[desk.job].source_id
    sources.attempted(desk.database, source, NOW)
    sources.failed(desk.database, source, NOW + HOUR, "timeout")
    found = health.sources(desk.database)["a"]
    assert (found.name, found.last_attempt_at, found.last_success_at) == ("a", NOW, None)
    assert (found.failures, found.not_before, found.last_error) == (1, NOW + HOUR, "timeout")
    assert (found.last_new_at, found.pending) == (NOW, 2)


def test_a_copy_is_a_sign_of_a_new_article_and_a_revision_is_none(desk) -> None:
    desk.stored("1")
    desk.now += HOUR
    desk.recheck(desk.extracted("1", "改了。"))
    assert health.sources(desk.database)["a"].last_new_at == NOW
    desk.stored("copy", "改了。")
    assert health.sources(desk.database)["a"].last_new_at == NOW + HOUR


def test_an_empty_file_has_no_sources(database) -> None:
    assert health.sources(database) == {}


def test_new_articles_are_new_texts_and_copies_but_no_revisions_and_no_second_addresses(desk) -> None:
    desk.stored("1")
    desk.stored("copy")
    desk.begin()
    desk.take(desk.discovered("alias"), desk.extracted("alias", to="1"))
    desk.end()
    desk.now += HOUR
    desk.recheck(desk.extracted("1", "改了。"))
    assert health.new_articles(desk.database, "a", NOW) == 2
    assert health.new_articles(desk.database, "a", NOW + timedelta(seconds=1)) == 0
    assert health.new_articles(desk.database, "nobody", NOW) == 0


def test_the_last_heartbeat_of_a_name_is_kept(database) -> None:
    assert health.heartbeat(database, "daemon") is None
    health.beat(database, "daemon", NOW, 7)
    health.beat(database, "other", NOW, 8)
    health.beat(database, "daemon", NOW + HOUR, 9, "2 jobs")
    assert health.heartbeat(database, "daemon") == health.Heartbeat(
        name="daemon", at=NOW + HOUR, pid=9, detail="2 jobs"
    )


def test_what_waits_is_found_without_reading_the_addresses_of_articles(database) -> None:
    plan = [row["detail"] for row in database.rows(f"EXPLAIN QUERY PLAN {health.SOURCES}")]
    assert any("COVERING INDEX urls_ready" in line for line in plan)
    assert not any(line.startswith("SCAN u") for line in plan)
