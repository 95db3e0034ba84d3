"""The kinds of value that a configuration holds. Each checks itself, and says what it expects and what it got."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import ada_url
from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, PlainSerializer, WithJsonSchema
from pydantic_core import CoreSchema

from crawler.config_problems import shown, suggestion
from crawler.cron import parse_cron

SHORTEST_DURATION_SECONDS = 10
"""A page takes a second of delay each, so a source asked more often than this would never be left alone."""
LONGEST_DURATION_SECONDS = 366 * 86_400
LONGEST_AGE_SECONDS = 36_600 * 86_400
MOST_OUTLETS = 10
LEAST_OUTLET, LONGEST_OUTLET = 2, 60
"""Characters of an outlet's name: AP and 央视 have two; one alone is too little to know an outlet by."""
LINK_WORDS = ("any", "date", "id")
"""What may stand in braces in a `links` pattern."""

EXPECTED = "x-expected"
"""In a JSON schema, what a value is expected to be, in words: `scheduler.config.schema` puts it into descriptions."""

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)


def parse_duration(value: object, *, longest_seconds: int = LONGEST_DURATION_SECONDS) -> int:
    """Seconds of "15m", "1h30m", "90s" or "2d". Raises ValueError for anything else, a bare number included."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if match is None:
        raise ValueError(f'expected a duration with units d, h, m or s, such as "15m" or "1h30m"; got {shown(value)}')
    seconds = sum(int(count) * unit for count, unit in zip(match.groups("0"), _UNITS.values(), strict=True))
    if seconds < SHORTEST_DURATION_SECONDS:
        raise ValueError(f'expected "{SHORTEST_DURATION_SECONDS}s" or more; got {shown(value)}')
    if seconds > longest_seconds:
        raise ValueError(f'expected "{duration_text(longest_seconds)}" or less; got {shown(value)}')
    return seconds


def parse_age(value: object) -> int:
    """Seconds of a duration of up to a hundred years, for how long something is kept. Raises ValueError."""
    return parse_duration(value, longest_seconds=LONGEST_AGE_SECONDS)


def duration_text(seconds: int) -> str:
    """The duration as a configuration would say it: 5400 is "1h30m"."""
    text = ""
    for unit, length in _UNITS.items():
        count, seconds = divmod(seconds, length)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


@dataclass(frozen=True, slots=True)
class Number(BeforeValidator):
    """What checks a number, and says to editors what it expects (JSON Schema)."""

    what: str = ""
    least: float = 0
    most: float = 0
    whole: bool = False

    @property
    def limits(self) -> str:
        """`a number of seconds, 0 to 60`."""
        return f"{self.what}, {self.least:,} to {self.most:,}"

    def __get_pydantic_json_schema__(self, inner: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema of the plain number with its bounds."""
        kind = "integer" if self.whole else "number"
        return {"type": kind, "minimum": self.least, "maximum": self.most, EXPECTED: self.limits}


def number(what: str, least: float, most: float, *, whole: bool = False) -> Number:
    """A validator for a number in these limits, which says `expected a number of seconds, 0 to 60` of anything else.

    Stricter than pydantic's own: no text, no booleans, no infinities.
    """
    def check(value: object) -> object:
        of_kind = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if not of_kind or not least <= value <= most:  # type: ignore[operator]
            raise ValueError(f"expected {made.limits}; got {shown(value)}")
        return value

    made = Number(check, what=what, least=least, most=most, whole=whole)
    return made


def parse_url(value: str) -> str:
    """The URL, as written, where it is one that can be asked for. Raises ValueError otherwise."""
    expected = "expected a http:// or https:// address"
    try:
        url = ada_url.URL(value)
    except ValueError:
        raise ValueError(f"{expected}; got {shown(value)}") from None
    if url.protocol not in {"http:", "https:"} or not url.hostname or re.search(r"\s", value):
        raise ValueError(f"{expected}; got {shown(value)}")
    if url.username or url.password:
        raise ValueError("expected an address without user name and password")
    return value


def parse_proxy(value: str) -> str:
    """`http://host:port` of a proxy. Raises ValueError for anything else, a proxy that is reached over TLS included."""
    expected = 'expected the address of a proxy, such as "http://127.0.0.1:3128"'
    try:
        url = ada_url.URL(parse_url(value))
    except ValueError as error:
        raise ValueError(str(error) if "password" in str(error) else f"{expected}; got {shown(value)}") from None
    if url.protocol != "http:" or url.pathname != "/" or url.search or url.hash:
        raise ValueError(f"{expected}; got {shown(value)}")
    return f"http://{url.hostname}:{url.port or 80}"


