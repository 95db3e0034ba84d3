"""From an address to a source: what a site offers, looked for in few requests. Knows no database and no dibao.toml.

May import crawler.discovery, crawler.extraction, crawler.fetching and storage.records; only `web.py` knows Scrapy.
"""
