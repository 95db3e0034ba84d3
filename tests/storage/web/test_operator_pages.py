"""What an operator sees: every source with its trouble first, runs, incidents; in both languages, for any file."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from storage import engine_seen
from storage.database import open_reader, open_writer
from storage.engine_seen import EngineSeen
from storage.records import utc_text
from storage.watch import wording
from storage.web import policy
from storage.web.pages import frame
from storage.web.pages.operating import states
from tests.storage.web import operated
from tests.storage.web.conftest import Viewer

PAGES = (
    "/-/dibao", "/-/dibao?state=problems", "/-/dibao?state=no-such&page=x&q=%00",
    f"/-/dibao?page={'9' * 5000}", "/-/dibao/source/jiangnan-finance",
    "/-/dibao/source/new-harbour", "/-/dibao/runs", "/-/dibao/runs?before=x", "/-/dibao/runs/59", "/-/dibao/runs/60",
    "/-/dibao/incidents", "/-/dibao/incidents?before=5", "/-/dibao/incidents/2", "/-/dibao/incidents/4",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _now() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frame, "now", lambda: operated.NOW)
        yield


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("operated") / "news.db"
    operated.make(path, more=120)
    return path


@pytest.fixture(scope="module")
def office(file: Path) -> Iterator[Viewer]:
    viewer = Viewer(file)
    yield viewer
    viewer.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Any]:
    """A function that makes a viewer of a file of its own."""
    made: list[Viewer] = []

    def make(path: Path, **more: Any) -> Viewer:
        made.append(Viewer(path, **more))
        return made[-1]

    yield make
    for viewer in made:
        viewer.close()


def page(viewer: Viewer, path: str, status: int = 200, **headers: str) -> Any:
    answer = viewer.get(path, headers=headers)
    assert answer.status_code == status, answer.text[:500]
    return html.fromstring(answer.text)


def text(element: Any) -> str:
    return " ".join(element.text_content().split())


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_and_may_do_nothing_in_a_browser(office: Viewer, path: str, lang: str) -> None:
    answer = office.get(path, headers={"accept-language": lang})
    assert answer.status_code == 200
    assert answer.headers.get_list("content-security-policy") == [policy.OURS]
    assert answer.headers["cache-control"].startswith("private, no-")
    root = html.fromstring(answer.text)
    assert root.get("lang") == {"zh": "zh-Hans", "en": "en"}[lang]
    assert not root.xpath("//script | //style | //iframe | //object | //@style | //@*[starts-with(name(), 'on')]")
    assert len(root.xpath("//h1")) == 1
    assert root.xpath("//a[@class='skip']/@href") == ["#main"]
    assert not root.xpath("//svg[not(@role='img' and @aria-label) and not(@aria-hidden='true')]")


def test_problems_come_first_each_with_its_word_its_sign_and_why(office: Viewer) -> None:
    for lang in ("zh", "en"):
        root = page(office, "/-/dibao", **{"accept-language": lang})
        rows = root.xpath("//table[contains(@class, 'sources')]/tbody/tr")
        assert len(rows) == 100
        told = [text(row.xpath(".//*[contains(@class, 'state')]")[0]) for row in rows]
        names = [wording.state_name(state, lang) for state in states.TONES]
        assert [names.index(state) for state in told] == sorted(names.index(state) for state in told)
        assert told[:8] == names[:8]
        assert all(row.xpath(".//*[contains(@class, 'state')]/svg") for row in rows)
        reasons = [row.xpath("string(.//*[@class='reason'])") for row in rows]
        assert all(reasons[:7])
        assert not any(reasons[9:])


def test_the_page_says_how_many_need_somebody_and_what_ails_the_machine(office: Viewer) -> None:
    root = page(office, "/-/dibao", **{"accept-language": "en"})
    assert text(root.xpath("//h1")[0]) == "7 sources need attention"
    assert "858.3 MiB" in text(root.xpath("//ul[@class='notices']")[0])


def test_machines_that_crawl_together_are_told_in_a_line(
    office: Viewer, file: Path, tmp_path: Path, other: Any
) -> None:
    lede = "//p[@class='lede']"
    assert "worker" not in text(page(office, "/-/dibao", **{"accept-language": "en"}).xpath(lede)[0])
    shutil.copyfile(file, tmp_path / "news.db")
    with open_writer(tmp_path / "news.db") as database, database.transaction():
        engine_seen.note(database, EngineSeen(at=operated.NOW, server="x", workers=3, doing=12, queued=40))
    viewer = other(tmp_path / "news.db")
    told = {"en": "3 workers, 12 jobs at work, 40 queued", "zh": "采集机 3 台在线，12 个任务进行中，40 个排队"}
    for lang, said in told.items():
        assert said in text(page(viewer, "/-/dibao", **{"accept-language": lang}).xpath(lede)[0])


def test_sources_are_found_by_state_and_by_letters_and_by_hundreds(office: Viewer) -> None:
    def names(path: str) -> list[str]:
        return [str(name) for name in page(office, path).xpath("//tbody/tr/th/a/text()")]

    assert names("/-/dibao?state=silent") == ["xishan-party-daily"]
    assert set(names("/-/dibao?state=problems")) == {
        name for name, (state, *_) in operated.STATES.items() if state in states.PROBLEMS
    }
    assert names("/-/dibao?q=portal-0007") == ["portal-0007"]
    assert names("/-/dibao?q=no-such-source") == []
    first, second = names("/-/dibao"), names("/-/dibao?page=2")
    assert len(first) == 100
    assert len(second) == len(operated.NAMES) + 120 - 100
    assert not set(first) & set(second)
    assert names("/-/dibao?page=3") == []
    assert page(office, "/-/dibao").xpath("//a[@rel='next']/@href") == ["?page=2"]


def test_a_page_of_a_hundred_sources_is_no_burden(office: Viewer) -> None:
    assert len(office.get("/-/dibao").content) < 400_000


def test_a_source_shows_its_runs_rhythm_drift_samples_entries_and_furniture(office: Viewer) -> None:
    root = page(office, "/-/dibao/source/jiangnan-finance", **{"accept-language": "en"})
    bars = root.xpath("//div[@class='great']//svg/*[local-name()='path']/*[local-name()='title']")
    assert len(bars) == 48
    assert all(re.search(r"\d\d:\d\d.*\d", text(bar)) for bar in bars)
    squares = root.xpath("//*[@class='heat']//*[local-name()='rect']")
    assert len(squares) == 168
    assert "Mon 9:00–9:59" in text(squares[9])
    assert "expected" in text(squares[9])
    charts = {text(figure.xpath("figcaption/span[1]")[0]): figure for figure in root.xpath("//figure")}
    assert {name for name, figure in charts.items() if figure.get("class") == "off"} == {"Time", "Origin"}
    assert len(root.xpath("//table[contains(@class, 'samples')]/tbody/tr")) == 20
    assert len(root.xpath("//table[contains(@class, 'entries')]/tbody/tr")) == 3
    assert "责任编辑：本报编辑部" in text(root.xpath("//ul[@class='blocks']")[0])
    assert root.xpath("//ul[@class='incidents']//a/@href") == ["/-/dibao/incidents/2"]


def test_a_source_that_was_never_asked_says_so_and_how_to_ask_it(office: Viewer) -> None:
    root = page(office, "/-/dibao/source/new-harbour", **{"accept-language": "en"})
    assert "dibao crawl new-harbour" in [text(code) for code in root.xpath("//code")]
    assert "never" in text(root.xpath("//dl[@class='figures']")[0])


def test_runs_are_listed_newest_first_and_lead_to_theirs(office: Viewer, file: Path) -> None:
    first = page(office, "/-/dibao/runs")
    assert first.xpath("//tbody/tr[1]//a/@href") == ["/-/dibao/runs/60"]
    assert first.xpath("//a[@rel='next']/@href") == ["?before=11"]
    second = page(office, "/-/dibao/runs?before=11")
    assert second.xpath("//tbody/tr//th/a/@href") == [f"/-/dibao/runs/{run}" for run in range(10, 0, -1)]
    with open_reader(file) as database:
        new = database.value("SELECT sum(stored + duplicate) FROM run_source_log WHERE run_id = 59")
    run = page(office, "/-/dibao/runs/59", **{"accept-language": "en"})
    assert text(run.xpath("//dl[@class='figures']/div[2]/dd")[0]) == f"{new:,}"


def test_incidents_are_told_open_ones_first_and_one_with_its_sample_and_who_was_told(office: Viewer) -> None:
    root = page(office, "/-/dibao/incidents", **{"accept-language": "en"})
    lists = root.xpath("//ul[@class='incidents']")
    assert [len(each.xpath("li")) for each in lists] == [5, 2]
    assert text(lists[0].xpath("li[1]/span")[0]) == "error"
    one = page(office, "/-/dibao/incidents/2", **{"accept-language": "en"})
    assert [len(side.xpath(".//article")) for side in one.xpath("//div[@class='sides']/section")] == [3, 3]
    assert [len(side.xpath(".//*[@class='lack']")) for side in one.xpath("//div[@class='sides']/section")] == [0, 6]
    assert "dibao incidents acknowledge 2" in text(one)
    given_up = page(office, "/-/dibao/incidents/1", **{"accept-language": "en"})
    assert "550 no such user" in text(given_up)
    many = page(office, "/-/dibao/incidents/4")
    assert len(many.xpath("//ul[@class='names']/li")) == 3


def test_incidents_of_long_ago_are_paged_through_each_once(tmp_path: Path, other: Any) -> None:
    with open_writer(tmp_path / "news.db") as database, database.transaction():
        at = utc_text(operated.NOW)
        database.executemany(
            "INSERT INTO incident_log (id, key, kind, severity, opened_at, updated_at, resolved_at)"
            " VALUES (?, ?, 'network_down', 'error', ?, ?, ?)",
            [(number, f"k{number}", at, at, None if number % 40 == 0 else at) for number in range(1, 131)],
        )
    viewer, address, seen = other(tmp_path / "news.db"), "/-/dibao/incidents", []
    while address and len(seen) <= 130:
        root = page(viewer, address)
        seen += [int(href.rsplit("/", 1)[1]) for href in root.xpath("//p[@class='what']/a/@href")]
        address = next((f"/-/dibao/incidents{href}" for href in root.xpath("//a[@rel='next']/@href")), "")
    assert sorted(seen) == list(range(1, 131))
    assert seen[:3] == [40, 80, 120]


def test_a_language_that_was_asked_for_is_kept(office: Viewer) -> None:
    answer = office.get("/-/dibao?lang=en", headers={"accept-language": "zh"})
    assert 'lang="en"' in answer.text
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("dibao_lang=en;")
    assert 'lang="en"' in office.get("/-/dibao", headers={"accept-language": "zh", "cookie": "dibao_lang=en"}).text
    assert "set-cookie" not in office.get("/-/dibao?lang=fr").headers


@pytest.mark.parametrize(
    "path", ["/-/dibao/runs/61", "/-/dibao/incidents/99", "/-/dibao/source/nobody", "/-/dibao/source/%3Cscript%3E"]
)
def test_what_is_not_there_is_a_page_that_says_so(office: Viewer, path: str) -> None:
    root = page(office, path, 404)
    assert root.xpath("//p[@class='told']")
    assert not root.xpath("//script")


def test_a_number_that_no_file_has_is_no_error(office: Viewer) -> None:
    assert office.get(f"/-/dibao/runs/{'9' * 30}").status_code == 404
    assert office.get(f"/-/dibao/runs?before={'9' * 30}").status_code == 200
    assert office.get(f"/-/dibao?page={'9' * 30}").status_code == 200


def test_a_file_without_sources_says_what_to_do(tmp_path: Path, other: Any) -> None:
    open_writer(tmp_path / "new.db").close()
    viewer = other(tmp_path / "new.db")
    assert "dibao add" in text(page(viewer, "/-/dibao"))
    assert "Nothing was crawled yet." in text(page(viewer, "/-/dibao/runs", **{"accept-language": "en"}))
    assert "No open incident" in text(page(viewer, "/-/dibao/incidents", **{"accept-language": "en"}))


def test_hostile_names_and_texts_are_text_and_their_links_lead_back(tmp_path: Path, other: Any) -> None:
    path = tmp_path / "hostile.db"
    name = "\"><script>alert(1)</script>/..%2f'\u202e#?&x"
    with open_writer(path) as database, database.transaction():
        database.execute(
            "INSERT INTO sources (id, name, home, created_at, last_attempt_at, failures, last_error)"
            " VALUES (1, ?, 'javascript:alert(1)', ?, ?, 3, '<img src=x onerror=alert(1)>')",
            (name, utc_text(operated.NOW), utc_text(operated.NOW)),
        )
        database.execute(
            "INSERT INTO entry_points (source_id, kind, url, failures, last_detail)"
            " VALUES (1, 'feed', 'javascript:x', 1, '<svg onload=alert(1)>')"
        )
        database.execute(
            "INSERT INTO incident_log (id, key, kind, severity, source_id, opened_at, updated_at, facts)"
            " VALUES (1, 'k', '<b>new kind</b>', 'error', 1, ?1, ?1, '{\"error\": \"<script>\"}')",
            (utc_text(operated.NOW),),
        )
    viewer = other(path)
    listing = page(viewer, "/-/dibao")
    (link,) = listing.xpath("//tbody//th/a/@href")
    for root in (listing, page(viewer, link), page(viewer, "/-/dibao/incidents"), page(viewer, "/-/dibao/incidents/1")):
        assert not root.xpath("//script | //img | //b | //*[local-name()='svg'][@onload]")
        assert not root.xpath("//a[starts-with(@href, 'javascript:')]")
        assert "\u202e" not in root.text_content()
        assert "<script>alert(1)</script>" in root.text_content()


def test_a_file_of_an_older_dibao_says_what_to_run(tmp_path: Path, other: Any, file: Path) -> None:
    old = tmp_path / "old.db"
    shutil.copy(file, old)
    with sqlite3.connect(old) as connection:
        connection.execute("PRAGMA user_version = 12")
    connection.close()
    assert "dibao db migrate" in text(page(other(old), "/-/dibao", 503))


def test_a_file_that_went_away_and_came_back_as_another_is_shown_as_it_is(tmp_path: Path, other: Any) -> None:
    path = tmp_path / "news.db"
    operated.make(path)
    viewer = other(path)
    assert len(page(viewer, "/-/dibao").xpath("//tbody/tr")) == len(operated.NAMES)
    for end in ("", "-wal", "-shm"):
        path.with_name(f"news.db{end}").unlink(missing_ok=True)
    assert "does not exist yet" in text(page(viewer, "/-/dibao", 503))
    open_writer(path).close()
    assert "dibao add" in text(page(viewer, "/-/dibao"))


def test_reading_that_takes_too_long_is_told_as_such(office: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "MOST_SECONDS", 0)
    assert "took too long" in text(page(office, "/-/dibao/source/jiangnan-finance", 503, **{"accept-language": "en"}))


def test_a_page_that_waits_for_others_is_not_refused_for_it(
    office: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Datasette's limit, which is of its own pages, goes by the clock."""
    monkeypatch.setitem(office.datasette._settings, "sql_time_limit_ms", 1)
    page(office, "/-/dibao/source/jiangnan-finance")


