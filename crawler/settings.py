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
# What is not wanted is not made: it would cost time for each job. The ledger retries, across runs; a proxy of the
# environment would connect where the address guard cannot see; a portal's cookies are of no use to a reader of public
# pages and grow without bound (264 MB measured); every answer, whatever its status or length, has its outcome.
DOWNLOADER_MIDDLEWARES = {
    **dict.fromkeys(
        (
            "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware",
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware",
            "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware",
            "scrapy.downloadermiddlewares.retry.RetryMiddleware",
            "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware",
            "scrapy.downloadermiddlewares.cookies.CookiesMiddleware",
            "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware",
            "scrapy.downloadermiddlewares.stats.DownloaderStats",
            "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware",
        )
    ),
    # Next to the downloader: redirects pass it too, and bodies are counted as they came.
    "crawler.fetching.middleware.HostsMiddleware": 900,
}
SPIDER_MIDDLEWARES = dict.fromkeys(
    (
        "scrapy.spidermiddlewares.start.StartSpiderMiddleware",
        "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware",
        "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware",
        "scrapy.spidermiddlewares.depth.DepthMiddleware",
        "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware",
    )
)

# Twisted's client, because the address guard sits at its connect; asyncio's loop, because callbacks are coroutines.
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
# Only the web: links of a page to file:, data:, ftp: or s3: are refused (they were fetched, measured).
DOWNLOAD_HANDLERS = {"file": None, "data": None, "ftp": None, "s3": None}
# A page is evidence only if it comes from whom it says; Scrapy's default accepts any certificate.
DOWNLOAD_VERIFY_CERTIFICATES = True

# Bytes of a body after decoding, 8 MiB: the largest of 201 real portal pages has 0.5 MB. Scrapy's default is 1 GiB.
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
# Seconds for a whole answer; Scrapy's 180 keeps a slot for nine minutes with its retries.
DOWNLOAD_TIMEOUT = 30
DNS_TIMEOUT = 10
# Seconds between two requests to one host, not randomised: the operator's number is what is kept.
DOWNLOAD_DELAY = 1.0
DOWNLOAD_DELAY_JITTER = 0
CONCURRENT_REQUESTS = 16
CONCURRENT_REQUESTS_PER_DOMAIN = 1
# Scrapy starts this many tasks for every answer. Ours yields requests, or one item; 100 cost 4 ms a page (measured).
CONCURRENT_ITEMS = 1

REDIRECT_MAX_TIMES = 5
REFERRER_POLICY = "no-referrer"
# What the ledger has waited longest for comes first, then what an entry point names first, its newest; Scrapy's default
# is last in, first out.
SCHEDULER_MEMORY_QUEUE = "scrapy.squeues.FifoMemoryQueue"
# The ledger knows what was seen; Scrapy's filter silently drops a redirect to a seen address.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"

# The crawler listens on no socket, and what it must know of a crawl it counts itself.
EXTENSIONS = {
    **dict.fromkeys(
        (
            "scrapy.extensions.logcount.LogCount",
            "scrapy.extensions.telnet.TelnetConsole",
            "scrapy.extensions.memusage.MemoryUsage",
            "scrapy.extensions.memdebug.MemoryDebugger",
            "scrapy.extensions.closespider.CloseSpider",
            "scrapy.extensions.logstats.LogStats",
            "scrapy.extensions.spiderstate.SpiderState",
            "scrapy.extensions.throttle.AutoThrottle",
            "scrapy.extensions.remote_control.RemoteControl",
        )
    ),
    "crawler.fetching.address_guard.AddressGuard": 0,
}
# What `scrapy crawl` offers beside, and the worker does not need.
FOR_THE_COMMAND = ("scrapy.extensions.corestats.CoreStats", "scrapy.extensions.feedexport.FeedExporter")
# Networks that the guard lets through although they are private, e.g. ["127.0.0.0/8"]; from [fetch] allow_networks.
DIBAO_ALLOW_NETWORKS: list[str] = []

# Scrapy 2.19 starts all that a host's queue holds at once where there is no delay at all, whatever
# CONCURRENT_REQUESTS_PER_DOMAIN says: Downloader._process_queue counts a request only after it has begun.
SMALLEST_DELAY_SECONDS = 0.001
# Requests under way for each host: what is transferred, and as many that wait for their turn.
REQUESTS_PER_TRANSFER = 2

FEED_EXPORT_ENCODING = "utf-8"
LOG_LEVEL = "INFO"


def for_job(job: CrawlJob) -> dict[str, Any]:
    """The settings that a job brings: its user agent, its limits, its networks."""
    limits = job.limits
    return {
        "USER_AGENT": job.user_agent,
        "DOWNLOAD_DELAY": max(limits.delay_seconds, SMALLEST_DELAY_SECONDS),
        "DOWNLOAD_TIMEOUT": limits.timeout_seconds,
        "DOWNLOAD_MAXSIZE": limits.max_body_bytes,
        "CONCURRENT_REQUESTS": REQUESTS_PER_TRANSFER * limits.concurrency_per_host * max(1, len(job.hosts)),
        "CONCURRENT_REQUESTS_PER_DOMAIN": limits.concurrency_per_host,
        "DIBAO_ALLOW_NETWORKS": list(job.allow_networks),
    }
