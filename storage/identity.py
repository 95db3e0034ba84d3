"""Who is who: the canonical form of a URL, the key it is known by, and digests of what an article says.

Pure: nothing here reads a clock or the network, nor a file but the list of public suffixes. A change of any rule that
alters keys raises KEY_RULES, because stored keys were made by the rules of their day.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ada_url import URL

from storage.normal_form import nfkc
from storage.suffixes import registered
from storage.trackers import is_tracker
from storage.twins import same_page

if TYPE_CHECKING:
    from storage.records import Article

KEY_RULES = 3
"""Version of the rules that make a key, kept in the table `meta`; a database of other rules must be re-keyed.

1: the canonical URL without its scheme. 2: one key for the editions of a page (storage.twins), more trackers.
3: the order of parameters, needless escapes and `&amp;` make no other key; the route of a script's page does.
"""

MAX_URL_CHARACTERS = 2083
"""Longest URL taken: Scrapy's URLLENGTH_LIMIT. Path traps of crawled sites grow without end (reliability 2.2)."""

# An absolute URL that the URL Standard gives back as it is: no escapes, dot segments or port, and a host that is
# neither an IPv4 address nor punycode. Most links of a portal are so; parsing one takes three times as long.
_PLAIN = re.compile(r"(https?)://((?:[a-z0-9-]+\.)+[a-z]{2,})(/[A-Za-z0-9/_~.-]*)(?:\?([A-Za-z0-9&=_~./:,-]*))?")
_NOT_PLAIN = ("/.", "xn--")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
# Escapes of letters, digits, `-`, `.`, `_`, `~`: equal to these by RFC 3986 2.3. Escapes are in upper case here.
_NEEDLESS = re.compile(r"%(?:2[DE]|3\d|[46][1-9A-F]|[57][0-9A]|5F|7E)")
_ESCAPED_TWICE = re.compile(r"(?:^|(?<=&))(?:amp;)+")
# A fragment by which a script finds the article: `#!/article/55`, `#/detail?id=77`. `#!` and `#/` alone are idle links.
_ROUTE = re.compile(r"(?:!|/).*[0-9A-Za-z]", re.DOTALL)
_PATH_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_SCHEMES = frozenset({"http", "https"})


class BadUrl(ValueError):
    """A URL that is never fetched. `reason` is a short stable word: unparsable, scheme, host or too_long."""

    def __init__(self, reason: str, url: str) -> None:
        super().__init__(f"{reason}: {url[:200]!r}")
        self.reason = reason
        self.url = url

    def __reduce__(self) -> tuple[type[BadUrl], tuple[str, str]]:
        return (BadUrl, (self.reason, self.url))


def canonical_url(url: str, base: str | None = None) -> str:
    """The one spelling of an address that we fetch and show, absolute, http or https. Raises BadUrl.

    Parsed by the URL Standard (WHATWG), as browsers do. Dropped: a fragment that is no route (`#!/article/55` is one),
    credentials, default port, trailing dots of the host, session ids in the path, tracking parameters
    (storage.trackers), an empty query, the `amp;` of an ampersand that was escaped twice. Escapes get upper-case hex
    digits (RFC 3986 6.2.2.1); their bytes stay as they are, so a GBK query stays GBK. All else is kept: order of
    parameters, `www.`, `index.html`, doubled slashes.
    """
    scheme, host, port, path, query, fragment = _parts(url, base)
    if scheme not in _SCHEMES:
        raise BadUrl("scheme", url)
    bare_host = host.rstrip(".")
    if not bare_host:
        raise BadUrl("host", url)
    bare_path = _PATH_SESSION.sub("", path) if ";" in path else path
    canonical = f"{scheme}://{bare_host}{port}{_upper_escapes(bare_path)}{_kept_query(query)}"
    if fragment and _ROUTE.match(fragment):
        canonical = f"{canonical}#{_upper_escapes(fragment)}"
    if len(canonical) > MAX_URL_CHARACTERS:
        raise BadUrl("too_long", url)
    if bare_host != host or bare_path != path:
        return canonical_url(canonical)  # it may read differently now: `1.2.3..` without its dots is an IPv4 address
    return canonical


def url_key(url: str, base: str | None = None) -> str:
    """The string by which a page is known, `//host[:port]/path[?query]`, whatever its scheme and its edition.

    http and https of one address are one page, and so are its mobile, AMP and print editions where the address shows
    them (storage.twins): the host of a key need not be one that answers, its site is that of the page. Raises BadUrl.
    """
    return key_of_canonical(canonical_url(url, base))


def key_of_canonical(canonical: str) -> str:
    """The key of a URL that came from `canonical_url`, without the cost of parsing it again.

    A route stands in it behind `%23`: no key has a `#`, by which `dibao db rekey` tells those that lost theirs.
    """
    spelled = canonical.partition(":")[2]
    if "%" in spelled:
        spelled = _NEEDLESS.sub(lambda escape: chr(int(escape[0][1:], 16)), spelled)
    page, mark, route = spelled.partition("#")
    key = same_page(page, site_of)
    return f"{key}%23{route.replace('#', '%23')}" if mark else key


