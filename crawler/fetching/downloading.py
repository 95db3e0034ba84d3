"""Scrapy's handler for http and https, with heads that are bounded and deadlines that redirects do not renew."""

from __future__ import annotations

from time import monotonic
from typing import Any, Final

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, _ScrapyAgent
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.web.client import Agent

from crawler import leash
from crawler.fetching.header_guard import BadHeaders, GuardedFactory, check_seam

CONNECT_SECONDS: Final = 10.0
"""To be connected; TLS has header_guard.HANDSHAKE_SECONDS after it. A packet that is lost is sent again after 1, 3 and
7 s, so who has not answered by then is not there."""
download_failed: Final = object()
"""Signal: a download has failed. Receivers get `request` and `error`."""
_NO_TIME: Final = 0.001


class GuardedHandler(HTTP11DownloadHandler):
    """Downloads over Twisted's client. `download_timeout` of a request is for all of its redirects together.

    The time that a request waits for its turn does not count: what is left of it is written into the request after
    each answer, where the request that follows a redirect finds it.
    """

    def __init__(self, crawler: Crawler) -> None:
        check_seam()
        super().__init__(crawler)
        self._pool._factory = GuardedFactory  # noqa: SLF001 - as Scrapy sets its own

    async def download_request(self, request: Request) -> Response:
        """The response. Raises Scrapy's exceptions of a download, which wrap those of Twisted."""
        leash.look()
        agent = _Agent(
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            crawler=self._crawler,
        )
        began = monotonic()
        try:
            with wrap_twisted_exceptions():
                return await maybe_deferred_to_future(agent.download_request(request))
        except Exception as error:
            told = {"request": request, "error": error}
            self._crawler.signals.send_catch_log(download_failed, **told)
            raise
        finally:
            if limit := request.meta.get("download_timeout"):
                request.meta["download_timeout"] = max(_NO_TIME, limit - (monotonic() - began))


class _Agent(_ScrapyAgent):
    def _get_agent(self, request: Request, timeout: float) -> Agent:
        return super()._get_agent(request, min(timeout, CONNECT_SECONDS))

    def _cb_bodydone(self, result: Any, url: str) -> Response:
        try:
            return super()._cb_bodydone(result, url)
        except ValueError as error:
            # Of the answer, whose headers Scrapy reads here; a ValueError would be taken for one of the address.
            raise BadHeaders(repr(error)[:200]) from error
