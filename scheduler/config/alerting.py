"""What dibao.toml says of watching and alerts: `[watch]`, `[alerts]` and each `[[alert]]`. No secret stands in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv6Address
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from crawler.config import Section
from crawler.config_problems import shown, suggestion
from crawler.config_values import Network, SourceName, Switch, TimezoneName, Url, number
from storage.watch.phrases import KINDS

KINDS_OF_INCIDENT: tuple[str, ...] = tuple(KINDS)
"""As the column `kind` of `incidents` has them."""

ROBOTS: tuple[str, ...] = ("wecom", "dingtalk", "feishu", "slack")
"""Chats that take messages at an address of their own, which holds a token."""
WITH_ADDRESS: tuple[str, ...] = (*ROBOTS, "json")
SIGNED: tuple[str, ...] = ("dingtalk", "feishu", "json")
"""Kinds whose messages can be signed."""
SINKS: tuple[str, ...] = (*WITH_ADDRESS, "email", "log")

SECRET_FILES: tuple[str, ...] = ("url_file", "secret_file", "password_file")
"""Settings that name a file which holds a secret."""

_ADDRESS = ("url_env", "url_file")
_SIGNING = ("secret_env", "secret_file")
_PASSWORD = ("password_env", "password_file")
_MAIL = ("mail_to", "mail_from", "smtp_host", "smtp_port", "smtp_security", "smtp_user", *_PASSWORD)
_OF_KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    **dict.fromkeys(_ADDRESS, WITH_ADDRESS),
    **dict.fromkeys(_SIGNING, SIGNED),
    **dict.fromkeys(_MAIL, ("email",)),
    "allow_networks": (*WITH_ADDRESS, "email"),
})
"""Settings that only some kinds of sink have."""

_PORTS: Mapping[str, int] = MappingProxyType({"starttls": 587, "tls": 465, "none": 25})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that are this machine."""
_ADDRESS_OF_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*", re.ASCII)
_TOKEN = re.compile(r"(?=.*\d)[A-Za-z0-9]{16,}")
"""What robots are given as a secret, and no file is called."""
_HELD_ELSEWHERE = 'a secret does not stand in this file; name the variable or the file that holds it with "{}"'


def _one_of(*words: str) -> BeforeValidator:
    def check(value: object) -> object:
        if value not in words:
            *quoted, last = (f'"{word}"' for word in words)
            raise ValueError(f"expected {', '.join(quoted)} or {last}; got {shown(value)}")
        return value

    return BeforeValidator(check)


def parse_variable(value: object) -> object:
    """The name of an environment variable, in capitals as they are. Raises ValueError that does not tell the value.

    Whoever puts the secret itself here is not to find it in a log: hardly any consists of capitals alone.
    """
    if value is not None and not (isinstance(value, str) and re.fullmatch(r"[A-Z_][A-Z0-9_]*", value)):
        raise ValueError("expected the name of an environment variable of A-Z, 0-9 and _; no secret stands here itself")
    return value


def parse_secret_file(value: object) -> object:
    """The path of a file that holds a secret. Raises ValueError that does not tell the value."""
    text = str(value).strip()
    if value is not None and (not isinstance(value, str | Path) or not text or "://" in text or _TOKEN.fullmatch(text)):
        raise ValueError("expected the path of a file that holds it; no secret and no address stands here itself")
    try:
        return Path(value).expanduser() if value is not None else None
    except RuntimeError:
        raise ValueError("there is no such user's home on this machine") from None


def parse_quiet_hours(value: str) -> str:
    """`22:00-07:00`: from when to when it is quiet; over midnight where the end is earlier. Raises ValueError."""
    expected = f'expected two times such as "22:00-07:00"; got {shown(value)}'
    match = re.fullmatch(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)", value, re.ASCII)
    if match is None:
        raise ValueError(expected)
    if match[1] == match[2]:
        raise ValueError(f"{expected}, which begins when it ends; without the setting no hour is quiet")
    return value


def parse_country(value: str) -> str:
    """The ISO 3166 code of a country that the time zone data knows. Raises ValueError."""
    from importlib.resources import files  # noqa: PLC0415 - .01 s, for a setting that few have

    table = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    codes = [line[:2] for line in table.splitlines() if line[:1] not in {"#", ""}]
    if value not in codes:
        hint = f'did you mean "{value.upper()}"?' if value.upper() in codes else 'expected a code such as "CN"'
        raise ValueError(f"no such country: {shown(value)}; {hint}")
    return value


def parse_mail_address(value: str) -> str:
    """A bare e-mail address of one line, `ops@example.org`. Raises ValueError."""
    if not _ADDRESS_OF_MAIL.fullmatch(value):
        raise ValueError(f'expected an e-mail address such as "ops@example.org"; got {shown(value)}')
    return value


