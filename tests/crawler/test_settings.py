"""What Scrapy is made of here, in full: a release of it that brings one more part does not slip in unseen."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.settings import Settings
from scrapy.utils.conf import build_component_list

from crawler import settings
from crawler.config import Fetch
from crawler.onboarding import web
from crawler.worker_settings import worker_settings
from tests.crawler.crawling.portal import Portal

DOWNLOADER = [
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware",
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware",
    "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware",
    "crawler.fetching.bodies.BodiesMiddleware",
    "crawler.fetching.redirects.Redirects",
    "crawler.fetching.doors.Doors",
]
PARTS = {
    "SPIDER_MIDDLEWARES": [],
    "EXTENSIONS": ["crawler.fetching.address_guard.AddressGuard"],
    "ITEM_PIPELINES": [],
}
HANDLERS = {
    "http": "crawler.fetching.downloading.GuardedHandler",
    "https": "crawler.fetching.downloading.GuardedHandler",
}
VALUES = {
    "DNS_TIMEOUT": 10,
    "DOWNLOAD_VERIFY_CERTIFICATES": True,
    "DOWNLOADER_CLIENTCONTEXTFACTORY": "SENTINEL",
    "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
    "REDIRECT_MAX_TIMES": 5,
    "ROBOTSTXT_OBEY": False,
    "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
    "TWISTED_REACTOR_ENABLED": True,
    "ADDONS": {},
    "JOBDIR": None,
}


def of_a_job() -> Settings:
    """The settings of a job in the worker."""
    result = worker_settings()
    portal = Portal()
    portal.authority, portal.base = "127.0.0.1:80", "http://127.0.0.1"
    result.setdict(settings.for_job(portal.job()), priority="cmdline")
    return result


def of_a_survey() -> Settings:
    """Those of `dibao add`."""
    return web._settings(Fetch(), "dibao-test")


def parts(of: Settings, name: str) -> list[Any]:
    return build_component_list(of.getwithbase(name))


def test_a_request_of_a_job_passes_these_and_no_others() -> None:
    hosts = "crawler.fetching.middleware.HostsMiddleware"
    assert parts(of_a_job(), "DOWNLOADER_MIDDLEWARES") == [*DOWNLOADER, hosts]


def test_a_request_of_a_survey_passes_the_same_but_for_redirects_and_robots_which_are_its_own() -> None:
    survey = of_a_survey()
    assert parts(survey, "DOWNLOADER_MIDDLEWARES") == DOWNLOADER
    assert survey.getbool("REDIRECT_ENABLED") is False


@pytest.mark.parametrize("name", PARTS)
def test_nothing_else_of_scrapy_is_in_use(name: str) -> None:
    assert parts(of_a_job(), name) == PARTS[name]
    survey = [part for part in parts(of_a_survey(), name) if part not in settings.FOR_THE_COMMAND]
    assert survey == PARTS[name]


@pytest.mark.parametrize("of", [of_a_job, of_a_survey])
def test_only_the_web_is_downloaded_and_only_through_the_guards(of: Any) -> None:
    handlers = of().getwithbase("DOWNLOAD_HANDLERS")
    assert {scheme: handler for scheme, handler in handlers.items() if handler is not None} == HANDLERS


@pytest.mark.parametrize("of", [of_a_job, of_a_survey])
def test_what_keeps_us_safe_is_set(of: Any) -> None:
    found = of()
    assert {name: found.get(name) for name in VALUES} == VALUES


def test_a_job_brings_its_ports_its_proxy_and_its_networks() -> None:
    portal = Portal()
    portal.authority, portal.base = "127.0.0.1:80", "http://127.0.0.1"
    job = portal.job(ports=(80, 81), proxy="http://127.0.0.1:3128", allow_networks=("10.0.0.0/8",))
    brought = settings.for_job(job)
    assert brought["DIBAO_PORTS"] == [80, 81]
    assert brought["DIBAO_PROXY"] == "http://127.0.0.1:3128"
    assert brought["DIBAO_ALLOW_NETWORKS"] == ["10.0.0.0/8"]
    assert settings.for_job(portal.job())["DIBAO_PORTS"] is None
