"""Who is who: the canonical form of a URL, the key it is known by, and digests of what an article says.

Pure: nothing here reads a clock, a file or the network. A change of any rule that alters keys raises KEY_RULES,
because stored keys were made by the rules of their day.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from ada_url import URL

from storage.records import Article

KEY_RULES = 1
"""Version of the rules that make a key, kept in the table `meta`; a database of other rules must be re-keyed."""

MAX_URL_CHARACTERS = 2083
"""Longest URL taken: Scrapy's URLLENGTH_LIMIT. Path traps of crawled sites grow without end (reliability 2.2)."""

# Query parameters that name the way a reader came, never what is read. Names are compared in lower case.
# A parameter that is not in these tables is kept: `?p=123`, `?id=`, `?ArticleID=` and `?__biz=&mid=&sn=` are articles.
TRACKING_PREFIXES = (
    "utm_",  # Google Analytics and everyone after it
    "hmsr", "hmpl", "hmcu", "hmkw", "hmci",  # Baidu Tongji
    "pk_", "mtm_", "piwik_",  # Matomo
    "share_",  # share_token, share_from, share_medium ... (but see SHARE_CONTENT)
    "at_custom",  # AT Internet, BBC
)  # fmt: skip
TRACKING_NAMES = frozenset(
    {
        # Advertisement clicks.
        "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ysclid", "twclid", "ttclid",
        "igshid", "igsh", "li_fat_id", "qhclickid", "bd_vid", "mc_cid", "mc_eid", "_hsenc", "_hsmi", "_ga", "_gl",
        # Chinese portals and apps: Alibaba, Baidu, Bilibili, Toutiao, WeChat.
        "spm", "scm", "pvid", "spm_id_from", "vd_source", "wfr", "log_from", "isappinstalled", "chksm", "from_share",
        # Share buttons.
        "share", "shareto", "sharefrom", "sharetype", "sharesource", "sharetime", "sharetoken", "shareuid",
        "sharer_shareid", "sharer_sharetime", "sharer_shareinfo", "nsukey",
        # News sites' own campaign tags.
        "ncid", "cmpid", "xtor", "smid", "smtyp", "at_medium", "at_campaign", "at_link_id", "at_link_type",
        "at_link_origin", "at_format", "at_ptr_name", "at_bbc_team",
        # Sessions: another one at every visit.
        "phpsessid", "jsessionid", "aspsessionid",
    }
)  # fmt: skip
SHARE_CONTENT = frozenset({"share_id", "share_code", "share_key"})
"""Names that look like share tags and say what is shared, as `shareid` does on file hosts."""

CHANNELS = frozenset(
    {
        "singlemessage", "groupmessage", "timeline", "message", "moments", "friend", "friends",
        "wechat", "weixin", "wx", "weibo", "wb", "qq", "qzone", "mqq", "douban", "alipay", "dingtalk",
        "share", "appshare", "app_share", "h5share", "h5_share", "wapshare", "wap_share", "copylink", "copy_link",
        "sms", "email", "mail", "newsletter", "rss", "feed", "push", "facebook", "twitter", "telegram", "whatsapp",
        "linkedin", "baidu", "sogou", "toutiao", "google", "bing",
    }
)  # fmt: skip
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_SCENE = re.compile(r"\d{1,3}")


def _is_channel(value: str) -> bool:
    return value.lower() in CHANNELS


# Names that track only with such a value: `?from=timeline` came by WeChat, `?from=12` may be a page of a list.
TRACKING_VALUES: dict[str, Callable[[str], bool]] = {
    "from": _is_channel,
    "source": _is_channel,
    "src": _is_channel,
    "ref": _is_channel,
    "scene": lambda value: _SCENE.fullmatch(value) is not None,  # WeChat's numbers of entrances
    "_t": lambda value: _EPOCH.fullmatch(value) is not None,  # a cache buster
}

_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
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

    Parsed by the URL Standard (WHATWG), as browsers do. Dropped: fragment, credentials, default port, trailing dots of
    the host, session ids in the path, tracking parameters (the tables above), an empty query. Escapes get upper-case
    hex digits (RFC 3986 6.2.2.1); their bytes stay as they are, so a GBK query stays GBK. All else is kept: order of
    parameters, `www.`, `index.html`, doubled slashes.
    """
    scheme, host, port, path, query = _parts(url, base)
    if scheme not in _SCHEMES:
        raise BadUrl("scheme", url)
    bare_host = host.rstrip(".")
    if not bare_host:
        raise BadUrl("host", url)
    bare_path = _PATH_SESSION.sub("", path) if ";" in path else path
    canonical = f"{scheme}://{bare_host}{port}{_upper_escapes(bare_path)}{_kept_query(query)}"
    if len(canonical) > MAX_URL_CHARACTERS:
        raise BadUrl("too_long", url)
    if bare_host != host or bare_path != path:
        return canonical_url(canonical)  # it may read differently now: `1.2.3..` without its dots is an IPv4 address
    return canonical


def url_key(url: str, base: str | None = None) -> str:
    """The string by which an address is known: its canonical form without the scheme, `//host[:port]/path[?query]`.

    http and https of one address are one page. Raises BadUrl.
    """
    return key_of_canonical(canonical_url(url, base))


def key_of_canonical(canonical: str) -> str:
    """The key of a URL that came from `canonical_url`, without the cost of parsing it again."""
    return canonical.partition(":")[2]


def key_hash(key: str) -> bytes:
    """Eight bytes that stand for a key in a job's set of known addresses (BLAKE2b, equal in every process)."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def host_of(url: str) -> str:
    """The host of an absolute URL as the URL Standard reads it, an IPv6 address in brackets. Raises BadUrl."""
    return _parts(url, None)[1].rstrip(".")


