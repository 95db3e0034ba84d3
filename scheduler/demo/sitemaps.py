"""Sitemaps of the demo world's sites: plain ones, nested and gzipped ones, news sitemaps; and robots.txt."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from xml.sax.saxutils import escape

from scheduler.demo.shelf import WorldArticle
from scheduler.demo.site import WorldSite
from scheduler.demo.window import Made, Window

SITEMAP_SIZE = 5000
"""Addresses in one sitemap; a site with more has an index of them (sitemaps.org allows 50,000)."""
NEWS_AGE = timedelta(days=2)
"""Google's news sitemaps hold articles of the last two days."""

_XML = "application/xml; charset=utf-8"
_GZIP = "application/gzip"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
_LANGUAGES = {"hans": "zh-cn", "hant": "zh-tw", "en": "en"}
_PLAIN = re.compile(r"/sitemap(?:-(\d+))?\.xml")
_DEEP = re.compile(r"/sitemaps/(\d{4}|\d{4}-\d\d-\d\d)\.xml\.gz")

Part = tuple[str, datetime]
"""The path of a further sitemap and the time of its last change."""


def page(window: Window, path: str) -> Made | None:
    """robots.txt or the sitemap at a path; None for any other path."""
    if path == "/robots.txt":
        return Made(robots(window.site, window.base).encode(), "text/plain; charset=utf-8", window.view.shelf.begin)
    named = window.site.way.sitemaps
    if "/sitemap.xml" in named and (found := _PLAIN.fullmatch(path)):
        return _plain(window, int(found[1] or 0))
    if path == "/sitemap-news.xml" and path in named:
        return Made(news_sitemap(window.site, window.base, _recent(window)).encode(), _XML)
    if "/sitemap.xml.gz" in named:
        return _deep(window, path)
    return None


def robots(site: WorldSite, base: str) -> str:
    """robots.txt (RFC 9309): everything may be read but the login and search pages."""
    rules = "User-agent: *\nDisallow: /login\nDisallow: /search\nAllow: /\n"
    return rules + "".join(f"Sitemap: {base}{path}\n" for path in site.way.sitemaps)


def sitemap(base: str, articles: Iterable[WorldArticle]) -> str:
    """A sitemap of these articles, lastmod being the time of their last change."""
    lines = "\n".join(
        f"<url><loc>{escape(base + article.path)}</loc><lastmod>{article.modified.isoformat()}</lastmod></url>"
        for article in articles
    )
    return f'{_HEAD}<urlset xmlns="{_SITEMAPS}">\n{lines}\n</urlset>\n'


def sitemap_index(base: str, parts: Iterable[Part]) -> str:
    """The index of these sitemaps."""
    lines = "\n".join(
        f"<sitemap><loc>{base}{path}</loc><lastmod>{changed.isoformat()}</lastmod></sitemap>" for path, changed in parts
    )
    return f'{_HEAD}<sitemapindex xmlns="{_SITEMAPS}">\n{lines}\n</sitemapindex>\n'


def news_sitemap(site: WorldSite, base: str, articles: Iterable[WorldArticle]) -> str:
    """A news sitemap of these articles, with titles and times of publication."""
    outlet = f"<news:name>{escape(site.outlet)}</news:name><news:language>{_LANGUAGES[site.language]}</news:language>"
    lines = "\n".join(
        f"<url><loc>{escape(base + article.path)}</loc><news:news><news:publication>{outlet}</news:publication>"
        f"<news:publication_date>{article.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(article.title)}</news:title></news:news></url>"
        for article in articles
    )
    return f'{_HEAD}<urlset xmlns="{_SITEMAPS}" xmlns:news="{_NEWS}">\n{lines}\n</urlset>\n'


def _plain(window: Window, part: int) -> Made | None:
    """The sitemap, or the index where there are too many articles for one; parts count from 1, oldest last."""
    live = window.view.live
    parts = -(-len(live) // SITEMAP_SIZE)
    if part > parts:
        return None
    if not part and parts > 1:
        changed = window.view.changed
        further = ((f"/sitemap-{number}.xml", changed) for number in range(1, parts + 1))
        return Made(sitemap_index(window.base, further).encode(), _XML)
    start = max(part - 1, 0) * SITEMAP_SIZE
    articles = window.articles(live[start : start + SITEMAP_SIZE])
    return Made(sitemap(window.base, articles).encode(), _XML)


def _recent(window: Window) -> list[WorldArticle]:
    """The articles of the two days that end with the site's last change."""
    articles = window.articles(window.view.live[:1000])
    return [article for article in articles if article.published > window.view.changed - NEWS_AGE]


def _deep(window: Window, path: str) -> Made | None:
    """A gzipped index of the years, a gzipped index of the days of a year, or a gzipped sitemap of one day.

    Each is as old as its newest content, so that those of old days stay unchanged.
    """
    days = _by_day(window)
    found = _DEEP.fullmatch(path)
    if path == "/sitemap.xml.gz":
        years = sorted({day[:4] for day in days}, reverse=True)
        parts = [(f"/sitemaps/{year}.xml.gz", _changed(days, year)) for year in years]
        return _gzipped(sitemap_index(window.base, parts), window.view.changed)
    if found is None or not any(day.startswith(found[1]) for day in days):
        return None
    changed = _changed(days, found[1])
    if found[1] in days:
        return _gzipped(sitemap(window.base, days[found[1]]), changed)
    parts = [(f"/sitemaps/{day}.xml.gz", _changed(days, day)) for day in days if day.startswith(found[1])]
    return _gzipped(sitemap_index(window.base, parts), changed)


def _by_day(window: Window) -> dict[str, Sequence[WorldArticle]]:
    """The readable articles of each day on which there were any, newest first."""
    articles = window.articles(window.view.live)
    return {day: list(group) for day, group in groupby(articles, key=lambda each: f"{each.published:%Y-%m-%d}")}


def _changed(days: dict[str, Sequence[WorldArticle]], start: str) -> datetime:
    """When the articles of these days last changed."""
    return max(article.modified for day, group in days.items() if day.startswith(start) for article in group)


def _gzipped(text: str, changed: datetime) -> Made:
    return Made(gzip.compress(text.encode(), mtime=0), _GZIP, changed)
