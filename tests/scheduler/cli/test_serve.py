"""`dibao serve`: what it refuses and why, and the real thing over a socket."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result

from scheduler.cli import serve as command
from scheduler.cli.main import main
from storage.database import open_writer
from storage.web.serving import BadAddress, entrance, is_loopback

TOKEN = "correct-horse-battery-staple"  # noqa: S105


@pytest.fixture
def file(tmp_path: Path) -> Path:
    open_writer(tmp_path / "news.db").close()
    return tmp_path / "news.db"


def refused(*arguments: str, **env: str) -> Result:
    result = CliRunner().invoke(main, ["serve", *arguments], env=env)
    assert "Traceback" not in result.output
    return result


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "2001:db8::1", "news.example.org"])
def test_without_a_token_nobody_but_this_machine_is_served(file: Path, host: str) -> None:
    result = refused("--database", str(file), "--host", host)
    assert result.exit_code == 2
    assert "a token is needed" in result.output
    assert "--token-file" in result.output


def test_a_name_of_the_web_needs_a_token_too(file: Path) -> None:
    result = refused("--database", str(file), "--base-url", "https://news.example.org/dibao/")
    assert result.exit_code == 2
    assert "a token is needed" in result.output


def test_a_token_that_is_too_short_is_refused_and_not_shown(file: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hunter2\n", encoding="utf-8")
    for result in (
        refused("--database", str(file), "--token-file", str(tmp_path / "token")),
        refused("--database", str(file), **{command.TOKEN: "hunter2"}),
    ):
        assert result.exit_code == 2
        assert "7 characters" in result.output
        assert "hunter2" not in result.output


def test_a_token_file_that_is_empty_is_no_door_left_open(file: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n", encoding="utf-8")
    result = refused("--database", str(file), "--token-file", str(tmp_path / "token"))
    assert result.exit_code == 2
    assert "0 characters" in result.output


def test_without_the_extra_it_says_what_to_install(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda _name: None)
    result = refused("--database", str(file))
    assert result.exit_code == 2
    assert "pip install 'dibao[web]'" in result.output


def test_a_port_that_is_taken_is_named(file: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = refused("--database", str(file), "--port", port)
    assert result.exit_code == 2
    assert f"port {port} of 127.0.0.1 is taken by another program" in result.output


def test_a_file_that_cannot_be_shown_ends_it_with_a_sentence(tmp_path: Path, file: Path) -> None:
    (tmp_path / "other.db").write_bytes(b"SQLite format 3\0" + bytes(84))
    damaged = refused("--database", str(tmp_path / "other.db"))
    assert damaged.exit_code == 4
    config = '[dibao]\ndatabase = "absent.db"\ncontact = "a@example.org"\n'
    (tmp_path / "dibao.toml").write_text(config, encoding="utf-8")
    absent = refused("--config", str(tmp_path / "dibao.toml"))
    assert absent.exit_code == 4
    assert "does not exist yet" in absent.output
    with open_writer(file) as database:
        database.execute("PRAGMA user_version = 12")
    older = refused("--database", str(file))
    assert older.exit_code == 4
    assert "dibao db migrate" in older.output
    with open_writer(tmp_path / "new.db") as database:
        database.execute("PRAGMA user_version = 99")
    newer = refused("--database", str(tmp_path / "new.db"))
    assert newer.exit_code == 4
    assert "upgrade Dibao" in newer.output


@pytest.mark.parametrize(
    ("url", "base", "hosts", "is_https"),
    [
        ("/", "/", set(), False),
        ("/dibao", "/dibao/", set(), False),
        ("/a/b/", "/a/b/", set(), False),
        ("https://News.Example.org", "/", {"news.example.org"}, True),
        ("http://news.example.org:8443/dibao/", "/dibao/", {"news.example.org"}, False),
    ],
)
def test_an_address_says_name_path_and_whether_cookies_are_for_https(
    url: str, base: str, hosts: set[str], *, is_https: bool
) -> None:
    found = entrance(url)
    assert (found.base, set(found.hosts), found.is_https) == (base, hosts, is_https)


@pytest.mark.parametrize(
    "url", ["news.example.org", "ftp://a.example/", "https://u:p@a.example/", "//a.example/", "/a?b", "/a;b", "https://"]
)
def test_what_is_no_address_is_refused(url: str, file: Path) -> None:
    with pytest.raises(ValueError, match="expected an address such as"):
        entrance(url)
    assert refused("--database", str(file), "--base-url", url).exit_code == 2


def test_only_what_this_machine_alone_reaches_is_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "localhost.example.org", "")))
    assert issubclass(BadAddress, Exception)


class Served:
    """`dibao serve` as a process."""

    def __init__(self, *arguments: str, **env: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", "from scheduler.cli.main import main; main()", "serve", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **env},
        )  # fmt: skip
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        self.address = self.said.partition(" ")[0]

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        request = urllib.request.Request(self.address + path, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def end(self, number: int) -> tuple[int, str]:
        self.process.send_signal(number)
        rest, _ = self.process.communicate(timeout=20)
        return self.process.returncode, self.said + rest


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Served]:
    """A file that has in its path what means something in an address."""
    path = tmp_path / "a?b #c%41" / "ne?ws#1%20.db"
    path.parent.mkdir()
    open_writer(path).close()
    made = Served("--database", str(path), "--port", "0")
    yield made
    made.process.kill()
    made.process.communicate()


def test_whatever_signs_its_path_has_a_file_is_shown_and_it_ends_with_visitors_still_there(shown: Served) -> None:
    status, said = shown.get("-/dibao")
    assert status == 200
    tables = re.search(r'href="/(ne~3Fws[^"/]*)"', said)
    assert tables
    assert shown.get(f"{tables[1]}/articles.json")[0] == 200
    host, port = urlsplit(shown.address).hostname, urlsplit(shown.address).port
    with contextlib.ExitStack() as stack:
        doors = [stack.enter_context(socket.create_connection((host, port))) for _ in range(20)]
        doors[0].sendall(b"GET /-/dibao HTTP/1.1\r\nHost: localhost\r\n\r\n")  # and it is kept alive
        assert doors[0].recv(15) == b"HTTP/1.1 200 OK"
        doors[1].sendall(b"GET /-/dib")
        doors[2].sendall(b"GET /-/dibao HTTP/1.1\r\nHost: localhost\r\n\r\n")  # and is not waited for
        assert shown.end(signal.SIGTERM)[0] == 0


def test_a_process_whose_loop_hangs_is_ended_too() -> None:
    """A thread that never ends, and a loop that never turns again: what a page that takes for ever would do."""
    code = (
        "import os, signal, threading, time\n"
        "from storage.web import serving\n"
        "serving.ENDED_SECONDS = 0.2\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "signal.signal(signal.SIGTERM, lambda *_: serving.end_for_certain())\n"
        "os.kill(os.getpid(), signal.SIGTERM)\n"
        "time.sleep(60)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=20, check=False).returncode == 0


@pytest.fixture
def served(file: Path, tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    made = Served("--database", str(file), "--host", "0.0.0.0", "--port", "0", "--token-file", str(tmp_path / "token"))
    yield made
    made.process.kill()
    made.process.communicate()


def test_the_real_thing_guards_serves_sees_a_restored_file_and_ends_when_told(
    served: Served, file: Path, tmp_path: Path
) -> None:
    """One process for all, for it takes seconds to start."""
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert served.get("-/dibao")[0] == 401
    assert served.get("-/dibao", **right)[0] == 200
    # A proxy's word on who asks, by what name, is nobody's: whoever asks could say it.
    assert served.get("-/dibao", **{"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "localhost"})[0] == 401
    assert served.get("-/dibao", Host="evil.test", **right)[0] == 421
    assert served.get("news.json?sql=select+1", **right)[0] == 403
    assert "n-after" not in served.get("news/source_health.json", **right)[1]
    for method in ("POST", "PUT", "DELETE", "TRACE"):
        assert served.get("-/dibao", method=method, **right)[0] == 405
    other = tmp_path / "other.db"
    with open_writer(other) as database:
        database.execute(
            "INSERT INTO sources (name, home, created_at)"
            " VALUES ('n-after', 'https://a.example/', '2026-01-01T00:00:00Z')"
        )
    os.replace(other, file)  # noqa: PTH105 - as a restore does it
    for end in ("-wal", "-shm"):
        file.with_name(file.name + end).unlink(missing_ok=True)
    assert "n-after" in served.get("-/dibao", **right)[1]
    assert "n-after" in served.get("news/source_health.json", **right)[1]
    for last in range(5):
        assert served.get("-/dibao", Authorization="Bearer wrong", **{"X-Forwarded-For": f"192.0.2.{last}"})[0] == 401
    assert served.get("-/dibao", Authorization="Bearer wrong", **{"X-Forwarded-For": "192.0.2.9"})[0] == 429
    code, said = served.end(signal.SIGTERM)
    assert code == 0
    assert TOKEN not in said
    assert "Traceback" not in said
