"""The values that cross packages: articles, jobs, events. Frozen, typed, plain enough to be logged, sent and replayed.

Every datetime is aware. Unknown is None, never an empty string. Nothing here imports anything of ours but more such.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from storage.job_records import (
    CrawlJob,
    EntryKind,
    EntryPoint,
    HostChrome,
    JobFinished,
    JsonItems,
    KnownSitemap,
    Limits,
    LinkShape,
    Outcome,
    PageRequest,
    RobotsFile,
    Validators,
)
from storage.times import from_utc_text, utc_text

__all__ = [
    "AUTHOR_ROLES",
    "CREDIT_ROLES",
    "EDITOR_ROLES",
    "Article",
    "Candidate",
    "Counts",
    "CrawlJob",
    "Credit",
    "Dateline",
    "Discovered",
    "EntryChecked",
    "EntryKind",
    "EntryPoint",
    "Event",
    "Evidence",
    "Extracted",
    "Failed",
    "Fingerprint",
    "HostAsked",
    "HostChrome",
    "Image",
    "JobFinished",
    "JsonItems",
    "KeptBody",
    "KnownSitemap",
    "Limits",
    "LinkShape",
    "Observation",
    "ObservedBlock",
    "OriginKind",
    "Outcome",
    "PageEvent",
    "PagePart",
    "PageRequest",
    "Precision",
    "PublicationTime",
    "RawPage",
    "Rejected",
    "Rejection",
    "RobotsFetched",
    "RobotsFile",
    "SearchTerms",
    "Unchanged",
    "Validators",
    "Verdict",
    "from_utc_text",
    "utc_text",
]

Precision = Literal["day", "minute", "second"]

OriginKind = Literal["own", "repost", "wire", "release", "self_media"]

Verdict = Literal["same", "contains", "related", "template"]
"""What two articles are to each other. `same`: copies of one text; `contains`: one holds the other and more, a round-up
most often; `related`: much in common; `template`: one form with other numbers, names or day. Only `same` makes a story.
"""

CREDIT_ROLES = (
    "author",
    "reporter",
    "intern",
    "correspondent",
    "photographer",
    "translator",
    "compiler",
    "editor",
    "duty_editor",
    "proofreader",
    "reviewer",
    "supervisor",
)
AUTHOR_ROLES = frozenset({"author", "reporter", "intern", "correspondent", "translator"})
EDITOR_ROLES = frozenset({"editor", "duty_editor"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """A named role, as the page gives it (schema.org author, editor, contributor).

    `role`: one of CREDIT_ROLES. `raw`: the text it was read from; `where`: the place of that text ("head", "tail",
    "caption", "json-ld" ...). `organisation`: the name is that of an organisation, not of a person.
    """

    role: str
    name: str
    raw: str = ""
    where: str = ""
    organisation: bool = False


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
class Dateline:
    """Where and when a report was filed, as its first line says (schema.org dateline): `新华社北京4月11日电`."""

    raw: str
    place: str | None = None
    agency: str | None = None
    date: str | None = None
    """The date as it is written there: `4月11日`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture of the article (schema.org ImageObject). `url` is absolute."""

    url: str
    caption: str | None = None
    photographer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a page counts of itself (schema.org interactionStatistic). They change daily and make no revision."""

    reads: int | None = None
    comments: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One value that a page offers for a fact. `fact`: the field's name; `chosen`: whether the field has this value.

    Values that agree with the chosen one are not repeated; those that disagree are kept, so that a reader can judge.
    """

    fact: str
    value: str
    raw: str
    where: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What one page says (schema.org NewsArticle). `text`: paragraphs separated by one blank line, never empty.

    `markdown`: the same with headings, lists, tables, images and captions, CommonMark with pipe tables. `kicker` stands
    above the headline (肩题), `subheadline` below it (副题; schema.org alternativeHeadline). `sections`: the breadcrumb
    (schema.org articleSection), outermost first. `print_page`: schema.org pageStart (版次). `damage`: what is broken in
    the text as it came. `confidence`: 0 to 1, how surely `text` is the article and all of it; `found_by`: how it was
    found. `learned`: blocks dropped only because the site repeats them. `parts`: pages that the article has;
    `missing_parts`: the numbers of those that could not be had, whose text is missing.
    """

    title: str | None
    text: str
    markdown: str | None = None
    kicker: str | None = None
    subheadline: str | None = None
    published: PublicationTime | None = None
    modified: PublicationTime | None = None
    origin: str | None = None
    origin_raw: str | None = None
    origin_url: str | None = None
    origin_kind: OriginKind | None = None
    dateline: Dateline | None = None
    credits: tuple[Credit, ...] = ()
    sections: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    print_page: str | None = None
    images: tuple[Image, ...] = ()
    counts: Counts | None = None
    licence: str | None = None
    correction: str | None = None
    evidence: tuple[Evidence, ...] = ()
    lang: str | None = None
    script: str | None = None
    damage: str | None = None
    confidence: float | None = None
    found_by: str | None = None
    learned: int = 0
    parts: int = 1
    missing_parts: tuple[int, ...] = ()
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
class ObservedBlock:
    """A text block of a page. `key`: its 8-byte fingerprint; `kept`: whether it is part of the article's text."""

    key: bytes
    text: str
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a page shows, for learning what its host repeats. `blocks`: in page order, each fingerprint once."""

    host: str
    blocks: tuple[ObservedBlock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A URL with what its link said. `key` is its canonical form, by which it is known in the ledger."""

    url: str
    key: str
    title: str | None = None
    published_raw: str | None = None
    published_at: datetime | None = None
    """`published_raw` as we read it, in the source's time zone where it names none; None where it cannot be read."""
    position: int = 0
    guid: str | None = None
    """The feed's own name of the item, where the feed gives each item one of its own (RSS guid, Atom id)."""


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
    """An entry point was asked. `links`: candidates on it and its further pages, `new`: those not known before.

    `digest`: of its own candidates, in order, equal for answers that name the same. `pages`: how many pages of it
    were read. `gap`: "open" where it showed no known candidate although it has brought some before, and none was met
    on the pages behind it either, or where its walk was cut short (`detail` begins with it); "closed" where one was
    met there; "none" otherwise.
    """

    job_id: str
    number: int
    url: str
    status: Literal["ok", "unchanged", "failed"]
    kind: EntryKind = "sitemap"
    reason: str = ""
    detail: str = ""
    http_status: int | None = None
    validators: Validators = field(default_factory=Validators)
    links: int = 0
    new: int = 0
    digest: str | None = None
    parent: str | None = None
    lastmod: str | None = None
    found_by: str | None = None
    pages: int = 1
    gap: Literal["none", "open", "closed"] = "none"
    met: bool = False
    """Whether it showed a candidate that was known before the job, and before the gaps that are open."""
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePart:
    """The address of a further page of an article (its second page has number 2)."""

    number: int
    url: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """By what an article's text is known among all others (storage.similarity.fingerprint).

    `version`: of the rules; `digest`: 63 bits, equal for texts that say the same in the same order; `shingles`: how
    many different ones its prose has; `thin`: too few to tell a copy by; `anchors`: its smallest shingles, 47 bits
    each, ascending, more than are stored, so that those too common to tell anything can be left out. `prose`, `hashes`:
    the text's prose and all shingles of that, 8 bytes each, ascending, for who compares it; not of a text that is thin
    or very long.
    """

    version: int
    digest: int
    shingles: int
    thin: bool
    anchors: tuple[int, ...] = ()
    prose: str | None = field(default=None, compare=False)
    hashes: bytes = field(default=b"", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTerms:
    """The words by which an article is found (storage.search.terms): blank-separated, ready for the index.

    `version`: of the rules that made them; terms of other rules do not go into an index.
    """

    version: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """An answer as it came, for the archive, and what else it was read with: so it can be read again, alike.

    `record`: one WARC record in a gzip member of its own. `part`: 1 for the page itself, 2 for the article's second
    page. `http_status`: None for a file that was imported. `link_*`: what the link to the page said.
    """

    record: bytes
    url: str
    part: int = 1
    fetched_at: datetime
    http_status: int | None = None
    content_type: str | None = None
    timezone: str = "Asia/Shanghai"
    link_title: str | None = None
    link_published: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBody:
    """The answer of a page that has broken its reader before, to be looked at if it does so again.

    `url`: the address that answered; `size` and `sha256` (in hex): of the decoded body, which `deflated` (zlib) holds.
    """

    url: str
    content_type: str | None
    size: int
    sha256: str
    deflated: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Extracted:
    """A page was fetched and is an article. `final_key` is the key of the address that answered, after redirects.

    `parts`: its further pages, which are no articles of their own; those that could not be had are among them.
    """

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
    observed: Observation | None = None
    fingerprint: bytes | None = None
    """Of a page that says little: 8 bytes, equal for pages that say the same (see HostChrome.error_pages)."""
    parts: tuple[PagePart, ...] = ()
    signature: Fingerprint | None = None
    """Of the article's title and text; None: whoever stores it takes it."""
    terms: SearchTerms | None = None
    """By which it is found; None: whoever stores it makes them."""
    sentences: bytes | None = None
    """Of its text, to tell what its source repeats (storage.watch.sentences); None: as `terms`."""
    raw: tuple[RawPage, ...] = ()
    """The pages that it was read from, in order; none where raw pages are not kept."""
    body: KeptBody | None = None
    """Of a suspect (PageRequest.strikes): kept where the article cannot be stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """A stored page was asked again and is the same (304, or the same content digest)."""

    job_id: str
    number: int
    key: str
    fetched_at: datetime
    validators: Validators = field(default_factory=Validators)
    counts: Counts | None = None
    """What the page counts now, where it was read again."""


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
    host: str = ""
    fingerprint: bytes | None = None
    """As in Extracted; `host`: the host that answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A page could not be had this time; it is asked again later.

    `poison`: the page broke what read it, which is a strike; after two in a row it is quarantined, with its `body`.
    """

    job_id: str
    number: int
    key: str
    fetched_at: datetime
    reason: str
    detail: str = ""
    http_status: int | None = None
    retry_after_seconds: float | None = None
    poison: bool = False
    body: KeptBody | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsFetched:
    """A robots.txt was asked for; it is kept for a day, a missing answer for an hour."""

    job_id: str
    number: int
    robots: RobotsFile


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAsked:
    """How one host was treated by a job, said once at its end. `authority`: host[:port].

    `robots`: "rules" (its robots.txt was obeyed), "none" (it has none), "suspect" (a page came in its place, which has
    no rules), "unreachable" (so it was left alone) or "ignored" (the operator's choice). `delay_seconds`: the pause
    that was kept between two requests, which is the longer of the operator's and `crawl_delay_seconds`. `address`: the
    IP address that answered. `throttled`: it said 429, or 503 with Retry-After or twice in a row, and the job sent it
    nothing more. `silent`: it did not answer three requests in a row (timeouts, refused connections, no address), and
    was sent nothing more either.
    """

    job_id: str
    number: int
    authority: str
    robots: Literal["rules", "none", "suspect", "unreachable", "ignored"]
    robots_fetched_at: datetime | None = None
    crawl_delay_seconds: float | None = None
    delay_seconds: float = 0.0
    requests: int = 0
    address: str | None = None
    throttled: bool = False
    silent: bool = False


Event = Discovered | EntryChecked | Extracted | Unchanged | Rejected | Failed | RobotsFetched | HostAsked | JobFinished
PageEvent = Extracted | Unchanged | Rejected | Failed
