"""Where the PostgreSQL server of a cluster is, and that nobody on the way can read what goes there. No psycopg."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from crawler.config_errors import ConfigError, Problem
from crawler.toml_file import read_toml
from scheduler.config.engine import ADDRESS_SETTINGS
from scheduler.config.postgres_url import SECRETS, conninfo, has_secret, parse_postgres, shown_words
from scheduler.config.secrets import held_text, open_files

if TYPE_CHECKING:
    from scheduler.config.engine import EngineSection
    from scheduler.config.file import Config

VARIABLE: Final = "DIBAO_ENGINE_URL"
"""Holds the address for `dibao worker` and `dibao cluster`, which need no dibao.toml."""
CHECKED_MODES: Final = ("verify-full", "verify-ca")
"""Of libpq's `sslmode`, those under which nobody can take the server's place."""
ENVIRONMENT: Final = {
    "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "gssencmode": "PGGSSENCMODE",
}  # fmt: skip
"""What libpq takes from its environment where the address does not say it, and what the rules below look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A server of PostgreSQL, a database there, and who signs in. It shows no password.

    `words`: libpq's, complete: to be given to `psycopg.connect(**address.words, ...)`. A password that is not among
    them is found by libpq itself, in PGPASSWORD or the file of PGPASSFILE.
    """

    words: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, text: str, *, allow_plaintext: bool = False, environment: Mapping[str, str] = os.environ) -> Self:
        """The address that a URL or libpq's `key=value` words say. Raises ValueError that does not show them.

        To another machine the server's certificate is checked (sslmode "verify-full") where nothing is said, and less
        than its authority is refused, unless `allow_plaintext`.
        """
        given = parse_postgres(text)
        words = {name: environment[variable] for name, variable in ENVIRONMENT.items() if environment.get(variable)}
        words |= given
        if "PGSERVICE" in environment and "host" not in given:
            raise ValueError("the environment has PGSERVICE, and the address no host; write the host into the address")
        if not is_local(words):
            _secure(words, allow_plaintext=allow_plaintext)
        return cls(words=words)

    @property
    def conninfo(self) -> str:
        """The address as libpq reads it in one string, with the password, if it has one: for libpq alone."""
        return conninfo(dict(self.words))

    @property
    def shown(self) -> str:
        """`postgresql://dibao@db.example.org/dibao?sslmode=verify-full`: never with a password."""
        return shown_words(dict(self.words))

    @property
    def user(self) -> str | None:
        """Who signs in; None: as libpq thinks, the user of this process."""
        return self.words.get("user")

    @property
    def is_local(self) -> bool:
        """Whether the line stays within this machine."""
        return is_local(self.words)

    @property
    def is_socket(self) -> bool:
        """Whether it names no host, or a socket in the file system, which no other machine can reach."""
        return "hostaddr" not in self.words and self.words.get("host", "/").startswith(("/", "@"))

    def at_host(self, host: str) -> Address:
        """The same on that host, reached by the network."""
        return Address(words={**self.words, "host": host})

    def signed_in_as(self, user: str, password: str | None) -> Address:
        """The same place for somebody else, with what secrets of the first are left out."""
        words = {name: value for name, value in self.words.items() if name not in {*SECRETS, "passfile"}}
        secret = {} if password is None else {"password": password}
        return Address(words={**words, "user": user, **secret})

    def __str__(self) -> str:
        return self.shown


def is_local(words: Mapping[str, str]) -> bool:
    """Whether all hosts of an address are this machine: its loopback, or a socket in its file system."""
    hosts = words.get("hostaddr") or words.get("host", "")
    return all(_is_this_machine(host) for host in hosts.split(","))


def _is_this_machine(host: str) -> bool:
    if host in {"", "localhost"} or host.startswith(("/", "@")):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _secure(words: dict[str, str], *, allow_plaintext: bool) -> None:
    """None; the words say how the line to another machine is secured. Raises ValueError where that is too little."""
    mode = words.setdefault("sslmode", "prefer" if allow_plaintext else CHECKED_MODES[0])
    if mode not in CHECKED_MODES and not allow_plaintext:
        raise ValueError(
            f'sslmode "{mode[:20]}" lets others on the way read what is sent, or take the server\'s place; leave it out'
            ' (then it is "verify-full"), or say allow_plaintext where the network between is your own'
        )
    words.setdefault("gssencmode", "disable")  # else libpq might secure the line by other rules than these
    if mode == CHECKED_MODES[0] and "sslrootcert" not in words and not _usual_authorities().exists():
        words["sslrootcert"] = "system"


def _usual_authorities() -> Path:
    """Where libpq looks for the authorities that may vouch for a server."""
    return Path(os.path.expanduser("~/.postgresql/root.crt"))  # noqa: PTH111 - which does not raise without a home


def address_of(config: Config, path: Path, environment: Mapping[str, str] = os.environ) -> Address | None:
    """The server that a configuration names, None where crawls run here alone; `path` is the file that it is from.

    Raises ConfigError with the line of what cannot be had or used; it never shows the address.
    """
    section = config.engine
    setting = next((name for name in ADDRESS_SETTINGS if getattr(section, name) is not None), None)
    if setting is None:
        return None
    try:
        text = section.url or held_text(section.url_env, section.url_file, environment)
        return Address.of(text, allow_plaintext=section.allow_plaintext, environment=environment)
    except ValueError as error:
        problem = Problem(file=str(path), line=_line(path, setting), key=f"engine.{setting}", message=str(error))
        raise ConfigError([problem]) from None


def warnings_of(section: EngineSection, path: Path) -> list[str]:
    """A sentence for each place where others may read the address of the server, password and all."""
    found = open_files([section.url_file])
    if section.url is not None and has_secret(section.url):
        found.append(
            f"{path}: the address in [engine] holds a password; put the address into a file that only the daemon's user"
            ' can read, and name that with "url_file", or the password alone into that of PGPASSFILE'
        )
    return found


def _line(path: Path, setting: str) -> int | None:
    """Where the setting stands; None where the file has gone since it was read."""
    try:
        return read_toml(path).line_of(("engine", setting))
    except ConfigError:
        return None
