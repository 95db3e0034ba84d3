"""What a job is told, and how it ends.

The part of storage.records that planning needs: what only looks at the state of sources loads no more (.02 s less).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

EntryKind = Literal["feed", "sitemap", "listing"]


class Outcome(StrEnum):
    """How one URL of one run ended. A run's discovered URLs are the sum of these (design rule 5)."""

    STORED = "stored"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    FAILED = "failed"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class HostChrome:
    """What was learned of a host, for a job. Both are 8-byte fingerprints, concatenated.

    `blocks`: what its pages repeat; `error_pages`: answers that many of its addresses give. `observe`: of how many
    pages of the job the blocks are to be reported.
    """

    host: str
    blocks: bytes = b""
    error_pages: bytes = b""
    observe: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """HTTP validators of the last answer that was understood (RFC 9110 section 13)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonItems:
    """Where the articles stand in a listing that is JSON. Each is a path of keys and list indexes, `data.list`.

    `items`: from the document to the list; the others from an item to its value. A `link` with words in braces is
    filled in from the item: `/news/{id}.html`.
    """

    items: str
    link: str = "url"
    title: str = "title"
    date: str = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPoint:
    """A feed, sitemap or listing page of a source. `links`: pattern that article links of a listing must match.

    `json`: the listing is JSON. A listing's `url` may hold `{page}`, the number of the page, from 1 on. `parent`: the
    entry point that names this one, None for one that the source names. `lastmod`: what the parent says of its last
    change. `seen`: it has brought articles before, so a poll without a known one has missed some. `shown`: it
    named some when it was last read, so that an answer that names none is no answer of it (`emptied`). `owing`: it
    has an open gap, or its last walk was cut short: it is walked on although its first page is known. `found_by`: why
    it is asked, where the source does not name it: "index", "robots", "fallback".
    """

    kind: EntryKind
    url: str
    links: str | None = None
    json: JsonItems | None = None
    validators: Validators = field(default_factory=Validators)
    parent: str | None = None
    lastmod: str | None = None
    seen: bool = False
    shown: bool = False
    owing: bool = False
    found_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSitemap:
    """An entry point that another one names, and that was read before: a part of a sitemap index, most often.

    `rest`: it is not asked now unless its `lastmod` is another. `failing`: it could not be read last time, so that
    another `lastmod` does not wake it.
    """

    url: str
    lastmod: str | None = None
    validators: Validators = field(default_factory=Validators)
    rest: bool = False
    failing: bool = False
    seen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkShape:
    """A form of addresses (`/{date}/{id}.html`), and how many pages of that form were articles, and were none."""

    shape: str
    articles: int = 0
    others: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsFile:
    """A robots.txt as it was last had (RFC 9309). `authority`: host[:port]. `http_status` None: no answer at all.

    `body`: its text where the answer was 2xx, else empty.
    """

    authority: str
    http_status: int | None
    fetched_at: datetime
    body: str = ""


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
    strikes: int = 0
    """How often in a row it broke what read it. From one on it is a suspect: read alone, and its body is told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one job may cost. Seconds, bytes and counts are in the names."""

    max_pages: int = 200
    max_body_bytes: int = 5 * 1024 * 1024
    """Of a page, a listing or a list in JSON, as it comes and unpacked."""
    max_feed_bytes: int = 15 * 1024 * 1024
    max_sitemap_bytes: int = 50 * 1024 * 1024
    timeout_seconds: float = 30.0
    """Of one answer with all of its redirects. Feeds and sitemaps get twice as long."""
    extract_timeout_seconds: float = 20.0
    delay_seconds: float = 1.0
    concurrency_per_host: int = 1
    job_timeout_seconds: float = 1800.0
    max_requests: int | None = None
    """Requests of any kind that the job may send; what is left over is pending. None: no limit."""
    max_listing_pages: int = 20
    """Pages of one listing (index_2.html, ?page=2) that are read after its first, while they bring something new."""
    max_parts: int = 30
    """Parts of one article (分页) that are stitched together."""


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
    known_since_gap: bytes = b""
    """Those of `known` that were found since the oldest gap that is still walked: to meet one bridges no gap."""
    chrome: tuple[HostChrome, ...] = ()
    limits: Limits = field(default_factory=Limits)
    allow_networks: tuple[str, ...] = ()
    obey_robots: bool = True
    robots_forbidden: Literal["allow", "disallow"] = "allow"
    """What a robots.txt means that answers 401 or 403."""
    sitemaps: tuple[KnownSitemap, ...] = ()
    """The entry points that others name and that were read before."""
    shapes: tuple[LinkShape, ...] = ()
    """What is known of the forms of the source's addresses."""
    robots: tuple[RobotsFile, ...] = ()
    """The robots.txt files of its hosts that are still fresh: they are not asked for again."""
    keep_raw: bool = False
    """Whether the raw pages of articles are wanted (Extracted.raw)."""
    suspect: bool = False
    """Whether its source failed last time: its entry points are suspects, read one at a time (crawler.in_hand)."""
    ports: tuple[int, ...] | None = None
    """The ports that may be asked, of any host; None: all."""
    proxy: str | None = None
    """The operator's own proxy, `http://host:port`, through which everything is asked; None: nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFinished:
    """The last event of a job.

    `reason`: finished, stopped, timeout, crashed, stuck (nothing came of it for ten minutes), interrupted (its worker
    was lost over a page of another job) or abandoned.
    """

    job_id: str
    number: int
    reason: str
    detail: str = ""
    requests: int = 0
    body_bytes: int = 0
