"""What one writes in an afternoon: plain Scrapy, trafilatura in the callback, an INSERT and a COMMIT an article.

`python baseline.py SPEC.json DATABASE`, where SPEC is {"concurrency": 4, "sites": [{"sitemaps": [...], "listings":
[...], "links": "regular expression of article addresses"}]}. Everything else is as the libraries have it.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from pathlib import Path

import scrapy
import trafilatura
from scrapy.crawler import CrawlerProcess
from scrapy.utils.sitemap import Sitemap


class BaselineSpider(scrapy.Spider):
    name = "baseline"

    def __init__(self, sites, database, **kwargs):
        super().__init__(**kwargs)
        self.sites = sites
        self.database = sqlite3.connect(database)
        self.database.execute(
            "CREATE TABLE articles (url TEXT PRIMARY KEY, title TEXT, date TEXT, author TEXT, text TEXT)"
        )

    async def start(self):
        for site in self.sites:
            links = re.compile(site["links"])
            for url in site["sitemaps"]:
                yield scrapy.Request(url, self.parse_sitemap, cb_kwargs={"links": links})
            for url in site["listings"]:
                yield scrapy.Request(url, self.parse_listing, cb_kwargs={"links": links})

    def parse_sitemap(self, response, links):
        for entry in Sitemap(response.body):
            if links.search(entry["loc"]):
                yield scrapy.Request(entry["loc"], self.parse_page)

    def parse_listing(self, response, links):
        for link in response.css("a::attr(href)").getall():
            if links.search(link):
                yield response.follow(link, self.parse_page)

    def parse_page(self, response):
        extracted = trafilatura.extract(response.text, url=response.url, output_format="json", with_metadata=True)
        if not extracted:
            return
        article = json.loads(extracted)
        self.database.execute(
            "INSERT OR IGNORE INTO articles VALUES (?, ?, ?, ?, ?)",
            (response.url, article["title"], article["date"], article["author"], article["text"]),
        )
        self.database.commit()


def main(specification, database):
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
    process.crawl(BaselineSpider, sites=spec["sites"], database=database)
    process.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
