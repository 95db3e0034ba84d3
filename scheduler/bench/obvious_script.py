"""The yardstick: what one writes in an afternoon. Plain Scrapy, trafilatura in the callback, a COMMIT an article.

`python -m scheduler.bench.obvious_script SPEC.json DATABASE`, where SPEC is {"concurrency": 4, "sites": [{"sitemaps":
[...], "listings": [...], "links": "regular expression of article addresses"}]}. Everything else is as the libraries
have it. It knows nothing of Dibao, and Dibao's own parts are not loaded with it.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import scrapy
import trafilatura
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy.utils.sitemap import Sitemap


class ObviousSpider(scrapy.Spider):
    """Reads sitemaps and listings, and keeps the text of every page that they lead to."""

    name = "baseline"

    def __init__(self, sites: list[dict[str, Any]], database: str, **more: Any) -> None:
        super().__init__(**more)
        self.sites = sites
        self.database = sqlite3.connect(database)
        self.database.execute(
            "CREATE TABLE articles (url TEXT PRIMARY KEY, title TEXT, date TEXT, author TEXT, text TEXT)"
        )

    async def start(self) -> AsyncIterator[Any]:
        """A request for each sitemap and listing."""
        for site in self.sites:
            links = re.compile(site["links"])
            for url in site["sitemaps"]:
                yield scrapy.Request(url, self.parse_sitemap, cb_kwargs={"links": links})
            for url in site["listings"]:
                yield scrapy.Request(url, self.parse_listing, cb_kwargs={"links": links})

    def parse_sitemap(self, response: Response, links: re.Pattern[str]) -> Iterator[scrapy.Request]:
        """A request for each article that a sitemap names."""
        for entry in Sitemap(response.body):
            if links.search(entry["loc"]):
                yield scrapy.Request(entry["loc"], self.parse_page)

    def parse_listing(self, response: Response, links: re.Pattern[str]) -> Iterator[scrapy.Request]:
        """A request for each article that a listing links."""
        for link in response.css("a::attr(href)").getall():
            if links.search(link):
                yield response.follow(link, self.parse_page)

    def parse_page(self, response: Response) -> None:
        """None; the page's article is stored, if it has one."""
        extracted = trafilatura.extract(response.text, url=response.url, output_format="json", with_metadata=True)
        if not extracted:
            return
        article = json.loads(extracted)
        self.database.execute(
            "INSERT OR IGNORE INTO articles VALUES (?, ?, ?, ?, ?)",
            (response.url, article["title"], article["date"], article["author"], article["text"]),
        )
        self.database.commit()


def main(specification: str, database: str) -> None:
    """None; every page that the sites name was visited once."""
    spec = json.loads(Path(specification).read_text(encoding="utf-8"))
    process = CrawlerProcess(
        {
            "CONCURRENT_REQUESTS_PER_DOMAIN": spec["concurrency"],
            "CONCURRENT_REQUESTS": max(16, spec["concurrency"] * len(spec["sites"])),
            "DOWNLOAD_DELAY": 0,
            "ROBOTSTXT_OBEY": True,
            "LOG_LEVEL": "WARNING",
            "TELNETCONSOLE_ENABLED": False,
        }
    )
    process.crawl(ObviousSpider, sites=spec["sites"], database=database)
    process.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