def parse_listing_url(value: str) -> str:
    """The URL, as written, which may hold `{page}` where the number of a page is to stand. Raises ValueError."""
    parse_url(value.replace("{page}", "1"))
    return value


def parse_json_path(value: str) -> str:
    """A path of keys and list indexes joined by dots, `data.list`; `.` is the document itself. Raises ValueError."""
    if value != "." and not re.fullmatch(r"[^.\s{}]+(?:\.[^.\s{}]+)*", value):
        raise ValueError(f'expected a path of keys such as "data.list"; got {shown(value)}')
    return value


def parse_json_link(value: str) -> str:
    """A path of keys, or an address with paths in braces, `/news/{id}.html`. Raises ValueError for anything else."""
    if "{" not in value and "}" not in value:
        return parse_json_path(value)
    if re.search(r"[{}\s]", re.sub(r"\{[^{}\s]+\}", "", value)) or not re.match(r"/|https?://", value):
        raise ValueError(f'expected a path of keys or an address such as "/news/{{id}}.html"; got {shown(value)}')
    return value


def parse_host(value: str) -> str:
    """The host in its lower-case ASCII form. Raises ValueError for anything but a bare host name."""
    try:
        host = ada_url.URL(f"http://{value}/").hostname
    except ValueError:
        host = ""
    if not host or re.search(r"[\s/:@?#\\]", value.strip("[]").replace(":", "") if value.startswith("[") else value):
        raise ValueError(f'expected a host name alone, such as "news.example.cn"; got {shown(value)}')
    return host


def parse_links(value: str) -> str:
    """The pattern of article links, where its braces hold known words only. Raises ValueError otherwise.

    `crawler.discovery.listings` compiles it; this check is apart so that reading a configuration loads no HTML parser.
    """
    if not re.match(r"/|\*|\{any\}|https?://", value, re.IGNORECASE) or re.search(r"\s", value):
        raise ValueError(f'expected a pattern such as "/2026/{{id}}.html"; got {shown(value)}')
    words = ", ".join(f"{{{word}}}" for word in LINK_WORDS)
    for word in re.findall(r"\{([^{}]*)\}", value):
        if word not in LINK_WORDS:
            raise ValueError(f"no such placeholder: {{{word}}}; allowed: {words} and *")
    if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", value)):
        raise ValueError(f"a brace is left open in {shown(value)}; allowed: {words} and *")
    return value


def parse_network(value: str) -> str:
    """The network in CIDR form. Raises ValueError for anything else."""
    try:
        return str(ip_network(value))
    except ValueError as error:
        raise ValueError(f'expected a network such as "127.0.0.0/8"; got {shown(value)} ({error})') from None


def parse_timezone(value: str) -> str:
    """The IANA name of a time zone that this machine knows. Raises ValueError otherwise."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        names = available_timezones()
        if not names:
            raise ValueError('this machine has no time zone data; install it with "pip install tzdata"') from None
        by_lower_case = {name.lower(): name for name in names}
        if (name := by_lower_case.get(value.lower())) is not None:
            raise ValueError(f'no such time zone; did you mean "{name}"?') from None
        hint = suggestion(value, names)
        hint = hint if hint.startswith("did") else 'expected a name such as "Asia/Shanghai" or "UTC"'
        raise ValueError(f"no such time zone: {shown(value)}; {hint}") from None
    return value


_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_LONGEST_CONTACT = 200
_PLACEHOLDER = "your-domain"
"""Stands in the contact of the template, where somebody may have taken away the # and nothing else."""


def parse_contact(value: str) -> str:
    """The e-mail or web address of the operator. Raises ValueError for anything else.

    It goes into a header of every request, so it is plain ASCII of one line.
    """
    if _PLACEHOLDER in value:
        raise ValueError("still the placeholder of the template; sites must be able to reach you")
    fits = len(value) <= _LONGEST_CONTACT and value.isascii() and value.isprintable() and '"' not in value
    if fits and _EMAIL.fullmatch(value):
        return value
    try:
        if not fits:
            raise ValueError(value)  # noqa: TRY301  # the same answer as for a bad address
        return parse_url(value)
    except ValueError:
        message = f"expected an e-mail address or a http(s) address that reaches you; got {shown(value)}"
        raise ValueError(message) from None


