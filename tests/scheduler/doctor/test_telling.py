"""The configuration, its secrets, who is told, what is at work, and which sources are ill."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from scheduler.doctor import configuration, integrity, secrets, telling, watched, work
from scheduler.doctor.case import database_of
from storage import alive
from storage.care import checkups
from storage.database import open_writer, unchecked
from storage.watch import alerts, incidents, states
from tests.scheduler.doctor.conftest import CONFIG, NOW, levels, only

HOOK = """
[[webhook]]
name = "desk"
url = "https://desk.example/hook"
{held}
"""
ALERT = """
[[alert]]
name = "ops"
kind = "slack"
url_file = "address"
"""
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_configuration_that_is_right_is_well(case, make_case) -> None:
    assert only(configuration.is_valid(case)).level == "ok"
    assert only(configuration.is_valid(make_case(CONFIG))).level == "warn"  # no source


def test_each_problem_of_a_configuration_is_a_line_with_its_place(make_case) -> None:
    found = list(configuration.is_valid(make_case("[dibao]\ncontact = 7\nnonsense = 1\n")))
    assert levels(found) == ["fail", "fail"]
    assert any("dibao.toml:3" in one.says for one in found)


def test_a_configuration_that_everybody_may_write_fails(case) -> None:
    case.config_path.chmod(0o666)
    assert levels(configuration.is_valid(case)) == ["fail", "ok"]


@pytest.mark.parametrize(
    ("toml", "name"),
    [('[dibao]\ndatabase = "data/paper.db"\nnonsense = 1', "data/paper.db"), ("[dibao]\n", "news.db"),
     ("[dibao", "news.db"), ("dibao = 7", "news.db"), ("[dibao]\ndatabase = 7", "news.db"), (None, "news.db"),
     ("\x00", "news.db")],
)  # fmt: skip
def test_where_the_database_is_can_be_told_of_a_configuration_that_is_wrong(tmp_path, toml, name) -> None:
    path = tmp_path / "dibao.toml"
    if toml is not None:
        path.write_text(toml)
    assert database_of(path) == tmp_path / name


def test_a_secret_that_the_environment_lacks_may_be_the_daemons_and_a_file_that_lacks_fails(make_case) -> None:
    asked = make_case(CONFIG + HOOK.format(held='secret_env = "HOOK_SECRET"'), environment={})
    found = only(secrets.can_be_had(asked))
    assert (found.level, "HOOK_SECRET" in found.says) == ("warn", True)
    assert only(secrets.can_be_had(replace(asked, environment={"HOOK_SECRET": KEY}))).level == "ok"
    found = only(secrets.can_be_had(make_case(CONFIG + HOOK.format(held='secret_file = "secret"'))))
    assert (found.level, "cannot be read" in found.says) == ("fail", True)


def test_the_address_of_an_alert_is_a_secret_too(make_case, tmp_path) -> None:
    (tmp_path / "address").write_text("https://hooks.example/T000/B000/XXXXXXXX\n")
    (tmp_path / "address").chmod(0o600)
    asked = make_case(CONFIG + ALERT)
    assert levels(secrets.can_be_had(asked)) == levels(secrets.are_private(asked)) == ["ok"]
    (tmp_path / "address").chmod(0o644)
    found = only(secrets.are_private(asked))
    assert (found.level, found.step) == ("warn", "chmod 600")
    (tmp_path / "address").write_text("XXXXXXXX")
    found = only(secrets.can_be_had(asked))
    assert (found.level, "XXXXXXXX" in found.says) == ("fail", False)


def test_that_nobody_is_told_of_incidents_is_a_warning(make_case) -> None:
    assert only(telling.somebody_is_told(make_case())).level == "warn"
    assert only(telling.somebody_is_told(make_case(f"{CONFIG}[watch]\nenabled = false\n"))).level == "warn"
    assert only(telling.somebody_is_told(make_case(CONFIG + ALERT))).level == "ok"


def test_alerts_and_webhooks_that_do_not_arrive_are_warned_of(case) -> None:
    assert levels(telling.are_delivered(case)) == ["ok"]
    with open_writer(case.database) as database, database.transaction():
        number = incidents.open_(database, key="x", kind="disk_low", severity="error", facts={}, now=NOW)
        alerts.queue(database, number, ["ops"], "opened", NOW)
        alerts.failed(database, [1], "refused", None)
        database.execute(
            "INSERT INTO webhooks (name, last_seq, created_at, failures, error) VALUES ('desk', 0, ?, 3, 'http 500')",
            ("2026-11-22T09:00:00Z",),
        )
    found = list(telling.are_delivered(case))
    assert levels(found) == ["warn", "warn"]
    assert "http 500" in found[1].says


@pytest.mark.parametrize(
    ("age_seconds", "stopped", "level"), [(5, False, "ok"), (500, False, "fail"), (500, True, "warn")]
)
def test_a_daemon_that_hangs_fails_and_one_that_was_stopped_is_a_warning(case, age_seconds, stopped, level) -> None:
    then = NOW - timedelta(seconds=age_seconds)
    with open_writer(case.database) as database:
        with database.transaction():
            alive.beat(database, then, 7, every_seconds=10, detail="")
        if stopped:
            alive.stopped(database, then, 7)
    assert only(work.is_at_work(case)).level == level


def test_nobody_at_work_yet_is_a_warning(case) -> None:
    assert only(work.is_at_work(case)).level == "warn"


def test_sources_that_are_ill_are_named_by_their_state(case) -> None:
    assert only(watched.none_is_silent(case)).level == "ok"
    with open_writer(case.database) as database, database.transaction():
        for name, state in (("a", "silent"), ("b", "silent"), ("c", "failing"), ("d", "ok"), ("e", "paused")):
            database.execute(
                "INSERT INTO sources (name, home, created_at) VALUES (?, 'https://a.cn/', '2026-11-22T09:00:00Z')",
                (name,),
            )
            states.write(database, [states.SourceWatch(source=name, at=NOW, state=state)])
    found = list(watched.none_is_silent(case))
    assert levels(found) == ["warn", "warn"]
    assert found[0].says.startswith("2 of 4 sources: ")
    assert found[0].says.endswith(": a, b")
    assert "dibao errors c" in str(found[1].step)


def test_all_sources_ill_in_one_way_is_a_failure(case) -> None:
    with open_writer(case.database) as database, database.transaction():
        for name in ("a", "b"):
            database.execute(
                "INSERT INTO sources (name, home, created_at) VALUES (?, 'https://a.cn/', '2026-11-22T09:00:00Z')",
                (name,),
            )
            states.write(database, [states.SourceWatch(source=name, at=NOW, state="failing")])
    assert only(watched.none_is_silent(case)).level == "fail"


def test_what_the_weekly_check_has_found_fails_and_a_small_file_is_read_at_once(case) -> None:
    found = only(integrity.is_whole(case))
    assert (found.level, "just now" in found.says) == ("ok", True)
    with open_writer(case.database) as database:
        checkups.note(database, checkups.WHOLE, NOW, ("a text has another digest",))
    assert only(integrity.is_whole(case)).says == "a text has another digest"


def test_a_page_that_is_damaged_is_found_by_the_look_at_a_small_file(case) -> None:
    with unchecked(case.database) as database:
        size, page = (
            database.value("PRAGMA page_size"),
            database.value("SELECT rootpage FROM sqlite_schema WHERE name = 'sample_log_by_source'"),
        )
    with case.database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
    found = only(integrity.is_whole(case))
    assert (found.level, "dibao db check" in str(found.step)) == ("fail", True)


def test_a_large_file_that_nobody_has_looked_through_is_a_warning(case, monkeypatch) -> None:
    monkeypatch.setattr(integrity, "READ_AT_ONCE_BYTES", 0)
    assert only(integrity.is_whole(case)).level == "warn"
    with open_writer(case.database) as database:
        checkups.note(database, checkups.QUICK, NOW)
    assert only(integrity.is_whole(case)).level == "ok"


def test_a_log_that_a_reader_keeps_is_warned_of(case, monkeypatch) -> None:
    assert only(integrity.log_is_short(case)).level == "ok"
    monkeypatch.setattr(integrity, "log_bytes", lambda _: 200 * 1024**2)
    assert only(integrity.log_is_short(case)).level == "warn"
