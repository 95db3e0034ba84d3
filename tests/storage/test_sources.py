from datetime import UTC, datetime, timedelta

from storage import sources

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_source_is_made_once_and_keeps_its_id_when_its_home_moves(database) -> None:
    first = sources.ensure(database, "a", "https://a.cn/", NOW)
    assert sources.ensure(database, "a", "https://a.cn/new/", NOW + HOUR) == first
    assert sources.ensure(database, "b", "https://b.cn/", NOW) != first
    row = database.row("SELECT home, created_at FROM sources WHERE id = ?", (first,))
    assert tuple(row) == ("https://a.cn/new/", "2026-11-22T09:30:00Z")


def test_a_source_never_asked_has_no_times(database) -> None:
    sources.ensure(database, "a", "https://a.cn/", NOW)
    state = sources.states(database, NOW)["a"]
    assert (state.last_attempt_at, state.last_success_at, state.failures, state.not_before) == (None, None, 0, None)


def test_failures_count_up_and_one_success_forgets_them(database) -> None:
    source = sources.ensure(database, "a", "https://a.cn/", NOW)
    sources.attempted(database, source, NOW)
    sources.failed(database, source, NOW + HOUR, "timeout")
    sources.failed(database, source, NOW + 2 * HOUR, "timeout")
    state = sources.states(database, NOW)["a"]
    assert (state.last_attempt_at, state.failures, state.not_before) == (NOW, 2, NOW + 2 * HOUR)
    sources.succeeded(database, source, NOW + HOUR, "1 of 2 entry points failed")
    state = sources.states(database, NOW)["a"]
    assert (state.last_success_at, state.failures, state.not_before) == (NOW + HOUR, 0, None)
    assert database.value("SELECT last_error FROM sources") == "1 of 2 entry points failed"


def test_ready_are_pending_urls_that_are_due_and_not_on_loan(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("lent", "failed", "waits", "stored", taken=4))
    desk.take(desk.failed("failed"), desk.extracted("stored"))
    desk.end()
    ready = {at: sources.states(desk.database, desk.now + at)["a"].pending_ready for at in (timedelta(0), HOUR)}
    assert ready == {timedelta(0): 2, HOUR: 3}
    desk.begin(limit=2)
    assert sources.states(desk.database, desk.now + HOUR)["a"].pending_ready == 1


def test_sources_that_a_killed_coordinator_was_asking_are_named_and_may_be_asked_again(desk) -> None:
    desk.begin(source="done")
    desk.end()
    desk.begin(source="cut")
    source = desk.leases[desk.job].source_id
    sources.attempted(desk.database, source, NOW)
    assert sources.cut_short(desk.database) == [source]
    sources.not_attempted(desk.database, source)
    assert sources.states(desk.database, NOW)["cut"].last_attempt_at is None


def test_what_an_outlet_is_called_changes_with_the_configuration_and_stays_where_nothing_is_said(database) -> None:
    def called() -> str:
        return str(database.value("SELECT outlets FROM sources"))

    sources.ensure(database, "a", "https://a.cn/", NOW)
    assert called() == "[]"
    sources.ensure(database, "a", "https://a.cn/", NOW, ("恩施日报", "Enshi Daily"))
    assert called() == '["恩施日报", "Enshi Daily"]'
    sources.ensure(database, "a", "https://a.cn/new/", NOW)
    assert called() == '["恩施日报", "Enshi Daily"]'
    sources.ensure(database, "a", "https://a.cn/", NOW, ())
    assert called() == "[]"
    assert database.value("SELECT home FROM sources") == "https://a.cn/"
