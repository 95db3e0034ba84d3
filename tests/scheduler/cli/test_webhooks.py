"""`dibao webhooks`: what an operator sees of them, and what is sent again."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scheduler.webhooks.signing import parse_secrets
from storage.database import open_reader, open_writer
from storage.lock import WriterLock
from tests.scheduler.webhooks.receiver import SECRET, Receiver, Reply
from tests.storage.conftest import Desk, article

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration with one webhook, whose place in the feed is its begin."""
    monkeypatch.setenv("HOOK", SECRET)
    configure(tmp_path, receiver)
    with open_writer(tmp_path / "news.db") as database, database.transaction():
        database.execute("INSERT INTO webhooks (name, last_seq, created_at)"
                         " VALUES ('newsroom', 0, '2026-11-22T00:00:00Z')")  # fmt: skip
    return tmp_path


def configure(folder: Path, receiver: Receiver, name: str = "newsroom", more: str = "") -> None:
    (folder / "dibao.toml").write_text(
        '[dibao]\ncontact = "ops@example.org"\n'
        f'[[webhook]]\nname = "{name}"\nurl = "{receiver.url}"\nsecret_env = "HOOK"\n{more}',
        encoding="utf-8",
    )


def store(folder: Path, *titles: str) -> None:
    with open_writer(folder / "news.db") as database:
        desk = Desk(database)
        for number, title in enumerate(titles):
            desk.stored(f"{title.encode().hex()[:8]}{number}", article(title=title))


def listed(dibao_here: Run) -> dict[str, dict[str, object]]:
    document = json.loads(dibao_here("webhooks", "list", "--json").stdout)
    return {row["name"]: row for row in document["webhooks"]}


def test_what_is_due_is_delivered_and_the_exit_code_says_whether_all_was(
    folder: Path, receiver: Receiver, dibao_here: Run
) -> None:
    assert dibao_here("webhooks", "deliver").stdout == "delivered: 0; attempts that failed: 0; due and waiting: 0\n"
    store(folder, "一", "二")
    done = dibao_here("webhooks", "deliver")
    assert (done.returncode, done.stdout) == (0, "delivered: 2; attempts that failed: 0; due and waiting: 0\n")
    assert receiver.seqs == [1, 2]
    store(folder, "三")
    receiver.behave = lambda _told: Reply(500)
    done = dibao_here("webhooks", "deliver")
    assert (done.returncode, done.stdout) == (1, "delivered: 0; attempts that failed: 1; due and waiting: 0\n")
    row = listed(dibao_here)["newsroom"]
    assert row.items() >= {"state": "failing", "lag": 0, "pending": 1, "delivered": 2, "dead": 0, "failures": 1,
                           "http_status": 500, "error": "HTTP 500 Internal Server Error"}.items()  # fmt: skip


def test_those_that_are_new_gone_or_no_longer_configured_are_listed_as_such(
    folder: Path, receiver: Receiver, dibao_here: Run
) -> None:
    store(folder, "一")
    receiver.behave = lambda _told: Reply(410)
    assert dibao_here("webhooks", "deliver").returncode == 1
    assert listed(dibao_here)["newsroom"]["state"] == "dead"
    assert "HTTP 410 Gone" in dibao_here("webhooks", "list").stdout
    receiver.behave = lambda _told: Reply()
    assert dibao_here("webhooks", "replay", "newsroom").stdout == "newsroom: waiting deliveries that are due now: 1\n"
    assert dibao_here("webhooks", "deliver").returncode == 0
    configure(folder, receiver, name="other")
    assert {name: row["state"] for name, row in listed(dibao_here).items()} == {
        "other": "new", "newsroom": "not configured",
    }  # fmt: skip
    store(folder, "二")
    dibao_here("webhooks", "deliver")
    assert listed(dibao_here)["newsroom"]["lag"] == 1
    assert len(receiver.taken) == 1
    assert dibao_here("webhooks", "drop", "newsroom", "--all").returncode == 0
    assert list(listed(dibao_here)) == ["other"]


def test_dead_deliveries_are_listed_replayed_and_dropped(folder: Path, receiver: Receiver, dibao_here: Run) -> None:
    configure(folder, receiver, more="max_attempts = 1\n")
    hostile = "标题\x1b[31m\u202e[red]"
    store(folder, hostile, "二", "三")
    receiver.behave = lambda _told: Reply(400)
    done = dibao_here("webhooks", "deliver")
    assert (done.returncode, done.stdout) == (1, "delivered: 0; attempts that failed: 3; due and waiting: 0\n")
    shown = dibao_here("webhooks", "dead", "newsroom").stdout
    assert "HTTP 400 Bad Request" in shown
    assert "[red]" in shown
    assert not set(shown) & {"\x1b", "\u202e"}
    rows = json.loads(dibao_here("webhooks", "dead", "--json").stdout)["dead"]
    assert [(row["seq"], row["op"], row["attempts"]) for row in rows] == [
        (1, "insert", 1), (2, "insert", 1), (3, "insert", 1),
    ]  # fmt: skip
    ids = [str(row["id"]) for row in rows]
    assert dibao_here("webhooks", "drop", "newsroom", ids[0]).stdout == "newsroom: dead deliveries removed: 1\n"
    receiver.behave = lambda _told: Reply()
    assert dibao_here("webhooks", "replay", "newsroom", ids[1]).stdout == "newsroom: deliveries to be sent again: 1\n"
    dibao_here("webhooks", "deliver")
    assert receiver.seqs == [2]
    dibao_here("webhooks", "replay", "newsroom", "--dead")
    dibao_here("webhooks", "deliver")
    assert receiver.seqs == [2, 3]
    assert dibao_here("webhooks", "dead").stdout == ""
    assert dibao_here("webhooks", "replay", "newsroom", str(2**63)).returncode == 2


