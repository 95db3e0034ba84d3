"""All checks together, on machines that are broken in each way: a line for each, and never a trace."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.doctor import examining, seams
from scheduler.doctor.case import Case, Finding, read_case
from tests.scheduler.doctor.conftest import CONFIG, NOW, only

NAMES = {name for name, _ in (*examining.ALONE, *examining.OF_FILE, *examining.OF_CONFIGURATION)}


@pytest.fixture(autouse=True)
def _libraries_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """None; what is proved elsewhere takes a second."""
    well = tuple(pair for pair in examining.ALONE if pair[1] is not seams.hold)
    monkeypatch.setattr(examining, "ALONE", well)


def by_name(case: Case) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in examining.examine(case):
        assert (one.level == "ok") or one.step, one
        assert "Traceback" not in one.says
        assert not one.says.startswith("the check itself broke"), one
        found.setdefault(one.check, []).append(one)
    return found


def test_every_check_is_a_line(make_case, case) -> None:
    found = by_name(make_case(resolve=lambda _: ("93.184.216.34",)))
    assert set(found) == NAMES - {"address guard"}


def test_without_a_database_the_rest_is_looked_at(make_case) -> None:
    found = by_name(make_case(resolve=lambda _: ("93.184.216.34",)))
    assert found["database"][0].level == "warn"
    assert "there is no database yet" in found["left out"][0].says
    assert "names" in found


@pytest.mark.parametrize("content", [b"", b"x" * 5000, b"SQLite format 3\x00" + bytes(84) + b"\xff" * 9000])
def test_of_a_file_that_is_none_of_ours_the_rest_is_looked_at(case, make_case, content) -> None:
    case.database.write_bytes(content)
    found = by_name(make_case(resolve=lambda _: ("93.184.216.34",)))
    assert (found["database"][0].level, found["left out"][0].level) == ("fail", "warn")


def test_a_file_that_is_damaged_inside_fails_and_is_no_trace(case, make_case) -> None:
    with case.database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (case.database.stat().st_size - 8192))
    found = by_name(make_case(resolve=lambda _: ("93.184.216.34",)))
    assert any(one.level == "fail" for lines in found.values() for one in lines)


@pytest.mark.parametrize("content", [b"[dibao", b"\xff\xfe\x00", b"", b"x = " + b"[" * 5000, None])
def test_a_configuration_that_cannot_be_read_is_a_line(tmp_path: Path, content: bytes | None) -> None:
    config = tmp_path / "dibao.toml"
    if content is not None:
        config.write_bytes(content)
    found = by_name(read_case(config, NOW))
    assert {one.level for one in found["configuration"]} == {"fail"}
    assert any("the configuration cannot be read" in one.says for one in found["left out"])


def test_a_folder_in_place_of_a_configuration_is_a_line(tmp_path: Path) -> None:
    found = by_name(read_case(tmp_path, NOW))
    assert found["configuration"][0].level == "fail"


def test_a_check_that_breaks_leaves_the_others_as_they_are(case, monkeypatch) -> None:
    def broken(_case: Case) -> list[Finding]:
        raise ZeroDivisionError("of a machine like no other")

    monkeypatch.setattr(examining, "ALONE", (("odd", broken), *examining.ALONE))
    found = list(examining.examine(case))
    assert (found[0].check, found[0].level) == ("odd", "fail")
    assert "ZeroDivisionError" in found[0].says
    assert len(found) > 10


def test_a_database_that_vanishes_in_between_is_a_line(case, monkeypatch) -> None:
    case.database.unlink()
    found = examining._looked("log", dict(examining.OF_FILE)["log"], case)
    assert only(found).says.startswith("cannot be looked at: ")


def test_an_empty_configuration_names_the_default_place(make_case, tmp_path) -> None:
    assert make_case(CONFIG).database == tmp_path / "news.db"
