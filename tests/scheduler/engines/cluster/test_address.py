"""Where the server is: what goes to another machine cannot be read on the way, and no password is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.config_errors import ConfigError
from scheduler.config.file import load_config
from scheduler.engines.cluster.address import Address, address_of, warnings_of


@pytest.fixture(autouse=True)
def _no_authorities(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


def of(text: str, *, allow_plaintext: bool = False, **environment: str) -> Address:
    return Address.of(text, allow_plaintext=allow_plaintext, environment=environment)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u@127.0.0.1/d",
        "postgresql://u@[::1]/d",
        "postgresql://u@localhost/d",
        "postgresql:///d",
        "postgresql://%2Frun%2Fpostgresql/d",
        "postgresql://u@localhost,127.0.0.2/d?sslmode=disable",
    ],
)
def test_on_this_machine_nothing_need_be_secured(text: str) -> None:
    found = of(text)
    assert found.is_local
    assert found.words.get("sslmode") in {None, "disable"}


def test_to_another_machine_its_certificate_is_checked_by_the_systems_authorities_where_nothing_is_said() -> None:
    found = of("postgresql://u@db.example.org/d")
    assert not found.is_local
    assert (found.words["sslmode"], found.words["sslrootcert"]) == ("verify-full", "system")
    assert found.words["gssencmode"] == "disable"


def test_authorities_that_are_named_or_stand_where_libpq_looks_are_taken(tmp_path: Path) -> None:
    assert of("postgresql://u@db/d?sslrootcert=/etc/ca.crt").words["sslrootcert"] == "/etc/ca.crt"
    assert of("postgresql://u@db/d", PGSSLROOTCERT="/etc/other.crt").words["sslrootcert"] == "/etc/other.crt"
    (tmp_path / ".postgresql").mkdir()
    (tmp_path / ".postgresql" / "root.crt").touch()
    assert "sslrootcert" not in of("postgresql://u@db/d").words


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require"])
def test_less_than_a_checked_certificate_is_refused_unless_it_is_allowed(mode: str) -> None:
    with pytest.raises(ValueError, match=f'sslmode "{mode}" lets others on the way read'):
        of(f"postgresql://u@db/d?sslmode={mode}")
    with pytest.raises(ValueError, match=f'sslmode "{mode}"'):
        of("postgresql://u@db/d", PGSSLMODE=mode)
    assert of(f"postgresql://u@db/d?sslmode={mode}", allow_plaintext=True).words["sslmode"] == mode


def test_a_network_of_ones_own_still_gets_tls_where_the_server_has_it() -> None:
    assert of("postgresql://u@db/d", allow_plaintext=True).words["sslmode"] == "prefer"
    assert of("postgresql://u@db/d?sslmode=verify-ca").words["sslmode"] == "verify-ca"


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        ("postgresql://u@127.0.0.1,db/d", {}),
        ("postgresql://u@localhost/d?hostaddr=10.0.0.1", {}),
        ("postgresql://u@localhost/d", {"PGHOSTADDR": "10.0.0.1"}),
        ("postgresql:///d", {"PGHOST": "db.example.org"}),
        ("postgresql://u@localhost.example.org/d", {}),
        ("postgresql://u@0.0.0.0/d", {}),
    ],
)
def test_no_way_of_saying_another_machine_passes_for_this_one(text: str, environment: dict[str, str]) -> None:
    assert of(text, **environment).words["sslmode"] == "verify-full"


def test_a_service_of_the_environment_cannot_stand_for_the_host() -> None:
    with pytest.raises(ValueError, match="the environment has PGSERVICE"):
        of("postgresql:///d", PGSERVICE="main")
    assert of("postgresql://localhost/d", PGSERVICE="main").is_local


def test_it_shows_no_password() -> None:
    found = of("postgresql://u:hunter2@db:5433/d?sslpassword=hunter2")
    for shown in (repr(found), str(found), found.shown):
        assert "hunter2" not in shown
    assert found.shown == "postgresql://u@db:5433/d?sslmode=verify-full"
    assert "password='hunter2'" in found.conninfo
    other = found.signed_in_as("w", None)
    assert other.shown == "postgresql://w@db:5433/d?sslmode=verify-full"
    assert "hunter2" not in other.conninfo
    assert "password='x'" in found.signed_in_as("w", "x").conninfo


@pytest.mark.parametrize(
    ("text", "is_socket"),
    [
        ("postgresql:///dibao", True),
        ("postgresql://%2Fvar%2Frun%2Fpostgresql:5433/dibao", True),
        ("host=@abstract dbname=dibao", True),
        ("postgresql://localhost/dibao", False),
        ("hostaddr=127.0.0.1 dbname=dibao", False),
    ],
)
def test_an_address_by_a_socket_is_told_to_others_by_a_name(text: str, *, is_socket: bool) -> None:
    found = Address.of(text, environment={})
    assert found.is_socket is is_socket
    assert found.at_host("SERVER").shown.startswith("postgresql://SERVER")


def test_the_address_of_a_configuration_comes_from_the_file_the_environment_or_a_file_of_its_own(
    tmp_path: Path,
) -> None:
    path = tmp_path / "dibao.toml"
    (tmp_path / "engine.url").write_text("postgresql://u:hunter2@localhost/d\n", encoding="utf-8")
    for setting in ('url = "postgresql://u@localhost/d"', 'url_env = "THE_URL"', 'url_file = "engine.url"'):
        path.write_text(f'[dibao]\ncontact = "o@example.org"\n[engine]\n{setting}\n', encoding="utf-8")
        found = address_of(load_config(path), path, {"THE_URL": "postgresql://u:x@localhost/d"})
        assert found is not None
        assert found.shown == "postgresql://u@localhost/d"
    path.write_text('[dibao]\ncontact = "o@example.org"\n', encoding="utf-8")
    assert address_of(load_config(path), path, {}) is None


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ('url = "postgresql://u:hunter2@db/d?sslmode=require"', 'engine.url: sslmode "require" lets others'),
        ('url_env = "THE_URL"', "engine.url_env: the environment has no THE_URL; set it where dibao is started"),
        ('url_env = "BAD_URL"', "engine.url_env: expected the address of a PostgreSQL server"),
        ('url_file = "gone.url"', "cannot be read: no such file"),
    ],
)
def test_an_address_that_cannot_be_had_is_told_with_its_line_and_not_shown(
    tmp_path: Path, setting: str, told: str
) -> None:
    path = tmp_path / "dibao.toml"
    path.write_text(f'[dibao]\ncontact = "o@example.org"\n[engine]\n{setting}\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        address_of(load_config(path), path, {"BAD_URL": "hunter2"})
    assert str(caught.value).startswith(f"{path}:4: ")
    assert told in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_who_can_read_the_address_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "dibao.toml"
    held = tmp_path / "engine.url"
    held.write_text("postgresql://u:hunter2@localhost/d", encoding="utf-8")
    held.chmod(0o644)
    path.write_text('[dibao]\ncontact = "o@example.org"\n[engine]\nurl_file = "engine.url"\n', encoding="utf-8")
    assert warnings_of(load_config(path).engine, path) == [
        f"{held}: every user of this machine can read it (mode 644); chmod 600"
    ]
    held.chmod(0o600)
    assert warnings_of(load_config(path).engine, path) == []
    path.write_text('[dibao]\ncontact = "o@example.org"\n[engine]\nurl = "postgresql://u:hunter2@localhost/d"\n')
    (told,) = warnings_of(load_config(path).engine, path)
    assert told.startswith(f"{path}: the address in [engine] holds a password; ")
    assert "hunter2" not in told
