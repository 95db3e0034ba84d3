"""Feeds of the demo world's sites as XML, and the page that lists those that are not declared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from scheduler.demo.portals import front
from scheduler.demo.shelf import WorldArticle
from scheduler.demo.site import WorldSite
from scheduler.demo.ways import SECTION_FEEDS
from scheduler.demo.window import Made, Window

_XML = "application/xml; charset=utf-8"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def page(window: Window, path: str) -> Made | None:
    """The feed at a path, or the page that lists the feeds; None for any other path."""
    way = window.site.way
    if path in way.feeds:
        section = SECTION_FEEDS.index(path) if path in SECTION_FEEDS else None
        newest = window.articles(window.section(section)[: window.feed_size])
        return Made(feed(window.site, window.base, newest, window.view.changed), _XML)
    if path == way.feed_page:
        return Made(front.feed_page(window.site))
    return None


def feed(site: WorldSite, base: str, articles: Sequence[WorldArticle], changed: datetime) -> bytes:
    """The site's feed: Atom (RFC 4287) from a static mirror, RSS 2.0 from everyone else."""
    return (_atom if site.kind == "mirror" else _rss)(site, base, articles, changed).encode()


def _rss(site: WorldSite, base: str, articles: Sequence[WorldArticle], changed: datetime) -> str:
    entries = "\n".join(
        f"<item><title>{escape(article.title)}</title><link>{escape(base + article.path)}</link>"
        f'<guid isPermaLink="false">{article.id}</guid><pubDate>{format_datetime(article.published)}</pubDate>'
        f"<description>{escape(article.paragraphs[0])}</description></item>"
        for article in articles
    )
    return (
        f'{_HEAD}<rss version="2.0"><channel><title>{escape(site.outlet)}</title><link>{base}/</link>'
        f"<description>{escape(site.outlet)}</description><lastBuildDate>{format_datetime(changed)}</lastBuildDate>\n"
        f"{entries}\n</channel></rss>\n"
    )


def _atom(site: WorldSite, base: str, articles: Sequence[WorldArticle], changed: datetime) -> str:
    entries = "\n".join(
        f'<entry><title>{escape(article.title)}</title><link href="{escape(base + article.path)}"/>'
        f"<id>urn:dibao-demo:{article.id}</id><published>{article.published.isoformat()}</published>"
        f"<updated>{article.modified.isoformat()}</updated>"
        f"<summary>{escape(article.paragraphs[0])}</summary></entry>"
        for article in articles
    )
    return (
        f'{_HEAD}<feed xmlns="http://www.w3.org/2005/Atom"><title>{escape(site.outlet)}</title>'
        f"<id>urn:dibao-demo:{site.name}</id><updated>{changed.isoformat()}</updated>"
        f'<link href="{base}{site.way.feeds[0]}" rel="self"/><author><name>{escape(site.outlet)}</name></author>\n'
        f"{entries}\n</feed>\n"
    )
