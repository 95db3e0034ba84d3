"""Where else a site lists its articles, by the links of one of its pages: feeds, pages of feeds, sections."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from crawler.discovery.article_links import address_parts, dense_letters, looks_like_article
from crawler.discovery.candidates import Found
from crawler.discovery.page_links import PageLink, PageTree
from crawler.discovery.page_numbers import is_same_page, is_same_time
from storage.identity import key_of_canonical

MAX_FEEDS = 50
MAX_DECLARED = 500
MAX_FEED_PAGES = 5
MAX_SECTIONS = 60
"""Listings that a page names: portals have 15 to 40 channels."""

MAX_SECTION_CHARACTERS = 24
MAX_SECTION_WORDS = 3
MAX_SECTION_LETTERS = 9
"""Letters of a script without spaces in the name of a section: 四川三农新闻网; a special report has a headline."""


_FEED_TYPES = frozenset(
    {
        "application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml",
        "application/json", "text/rss+xml", "application/x-rss+xml",
    }
)  # fmt: skip
_NO_FEED = re.compile(r"comments?|评论|評論|留言|wp-json|oembed|sitemap|opml|/trackback", re.IGNORECASE)
_FEED_WORD = re.compile(r"rss|feed|atom|rdf|xml", re.IGNORECASE)
_FEED_PATH = re.compile(
    r".*(?:\.(?:rss|rdf|atom|xml)|/(?:rss|feed|atom)/?|/(?:rss|feed|atom)\w*\.(?:php|aspx?|jsp|do|json|ashx))",
    re.IGNORECASE,
)
_FEED_QUERY = re.compile(r"(?:^|&)(?:feed|format|type|mod|do|action)=(?:rss2?|atom|feed)(?:&|$)", re.IGNORECASE)
_SAYS_FEED = re.compile(r"(?<![a-z])(?:rss|atom)(?![a-z])|^feeds?$|订阅|訂閱|聚合", re.IGNORECASE)
_NO_SUBSCRIPTION = re.compile(
    r"邮件|郵件|报刊|報刊|杂志|雜誌|手机|微信|短信|电子报|公众号|newsletter|e-?mail", re.IGNORECASE
)
_SURE_FEED = re.compile(r".*\.(?:rss|rdf|atom|xml|json)", re.IGNORECASE)
_FEED_PAGE = re.compile(r".*/(?:rss|feeds?)(?:/|\.s?html?|/(?:index|list)\.(?:s?html?|php|aspx?|jsp))", re.IGNORECASE)

_NO_SECTION_WORDS = re.compile(
    r"登[录陆錄入]|注册|註冊|会员|會員|关于|關於|联系|聯[系絡繫]|版权|版權|声明|聲明|免责|免責|隐私|隱私|举报|备案|许可证|授权|授權|"
    r"广告|廣告|招聘|诚聘|帮助|幫助|站地图|站點地圖|网站地图|網站地圖|设为|設為|收藏|订阅|訂閱|手机版|手機版|客户端|微博|微信|论坛|論壇|"
    r"博客|邮箱|郵箱|投稿|搜索|搜尋|关键字|關鍵字|繁[体體]|简体|簡體|英文|日本語|한국어|首页|首頁|返回|更多|点击|上一|下一|尾页|末页|"
    r"商城|购物|游戏|下载|下載|合作|服务条款|反馈|分享|留言|打印|english|français|русский|español|العربية|"
    r"(?<![a-z])(?:rss|app|wap)(?![a-z])|^\W*\d*\W*$|"
    r"^\W*(?:home|more|login|log ?in|sign ?(?:in|up)|register|about.*|contact.*|privacy.*|terms.*|cookies?.*|"
    r"advertis.*|help|search|subscribe.*|careers?|jobs|next|previous|prev|older|newer|sitemap|copyright|newsletters?|faq|support|"
    r"donate|shop|store)\W*$",
    re.IGNORECASE,
)
_NO_SECTION_PATH = re.compile(
    r"/(?:tags?|authors?|users?|member|search|so|login|register|passport|about\w*|contact\w*|copyright|ads?|help|"
    r"bbs|blogs?|wap|app|mobile|english|en|eng|rss|feed|jobs?|hr|keywords?|policy|disclaimer|calendar|rili|static|images?|css|js|"
    r"privacy|terms|sitemap|map|service|download|shop|email|mail|comments|\w{1,20}_comment)(?:[/.?_-]|$)",
    re.IGNORECASE,
)
_NO_SECTION_HOST = re.compile(
    r"(?:bbs|blogs?|mail|passport|login|my|i|t|weibo|wap|m|3g|app|so|search|sou|shop|mall|download|dl|games?|en|english|"
    r"ads?|img|static|help|hr|jobs?|rss|comments?|vote|pinglun)\.",
    re.IGNORECASE,
)
_LIST_FILE = re.compile(
    r"(?:(?:index|list|default|node|channel|column|col|class|category|cat|more|section|lanmu|sort)?[-_]?\w{0,8}|[a-z]{2,20})"
    r"(?:\.(?:s?html?|php|aspx?|jsp|do))?",
    re.IGNORECASE,
)
_LIST_QUERY = re.compile(
    r"(?:[\w]+=[\w-]*&){0,2}(?:id|cid|catid|cat|classid|typeid|tid|nid|nodeid|channel\w*|column\w*|section|category|sort\w*|"
    r"bid|lm)=[\w-]{1,20}",
    re.IGNORECASE,
)
_FILE = re.compile(r"\.(?:jpe?g|png|gif|svg|css|js|json|xml|rss|pdf|docx?|zip|rar|apk|exe|mp[34])$", re.IGNORECASE)


def feeds_of(page: PageTree, links: Sequence[PageLink], found: Found) -> tuple[str, ...]:
    """Feeds of the source: those that the page declares (link rel=alternate), then those that it links to, at most 50.

    Feeds of comments are left out. `links`: the page's links to its own site.
    """
    feeds: dict[str, str] = {}
    for url in (*_declared(page, found), *(link.url for link in links if _is_feed_link(link))):
        feeds.setdefault(key_of_canonical(url), url)
    return tuple(feeds.values())[:MAX_FEEDS]


def feed_pages_of(page: PageTree, links: Sequence[PageLink]) -> tuple[str, ...]:
    """Pages that seem to list the source's feeds (RSS订阅), at most 5.

    `/rss/` and `/rss.php` are named among the feeds too: only their answer tells which they are.
    """
    pages = {link.url: None for link in links if _is_feed_page(link) and not is_same_page(link.url, page.url)}
    return tuple(pages)[:MAX_FEED_PAGES]


def sections_of(page: PageTree, links: Sequence[PageLink], articles: frozenset[str]) -> tuple[str, ...]:
    """The site's other listings in page order, at most 60: short words and an address that is a folder's or a list's.

    `articles`: addresses that are articles' and so no sections.
    """
    sections: dict[str, str] = {}
    for link in links:
        if len(sections) >= MAX_SECTIONS:
            break
        if link.url not in articles and _is_section(link, page.url):
            sections.setdefault(_section_key(link.url), link.url)
    return tuple(sections.values())


def _declared(page: PageTree, found: Found) -> Iterator[str]:
    for element in islice(page.tree.iter("link"), MAX_DECLARED):
        if not _declares_feed(element):
            continue
        url = found.resolve(element.get("href"), page.base)
        if url is not None:
            yield url


def _declares_feed(element: Any) -> bool:
    kind = (element.get("type") or "").partition(";")[0].strip().lower()
    if kind not in _FEED_TYPES or "alternate" not in (element.get("rel") or "").lower() or not element.get("href"):
        return False
    return not _NO_FEED.search(f"{(element.get('title') or '')[:200]} {element.get('href')[:500]}")


def _is_feed_link(link: PageLink) -> bool:
    if not _FEED_WORD.search(link.url) or _NO_FEED.search(link.url):
        return False
    _, path, query = address_parts(link.url)
    return _FEED_PATH.fullmatch(path) is not None or _FEED_QUERY.search(query) is not None


def _is_feed_page(link: PageLink) -> bool:
    _, path, query = address_parts(link.url)
    if _FEED_WORD.search(path) and _FEED_PAGE.fullmatch(path):
        return True
    words = link.title if len(link.title) <= MAX_SECTION_CHARACTERS else ""
    if not _SAYS_FEED.search(words) or _NO_SUBSCRIPTION.search(words):
        return False
    return not (_SURE_FEED.fullmatch(path) or _FEED_QUERY.search(query) or _FILE.search(path[-8:]))


def _is_section(link: PageLink, page: str) -> bool:
    words = link.title
    if not words or len(words) > MAX_SECTION_CHARACTERS or len(words.split()) > MAX_SECTION_WORDS:
        return False
    if dense_letters(words) > MAX_SECTION_LETTERS:
        return False
    if _NO_SECTION_WORDS.search(words) or looks_like_article(link.url, words) or is_same_page(link.url, page):
        return False
    return _is_section_address(link.url, page) and is_same_time(link.url, page)


def _is_section_address(url: str, page: str) -> bool:
    authority, path, query = address_parts(url)
    if authority != address_parts(page)[0] and _NO_SECTION_HOST.match(authority):
        return False
    if _NO_SECTION_PATH.search(path) or _FILE.search(path[-8:]):
        return False
    last = path.rpartition("/")[2]
    if query:
        return _LIST_QUERY.fullmatch(query) is not None
    if not last:
        return True
    return _LIST_FILE.fullmatch(last) is not None


def _section_key(url: str) -> str:
    return re.sub(r"/(?:index|default)\.\w{2,5}$", "/", key_of_canonical(url))
