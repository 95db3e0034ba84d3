"""The program that test_address_guard.py runs: one crawl with the guard, outcomes as JSON lines on standard output.

Reads a list of phases, {"name", "allow": [networks], "urls": [...], "at_once": bool}, from standard input. `attempts`:
addresses that reached Twisted's connector, behind the guard, in a phase.
"""

import asyncio
import json
import socket
import sys

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from twisted.internet import tcp

from crawler.fetching.address_guard import find_refusal, install

PHASES = json.load(sys.stdin)
NAMES = {
    "localhost": ["127.0.0.1"],
    "private.test": ["10.1.2.3"],
    "rebinding.test": ["127.0.0.1", "127.0.0.1", "127.0.0.2"],
}
attempts: list[str] = []
asked: dict[str, int] = {}
real_connect = tcp.Connector.connect


def connect(connector):
    attempts.append(connector.host)
    return real_connect(connector)


def gethostbyname(name):
    if name not in NAMES:
        return socket.inet_ntoa(socket.inet_aton(name))  # spellings as libc reads them; never a question to a server
    asked[name] = asked.get(name, -1) + 1
    return NAMES[name][min(asked[name], len(NAMES[name]) - 1)]


tcp.Connector.connect, socket.gethostbyname = connect, gethostbyname


class Probe(Spider):
    name = "probe"

    async def start(self):
        from twisted.internet import reactor  # noqa: PLC0415

        self.answers = asyncio.Queue()
        for phase in PHASES:
            install(reactor, phase["allow"])
            for url in phase["urls"]:
                yield Request(url, self.answered, errback=self.failed, dont_filter=True, meta={"asked": url})
                if not phase["at_once"]:
                    await self.report(phase, url)
            if phase["at_once"]:
                for _ in phase["urls"]:
                    await self.report(phase)

    async def report(self, phase, alone=None):
        outcome = await self.answers.get()
        print(json.dumps({"phase": phase["name"], "attempts": attempts.copy(), **outcome}), flush=True)
        if alone:
            attempts.clear()

    def answered(self, response):
        self.put(response.request, status=response.status)

    def failed(self, failure):
        refused = find_refusal(failure)
        self.put(failure.request, refused=refused and [refused.address, refused.reason], error=failure.type.__name__)

    def put(self, request, *, status=None, refused=None, error=None):
        retries = request.meta.get("retry_times", 0)
        url = request.meta["asked"]
        self.answers.put_nowait({"url": url, "status": status, "refused": refused, "error": error, "retries": retries})


process = AsyncCrawlerProcess(
    {
        "EXTENSIONS": {"crawler.fetching.address_guard.AddressGuard": 0},
        "DIBAO_ALLOW_NETWORKS": [],
        "DNSCACHE_ENABLED": False,
        "DOWNLOAD_TIMEOUT": 5,
        "REMOTE_CONTROL_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "ERROR",
    }
)
process.crawl(Probe)
process.start()
