"""Scrapy's settings: only what differs from its defaults, each with its unit and reason. A job overrides the limits."""

from __future__ import annotations

from typing import Any

from storage.records import CrawlJob

BOT_NAME = "dibao"
SPIDER_MODULES = ["crawler.spiders"]

# Contact is required in dibao.toml; a job carries the whole user agent. Without one, nothing that lies.
USER_AGENT = "dibao"
# robots.txt is obeyed by our own middleware, as the job says: Scrapy's takes server errors as "come in".
ROBOTSTXT_OBEY = False
# Scrapy's own lists are empty: what stands in them is loaded even where it is turned off (aiohttp, FTP), and costs
# each job its share. Not wanted: the ledger retries, across runs; a proxy of the environment would connect where the
# address guard cannot see; a portal's cookies are of no use to a reader of public pages and grow without bound (264 MB
# measured); every answer, whatever its status or length, has its outcome.
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": 500,
}
DOWNLOADER_MIDDLEWARES = {
    # Content-Encoding, in the place of Scrapy's, which takes a body that ends early and any number of layers.
    "crawler.fetching.bodies.BodiesMiddleware": 590,
    # In the place of Scrapy's, which leaves a bad Location without an outcome of its own.
    "crawler.fetching.redirects.Redirects": 600,
    # Before anything is spent on a request: its scheme, its port, and the way through a proxy.
    "crawler.fetching.doors.Doors": 890,
    # Next to the downloader: redirects pass it too, and bodies are counted as they came.
    "crawler.fetching.middleware.HostsMiddleware": 900,
}
# Nor any of these: a page's Referrer-Policy header would outrank any setting of ours.
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}

# Twisted's client, because the address guard sits at its connect; asyncio's loop, because callbacks are coroutines.
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
# In the place of Scrapy's, which may have two requests at a host that may have one.
DOWNLOADER = "crawler.fetching.turns.Turns"
# Only the web: links of a page to file:, data:, ftp: or s3: are refused (they were fetched, measured).
DOWNLOAD_HANDLERS_BASE: dict[str, str] = {}
DOWNLOAD_HANDLERS = {
    # Scrapy's own, with bounded response headers and deadlines that redirects do not renew.
    "http": "crawler.fetching.downloading.GuardedHandler",
    "https": "crawler.fetching.downloading.GuardedHandler",
}
# A page is evidence only if it comes from whom it says; Scrapy's default accepts any certificate.
DOWNLOAD_VERIFY_CERTIFICATES = True

# Bytes of a body, as it comes and after decoding: the largest of 201 real portal pages has 0.5 MB. Scrapy's default is
# 1 GiB. Feeds and sitemaps bring their own (crawler.crawling.means).
DOWNLOAD_MAXSIZE = 5 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
# Seconds for a whole answer; Scrapy's 180 keeps a slot for nine minutes with its retries.
DOWNLOAD_TIMEOUT = 30
DNS_TIMEOUT = 10
# Seconds between two requests to one host, not randomised: the operator's number is what is kept.
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0
CONCURRENT_REQUESTS = 16
CONCURRENT_REQUESTS_PER_DOMAIN = 1
# Scrapy starts this many tasks for every callback; 100 cost 4 ms (measured).
CONCURRENT_ITEMS = 1

REDIRECT_MAX_TIMES = 5
# The ledger knows what was seen; Scrapy's filter silently drops a redirect to a seen address.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"

# The crawler listens on no socket, and what it must know of a crawl it counts itself. What only `scrapy crawl` offers
# beside is taken out for the worker (crawler.worker_settings).
FOR_THE_COMMAND = ("scrapy.extensions.corestats.CoreStats", "scrapy.extensions.feedexport.FeedExporter")
EXTENSIONS_BASE = dict.fromkeys(FOR_THE_COMMAND, 0)
EXTENSIONS = {"crawler.fetching.address_guard.AddressGuard": 0}
# Networks that the guard lets through although they are private, e.g. ["127.0.0.0/8"]; from [fetch] allow_networks.
DIBAO_ALLOW_NETWORKS: list[str] = []
# The operator's own proxy, e.g. "http://127.0.0.1:3128"; from [fetch] proxy, and never from the environment.
DIBAO_PROXY: str | None = None
# The ports that may be asked; None: all. A job has those of the web, of its source, and of [fetch] allow_ports.
DIBAO_PORTS: list[int] | None = None

# Without any delay Scrapy 2.19 lets go in one loop all that a host's queue holds, whatever
# CONCURRENT_REQUESTS_PER_DOMAIN says (see crawler.fetching.turns).
SMALLEST_DELAY_SECONDS = 0.001
# Requests under way for each host: what is transferred, and as many that wait for their turn.
REQUESTS_PER_TRANSFER = 2

FEED_EXPORT_ENCODING = "utf-8"
LOG_LEVEL = "INFO"


def for_job(job: CrawlJob) -> dict[str, Any]:
    """The settings that a job brings: its user agent, its limits, its networks, ports and proxy."""
    limits = job.limits
    return {
        "USER_AGENT": job.user_agent,
        "DOWNLOAD_DELAY": max(limits.delay_seconds, SMALLEST_DELAY_SECONDS),
        "DOWNLOAD_TIMEOUT": limits.timeout_seconds,
        "DOWNLOAD_MAXSIZE": limits.max_body_bytes,
        "CONCURRENT_REQUESTS": REQUESTS_PER_TRANSFER * limits.concurrency_per_host * max(1, len(job.hosts)),
        "CONCURRENT_REQUESTS_PER_DOMAIN": limits.concurrency_per_host,
        "DIBAO_ALLOW_NETWORKS": list(job.allow_networks),
        "DIBAO_PROXY": job.proxy,
        "DIBAO_PORTS": None if job.ports is None else list(job.ports),
    }
