"""The home page and the command line agree on which sources need attention; and errors are told in Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from storage.database import open_writer
from storage.records import utc_text
from storage.watch.attention import needs_attention
from storage.web.pages import frame
from tests.storage.web import operated
from tests.storage.web.conftest import Viewer

ERROR = "2 of 2 entry points failed: https://a.cn/ (http_503), https://a.cn/feed (timeout)"
SAID = "2 个入口中有 2 个失败：https://a.cn/ (网站答复 HTTP 503), https://a.cn/feed (超时)"


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A function that makes a viewer of a file with one source that failed, as its newest run tells."""
    monkeypatch.setattr(frame, "now", lambda: operated.NOW)
    made: list[Viewer] = []

    def make(failures: int = 3, error: str = ERROR) -> Viewer:
        path, at = tmp_path / f"f{len(made)}.db", utc_text(operated.NOW)
        facts = f'{{"failures": {failures}, "error": "{error}"}}'
        with open_writer(path) as database, database.transaction():
            database.execute(
                "INSERT INTO sources (id, name, home, created_at, last_attempt_at, failures, last_error)"
                " VALUES (1, 'a', 'https://a.cn/', ?1, ?1, ?2, ?3)",
                (at, failures, error),
            )
            database.execute(
                "INSERT INTO source_watch (source_id, at, state, reason, facts)"
                " VALUES (1, ?, 'partial', 'failing_lately', ?)",
                (at, facts),
            )
            database.execute("INSERT INTO run_log VALUES (1, 'crawl', ?1, ?1, 'ok')", (at,))
            database.execute(
                "INSERT INTO run_source_log (run_id, source_id, job_id, started_at, finished_at, status, error,"
                " with_entries) VALUES (1, 1, 'j', ?1, ?1, 'failed', ?2, 1)",
                (at, error),
            )
        made.append(Viewer(path))
        return made[-1]

    yield make
    for viewer in made:
        viewer.close()


def page(viewer: Viewer, path: str, language: str) -> str:
    root = html.fromstring(viewer.get(path, headers={"accept-language": language}).text)
    return " ".join(root.xpath("//main")[0].text_content().split())


@pytest.mark.parametrize(
    ("state", "reason", "failures", "needs"),
    [
        ("partial", "failing_lately", 2, False), ("partial", "failing_lately", 3, True),
        ("partial", "entries", 0, True), ("silent", "source_silent", 0, True), ("ok", "", 0, False),
        ("paused", "failing_lately", 9, False), (None, None, 9, False),
    ],
)  # fmt: skip
def test_a_failure_or_two_need_nobody_yet(state: str | None, reason: str | None, failures: int, *, needs: bool) -> None:
    assert needs_attention(state, reason, failures) is needs


def test_the_home_page_counts_a_source_from_its_third_failure_on(other: Any) -> None:
    assert "1 source needs attention" in page(other(3), "/-/dibao", "en")
    assert "All sources are well" in page(other(2), "/-/dibao", "en")


@pytest.mark.parametrize("path", ["/-/dibao", "/-/dibao/source/a", "/-/dibao/runs/1"])
def test_chinese_pages_tell_a_failure_in_chinese_and_english_ones_as_it_is_stored(other: Any, path: str) -> None:
    viewer = other()
    assert SAID in page(viewer, path, "zh")
    assert "entry points failed" not in page(viewer, path, "zh")
    assert ERROR in page(viewer, path, "en")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("12 of 20 pages failed: timeout 9, http_502 3", "20 个页面中有 12 个失败：超时 9, 网站答复 HTTP 502 3"),
        ("stuck: nothing came of it for a long time, and it was ended", "长时间没有进展，已中止"),
        ("timeout", "抓取没有完成：超时"),
        ("crashed: exit code -9", "抓取没有完成：进程崩溃: exit code -9"),
        ("no article links on https://a.cn/timeout", "没有稿件链接：https://a.cn/timeout"),
        ("something else (timeout)", "something else (timeout)"),
    ],
)
def test_each_form_of_an_error_has_its_chinese(other: Any, error: str, said: str) -> None:
    assert said in page(other(error=error), "/-/dibao/runs/1", "zh")
