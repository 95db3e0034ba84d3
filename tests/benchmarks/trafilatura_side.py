"""What trafilatura's own discovery finds on sites of the demo world: `python trafilatura_side.py SPEC.json`.

SPEC is {"mode": "feed", "names": {"host": "127.0.0.2"}, "homes": {"site": "http://host:port/"}, "most_pages": 50},
with one of the modes feed, sitemap and crawl; prints {"site": [urls]}. It gets every chance: its guard against private
addresses is off, names lead to the world (it refuses bare addresses), nothing is slept, and no other host is there.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from courlan import UrlStore
from named_side import resolve
from trafilatura import feeds, sitemaps, spider
from trafilatura.settings import use_config


def main(specification):
    spec = json.loads(Path(specification).read_text(encoding="utf-8"))
    logging.disable(logging.CRITICAL)
    resolve(spec["names"])
    config = use_config()
    for name, value in (("SSRF_PROTECTION", "off"), ("SLEEP_TIME", "0"), ("DOWNLOAD_TIMEOUT", "10")):
        config["DEFAULT"][name] = value
    json.dump(
        {site: _found(spec["mode"], home, spec["most_pages"], config) for site, home in spec["homes"].items()},
        sys.stdout,
    )


def _found(mode, home, most_pages, config):
    if mode == "feed":
        return feeds.find_feed_urls(home, sleep_time=0, config=config)
    if mode == "sitemap":
        return sitemaps.sitemap_search(home, sleep_time=0, config=config)
    # The module keeps what it knows of all sites; each begins anew, as for the command line.
    spider.URL_STORE = UrlStore(compressed=False, strict=False)
    todo, known = spider.focused_crawler(home, max_seen_urls=most_pages, config=config)
    return sorted({*todo, *known})


if __name__ == "__main__":
    main(sys.argv[1])
