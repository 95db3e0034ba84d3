"""Who may ask the viewer, what it leaves switched on, and that it does nothing for files of others."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlite_utils

from storage.web.doorway import Doorway
from storage.web.settings import read_wishes
from tests.storage.web.conftest import Viewer

ROOT = Path(__file__).parents[3]
Make = Callable[..., Viewer]


@pytest.fixture
def make(attacks: Path, request: pytest.FixtureRequest) -> Make:
    """A function that makes a viewer of the file of attacks, or of another."""

    def made(*paths: Path, **more: Any) -> Viewer:
        viewer = Viewer(*(paths or (attacks,)), **more)
        request.addfinalizer(viewer.close)
        return viewer

    return made


def asked(*hosts: str) -> int:
    """The status of a request for these hosts; 200 is from the application behind the doorway."""
    statuses: list[int] = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    async def receive() -> Any:
        raise AssertionError("nobody reads a request here")

    headers = [(b"host", host.encode()) for host in hosts]
    asyncio.run(Doorway(app, frozenset())({"type": "http", "path": "/", "headers": headers}, receive, send))
    return statuses[0]


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8001", "LOCALHOST", "127.0.0.1:8001", "[::1]", "[::1]:8001", "192.168.1.7", "a.localhost",
     "127.0.0.1."],
)  # fmt: skip
def test_an_address_and_localhost_are_answered(host: str) -> None:
    assert asked(host) == 200


@pytest.mark.parametrize(
    "host",
    ["evil.test", "evil.test:8001", "localhost.evil.test", "127.0.0.1.evil.test", "evil.test:80:80", "", " ", "1",
     "localhost@evil.test", "localhost:evil", "[::1].evil.test", "0x7f.1", "xn--e1afmkfd", "localhost,evil.test", "."],
)  # fmt: skip
def test_a_name_that_nobody_listed_is_refused(host: str) -> None:
    assert asked(host) == 421


def test_two_names_or_none_are_refused() -> None:
    assert asked("localhost", "127.0.0.1") == asked() == 421


def test_a_refusal_is_no_page_and_datasette_does_not_see_the_request(viewer: Viewer) -> None:
    answer = viewer.get("/news/articles.json", headers={"host": "<script>evil.test"})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_name_that_the_metadata_lists_is_answered(make: Make) -> None:
    viewer = make(plugins={"dibao": {"hosts": ["News.Example.org"]}})
    assert viewer.get("/news.json", headers={"host": "news.example.org:443"}).status_code == 200
    assert viewer.get("/news.json", headers={"host": "news.example.org."}).status_code == 200
    assert viewer.get("/news.json", headers={"host": "x.news.example.org"}).status_code == 421


def test_nobody_may_type_sql_download_the_file_or_have_all_rows_at_once(viewer: Viewer) -> None:
    assert viewer.get("/news.json", sql="select 1").status_code == 403
    assert viewer.get("/news/articles.json", _where="1").status_code == 403
    assert viewer.get("/news.db").status_code == 403
    assert viewer.get("/news/articles.csv", _stream="on").status_code == 400
    settings = viewer.get("/-/settings.json").json()
    assert [settings[name] for name in ("default_allow_sql", "allow_download", "allow_csv_stream")] == [False] * 3


def test_who_is_allowed_sql_cannot_have_the_memory_of_the_machine(make: Make) -> None:
    viewer = make(allow_sql=True)
    assert viewer.get("/news.json", sql="select 1").status_code == 200
    for sql in ("select hex(zeroblob(300000000))", "select printf('%.*c', 900000000, 'x')"):
        assert viewer.get("/news.json", sql=sql).status_code == 500
    assert viewer.get("/news.json", sql="select count(*) from articles", _shape="arrayfirst").json() == [53]


def test_a_setting_that_the_operator_wishes_or_chose_stays(make: Make) -> None:
    viewer = make(plugins={"dibao": {"allow": ["allow_csv_stream"]}}, settings={"default_allow_sql": False})
    assert viewer.get("/news/articles.csv", _stream="on").status_code == 200
    assert viewer.datasette.setting("allow_csv_stream") is True


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"hosts": "news.example.org"}, '"hosts": expected a list of texts'),
        ({"hosts": ["https://news.example.org/"]}, "expected names alone"),
        ({"hosts": ["*"]}, "expected names alone"),
        ({"allow": ["sql"]}, "'sql' is none of default_allow_sql"),
        ({"timezone": "Mars/Olympus"}, '"timezone": expected a name such as'),
        ({"timezone": "../etc/passwd"}, '"timezone": expected a name such as'),
        ({"timezone": 8}, '"timezone": expected a name such as'),
        ({"home": "yes"}, '"home": expected true or false'),
        ({"host": []}, "expected an object with some of allow, home, hosts, timezone"),
        ([], "expected an object with some of allow, home, hosts, timezone"),
    ],
)
def test_a_wish_that_makes_no_sense_is_said(wish: Any, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        read_wishes(wish)
    assert said in str(error.value)


def test_a_wish_that_makes_no_sense_ends_the_start(make: Make) -> None:
    with pytest.raises(Exception, match=r"plugins\.dibao in the metadata: .*names alone"):
        make(plugins={"dibao": {"hosts": ["*"]}})


def test_files_of_others_are_shown_as_ever(make: Make, foreign: Path) -> None:
    viewer = make(foreign)
    answer = viewer.get("/foreign.json", {"host": "any.test"}, sql="select '=1' as x, 'https://a.cn/' as u")
    assert answer.status_code == 200
    assert "content-security-policy" not in answer.headers
    assert "'=1" not in viewer.get("/foreign.csv", sql="select '=1+1' as x").text
    assert "nofollow" not in viewer.get("/foreign", sql="select 'https://a.cn/' as u").text


def test_files_of_others_are_searched_as_ever_beside_ours(make: Make, attacks: Path, tmp_path: Path) -> None:
    other = sqlite_utils.Database(tmp_path / "other.db")
    notes = other.table("notes")
    notes.insert_all([{"id": 1, "body": "新闻中心"}, {"id": 2, "body": "none"}], pk="id")
    notes.enable_fts(["body"])
    other.close()
    viewer = make(attacks, tmp_path / "other.db")
    # Their index has the four characters as one word, which our own search would look for as two.
    assert viewer.get("/other/notes.json", _search="新闻中心", _shape="array").json()[0]["id"] == 1


def test_an_installation_brings_the_plugin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["datasette"] == {"dibao": "storage.web.plugin"}
    assert json.dumps(project["optional-dependencies"]["web"]).count("datasette") == 1