@lru_cache(maxsize=4096)
def site_of(host: str) -> str:
    """The registrable domain of a host in lower case; an IP address, a bare name or a public suffix is its own site.

    By the Public Suffix List that tldextract ships, private suffixes too: two customers of github.io are two sites.
    """
    name = host.strip().strip("[]").rstrip(".").lower()
    if _is_address(name) or "." not in name:
        return name
    extracted = _suffix_list()(name)
    if extracted.suffix:
        return str(extracted.top_domain_under_public_suffix) or name
    return ".".join(name.split(".")[-2:])  # publicsuffix.org/list: "if no rules match, the prevailing rule is *"


_NOT_LETTER_OR_DIGIT = re.compile(r"[\W_]+")


def text_digest(title: str | None, text: str) -> str:
    """SHA-256 in hex over the letters and digits of title and text: equal for copies that differ in form only.

    Width, case, punctuation, spaces and accents written as marks make no difference (NFKC, casefold).
    """
    return _sha256(f"{_letters(title or '')}\n{_letters(text)}")


_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")


def content_digest(article: Article) -> str:
    """SHA-256 in hex over what makes a revision: what a portal corrects, as a reader sees it, any white space as one.

    Headline, kicker, sub-headline, text, time of publication, origin, and who did what, in whatever order. Not what
    may differ from one answer to the next without a correction: keywords, images, counts, evidence, confidence.
    """
    credited = sorted({f"{credit.role} {_as_seen(credit.name)}" for credit in article.credits})
    said = (article.title, article.kicker, article.subheadline, article.text, article.origin)
    published = article.published.local if article.published else ""
    return _sha256("\n".join((*(_as_seen(part or "") for part in said), published, *credited)))


def _parts(url: str, base: str | None) -> tuple[str, str, str, str, str]:
    """Scheme, host, `:port` or nothing, path and query of what the URL Standard makes of a URL. Raises BadUrl."""
    try:
        href = URL(url, base=base).href
    except ValueError as error:  # UnicodeEncodeError of a lone surrogate is one too
        raise BadUrl("unparsable", url) from error
    # A serialised URL splits without doubt (URL Standard 4.5), and asking for its parts one by one takes three times
    # as long: a sitemap has 50,000.
    scheme, _, rest = href.partition("://")
    authority, slash, tail = rest.partition("/")
    host, colon, port = _host_and_port(authority.rpartition("@")[2])
    path, _, query = tail.partition("#")[0].partition("?")
    return scheme, host, f"{colon}{port}", f"{slash}{path}", query


def _host_and_port(authority: str) -> tuple[str, str, str]:
    head, bracket, port = authority.rpartition("]")
    host, colon, port = port.partition(":")
    return f"{head}{bracket}{host}", colon, port


def _upper_escapes(text: str) -> str:
    return _PERCENT.sub(lambda escape: escape[0].upper(), text) if "%" in text else text


def _kept_query(query: str) -> str:
    if not query:
        return ""
    kept = "&".join(parameter for parameter in query.split("&") if not _tracks(parameter))
    return f"?{_upper_escapes(kept)}" if kept.strip("&") else ""


def _tracks(parameter: str) -> bool:
    name, _, value = parameter.removeprefix("amp;").partition("=")  # `&amp;` that somebody escaped twice
    name = name.lower()
    if name in SHARE_CONTENT:
        return False
    rule = TRACKING_VALUES.get(name)
    return rule(value) if rule else name in TRACKING_NAMES or name.startswith(TRACKING_PREFIXES)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@cache
def _suffix_list() -> Callable[[str], Any]:
    # Imported here: it brings requests along, 0.3 s that only those pay who ask for a site.
    from tldextract import TLDExtract  # noqa: PLC0415

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def _letters(text: str) -> str:
    return _NOT_LETTER_OR_DIGIT.sub("", unicodedata.normalize("NFKC", text).casefold())


def _as_seen(text: str) -> str:
    return " ".join(_INVISIBLE.sub("", text).split())


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
