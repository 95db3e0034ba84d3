"""The address of a PostgreSQL server as a person writes it: a URL, or libpq's `key=value` words. Pure.

No sentence that is raised here shows what was written: it may hold a password.
Source: PostgreSQL 18, 32.1.1 "Connection Strings", 32.1.2 "Parameter Key Words".
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote

from crawler.config_problems import suggestion

EXAMPLE: Final = "postgresql://dibao_coordinator@db.example.org/dibao"
_EXPECTED: Final = f'expected the address of a PostgreSQL server, such as "{EXAMPLE}"'

WORDS: Final = frozenset({
    "channel_binding", "connect_timeout", "dbname", "gssencmode", "host", "hostaddr", "keepalives", "keepalives_count",
    "keepalives_idle", "keepalives_interval", "krbsrvname", "load_balance_hosts", "options", "passfile", "password",
    "port", "require_auth", "ssl_max_protocol_version", "ssl_min_protocol_version", "sslcert", "sslcrl", "sslcrldir",
    "sslkey", "sslmode", "sslnegotiation", "sslpassword", "sslrootcert", "sslsni", "target_session_attrs",
    "tcp_user_timeout", "user",
})  # fmt: skip
"""Words of libpq that an address may have; what else there is would change how Dibao itself speaks."""

SECRETS: Final = ("password", "sslpassword")
_SHOWN: Final = ("sslmode", "sslrootcert")
_NOT_SHOWN: Final = (None, "", "system")
_NOT_HERE: Final = MappingProxyType({
    "service": "write the server itself here: of a service it cannot be seen whether it is reached under TLS",
    "servicefile": "write the server itself here: of a service it cannot be seen whether it is reached under TLS",
    "application_name": "Dibao says itself who it is",
    "fallback_application_name": "Dibao says itself who it is",
    "client_encoding": "Dibao speaks UTF-8",
})

_URL = re.compile(r"postgres(?:ql)?://(?:([^/@]*)@)?([^/?@]*)(?:/([^?]*))?(?:\?(.*))?", re.DOTALL)
_PLACE = re.compile(r"(\[[0-9A-Fa-f:.%A-Za-z]+\]|[^:\[\]]*)(?::([0-9]*))?")
_WORD = re.compile(r"\s*([A-Za-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)", re.DOTALL)


def parse_postgres(text: str) -> dict[str, str]:
    """The words of libpq that an address says, `{"host": "db", "user": "dibao"}`. Raises ValueError."""
    text = text.strip()
    if not text:
        raise ValueError(_EXPECTED)
    if not text.isprintable():
        raise ValueError(f"{_EXPECTED}; it holds a line break or a character that nobody can see")
    words = _of_url(text) if "://" in text.partition("=")[0] else _of_words(text)
    for name in words:
        if name in _NOT_HERE:
            raise ValueError(f'"{name}" has no place in this address: {_NOT_HERE[name]}')
        if name not in WORDS:
            raise ValueError(f'PostgreSQL knows no "{name[:40]}" in an address; {suggestion(name, WORDS)}')
    _check_ports(words.get("port", ""))
    return words


def checked_postgres(text: str) -> str:
    """The address, as written, where it is one. Raises ValueError without showing it."""
    parse_postgres(text)
    return text.strip()


def without_secrets(text: str) -> str:
    """The address as it may be shown: a URL without any password; three stars for what is no address at all."""
    try:
        return shown_words(parse_postgres(text))
    except ValueError:
        return "***"


def shown_words(words: dict[str, str]) -> str:
    """The URL of these words without secrets: who, where, which database, and how the line is secured."""
    hosts = words.get("host") or words.get("hostaddr", "")
    ports = words.get("port", "").split(",")
    places = [
        f"{_shown_host(host)}{f':{port}' if (port := ports[min(number, len(ports) - 1)]) else ''}"
        for number, host in enumerate(hosts.split(","))
    ]
    who = f"{quote(words['user'], safe='')}@" if words.get("user") else ""
    base = f"/{quote(words['dbname'], safe='')}" if words.get("dbname") else ""
    security = [f"{name}={quote(words[name], safe='/')}" for name in _SHOWN if words.get(name) not in _NOT_SHOWN]
    return f"postgresql://{who}{','.join(places)}{base}{'?' if security else ''}{'&'.join(security)}"


def has_secret(text: str) -> bool:
    """Whether a password stands in the address; not in what is none."""
    try:
        words = parse_postgres(text)
    except ValueError:
        return False
    return any(words.get(name) for name in SECRETS)


def conninfo(words: dict[str, str]) -> str:
    """The words as libpq reads them in one string."""
    escaped = ((name, value.replace("\\", "\\\\").replace("'", "\\'")) for name, value in words.items())
    return " ".join(f"{name}='{value}'" for name, value in escaped)


def _shown_host(host: str) -> str:
    if ":" in host:
        return f"[{host}]"
    return quote(host, safe="")


def _of_url(text: str) -> dict[str, str]:
    match = _URL.fullmatch(text)
    if match is None:
        step = "; in a user name, password or database, write @ as %40, / as %2F and ? as %3F"
        raise ValueError(f"{_EXPECTED}{step if text.startswith(('postgresql://', 'postgres://')) else ''}")
    credentials, hosts, database, query = match.groups()
    user, colon, password = (credentials or "").partition(":")
    found = {"user": _decoded(user), "dbname": _decoded(database or ""), **_places(hosts)}
    if colon:
        found["password"] = _decoded(password)
    found = {name: value for name, value in found.items() if value}
    for pair in (query or "").split("&") if query else ():
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise ValueError(f'{_EXPECTED}; what follows its ? is not of the form "key=value&key=value"')
        if (name, value) == ("ssl", "true"):  # as JDBC writes it, and libpq takes it
            name, value = "sslmode", "require"
        found[_decoded(name)] = _decoded(value)
    return found


def _places(hosts: str) -> dict[str, str]:
    """The words `host` and `port` of `db1:5432,db2`."""
    names: list[str] = []
    ports: list[str] = []
    for place in hosts.split(","):
        match = _PLACE.fullmatch(place)
        if match is None:
            step = "; in a user name or password, write @ as %40, : as %3A and / as %2F"
            raise ValueError(f"{_EXPECTED}; no host and port follow its user name{step}")
        names.append(_decoded(match[1].strip("[]")))
        ports.append(match[2] or "")
    return {"host": ",".join(names) if any(names) else "", "port": ",".join(ports) if any(ports) else ""}


def _of_words(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _WORD.match(text, position)
        if match is None:
            raise ValueError(_EXPECTED)
        found[match[1]] = re.sub(r"\\(.)", r"\1", match[2] if match[2] is not None else match[3])
        position = match.end()
        if not text[position:].strip():
            break
    return {name: value for name, value in found.items() if value}


def _decoded(text: str) -> str:
    """The text without its percent signs. Raises ValueError where they say nothing."""
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise ValueError(f"{_EXPECTED}; a % in it is written as %25")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise ValueError(f"{_EXPECTED}; its percent signs make no text in UTF-8") from None


def _check_ports(ports: str) -> None:
    for port in filter(None, ports.split(",")):
        if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65_535:  # noqa: PLR2004 - of TCP
            raise ValueError("expected a port from 1 to 65535 in the address of the PostgreSQL server")
