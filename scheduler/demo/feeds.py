"""Feeds, sitemaps and robots.txt of the demo world's sites, as XML and text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

from scheduler.demo.shelf import WorldArticle
from scheduler.demo.site import WorldSite

FEED_SIZE = 50
"""Newest articles that a feed lists."""
SITEMAP_SIZE = 5000
"""Addresses in one sitemap; a site with more has an index of them (sitemaps.org allows 50,000)."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"


def feed(site: WorldSite, base: str, articles: Sequence[WorldArticle], changed: datetime) -> str:
    """The site's feed: Atom (RFC 4287) from a static mirror, RSS 2.0 from everyone else."""
    return (_atom if site.kind == "mirror" else _rss)(site, base, articles, changed)


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
        f'<link href="{base}/feed.xml" rel="self"/><author><name>{escape(site.outlet)}</name></author>\n'
        f"{entries}\n</feed>\n"
    )


def sitemap(base: str, articles: Iterable[WorldArticle]) -> str:
    """A sitemap of these articles, lastmod being the time of their last change."""
    lines = "\n".join(
        f"<url><loc>{escape(base + article.path)}</loc><lastmod>{article.modified.isoformat()}</lastmod></url>"
        for article in articles
    )
    return f'{_HEAD}<urlset xmlns="{_SITEMAPS}">\n{lines}\n</urlset>\n'


def sitemap_index(base: str, count: int, changed: datetime) -> str:
    """The index of sitemaps `/sitemap-1.xml` to `/sitemap-<count>.xml`."""
    lines = "\n".join(
        f"<sitemap><loc>{base}/sitemap-{number}.xml</loc><lastmod>{changed.isoformat()}</lastmod></sitemap>"
        for number in range(1, count + 1)
    )
    return f'{_HEAD}<sitemapindex xmlns="{_SITEMAPS}">\n{lines}\n</sitemapindex>\n'


def robots(site: WorldSite, base: str) -> str:
    """robots.txt (RFC 9309): everything may be read but the login and search pages."""
    rules = "User-agent: *\nDisallow: /login\nDisallow: /search\nAllow: /\n"
    return rules + (f"Sitemap: {base}/sitemap.xml\n" if "sitemap" in site.kind_of.entries else "")
