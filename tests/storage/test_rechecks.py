from datetime import UTC, datetime, timedelta

import pytest

from storage import rechecks
from storage.rechecks import LEAST_SHARE, check_at, share

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
AGES = (HOUR, 6 * HOUR, 24 * HOUR, 72 * HOUR, 168 * HOUR)


@pytest.mark.parametrize(
    ("checks", "edits", "least", "most"), [(0, 0, 1, 1), (400, 40, 1, 1), (60, 0, 0.2, 0.3), (400, 0, 0.1, 0.1)]
)
def test_a_source_that_edits_gets_every_look_and_one_that_does_not_gets_a_tenth(checks, edits, least, most) -> None:
    assert least <= share(checks, edits) <= most


def test_a_tenth_of_the_looks_is_a_tenth_over_all_articles() -> None:
    taken = [age for number in range(2000) for age in ages_taken(f"//a.cn/{number}", LEAST_SHARE)]
    assert 800 <= len(taken) <= 1200
    assert {age: 120 <= taken.count(age) <= 280 for age in AGES} == dict.fromkeys(AGES, True)


def ages_taken(key, share):
    now, found = NOW, []
    while (at := check_at(key, NOW, now, AGES, share)) is not None:
        found.append(at - NOW)
        now = at
    return found


def test_the_looks_of_one_article_do_not_change_with_the_time_at_which_they_are_asked_for() -> None:
    assert ages_taken("//a.cn/1", 1.0) == list(AGES)
    assert ages_taken("//a.cn/1", 0.5) == ages_taken("//a.cn/1", 0.5)


def test_one_look_in_eight_is_taken_without_validators() -> None:
    probes = sum(rechecks.is_probe(f"//a.cn/{number}", NOW) for number in range(4000))
    assert 400 <= probes <= 600


def test_what_looks_have_found_is_remembered_of_the_source(desk) -> None:
    desk.stored("1")
    desk.stored("2")
    desk.now += HOUR
    desk.recheck(desk.extracted("1", "改了。"), desk.unchanged("2"))
    row = desk.database.row("SELECT checks, edits FROM sources")
    assert (round(row["checks"]), round(row["edits"])) == (2, 1)


def test_a_source_that_never_edits_is_looked_at_less(desk) -> None:
    desk.begin()
    with desk.database.transaction():
        desk.database.execute("UPDATE sources SET checks = 500")
    names = [str(number) for number in range(60)]
    desk.take(desk.discovered(*names), *(desk.extracted(name, f"{name}。") for name in names))
    first = {at for (at,) in desk.database.rows("SELECT next_at FROM urls")}
    assert len(first) > 2
    assert None in first


def test_in_an_outage_nothing_is_gone_however_often_it_is_missing(desk) -> None:
    found = desk.stored("1")
    for _ in range(12):
        desk.now = max(desk.now + HOUR, datetime.fromisoformat(desk.url("1")["next_at"]))
        desk.recheck(desk.rejected("1", "http_404", http_status=404), host_answers=False)
    assert (desk.article(found)["status"], desk.url("1")["missing_times"]) == ("live", 12)
    desk.now = datetime.fromisoformat(desk.url("1")["next_at"])
    desk.recheck(desk.rejected("1", "http_404", http_status=404))
    assert desk.article(found)["status"] == "gone"


def test_a_page_never_stored_on_a_host_that_answers_nothing_is_given_up_in_the_end(desk) -> None:
    desk.begin()
    desk.take(desk.discovered("1"), desk.rejected("1", "http_404", http_status=404))
    desk.end()
    for _ in range(12):
        if desk.url("1")["next_at"] is None:
            break
        desk.now = datetime.fromisoformat(desk.url("1")["next_at"])
        desk.recheck(desk.rejected("1", "http_404", http_status=404), host_answers=False)
    assert desk.url("1")["state"] == "gone"
