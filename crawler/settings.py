"""Scrapy's settings: only what differs from its defaults, each with its unit and reason. A job overrides the limits."""

from __future__ import annotations

from typing import Any

from storage.records import CrawlJob

BOT_NAME = "dibao"
SPIDER_MODULES = ["crawler.spiders"]

# Contact is required in dibao.toml; a job carries the whole user agent. Without one, nothing that lies.
USER_AGENT = "dibao"
ROBOTSTXT_OBEY = True
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.fetching.robots.RobotsMiddleware": 100,
}
# The product token that robots.txt groups are matched against (RFC 9309, section 2.2.1).
ROBOTSTXT_USER_AGENT = "dibao"

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

# A proxy from the environment would connect where the address guard cannot see.
HTTPPROXY_ENABLED = False

# The ledger retries, with back-off and across runs; a retry in the process is lost when it is killed.
RETRY_ENABLED = False
REDIRECT_MAX_TIMES = 5
METAREFRESH_ENABLED = False
# Every answer, whatever its status, becomes an outcome in the spider.
HTTPERROR_ALLOW_ALL = True
# A portal's cookies are of no use to a reader of public pages and grow without bound (264 MB measured).
COOKIES_ENABLED = False
REFERRER_POLICY = "no-referrer"
# The ledger knows what was seen; Scrapy's filter silently drops a redirect to a seen address.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
DEPTH_LIMIT = 0

# The crawler listens on no socket.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
MEMUSAGE_ENABLED = False
LOGSTATS_INTERVAL = 0

EXTENSIONS = {
    "crawler.fetching.address_guard.AddressGuard": 0,
    "scrapy.extensions.corestats.CoreStats": 0,
    "scrapy.extensions.throttle.AutoThrottle": None,
    "scrapy.extensions.feedexport.FeedExporter": 0,
}
# Networks that the guard lets through although they are private, e.g. ["127.0.0.0/8"]; from [fetch] allow_networks.
DIBAO_ALLOW_NETWORKS: list[str] = []

# Scrapy 2.19 starts all that a host's queue holds at once where there is no delay at all, whatever
# CONCURRENT_REQUESTS_PER_DOMAIN says: Downloader._process_queue counts a request only after it has begun.
SMALLEST_DELAY_SECONDS = 0.001
# Requests under way for each host: what is transferred, and as many that wait for their turn. What waits is still sent
# when a job is stopped, so more of them would only make the stop slow.
REQUESTS_PER_TRANSFER = 2

FEED_EXPORT_ENCODING = "utf-8"
LOG_LEVEL = "INFO"


def for_job(job: CrawlJob) -> dict[str, Any]:
    """The settings that a job brings: its user agent, its limits, its networks."""
    limits = job.limits
    return {
        "USER_AGENT": job.user_agent,
        "ROBOTSTXT_OBEY": job.obey_robots,
        "DOWNLOAD_DELAY": max(limits.delay_seconds, SMALLEST_DELAY_SECONDS),
        "DOWNLOAD_TIMEOUT": limits.timeout_seconds,
        "DOWNLOAD_MAXSIZE": limits.max_body_bytes,
        "CONCURRENT_REQUESTS": REQUESTS_PER_TRANSFER * limits.concurrency_per_host * max(1, len(job.hosts)),
        "CONCURRENT_REQUESTS_PER_DOMAIN": limits.concurrency_per_host,
        "DIBAO_ALLOW_NETWORKS": list(job.allow_networks),
    }