def host_of_canonical(canonical: str) -> str:
    """The host of a URL that came from `canonical_url`, an IPv6 address in brackets; of an `import:` address, its word.

    It is the host that was asked, which the host of a key need not be.
    """
    scheme, mark, rest = canonical.partition("://")
    return _host_and_port(rest.partition("/")[0])[0] if mark else scheme.partition(":")[0]


def key_hash(key: str) -> bytes:
    """Eight bytes that stand for a key in a job's set of known addresses (BLAKE2b, equal in every process)."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def host_of(url: str) -> str:
    """The host of an absolute URL as the URL Standard reads it, an IPv6 address in brackets. Raises BadUrl."""
    return _parts(url, None)[1].rstrip(".")


@lru_cache(maxsize=4096)
def site_of(host: str) -> str:
    """The registrable domain of a host in lower case; an IP address, a bare name or a public suffix is its own site.

    By the Public Suffix List (storage.suffixes), private suffixes too: two customers of github.io are two sites.
    """
    name = host.strip().strip("[]").rstrip(".").lower()
    if is_address(name) or "." not in name:
        return name
    found = registered(name)
    if found is not None:
        return found or name
    return ".".join(name.split(".")[-2:])  # publicsuffix.org/list: "if no rules match, the prevailing rule is *"


_NOT_LETTER_OR_DIGIT = re.compile(r"[\W_]+")


def text_digest(title: str | None, text: str) -> str:
    """Half a SHA-256 in hex over the letters and digits of title and text: equal for copies that differ in form only.

    Width, case, punctuation, spaces and accents written as marks make no difference (NFKC, casefold).
    """
    return _sha256(f"{letters(title or '')}\n{letters(text)}")


def letters(text: str) -> str:
    """The letters and digits of a text, without the differences that make none: width, case, marks, punctuation."""
    return _NOT_LETTER_OR_DIGIT.sub("", nfkc(text).casefold())


_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")


def content_digest(article: Article) -> str:
    """Half a SHA-256 in hex over what makes a revision: what a portal corrects, as a reader sees it, any space as one.

    Headline, kicker, sub-headline, text, time of publication, origin, who did what, in whatever order, and a note of
    correction. Not what may differ from one answer to the next without a correction: keywords, images, counts,
    evidence, confidence. Equal digests say that nothing is new; of others storage.revisions.kinds judges.
    """
    credited = sorted({f"{credit.role} {_as_seen(credit.name)}" for credit in article.credits})
    # Behind the rest, and only where there is one: all other digests are those of the versions before.
    noted = (f"correction {_as_seen(article.correction)}",) if article.correction else ()
    said = (article.title, article.kicker, article.subheadline, article.text, article.origin)
    published = article.published.local if article.published else ""
    return _sha256("\n".join((*(_as_seen(part or "") for part in said), published, *credited, *noted)))


def _parts(url: str, base: str | None) -> tuple[str, str, str, str, str, str]:
    """Scheme, host, `:port` or nothing, path, query and fragment, by the URL Standard. Raises BadUrl."""
    plain = _PLAIN.fullmatch(url)
    if plain and not any(mark in url for mark in _NOT_PLAIN):
        scheme, host, path, query = plain.groups(default="")
        return scheme, host, "", path, query, ""
    try:
        href = URL(url, base=base).href
    except ValueError as error:  # UnicodeEncodeError of a lone surrogate is one too
        raise BadUrl("unparsable", url) from error
    # A serialised URL splits without doubt (URL Standard 4.5), and asking for its parts one by one takes three times
    # as long: a sitemap has 50,000.
    scheme, _, rest = href.partition("://")
    authority, slash, tail = rest.partition("/")
    host, colon, port = _host_and_port(authority.rpartition("@")[2])
    page, _, fragment = tail.partition("#")
    path, _, query = page.partition("?")
    return scheme, host, f"{colon}{port}", f"{slash}{path}", query, fragment


def _host_and_port(authority: str) -> tuple[str, str, str]:
    head, bracket, port = authority.rpartition("]")
    host, colon, port = port.partition(":")
    return f"{head}{bracket}{host}", colon, port


def _upper_escapes(text: str) -> str:
    return _PERCENT.sub(lambda escape: escape[0].upper(), text) if "%" in text else text


def _kept_query(query: str) -> str:
    if not query:
        return ""
    if "amp;" in query:
        query = _ESCAPED_TWICE.sub("", query)
    kept = "&".join(parameter for parameter in query.split("&") if not is_tracker(parameter))
    return f"?{_upper_escapes(kept)}" if kept.strip("&") else ""


def is_address(name: str) -> bool:
    """Whether a host without its brackets is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _as_seen(text: str) -> str:
    return " ".join(_INVISIBLE.sub("", text).split())


def _sha256(text: str) -> str:
    # Half of it: two texts of one digest are not to be found by whoever looks for them on purpose (2 ** 64 attempts),
    # and each article has three of these.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
