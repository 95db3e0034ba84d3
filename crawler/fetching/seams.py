"""The places in Scrapy and Twisted where our guards stand. One that has moved stops the start: nothing goes unguarded.

Both libraries change what is inside of them without a word. So the chain from a request to its connection is looked
up, function by function: each must still use the next one by name. It takes 2 ms, and is done when a worker starts,
before each job, and by `dibao validate` (in a process of its own, which loads Scrapy so that it need not).

    python -m crawler.fetching.seams      exit code 0, or why not in the last line of standard error
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any, Final

from scrapy.core import downloader
from scrapy.core.downloader import middleware
from scrapy.core.downloader.handlers import http11
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.utils.misc import load_object
from twisted.internet import endpoints
from twisted.web import client

from crawler.fetching import header_guard


class SeamMovedError(RuntimeError):
    """Scrapy or Twisted no longer connect in the way that the guard stands in; nothing may be fetched unguarded."""


_CHAIN: Final[tuple[tuple[ModuleType, str, str], ...]] = (
    (downloader, "Downloader.__init__", "DownloaderMiddlewareManager"),
    (middleware, "DownloaderMiddlewareManager.download_async", "_process_request"),
    (downloader, "Downloader._enqueue_request", "_process_queue"),
    (downloader, "Downloader._process_queue", "_wait_for_download"),
    (downloader, "Downloader._wait_for_download", "_download"),
    (http11, "HTTP11DownloadHandler.download_request", "_ScrapyAgent"),
    (http11, "_ScrapyAgent.download_request", "_get_agent"),
    (http11, "_ScrapyAgent._get_agent", "_BindAddressAgent"),
    (http11, "_ScrapyProxyAgent.request", "_getEndpoint"),
    (http11, "_TunnelingAgent._getEndpoint", "_TunnelingTCP4ClientEndpoint"),
    (client, "Agent.request", "_getEndpoint"),
    (client, "Agent._getEndpoint", "endpointForURI"),
    (client, "_StandardEndpointFactory.endpointForURI", "HostnameEndpoint"),
    (endpoints, "HostnameEndpoint.connect", "TCP4ClientEndpoint"),
    (endpoints, "HostnameEndpoint.connect", "TCP6ClientEndpoint"),
    (endpoints, "TCP4ClientEndpoint.connect", "connectTCP"),
    (endpoints, "TCP6ClientEndpoint._resolvedHostConnect", "connectTCP"),
)
"""A module, a function of it, and the name in it by which the next of the chain is called."""

_KINDS: Final = (
    (http11, "_BindAddressAgent", client, "Agent"),
    (http11, "_ScrapyProxyAgent", client, "Agent"),
    (http11, "_TunnelingAgent", client, "Agent"),
    (http11, "_TunnelingTCP4ClientEndpoint", endpoints, "TCP4ClientEndpoint"),
)
"""A class, and the one that it must be a kind of."""


def check() -> None:
    """Nothing; raises SeamMovedError where a function no longer calls the next one of the chain."""
    for module, path, callee in _CHAIN:
        if callee not in _names_used(module, path):
            raise SeamMovedError(_moved(f"{module.__name__}.{path} does not use {callee} any more"))
    for module, name, base_module, base_name in _KINDS:
        kind, base = getattr(module, name, None), getattr(base_module, base_name, None)
        if not (isinstance(kind, type) and isinstance(base, type) and issubclass(kind, base)):
            raise SeamMovedError(_moved(f"{module.__name__}.{name} is no {base_name} any more"))
    header_guard.check_seam()


def check_reactor(reactor: Any, connect: Any) -> None:
    """Nothing; raises SeamMovedError where `connect`, the reactor's own connectTCP, does not take a host first."""
    if not callable(connect) or list(inspect.signature(connect).parameters)[:1] != ["host"]:
        raise SeamMovedError(f"{type(reactor).__name__}.connectTCP(host, ...) is gone; the address guard has no place")


def check_handlers(handlers: Any) -> None:
    """Nothing. Raises SeamMovedError unless http and https are downloaded by Scrapy's Twisted handler (http11) or not.

    The aiohttp and httpx handlers open their sockets without the reactor.
    """
    for scheme in ("http", "https"):
        handler = handlers.get(scheme)
        if handler is None:
            continue
        loaded = load_object(handler)
        if not (isinstance(loaded, type) and issubclass(loaded, HTTP11DownloadHandler)):
            raise SeamMovedError(
                f"DOWNLOAD_HANDLERS[{scheme!r}] is {handler!r}, which does not connect through the guard; "
                f"use {HTTP11DownloadHandler.__module__}.{HTTP11DownloadHandler.__qualname__}"
            )


def main() -> int:
    """The exit code, after the seams of what is installed were looked at, and the handlers that a crawl would use."""
    from scrapy.settings import Settings  # noqa: PLC0415 - of this program only

    from crawler import settings  # noqa: PLC0415

    wanted = Settings()
    wanted.setmodule(settings, priority="project")
    try:
        check()
        check_handlers(wanted.getwithbase("DOWNLOAD_HANDLERS"))
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _moved(what: str) -> str:
    return (
        f"{what}: the address guard must be looked at again before anything is fetched with this version of "
        "Scrapy and Twisted; install the versions that Dibao names"
    )


def _names_used(module: Any, path: str) -> frozenset[str]:
    function: Any = module
    for name in path.split("."):
        function = getattr(function, name, None)
    code = getattr(function, "__code__", None)
    return frozenset() if code is None else _names_in(code)


@cache
def _names_in(code: Any) -> frozenset[str]:
    return frozenset(_names_of(code))


def _names_of(code: Any) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _names_of(constant)


if __name__ == "__main__":
    sys.exit(main())