def test_health_and_metrics_are_answered_for_machines(office: Viewer) -> None:
    health = office.get("/-/health")
    assert health.status_code == 200
    assert health.json()["ok"] is True
    metrics = office.get("/-/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'source="renmin-observer"' in metrics.text


def test_health_says_no_where_the_daemon_was_not_heard_of(office: Viewer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "now", lambda: operated.NOW + timedelta(hours=3))
    assert office.get("/-/health").status_code == 503
    assert "it may have stopped" in text(page(office, "/-/dibao", **{"accept-language": "en"}))


def test_the_style_sheet_is_kept_for_ever_under_its_digest(office: Viewer) -> None:
    (address,) = page(office, "/-/dibao").xpath("//link[@rel='stylesheet']/@href")
    answer = office.get(address, headers={"cookie": "dibao_lang=zh"})
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert office.get("/-/dibao/icon.svg").headers["content-type"].startswith("image/svg+xml")


def test_whom_the_metadata_does_not_allow_the_file_sees_no_page_of_it(other: Any, file: Path) -> None:
    viewer = other(file, allow={"id": "root"})
    for path in ("/-/dibao", "/-/dibao/source/jiangnan-finance", "/-/health", "/-/metrics"):
        assert viewer.get(path).status_code == 403


def test_pages_lead_under_the_first_part_of_the_path_that_they_are_served_under(other: Any, file: Path) -> None:
    viewer = other(file, settings={"base_url": "/dibao/"})
    root = page(viewer, "/-/dibao")
    for address in root.xpath("//@href | //form/@action"):
        assert str(address).startswith(("/dibao/", "?", "#")), address


def test_times_are_said_in_the_zone_that_is_wished(other: Any, file: Path) -> None:
    viewer = other(file, plugins={"dibao": {"timezone": "Europe/Berlin"}})
    stamp = page(viewer, "/-/dibao/runs", **{"accept-language": "en"}).xpath("(//tbody//time)[1]")[0]
    assert stamp.get("datetime") == "2026-11-23T07:30:00Z"
    assert stamp.text == "23 Nov 08:30"
    assert re.fullmatch(r"2026-11-23 08:30:00 \+0100", stamp.get("title"))


def test_six_of_the_samples_and_entry_points_stand_open_and_the_others_are_folded(tmp_path: Path, other: Any) -> None:
    operated.make(tmp_path / "a.db")
    with open_writer(tmp_path / "a.db") as database, database.transaction():
        database.executemany(
            "INSERT INTO entry_points (source_id, kind, url) VALUES (5, 'listing', ?)",
            [(f"https://a.cn/{number}",) for number in range(9)],
        )
    root = html.fromstring(other(tmp_path / "a.db").get("/-/dibao/source/jiangnan-finance").text)
    for kind, all_ in (("samples", 20), ("entries", 12)):
        tables = root.xpath(f"//table[contains(@class, '{kind}')]")
        assert [len(table.xpath("tbody/tr")) for table in tables] == [6, all_ - 6]
        assert [len(table.xpath("ancestor::details[not(@open)]")) for table in tables] == [0, 1]
