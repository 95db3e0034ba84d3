"""Home pages, listing pages and the pages that are no articles, of every kind of portal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from scheduler.demo.portals.page import Link, charset_meta, feed_link, items
from scheduler.demo.site import WorldSite
from scheduler.demo.ways import SECTIONS

_WORDS = {
    "hans": [
        "首页",
        "新闻列表",
        "关于我们",
        "登录",
        "专题",
        "上一页",
        "下一页",
        "热门",
        "广告：本周家电特卖",
        "版权所有",
    ],
    "hant": [
        "首頁",
        "新聞列表",
        "關於我們",
        "登入",
        "專題",
        "上一頁",
        "下一頁",
        "熱門",
        "廣告：本週家電特賣",
        "版權所有",
    ],
    "en": ["Home", "News", "About us", "Log in", "Topics", "Newer", "Older", "Popular", "Ad: sofas", "All rights"],
}
_MORE_WORDS = {
    "hans": {"/yaowen/": "要闻", "/shenghuo/": "生活", "rss": "RSS订阅"},
    "hant": {"/yaowen/": "要聞", "/shenghuo/": "生活", "rss": "RSS訂閱"},
    "en": {"/yaowen/": "Top news", "/shenghuo/": "Life", "rss": "RSS feeds"},
}


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a listing page stands: `path` of the listing, number of the page, how many there are.

    `older`: where the last page's link to older articles leads, None if it has none.
    """

    path: str
    page: int
    pages: int
    older: str | None = None


def list_path(first: str, page: int) -> str:
    """Path of a page of a listing, counted from 1: /list.html and /list_2.html, /yaowen/ and /yaowen/index_2.html."""
    if page == 1:
        return first
    return f"{first}index_{page}.html" if first.endswith("/") else f"{first.removesuffix('.html')}_{page}.html"


def listing(site: WorldSite, links: Sequence[Link], hot: Sequence[Link], turn: Turn, more: str = "") -> str:
    """A page of a list of the site's articles, newest first, with links to the pages before and after it."""
    words = _WORDS[site.language]
    around = [
        *([(list_path(turn.path, turn.page - 1), words[5])] if turn.page > 1 else []),
        *([(list_path(turn.path, turn.page + 1), words[6])] if turn.page < turn.pages else []),
        *([(turn.older, words[6])] if turn.older is not None and turn.page == turn.pages else []),
    ]
    numbers = ((list_path(turn.path, number), str(number)) for number in range(1, min(turn.pages, 10) + 1))
    turns = " ".join(f'<a href="{path}">{word}</a>' for path, word in (*numbers, *around))
    name = _MORE_WORDS[site.language].get(turn.path, words[1])
    main = f"""<div class="list"><h2>{name}</h2><ul class="newslist">
{items(links, '<li><a href="{path}" title="{title}">{title}</a> <span class="date">{day}</span></li>')}
</ul>
<div class="pages">{turns}</div></div>
{more}<div class="hot"><h3>{words[7]}</h3><ul>
{items(hot)}
</ul></div>"""
    return plain(site, name if turn.page == 1 else f"{name} {turn.page}", main)


def home(site: WorldSite, links: Sequence[Link], hot: Sequence[Link], more: str = "") -> str:
    """The home page: the newest articles and links to the other parts of the site."""
    words = _WORDS[site.language]
    main = f"""<div class="focus"><h2>{words[1]}</h2><ul>
{items(links, '<li><a href="{path}">{title}</a></li>')}
</ul><a href="{site.list_path}">{words[1]}</a></div>
{more}<div class="hot"><h3>{words[7]}</h3><ul>
{items(hot)}
</ul></div>"""
    return plain(site, words[0], main)


def signpost(site: WorldSite, to: str) -> str:
    """A front page that only sends its readers to another page."""
    return f"""<html>
<head>{charset_meta(site)}<meta http-equiv="refresh" content="0; url={to}">
<title>{escape(site.outlet)}</title></head>
<body></body>
</html>
"""


def shell(site: WorldSite, api: str) -> str:
    """A front page that a script draws from the answers of an API; there is no link in it."""
    return f"""<!DOCTYPE html>
<html>
<head>{charset_meta(site)}<title>{escape(site.outlet)}</title>
<script src="/static/app.js" defer></script></head>
<body><div id="app"></div>
<script>fetch("{api}?page=1").then(answer => answer.json()).then(found => draw(found.data.list));</script>
<noscript>请启用 JavaScript</noscript></body>
</html>
"""


def feed_page(site: WorldSite) -> str:
    """The page that lists the site's feeds, which no page declares."""
    words = _MORE_WORDS[site.language]
    named = zip(SECTIONS, site.way.feeds, strict=True)
    rows = "\n".join(f'<li>{words[folder]} <a href="{path}">{path}</a></li>' for folder, path in named)
    return plain(site, words["rss"], f'<div class="rss"><h2>{words["rss"]}</h2><ul>\n{rows}\n</ul></div>')


def plain(site: WorldSite, name: str, main: str) -> str:
    """A page of the site with its chrome round the given HTML."""
    words, more = _WORDS[site.language], _MORE_WORDS[site.language]
    folders = "".join(f' <a href="{path}">{more[path]}</a>' for path in site.way.lists if path in SECTIONS)
    rss = f' <a href="{site.way.feed_page}">{more["rss"]}</a>' if site.way.feed_page else ""
    return f"""<!DOCTYPE html>
<html>
<head>{charset_meta(site)}<title>{escape(name)} - {escape(site.outlet)}</title>{feed_link(site)}</head>
<body>
<div class="nav"><a href="{site.way.home}">{words[0]}</a> <a href="{site.list_path}">{words[1]}</a>{folders}
<a href="/topics/">{words[4]}</a> <a href="/about.html">{words[2]}</a> <a href="/login.html">{words[3]}</a></div>
{main}
<div class="ad"><a href="http://ads.example.com/sale?c=12345">{words[8]}</a></div>
<div class="foot">{escape(site.outlet)} {words[9]} <a href="/about.html">{words[2]}</a>{rss}</div>
</body>
</html>
"""


def notice(site: WorldSite, path: str) -> str:
    """A page that is no article: what "about", "log in" and a missing page look like."""
    about = {"hans": "本页不是新闻。", "hant": "本頁不是新聞。", "en": "This page is not news."}[site.language]
    return plain(site, path.strip("/"), f"<p>{about}</p>")


def error(site: WorldSite, status: int) -> str:
    """The page that comes with an error status."""
    return plain(site, str(status), f"<h1>{status}</h1>")