def parse_smtp_host(value: str) -> str:
    """The name or address of a machine, without port. Raises ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9.-]+", value) and not _is_ipv6(value):
        raise ValueError(f'expected a host name alone, such as "smtp.example.org"; got {shown(value)}')
    return value


def _is_ipv6(value: str) -> bool:
    try:
        IPv6Address(value)
    except ValueError:
        return False
    return True


Severity = Annotated[Literal["warning", "error"], _one_of("warning", "error")]
Language = Annotated[Literal["zh", "en"], _one_of("zh", "en")]
Security = Annotated[Literal["starttls", "tls", "none"], _one_of("starttls", "tls", "none")]
Variable = Annotated[str | None, BeforeValidator(parse_variable)]
SecretFile = Annotated[Path | None, BeforeValidator(parse_secret_file)]
MailAddress = Annotated[str, AfterValidator(parse_mail_address)]


def is_setting_of(name: str, kind: str) -> bool:
    """Whether an alert of that kind has the setting."""
    return kind in _OF_KINDS.get(name, (kind,))


class Watch(Section):
    """How the sources are watched: every so many seconds. `country`: whose holidays hold; None: of each time zone."""

    enabled: Switch = True
    seconds: Annotated[float, number("a number of seconds", 1, 86_400)] = 60.0
    country: Annotated[str, AfterValidator(parse_country)] | None = None


class Alerts(Section):
    """What holds for all alerts. In `quiet_hours`, by the clocks of `timezone`, only errors of the machine are told.

    `page_url`: the base address of the web page, for links.
    """

    quiet_hours: Annotated[str, AfterValidator(parse_quiet_hours)] | None = None
    timezone: TimezoneName = "Asia/Shanghai"
    language: Language = "zh"
    min_severity: Severity = "warning"
    group_seconds: Annotated[float, number("a number of seconds", 0, 3_600)] = 60.0
    page_url: Url | None = None


class Alert(Section):
    """One who is told of incidents. Its address, where that holds a token, and its secrets stand elsewhere.

    `min_severity` and `language`: instead of those in `[alerts]`. `kinds`, `sources`: () is all.
    """

    REFUSED: ClassVar[Mapping[str, str]] = MappingProxyType({
        "url": _HELD_ELSEWHERE.format('url_env" or "url_file'),
        "webhook": _HELD_ELSEWHERE.format('url_env" or "url_file'),
        "token": _HELD_ELSEWHERE.format('url_env" or "url_file'),
        "key": _HELD_ELSEWHERE.format('url_env" or "url_file'),
        "secret": _HELD_ELSEWHERE.format('secret_env" or "secret_file'),
        "password": _HELD_ELSEWHERE.format('password_env" or "password_file'),
    })
    """Keys that somebody may write, and what they are told."""

    name: Annotated[SourceName, Field(description="a short name of a-z, 0-9 and hyphens that stays the same")]
    kind: Annotated[
        Literal["wecom", "dingtalk", "feishu", "slack", "json", "email", "log"],
        _one_of(*SINKS),
        Field(description=f"how it is told: {', '.join(SINKS)}"),
    ]
    url_env: Variable = None
    url_file: SecretFile = None
    secret_env: Variable = None
    secret_file: SecretFile = None
    mail_to: tuple[MailAddress, ...] = ()
    mail_from: MailAddress | None = None
    smtp_host: Annotated[str, AfterValidator(parse_smtp_host)] | None = None
    smtp_port: Annotated[int, number("a port", 1, 65_535, whole=True)] | None = None
    smtp_security: Security = "starttls"
    smtp_user: str | None = None
    password_env: Variable = None
    password_file: SecretFile = None
    min_severity: Severity | None = None
    kinds: tuple[Annotated[str, WithJsonSchema({"type": "string", "enum": list(KINDS_OF_INCIDENT)})], ...] = ()
    sources: tuple[str, ...] = ()
    language: Language | None = None
    timeout_seconds: Annotated[float, number("a number of seconds", 0.1, 300)] = 15.0
    max_attempts: Annotated[int, number("a whole number of attempts", 1, 100, whole=True)] = 12
    allow_networks: tuple[Network, ...] = ()

    @field_validator("kinds")
    @classmethod
    def _kinds_are_known(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        for kind in kinds:
            if kind not in KINDS_OF_INCIDENT:
                raise ValueError(f"no such kind of incident: {shown(kind)}; {suggestion(kind, KINDS_OF_INCIDENT)}")
        return tuple(dict.fromkeys(kinds))

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        for name in self.model_fields_set:
            if not is_setting_of(name, self.kind):
                allowed = " and ".join(_OF_KINDS[name])
                raise ValueError(f'"{name}" is a setting of {allowed}; this alert is of the kind "{self.kind}"')
        if self.kind in WITH_ADDRESS and not self._has_one_of(_ADDRESS):
            raise ValueError('it names its address with either "url_env" or "url_file", for that address is a secret')
        if all(getattr(self, name) is not None for name in _SIGNING):
            raise ValueError('it has "secret_env" and "secret_file"; remove one')
        if self.kind == "email":
            self._check_mail()
        return self

    def _check_mail(self) -> None:
        for name in ("mail_to", "mail_from", "smtp_host"):
            if not getattr(self, name):
                raise ValueError(f'an alert by e-mail needs "{name}"')
        if self.smtp_user is not None and not self._has_one_of(_PASSWORD):
            raise ValueError('"smtp_user" needs a password: either "password_env" or "password_file"')
        if self.smtp_user is None and any(getattr(self, name) is not None for name in _PASSWORD):
            raise ValueError('a password needs a "smtp_user"')
        if self.smtp_user is not None and self.smtp_security == "none" and self.smtp_host not in LOOPBACK:
            raise ValueError('a password is not sent in clear text; set "smtp_security" to "starttls" or "tls"')

    def _has_one_of(self, names: tuple[str, str]) -> bool:
        return sum(getattr(self, name) is not None for name in names) == 1

    @property
    def port(self) -> int:
        """The port of the mail server: as written, or the usual one of its kind of security."""
        return self.smtp_port or _PORTS[self.smtp_security]
