"""`dibao import` as people and scripts meet it: what is printed, exit codes, being stopped and killed."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.database import open_reader
from storage.lock import WriterLock

Run = Callable[..., "subprocess.CompletedProcess[str]"]
BODY = (
    "市水务局昨天公布了今年冬季的供水安排，城北三个街道的老旧管网将在下月底以前全部更换完毕。",
    "负责人说，施工只在夜间进行，居民用水不受影响，遇到停水会提前两天在小区门口张贴通知。",
)
MANY = 400


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a dibao.toml and two texts, one of them too short."""
    source = '[[source]]\nname = "daily"\nhome = "https://daily.example.cn/"\n'
    (tmp_path / "dibao.toml").write_text(f'[dibao]\ncontact = "a@b.org"\nextract_processes = 1\n{source}')
    (tmp_path / "texts").mkdir()
    write(tmp_path, 1)
    (tmp_path / "texts" / "short.txt").write_text("太短。")
    return tmp_path


def write(place: Path, number: int) -> None:
    lines = "\n".join(f"{line}这是第{number}条。" for line in BODY)
    (place / "texts" / f"{number:04}.txt").write_text(f"第{number}号工程今天启动建设\n\n{lines}\n")


def articles(place: Path) -> int:
    if not (place / "news.db").exists():
        return 0
    with open_reader(place / "news.db") as database:
        return int(database.value("SELECT count(*) FROM articles"))


def test_an_import_prints_its_counts_and_reasons_and_a_second_one_stores_nothing(place: Path, dibao_here: Run) -> None:
    done = dibao_here("import", "texts", "--source", "daily")
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    assert first.startswith("daily in ")
    assert first.endswith(" s: 2 discovered, 1 stored, 1 rejected")
    assert second == "  reasons: rejected:too_short 1"
    document = json.loads(dibao_here("import", "texts", "--source", "daily", "--json").stdout)
    assert (document["discovered"], document["unchanged"], document["rejected"]) == (2, 1, 1)
    assert (document["stored"], document["passed_over"]) == (0, {})


def test_an_import_takes_up_what_the_configuration_calls_the_outlet(place: Path, dibao_here: Run) -> None:
    def called() -> str:
        with open_reader(place / "news.db") as database:
            return str(database.value("SELECT outlets FROM sources"))

    assert dibao_here("import", "texts", "--source", "daily").returncode == 0
    assert called() == "[]"
    with (place / "dibao.toml").open("a") as file:
        file.write('outlet = "恩施日报"\n')
    assert dibao_here("import", "texts", "--source", "daily").returncode == 0
    assert called() == '["恩施日报"]'


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["texts", "--source", "unknown"], "--home"),
        (["texts", "--source", "Not A Name", "--home", "https://a.example.cn/"], "--source"),
        (["texts", "--source", "daily", "--home", "https://other.example.cn/"], "https://daily.example.cn/"),
        (["texts", "--source", "unknown", "--home", "nowhere"], "--home"),
        (["texts", "--source", "daily", "--base-url", "ftp://a"], "--base-url"),
        (["texts", "--source", "daily", "--timezone", "Asia/Nowhere"], "Asia/Nowhere"),
        (["missing", "--source", "daily"], "missing"),
        (["texts"], "--source"),
    ],
)
def test_a_wrong_command_line_is_exit_code_2_and_stores_nothing(
    arguments: list[str], said: str, place: Path, dibao_here: Run
) -> None:
    done = dibao_here("import", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert articles(place) == 0


def test_a_source_of_its_own_needs_its_home_once(place: Path, dibao_here: Run) -> None:
    assert dibao_here("import", "texts", "--source", "mirror", "--home", "https://mirror.example.cn").returncode == 0
    assert dibao_here("import", "texts", "--source", "mirror").returncode == 0
    assert articles(place) == 1


def test_a_file_that_cannot_be_had_is_exit_code_1_and_costs_no_other(place: Path, dibao_here: Run) -> None:
    (place / "texts" / "a.warc").write_text("no warc")
    done = dibao_here("import", "texts", "--source", "daily")
    assert done.returncode == 1
    assert "rejected:bad_warc 1" in done.stdout
    assert articles(place) == 1


def test_another_writer_is_exit_code_3(place: Path, dibao_here: Run) -> None:
    with WriterLock(place / "news.db"):
        done = dibao_here("import", "texts", "--source", "daily")
    assert (done.returncode, done.stdout) == (3, "")
    assert "is writing" in done.stderr


def start(place: Path, dibao_command: str) -> subprocess.Popen[str]:
    command = [dibao_command, "import", "texts", "--source", "daily", "--wait", "60"]
    return subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_articles(place: Path, more_than: int) -> None:
    deadline = time.monotonic() + 60
    while articles(place) <= more_than:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.faults
def test_a_signal_stops_it_cleanly_and_the_next_import_brings_the_rest(
    place: Path, dibao_here: Run, dibao_command: str
) -> None:
    for number in range(2, MANY):
        write(place, number)
    with start(place, dibao_command) as running:
        wait_for_articles(place, 0)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (130, "")
    assert "; interrupted" in out.splitlines()[0]
    assert 0 < articles(place) < MANY - 1
    assert dibao_here("import", "texts", "--source", "daily").returncode == 0
    assert articles(place) == MANY - 1


@pytest.mark.faults
def test_kills_and_two_imports_at_once_neither_lose_nor_double_anything(place: Path, dibao_command: str) -> None:
    for number in range(2, MANY):
        write(place, number)
    for _ in range(2):
        before = articles(place)
        with start(place, dibao_command) as running:
            wait_for_articles(place, before)
            running.kill()
    with start(place, dibao_command) as one, start(place, dibao_command) as other:
        outputs = [one.communicate(timeout=120), other.communicate(timeout=120)]
    assert (one.returncode, other.returncode) == (0, 0), outputs
    with open_reader(place / "news.db") as database:
        found = database.row(
            "SELECT count(*), count(DISTINCT title), (SELECT count(*) FROM revisions),"
            " (SELECT count(*) FROM urls WHERE lease_job IS NOT NULL OR next_at IS NOT NULL OR state = 'pending'),"
            " (SELECT count(*) FROM run_sources WHERE discovered <>"
            " stored + unchanged + duplicate + rejected + failed + pending) FROM articles"
        )
        assert found is not None
        assert tuple(found) == (MANY - 1, MANY - 1, MANY - 1, 0, 0)
        statuses = [row[0] for row in database.rows("SELECT status FROM runs ORDER BY id")]
    assert statuses == ["interrupted", "interrupted", "ok", "ok"]
