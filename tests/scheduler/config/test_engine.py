"""What `[engine]` may say, that a password in it is never shown, and what is told to who writes something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.config_errors import ConfigError
from scheduler.config.engine import EngineSection
from scheduler.config.file import load_config
from scheduler.config.origin import settings
from scheduler.config.postgres_url import conninfo, has_secret, parse_postgres, shown_words, without_secrets

START = '[dibao]\ncontact = "ops@example.org"\n\n[engine]\n'
URL = "postgresql://dibao_coordinator@db.example.org/dibao"


def config(tmp_path: Path, text: str) -> EngineSection:
    path = tmp_path / "dibao.toml"
    path.write_text(START + text, encoding="utf-8")
    return load_config(path).engine


def problem(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, text)
    (found,) = str(caught.value).splitlines()
    return found.removeprefix(f"{tmp_path}/")


def test_without_an_address_crawls_run_here(tmp_path: Path) -> None:
    assert not config(tmp_path, "heartbeat_seconds = 5\n").is_elsewhere
    assert not EngineSection().is_elsewhere


@pytest.mark.parametrize("text", [f'url = "{URL}"', 'url_env = "DIBAO_ENGINE_URL"', 'url_file = "engine.url"'])
def test_one_address_makes_it_a_cluster(tmp_path: Path, text: str) -> None:
    found = config(tmp_path, text)
    assert found.is_elsewhere
    assert found.url_file in {None, tmp_path / "engine.url"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('url = "http://db.example.org/dibao"', "engine.url: expected the address of a PostgreSQL server, such as"),
        ('url = "postgresql://db/x?sslmod=no"', 'PostgreSQL knows no "sslmod" in an address; did you mean "sslmode"?'),
        ('url = "postgresql://db/x?service=main"', '"service" has no place in this address'),
        ('url = "postgresql://db:99999/x"', "expected a port from 1 to 65535"),
        ('ulr = "x"', 'engine.ulr: no such key; did you mean "url"?'),
        ('password = "hunter2hunter2"', "engine.password: a password does not stand in this section by itself"),
        ('sslmode = "require"', "it is a part of the address"),
        (f'url = "{URL}"\nurl_env = "X"', 'it has "url" and "url_env"; remove one'),
        ('url_env = "postgresql://a:hunter2hunter2@b/c"', "expected the name of an environment variable"),
        ('url_file = "postgresql://a:hunter2hunter2@b/c"', "expected the path of a file that holds it"),
        ('schema = "Dibao"', "engine.schema: expected the name of a schema"),
        ('schema = "public"', "engine.schema: expected the name of a schema, a name of its own"),
        ('schema = "pg_mine"', "engine.schema: expected the name of a schema"),
        (f'schema = "{"x" * 41}"', "at most 40 characters"),
        ("heartbeat_seconds = 20", '"stall_seconds" is less than two "heartbeat_seconds"'),
        ("max_backlog_bytes = 5", "expected a whole number of bytes"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_the_next_step(tmp_path: Path, text: str, told: str) -> None:
    found = problem(tmp_path, text)
    assert found.startswith(("dibao.toml:4: ", "dibao.toml:5: "))
    assert told in found
    assert "hunter2" not in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (URL, {"user": "dibao_coordinator", "host": "db.example.org", "dbname": "dibao"}),
        ("postgres://db", {"host": "db"}),
        ("postgresql:///dibao?host=/run/postgresql", {"dbname": "dibao", "host": "/run/postgresql"}),
        ("postgresql://%2Frun%2Fpg/dibao", {"host": "/run/pg", "dbname": "dibao"}),
        ("postgresql://u:a%40%2Fb%25@[::1]:5433", {"user": "u", "password": "a@/b%", "host": "::1", "port": "5433"}),
        ("postgresql://a,b:6?load_balance_hosts=random", {"host": "a,b", "port": ",6", "load_balance_hosts": "random"}),
        ("postgresql://h/d?ssl=true", {"host": "h", "dbname": "d", "sslmode": "require"}),
        ("host=db user='o''", None),
        (r"host=db user = 'o\'neil' password=a\ b", {"host": "db", "user": "o'neil", "password": "a b"}),
    ],
)  # fmt: skip
def test_addresses_are_read_as_libpq_reads_them(text: str, words: dict[str, str] | None) -> None:
    if words is None:
        with pytest.raises(ValueError, match="expected the address of a PostgreSQL server"):
            parse_postgres(text)
        return
    assert parse_postgres(text) == words
    assert parse_postgres(conninfo(words)) == words


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:hunter2@x@db/d",
        "postgresql://u:hunter2/2@db/d",
        "postgresql://u:hunter%2@db/d",
        "postgresql://u:hunter2@db:port/d",
        "postgresql://u:hunter2@db/d?sslmode",
        "postgresql://u:hunter2@db/d\nx",
        "postgresql://u:hunter2%ff@db/d",
        "hunter2",
        "password=hunter2 host",
        " ",
    ],
)
def test_what_is_no_address_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        parse_postgres(text)
    assert "hunter" not in str(caught.value)
    assert without_secrets(text) == "***"
    assert not has_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:hunter2@db:5433/d?sslmode=verify-ca",
        "postgresql://u@db:5433/d?password=hunter2&sslmode=verify-ca&sslpassword=hunter2",
        "host=db port=5433 user=u dbname=d password=hunter2 sslmode=verify-ca",
    ],
)
def test_a_password_is_known_of_and_never_shown(tmp_path: Path, text: str) -> None:
    assert without_secrets(text) == "postgresql://u@db:5433/d?sslmode=verify-ca"
    assert has_secret(text)
    path = tmp_path / "dibao.toml"
    path.write_text(f'{START}url = "{text}"\n', encoding="utf-8")
    shown = [one for one in settings(path) if (one.section, one.key) == ("engine", "url")]
    assert [one.value for one in shown] == ["postgresql://u@db:5433/d?sslmode=verify-ca"]
    assert [one.line for one in shown] == [5]


def test_hosts_are_shown_so_that_they_can_be_read_again() -> None:
    for words in ({"host": "/run/pg", "dbname": "d"}, {"host": "::1,b", "port": "1,2"}, {"hostaddr": "10.0.0.1"}):
        shown = shown_words(words)
        assert parse_postgres(shown) in (words, {"host": "10.0.0.1"})