def test_all_from_a_number_on_is_sent_again_under_the_same_ids(
    folder: Path, receiver: Receiver, dibao_here: Run
) -> None:
    store(folder, "一", "二", "三")
    dibao_here("webhooks", "deliver")
    done = dibao_here("webhooks", "replay", "newsroom", "--from-seq", "2")
    assert done.stdout == "newsroom: changes to be looked at again: 2\n"
    dibao_here("webhooks", "deliver")
    assert [message.split("-")[1] for message in receiver.taken] == ["1", "2", "3", "2", "3"]
    assert len(set(receiver.taken)) == 3
    refused = dibao_here("webhooks", "replay", "newsroom", "--from-seq", "9")
    assert refused.returncode == 2
    assert "name 4 or a smaller number" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("replay", "nobody"), "no webhook 'nobody'; there are: newsroom"),
        (("replay", "nobody", "--from-seq", "1"), "no webhook 'nobody'; there are: newsroom"),
        (("replay", "newsroom", "7"), "no delivery 7"),
        (("replay", "newsroom", "1", "--dead"), "not two of them"),
        (("drop", "newsroom"), "one of them"),
        (("drop", "newsroom", "7"), "no delivery 7"),
        (("drop", "nobody", "--all"), "no webhook 'nobody'"),
        (("dead", "nobody"), "no webhook 'nobody'"),
        (("test", "nobody"), "no webhook 'nobody'; there are: newsroom"),
    ],
)
def test_what_is_not_there_is_wrong_usage_and_changes_nothing(
    folder: Path, dibao_here: Run, arguments: tuple[str, ...], said: str
) -> None:
    store(folder, "一")
    done = dibao_here("webhooks", *arguments)
    assert done.returncode == 2
    assert said in done.stderr.replace("\n", " ")
    with open_reader(folder / "news.db") as database:
        assert [tuple(row) for row in database.rows("SELECT name, last_seq FROM webhooks")] == [("newsroom", 0)]


def test_nobody_writes_while_another_does(folder: Path, dibao_here: Run) -> None:
    with WriterLock(folder / "news.db"):
        for command in (("deliver",), ("replay", "newsroom"), ("drop", "newsroom", "--all")):
            assert dibao_here("webhooks", *command).returncode == 3
        assert dibao_here("webhooks", "list").returncode == 0


def test_a_test_shows_what_is_answered_and_stores_nothing(folder: Path, receiver: Receiver, dibao_here: Run) -> None:
    done = dibao_here("webhooks", "test", "newsroom")
    assert (done.returncode, done.stdout) == (0, "newsroom: taken, HTTP 204\n")
    assert (receiver.told[0].type, receiver.told[0].data) == ("webhook.test", {"webhook": "newsroom"})
    receiver.behave = lambda _told: Reply(401, body=b"who are you?\x1b[31m")
    done = dibao_here("webhooks", "test", "newsroom")
    assert (done.returncode, done.stdout) == (1, "newsroom: HTTP 401 Unauthorized\n")
    assert "it answered: who are you? [31m" in done.stderr
    with open_reader(folder / "news.db") as database:
        assert database.value("SELECT count(*) FROM deliveries") == 0


def test_without_its_secret_a_command_that_sends_says_so_and_one_that_lists_does_not_mind(
    folder: Path, dibao_here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOOK")
    for command in (("webhooks", "deliver"), ("webhooks", "test", "newsroom"), ("crawl",), ("validate",)):
        done = dibao_here(*command)
        assert done.returncode == 2
        assert done.stderr == (
            'dibao.toml:6: webhook "newsroom" secret_env: the environment has no HOOK; set it where dibao is started\n'
        )
    assert dibao_here("webhooks", "list").returncode == 0


def test_a_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path, dibao_here: Run) -> None:
    printed = dibao_here("webhooks", "secret").stdout
    assert len(parse_secrets(printed)) == 1
    done = dibao_here("webhooks", "secret", "hook.secret")
    assert (done.returncode, done.stdout) == (0, "")
    made = tmp_path / "hook.secret"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    before = made.read_text()
    assert len(parse_secrets(before)) == 1
    done = dibao_here("webhooks", "secret", "hook.secret")
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert made.read_text() == before
    assert dibao_here("webhooks", "secret", "no/folder/x").returncode == 2