def parse_name(value: str) -> str:
    """The name of a source. Raises ValueError for other characters than a-z, 0-9 and hyphens."""
    if not re.fullmatch(r"[a-z0-9-]{1,64}", value):
        raise ValueError(f"expected 1 to 64 characters of a-z, 0-9 and hyphens; got {shown(value)}")
    return value


def parse_outlets(value: object) -> tuple[str, ...]:
    """The names of an outlet, each once, from one text or a list of up to 10. Raises ValueError for anything else."""
    names = value if isinstance(value, list | tuple) else [value]
    if len(names) > MOST_OUTLETS:
        raise ValueError(f"expected at most {MOST_OUTLETS} names; got {len(names)}")
    return tuple(dict.fromkeys(map(_outlet, names)))


def _outlet(value: object) -> str:
    name = value.strip() if isinstance(value, str) else ""
    if not LEAST_OUTLET <= len(name) <= LONGEST_OUTLET or not name.isprintable():
        limits = f"{LEAST_OUTLET} to {LONGEST_OUTLET} characters on one line"
        raise ValueError(f'expected the name of an outlet, {limits}, such as "恩施日报"; got {shown(value)}')
    return name


def _written_outlets(names: tuple[str, ...]) -> str | tuple[str, ...]:
    return names[0] if len(names) == 1 else names


def _checked_cron(value: str) -> str:
    try:
        parse_cron(value)
    except ValueError as error:
        raise ValueError(f"not a cron expression: {error}") from None
    return value


def _text(expected: str, pattern: str | None = None) -> WithJsonSchema:
    """What editors are told of a text. The pattern lets all pass that our own check does: it is no second check."""
    return WithJsonSchema({"type": "string", EXPECTED: expected} | ({"pattern": pattern} if pattern else {}))


_LENGTH = _text('a length of time with its unit, "90s", "15m", "1h30m" or "2d"', r"^([0-9]{1,9}[dhms])+$")
_ADDRESS = r"[hH][tT][tT][pP][sS]?:"
_OUTLET = {"type": "string", "minLength": LEAST_OUTLET}
_OUTLETS = {
    "anyOf": [_OUTLET, {"type": "array", "items": _OUTLET, "maxItems": MOST_OUTLETS}],
    EXPECTED: "one name, or a list",
}

Duration = Annotated[int, BeforeValidator(parse_duration), PlainSerializer(duration_text), _LENGTH]
Age = Annotated[int, BeforeValidator(parse_age), PlainSerializer(duration_text), _LENGTH]
Url = Annotated[str, AfterValidator(parse_url), _text("a http:// or https:// address", _ADDRESS)]
Proxy = Annotated[str, AfterValidator(parse_proxy), _text("the http:// address of a proxy", _ADDRESS)]
ListingUrl = Annotated[str, AfterValidator(parse_listing_url), _text("a http:// or https:// address", _ADDRESS)]
JsonPath = Annotated[str, AfterValidator(parse_json_path), _text('a path of keys, "data.list"')]
JsonLink = Annotated[str, AfterValidator(parse_json_link), _text('a path of keys, or an address, "/news/{id}.html"')]
Host = Annotated[str, AfterValidator(parse_host), _text("a host name alone")]
Links = Annotated[str, AfterValidator(parse_links), _text('a pattern such as "/2026/{id}.html"')]
Network = Annotated[str, AfterValidator(parse_network), _text('a network such as "10.1.0.0/16"')]
TimezoneName = Annotated[str, AfterValidator(parse_timezone), _text('an IANA name, "Asia/Shanghai"')]
Contact = Annotated[str, AfterValidator(parse_contact), _text("an e-mail address, or a http(s) address")]
Outlets = Annotated[
    tuple[str, ...], BeforeValidator(parse_outlets), PlainSerializer(_written_outlets), WithJsonSchema(_OUTLETS)
]
SourceName = Annotated[
    str, AfterValidator(parse_name), _text("1 to 64 characters of a-z, 0-9 and hyphens", r"^[a-z0-9-]{1,64}$")
]
Cron = Annotated[str, AfterValidator(_checked_cron), _text("a cron expression of five fields")]
def parse_forbidden(value: object) -> object:
    """What a robots.txt that may not be read means. Raises ValueError for any other word."""
    if value not in ("allow", "disallow"):
        raise ValueError(f'expected "allow" or "disallow"; got {shown(value)}')
    return value


Forbidden = Annotated[Literal["allow", "disallow"], BeforeValidator(parse_forbidden)]
Switch = Annotated[bool, Field(strict=True)]
