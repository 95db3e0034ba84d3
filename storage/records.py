"""The values that cross packages: articles, jobs, events. Frozen, typed, plain enough to be logged, sent and replayed.

Every datetime is aware. Unknown is None, never an empty string. Nothing here imports anything of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

Precision = Literal["day", "minute", "second"]
EntryKind = Literal["feed", "sitemap", "listing"]

AUTHOR_ROLES = frozenset({"author", "reporter", "intern", "correspondent", "translator"})
EDITOR_ROLES = frozenset({"editor", "duty_editor"})


class Outcome(StrEnum):
    """How one URL of one run ended. A run's discovered URLs are the sum of these (design rule 5)."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A named role, as the page gives it (schema.org author, editor, contributor). `raw`: the text it was read from."""

    role: str
    name: str
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationTime:
    """schema.org datePublished, with what the page said.

    `at` is aware, in the page's own offset; with precision "day" it is that day's local midnight.
    `where` names the place on the page ("meta", "json-ld", "head", "url", "link" ...).
    `offset_assumed` tells that the page named no offset and the source's time zone was used.
    """

    at: datetime
    precision: Precision
    raw: str
    where: str
    offset_assumed: bool = False

    @property
    def local(self) -> str:
        """ISO-8601 with the page's offset, cut to the precision shown: a bare date where no time is shown."""
        if self.precision == "day":
            return self.at.date().isoformat()
        return self.at.isoformat(timespec="minutes" if self.precision == "minute" else "seconds")

    @property
    def utc(self) -> str:
        """ISO-8601 in UTC to the second, ending in Z."""
        return utc_text(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What one page says (schema.org NewsArticle). `text`: paragraphs separated by one blank line, never empty."""

    title: str | None
    text: str
    published: PublicationTime | None = None
    origin: str | None = None
    origin_raw: str | None = None
    credits: tuple[Credit, ...] = ()
    lang: str | None = None
    script: str | None = None
    encoding: str
    encoding_evidence: str
    canonical_url: str | None = None
    extractor: str

    @property
    def authors(self) -> tuple[str, ...]:
        """Names whose role is that of a writer, in page order, without repeats."""
        return tuple(dict.fromkeys(c.name for c in self.credits if c.role in AUTHOR_ROLES))

    @property
    def editors(self) -> tuple[str, ...]:
        """Names whose role is that of an editor, in page order, without repeats."""
        return tuple(dict.fromkeys(c.name for c in self.credits if c.role in EDITOR_ROLES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why a page is no article: an expected outcome, never retried as it is. `reason` is a short stable word."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A URL with what its link said. `key` is its canonical form, by which it is known in the ledger."""

    url: str
    key: str
    title: str | None = None
    published_raw: str | None = None
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """HTTP validators of the last answer that was understood (RFC 9110 section 13)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPoint:
    """A feed, sitemap or listing page of a source. `links`: pattern that article links of a listing must match."""

    kind: EntryKind
    url: str
    links: str | None = None
    validators: Validators = field(default_factory=Validators)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """A URL of the ledger that a job has leased: pending, or stored and due for a check."""

    url: str
    key: str
    attempt: int = 1
    validators: Validators = field(default_factory=Validators)
    digest: str | None = None
    """Content digest of the stored revision; None for a page that was never stored."""
    link_title: str | None = None
    link_published: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one job may cost. Seconds, bytes and counts are in the names."""

    max_pages: int = 200
    max_body_bytes: int = 8 * 1024 * 1024
    timeout_seconds: float = 30.0
    extract_timeout_seconds: float = 20.0
    delay_seconds: float = 1.0
    concurrency_per_host: int = 1
    job_timeout_seconds: float = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlJob:
    """All that a worker must know to crawl one source once. `known` holds 8-byte url-key hashes, concatenated."""

    id: str
    run_id: int
    source: str
    home: str
    hosts: tuple[str, ...]
    timezone: str
    user_agent: str
    now: datetime
    entry_points: tuple[EntryPoint, ...] = ()
    pages: tuple[PageRequest, ...] = ()
    known: bytes = b""
    limits: Limits = field(default_factory=Limits)
    allow_networks: tuple[str, ...] = ()
    obey_robots: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """Candidates that an entry point brought and the job did not know. `taken` of them the job will fetch itself."""

    job_id: str
    number: int
    entry_url: str
    candidates: tuple[Candidate, ...]
    taken: int
    found_at: datetime | None = None
    """When, by the worker's clock; None: when it is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChecked:
    """An entry point was asked. `links`: candidates on it, `new`: those not known before."""

    job_id: str
    number: int
    url: str
    status: Literal["ok", "unchanged", "failed"]
    reason: str = ""
    detail: str = ""
    validators: Validators = field(default_factory=Validators)
    links: int = 0
    new: int = 0
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """A page was fetched and is an article. `final_key` is the key of the address that answered, after redirects."""

    job_id: str
    number: int
    key: str
    url: str
    final_url: str
    final_key: str
    fetched_at: datetime
    article: Article
    digest: str
    validators: Validators = field(default_factory=Validators)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """A stored page was asked again and is the same (304, or the same content digest)."""

    job_id: str
    number: int
    key: str
    fetched_at: datetime
    validators: Validators = field(default_factory=Validators)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A page is no article, or must not be fetched. Final until the address says something else."""

    job_id: str
    number: int
    key: str
    fetched_at: datetime
    reason: str
    detail: str = ""
    http_status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A page could not be had this time; it is asked again later. `poison`: the page broke its extractor."""

    job_id: str
    number: int
    key: str
    fetched_at: datetime
    reason: str
    detail: str = ""
    http_status: int | None = None
    retry_after_seconds: float | None = None
    poison: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFinished:
    """The last event of a job. `reason`: finished, stopped, timeout, crashed or abandoned."""

    job_id: str
    number: int
    reason: str
    detail: str = ""
    requests: int = 0
    body_bytes: int = 0


Event = Discovered | EntryChecked | Extracted | Unchanged | Rejected | Failed | JobFinished
PageEvent = Extracted | Unchanged | Rejected | Failed


def utc_text(moment: datetime) -> str:
    """ISO-8601 UTC to the second, as every time is stored: 2026-11-21T00:30:00Z. Raises ValueError for a naive time."""
    if moment.tzinfo is None:
        raise ValueError(f"a time without offset cannot be stored: {moment!r}")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_utc_text(text: str) -> datetime:
    """The aware UTC time of a stored text."""
    return datetime.fromisoformat(text)
