"""robots.txt by RFC 9309: what a file says to us, without asking anybody for it.

A reader of our own, because a file may be half a megabyte of malice: only the groups that may speak to us are kept
(20,000 rules for each of 17,000 named crawlers cost minutes and gigabytes otherwise), and a pattern is matched in one
pass, without a regular expression.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal
from urllib.parse import quote, urlsplit

from storage.records import RobotsFile

Decision = Literal["rules", "none", "suspect", "unreachable", "ignored"]
Forbidden = Literal["allow", "disallow"]

OUR_NAME = "dibao"
"""The product token by which a robots.txt speaks to us (RFC 9309, section 2.2.1)."""
MAX_BYTES = 512 * 1024
"""What is read of a file (section 2.5: at least 500 KiB must be); the rest is not even fetched."""
MAX_SITEMAPS = 50
TOO_MANY_REQUESTS = 429
UNAUTHORISED, FORBIDDEN = 401, 403
REDIRECTION, SERVER_ERROR = 300, 500

_ADDRESSES = ("http://", "https://", "/")
_TOKEN = re.compile(r"[A-Za-z_-]+")
_OCTET = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True, slots=True)
class Rule:
    """One allow or disallow line. `pattern`: normalised, with `*` and a final `$` as the file has them."""

    pattern: str
    allow: bool

    def matches(self, path: str) -> bool:
        """Whether a normalised path (with its query) begins as the pattern says."""
        pattern, anchored = (self.pattern[:-1], True) if self.pattern.endswith("$") else (self.pattern, False)
        first, *pieces = pattern.split("*")
        if not path.startswith(first):
            return False
        if not pieces:
            return not anchored or path == first
        at, last = len(first), pieces.pop() if anchored else ""
        for piece in pieces:
            found = path.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
        return len(path) - len(last) >= at and path.endswith(last)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a robots.txt says to us. `decision`: whether it was had. `crawl_delay`: seconds, where it names any."""

    decision: Decision
    rules: tuple[Rule, ...] = ()
    crawl_delay: float | None = None
    sitemaps: tuple[str, ...] = ()

    def allows(self, url: str) -> bool:
        """Whether the address may be asked: the longest pattern that fits decides, at equal length the one that allows.

        Without an answer that brings rules, or says that there are none, nothing may be.
        """
        if self.decision == "unreachable":
            return False
        parts = urlsplit(url)
        path = _normal((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        if path == "/robots.txt":
            return True
        rules = self._by_weight if path.startswith(self._prefixes) else self._patterns
        return next((rule.allow for rule in rules if rule.matches(path)), True)

    @cached_property
    def _by_weight(self) -> tuple[Rule, ...]:
        return tuple(sorted(self.rules, key=lambda rule: (-len(rule.pattern), not rule.allow)))

    @cached_property
    def _patterns(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self._by_weight if "*" in rule.pattern or rule.pattern.endswith("$"))

    @cached_property
    def _prefixes(self) -> tuple[str, ...]:
        return tuple(rule.pattern for rule in self.rules if "*" not in rule.pattern and rule.pattern[-1] != "$")


IGNORED = Rules(decision="ignored")
NOTHING = Rules(decision="rules", rules=(Rule("/", allow=False),))
"""Nothing may be asked."""


def decision_of(http_status: int | None) -> Decision:
    """What an answer means (RFC 9309, section 2.3.1). None: no answer at all.

    A 4xx, or redirects without end, say that there are no rules; 5xx and 429 that they cannot be had now.
    """
    if http_status is None or http_status >= SERVER_ERROR or http_status == TOO_MANY_REQUESTS:
        return "unreachable"
    return "none" if http_status >= REDIRECTION else "rules"


def read_rules(file: RobotsFile, forbidden: Forbidden = "allow") -> Rules:
    """What a robots.txt says to us: its groups for our name, or for everybody (`*`) where none names us.

    `forbidden`: what 401 and 403 mean. A page in place of the file that holds no rules, as many sites send for every
    address that they do not know, is "suspect": it forbids nothing.
    """
    decision = decision_of(file.http_status)
    if forbidden == "disallow" and file.http_status in {UNAUTHORISED, FORBIDDEN}:
        return NOTHING
    if decision != "rules":
        return Rules(decision=decision)
    read = _Reading()
    for line in re.split(r"[\r\n]+", file.body.removeprefix("\ufeff")):
        name, colon, value = line.partition("#")[0].partition(":")
        if colon:
            read.line(name.strip().lower(), value.strip())
    group = read.ours if read.named else read.everybody
    if not read.spoken and file.body.lstrip("\ufeff \t\r\n").startswith("<"):
        decision = "suspect"
    return Rules(
        decision=decision,
        rules=tuple(dict.fromkeys(group.rules)),
        crawl_delay=group.crawl_delay,
        sitemaps=tuple(dict.fromkeys(read.sitemaps)),
    )


def text_of(body: bytes) -> str:
    """The text of a file's first 512 KiB, cut at the end of a line: half a rule would be another rule."""
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES]
        body = body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]
    return body.decode("utf-8", "replace").replace("\0", "")


@dataclass(slots=True)
class _Group:
    rules: list[Rule] = field(default_factory=list)
    crawl_delay: float | None = None


@dataclass(slots=True)
class _Reading:
    """A file that is being read. `open`: the groups that the line at hand speaks to; `listening`: they may grow.

    `spoken`: it has named any crawler, or a sitemap.
    """

    ours: _Group = field(default_factory=_Group)
    everybody: _Group = field(default_factory=_Group)
    named: bool = False
    spoken: bool = False
    sitemaps: list[str] = field(default_factory=list)
    open: list[_Group] = field(default_factory=list)
    listening: bool = False

    def line(self, name: str, value: str) -> None:
        """Take one line."""
        match name:
            case "user-agent":
                self._agent(value)
            case "allow" | "disallow":
                self.listening = False
                pattern = _pattern(value)
                for group in self.open if pattern else ():
                    group.rules.append(Rule(pattern, allow=name == "allow"))
            case "crawl-delay":
                self.listening = False
                seconds = _seconds(value)
                for group in self.open if seconds is not None else ():
                    group.crawl_delay = max(group.crawl_delay or 0.0, seconds or 0.0)
            case "sitemap" if len(self.sitemaps) < MAX_SITEMAPS and value.lower().startswith(_ADDRESSES):
                self.sitemaps.append(value)
                self.spoken = True

    def _agent(self, value: str) -> None:
        """A line that names a crawler: it joins the lines of the same kind before it, or begins a new group."""
        if not self.listening:
            self.open = []
        self.listening = self.spoken = True
        token = _TOKEN.match(value)
        if value.startswith("*"):
            self.open.append(self.everybody)
        elif token and token[0].lower() == OUR_NAME:
            self.open.append(self.ours)
            self.named = True


def _pattern(value: str) -> str:
    """The pattern of a rule, normalised; empty for a rule that names nothing. A missing first slash is supplied."""
    if not value:
        return ""
    return re.sub(r"\*+", "*", _normal(value if value[0] in "/*" else f"/{value}"))


def _normal(path: str) -> str:
    """A path of which each character is written in one way (section 2.2.2): escaped only where it must be."""
    if not path.isascii():
        path = quote(path, safe="".join(map(chr, range(33, 127))))
    return _OCTET.sub(_octet, path) if "%" in path else path


def _octet(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else f"%{found[1].upper()}"


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
