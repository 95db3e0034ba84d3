"""Home pages, listing pages and the pages that are no articles, of every kind of portal."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from scheduler.demo.portals.page import Link, charset_meta, items
from scheduler.demo.site import WorldSite

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
_FEED = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'


def list_path(page: int) -> str:
    """Path of a listing page, counted from 1."""
    return "/list.html" if page == 1 else f"/list_{page}.html"


def listing(site: WorldSite, links: Sequence[Link], hot: Sequence[Link], page: int, pages: int) -> str:
    """A page of the site's list of articles, newest first, with links to the pages before and after it."""
    words = _WORDS[site.language]
    turns = [
        f'<a href="{list_path(number)}">{word}</a>'
        for number, word in ((page - 1, words[5]), (page + 1, words[6]))
        if 1 <= number <= pages
    ]
    numbers = [f'<a href="{list_path(number)}">{number}</a>' for number in range(1, min(pages, 10) + 1)]
    main = f"""<div class="list"><h2>{words[1]}</h2><ul class="newslist">
{items(links, '<li><a href="{path}" title="{title}">{title}</a> <span class="date">{day}</span></li>')}
</ul>
<div class="pages">{" ".join([*numbers, *turns])}</div></div>
<div class="hot"><h3>{words[7]}</h3><ul>
{items(hot)}
</ul></div>"""
    return plain(site, words[1] if page == 1 else f"{words[1]} {page}", main)


def home(site: WorldSite, links: Sequence[Link], hot: Sequence[Link]) -> str:
    """The home page: the newest articles and links to the other parts of the site."""
    words = _WORDS[site.language]
    main = f"""<div class="focus"><h2>{words[1]}</h2><ul>
{items(links, '<li><a href="{path}">{title}</a></li>')}
</ul><a href="/list.html">{words[1]}</a></div>
<div class="hot"><h3>{words[7]}</h3><ul>
{items(hot)}
</ul></div>"""
    return plain(site, words[0], main)


def plain(site: WorldSite, name: str, main: str) -> str:
    """A page of the site with its chrome round the given HTML."""
    words = _WORDS[site.language]
    feed = _FEED if "feed" in site.kind_of.entries else ""
    return f"""<!DOCTYPE html>
<html>
<head>{charset_meta(site)}<title>{escape(name)} - {escape(site.outlet)}</title>{feed}</head>
<body>
<div class="nav"><a href="/">{words[0]}</a> <a href="/list.html">{words[1]}</a> <a href="/topics/">{words[4]}</a>
<a href="/about.html">{words[2]}</a> <a href="/login.html">{words[3]}</a></div>
{main}
<div class="ad"><a href="http://ads.example.com/sale?c=12345">{words[8]}</a></div>
<div class="foot">{escape(site.outlet)} {words[9]} <a href="/about.html">{words[2]}</a></div>
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
