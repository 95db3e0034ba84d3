"""Every way by which a page can make the crawler ask an address leads here to a private one: nobody comes there.

The worker finds names by a resolver of our own (no question leaves this machine), and writes down every connection that
is about to be made, behind the guard. Its environment names a proxy, which nobody is to ask.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from scheduler.engines.local import LocalEngine
from storage import ledger, sources
from storage.database import open_writer
from storage.identity import url_key
from storage.records import EntryPoint, Extracted, Failed, HostAsked, PageRequest, Rejected
from tests.crawler.crawling.portal import Portal, Route, article, checked, feed, links, only, run, sitemap
from tests.crawler.fetching.test_address_guard import HARDLY_RESOLVED_HOSTS, REFUSED_HOSTS
from tests.faults.hostile import HostileServer, Reply
from tests.scheduler.test_importing import NOW, Office, warc
from tests.scheduler.test_importing import page as imported_page

pytestmark = pytest.mark.faults

HERE, PRIVATE = "127.0.0.1", "127.0.0.2"
RESOLVER = """
import os
import socket

NAMES = {"localhost": ["127.0.0.1"], "private.test": ["10.1.2.3"], "here.test": ["127.0.0.1"],
         "metadata.test": ["169.254.169.254"], "rebinding.test": ["127.0.0.1", "127.0.0.2"],
         "changing.test": ["127.0.0.1", "127.0.0.1", "127.0.0.2"]}
asked = {}

def found(name):
    name.encode("idna")  # as the real one does: UnicodeError for what is no name
    if name not in NAMES:
        try:
            return socket.inet_ntoa(socket.inet_aton(name))
        except OSError:
            raise socket.gaierror(socket.EAI_NONAME, "no such name") from None
    asked[name] = asked.get(name, -1) + 1
    return NAMES[name][min(asked[name], len(NAMES[name]) - 1)]

real = socket.getaddrinfo

def getaddrinfo(host, *arguments, **more):
    host = host.decode() if isinstance(host, bytes) else host
    return real(host if ":" in host else found(host), *arguments, **more)

socket.gethostbyname, socket.getaddrinfo = found, getaddrinfo

from twisted.internet import tcp

connect = tcp.Connector.connect

def noted(connector):
    with open(os.environ["CONNECTED"], "a") as log:
        log.write(f"{connector.host}\\n")
    return connect(connector)

tcp.Connector.connect = noted
"""


class Trap:
    """A listener on every address of this machine, whose connections to others than 127.0.0.1 are counted."""

    def __init__(self) -> None:
        self.accepted: list[str] = []
        self._sockets = [socket.create_server(("0.0.0.0", 0))]
        self.port = self._sockets[0].getsockname()[1]
        with suppress(OSError):
            self._sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for listener in self._sockets:
            threading.Thread(target=self._listen, args=(listener,), daemon=True).start()

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                self.accepted.append(connection.getsockname()[0])

    def close(self) -> None:
        for listener in self._sockets:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


class House:
    """What a test works with: a portal at an allowed address, a trap at all others, a worker."""

    def __init__(self, engine: LocalEngine, portal: Portal, trap: Trap, log: Path) -> None:
        self.engine, self.portal, self.trap, self._log = engine, portal, trap, log
        self._log.write_text("")
        self.private = f"http://{PRIVATE}:{trap.port}"

    def events(self, *entries: EntryPoint, **more: Any) -> list[Any]:
        fields: dict[str, Any] = {"hosts": (HERE, PRIVATE), "allow_networks": (f"{HERE}/32",)}
        return run(self.engine, self.portal.job(*entries, **fields | more))

    @property
    def connected(self) -> set[str]:
        """The addresses to which connections were made."""
        return set(self._log.read_text().split())


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalEngine, Trap, Path]]:
    """A worker with our resolver, a trap, and the file of its connections."""
    folder = tmp_path_factory.mktemp("doors")
    (folder / "sitecustomize.py").write_text(RESOLVER)
    trap = Trap()
    proxy = f"http://{PRIVATE}:{trap.port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        patch.setenv("CONNECTED", str(folder / "connected"))
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            patch.setenv(name, proxy)
        running = LocalEngine(processes=1, log_level="CRITICAL")
        yield running, trap, folder / "connected"
        running.close()
        trap.close()


@pytest.fixture
def house(engine: tuple[LocalEngine, Trap, Path]) -> Iterator[House]:
    running, trap, log = engine
    trap.accepted.clear()
    with Portal(HERE) as portal:
        yield House(running, portal, trap, log)
    assert trap.accepted == []


def page(url: str) -> PageRequest:
    return PageRequest(url=url, key=url_key(url))


def redirect(location: str) -> Route:
    return lambda _: web.Response(status=302, headers={"Location": location})


def reasons(events: list[Any]) -> list[str]:
    return sorted(event.reason for event in events if isinstance(event, Rejected | Failed))


# The list of addresses


def test_none_of_forty_one_spellings_of_private_addresses_is_connected(house: House) -> None:
    port = house.trap.port
    urls = [f"http://{host}:{port}/" for host in (*REFUSED_HOSTS, *HARDLY_RESOLVED_HOSTS)]
    urls += [f"https://{host}:{port}/" for host in ("127.1", "[::1]", "10.0.0.1")]
    assert len(urls) == 41
    wanted = tuple(PageRequest(url=url, key=f"//{number}.test/") for number, url in enumerate(urls))
    events = house.events(pages=wanted, allow_networks=())
    outcomes = {event.key: event.reason for event in events if isinstance(event, Rejected | Failed)}
    assert outcomes.keys() == {request.key for request in wanted}
    assert len(reasons(events)) == 41
    certain = [outcomes[request.key] for request, url in zip(wanted, urls, strict=True) if "[" not in url]
    assert set(certain[: len(REFUSED_HOSTS)]) == {"blocked_address"}
    assert set(outcomes.values()) <= {"blocked_address", "dns"}
    assert house.connected == set()
    dns = sum(reason == "dns" for reason in outcomes.values())
    assert dns <= 1  # a dot behind an address makes it a name
    assert sum(event.requests for event in only(events, HostAsked)) <= dns


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "file://127.0.0.1/etc/passwd",
        "data:text/html,hello",
        "ftp://127.0.0.1/x",
        "s3://bucket/key",
        "gopher://127.0.0.1:6379/_x",
        "about:blank",
    ],
)
def test_nothing_but_the_web_is_asked_whatever_leads_there(house: House, url: str) -> None:
    """As a page of the ledger, an entry point, a link of each kind of entry point, a part of a sitemap, a redirect."""
    portal = house.portal
    portal.routes |= {
        "/feed.xml": feed(url),
        "/sitemap.xml": sitemap(url),
        "/index.xml": sitemap(url, index=True),
        "/list.html": links(url, more=f'<a href="{url}">下一页</a>'),
        "/sign.html": f'<html><meta http-equiv="refresh" content="0; url={url}"></html>',
        "/1.html": redirect(url),
    }
    kinds = {"/feed.xml": "feed", "/sitemap.xml": "sitemap", "/index.xml": "sitemap"}
    entries = [
        EntryPoint(kind=kinds.get(path, "listing"), url=portal.base + path)  # type: ignore[arg-type]
        for path in ("/feed.xml", "/sitemap.xml", "/index.xml", "/list.html", "/sign.html")
    ]
    events = house.events(
        *entries,
        EntryPoint(kind="feed", url=url),
        pages=(PageRequest(url=url, key="//a.test/"), page(f"{portal.base}/1.html")),
    )
    assert reasons(events) == ["bad_redirect", "bad_url"]
    assert checked(events, url).reason == "bad_url"
    assert not only(events, Extracted)
    assert house.connected == {HERE}


# The doors: each leads from an allowed address to a private one


@pytest.mark.parametrize("kind", ["feed", "sitemap", "listing"])
def test_an_entry_point(house: House, kind: Any) -> None:
    url = f"{house.private}/entry"
    assert checked(house.events(EntryPoint(kind=kind, url=url)), url).reason == "blocked_address"
    assert house.connected == set()


@pytest.mark.parametrize("kind", ["feed", "sitemap", "listing"])
def test_an_entry_point_that_redirects(house: House, kind: Any) -> None:
    house.portal.routes |= {"/entry": redirect("/again"), "/again": redirect(f"{house.private}/entry")}
    url = f"{house.portal.base}/entry"
    assert checked(house.events(EntryPoint(kind=kind, url=url)), url).reason == "blocked_address"
    assert house.connected == {HERE}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("feed", feed),
        ("sitemap", sitemap),
        ("listing", links),
    ],
)
def test_a_link_of_an_entry_point(house: House, kind: Any, body: Any) -> None:
    house.portal.routes["/entry"] = body(f"{house.private}/2026/11/22/100001.html")
    events = house.events(EntryPoint(kind=kind, url=f"{house.portal.base}/entry"))
    assert reasons(events) == ["blocked_address"]
    assert house.connected == {HERE}


def test_a_part_of_a_sitemap_index(house: House) -> None:
    part = f"{house.private}/part.xml"
    house.portal.routes["/index.xml"] = sitemap(part, index=True)
    events = house.events(EntryPoint(kind="sitemap", url=f"{house.portal.base}/index.xml"))
    assert checked(events, part).reason == "blocked_address"
    assert house.connected == {HERE}


def test_a_signpost(house: House) -> None:
    target = f"{house.private}/index.html"
    house.portal.routes["/"] = f'<html><meta http-equiv="refresh" content="0; url={target}"></html>'
    url = f"{house.portal.base}/"
    assert checked(house.events(EntryPoint(kind="listing", url=url)), url).reason == "blocked_address"
    assert house.connected == {HERE}


def test_the_next_page_of_a_listing(house: House) -> None:
    house.portal.routes |= {
        "/list.html": links("/2026/11/22/100001.html", more='<a href="/list_2.html">下一页</a>'),
        "/list_2.html": redirect(f"{house.private}/list_2.html"),
        "/2026/11/22/100001.html": article(),
    }
    url = f"{house.portal.base}/list.html"
    event = checked(house.events(EntryPoint(kind="listing", url=url)), url)
    assert (event.links, event.pages) == (1, 1)
    assert "/list_2.html" in house.portal.paths
    assert house.connected == {HERE}


def test_a_further_part_of_an_article(house: House) -> None:
    second = '<a href="/2026/11/22/100001_2.html">'
    pager = f'<div class="page">{second}2</a> {second}下一页</a></div>'
    house.portal.routes |= {
        "/2026/11/22/100001.html": article(more=pager),
        "/2026/11/22/100001_2.html": redirect(f"{house.private}/100001_2.html"),
    }
    events = house.events(pages=(page(f"{house.portal.base}/2026/11/22/100001.html"),))
    assert len(only(events, Extracted)) == 1
    assert "/2026/11/22/100001_2.html" in house.portal.paths
    assert house.connected == {HERE}


@pytest.mark.parametrize(
    "host",
    [PRIVATE, "2130706434", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.2]", "private.test", "metadata.test"],
)
def test_a_page_that_redirects(house: House, host: str) -> None:
    house.portal.routes |= {"/1.html": redirect("/2.html"), "/2.html": redirect(f"http://{host}:{house.trap.port}/x")}
    events = house.events(pages=(page(f"{house.portal.base}/1.html"),))
    assert reasons(events) == ["blocked_address"]
    assert house.connected == {HERE}


def test_a_page_that_refreshes_is_a_page(house: House) -> None:
    """No refresh of a page is followed, wherever it leads."""
    more = f'<meta http-equiv="refresh" content="0; url={house.private}/x">'
    house.portal.routes["/1.html"] = article(more=more)
    house.events(pages=(page(f"{house.portal.base}/1.html"),))
    assert house.portal.paths == ["/1.html"]
    assert house.connected == {HERE}


def test_a_robots_txt_of_a_private_host(house: House) -> None:
    assert reasons(house.events(pages=(page(f"{house.private}/1.html"),))) == ["blocked_address"]
    assert house.connected == set()


def test_a_robots_txt_that_redirects(house: House) -> None:
    """It is out of reach, which is no leave to ask for the pages."""
    house.portal.routes |= {"/robots.txt": redirect(f"{house.private}/robots.txt"), "/1.html": article()}
    events = house.events(pages=(page(f"{house.portal.base}/1.html"),))
    (failed,) = only(events, Failed)
    assert (failed.reason, failed.detail) == ("blocked_address", "robots.txt: AddressRefused")
    assert house.portal.paths == []
    assert house.connected == {HERE}


def test_the_sitemaps_that_a_robots_txt_names(house: House) -> None:
    """Crawlee asked them past its guard (CVE-2026-46497). Here a job asks what it was given."""
    house.portal.routes |= {"/robots.txt": f"User-agent: *\nSitemap: {house.private}/map.xml\n", "/1.html": article()}
    events = house.events(pages=(page(f"{house.portal.base}/1.html"),))
    assert len(only(events, Extracted)) == 1
    assert house.connected == {HERE}


def test_a_name_that_changes_its_answer(house: House) -> None:
    """It is looked up for every connection: two of them reach the portal, the third would be a private one."""
    port = house.portal.authority.rpartition(":")[2]
    told = {"Connection": "close"}
    paths = [f"/{number}.html" for number in range(3)]
    house.portal.routes |= {
        path: lambda _: web.Response(text=article(), content_type="text/html", headers=told) for path in paths
    }
    wanted = tuple(page(f"http://changing.test:{port}{path}") for path in paths)
    events = house.events(pages=wanted, hosts=("changing.test",), obey_robots=False)
    assert reasons(events) == ["blocked_address"]
    assert house.portal.paths == paths[:2]
    assert house.connected == {HERE}


def test_the_proxy_of_the_environment_is_not_asked(house: House) -> None:
    house.portal.routes["/1.html"] = article()
    events = house.events(pages=(page(f"{house.portal.base}/1.html"),))
    assert len(only(events, Extracted)) == 1
    assert house.connected == {HERE}


@pytest.mark.parametrize(
    "host", ["private.test", "metadata.test", "localhost", "router", "printer.local", "x.internal"]
)
def test_a_private_name_is_not_asked_through_a_proxy(house: House, host: str) -> None:
    events = house.events(pages=(page(f"http://{host}/1.html"),), allow_networks=(), proxy=house.portal.base)
    assert reasons(events) == ["blocked_address"]
    assert house.connected == set()


def test_a_proxy_may_be_named(house: House) -> None:
    port = house.portal.authority.rpartition(":")[2]
    house.portal.routes["http://93.184.215.14/1.html"] = article()
    public = page("http://93.184.215.14/1.html")
    events = house.events(
        pages=(public,), hosts=("93.184.215.14",), allow_networks=(), proxy=f"http://here.test:{port}"
    )
    assert len(only(events, Extracted)) == 1
    assert house.connected == {HERE}


def test_a_proxy_without_an_address_is_a_failure_that_passes(house: House) -> None:
    public = page("http://93.184.215.14/1.html")
    events = house.events(pages=(public,), hosts=("93.184.215.14",), proxy="http://127.0.0.1.5:3128")
    assert reasons(events) == ["dns"]
    assert house.connected == set()


@pytest.mark.parametrize("name", ["a" * 64, "x..y", "a." * 125 + "a", "user:secret@a"])
def test_a_name_that_no_resolver_takes_costs_no_time(house: House, name: str) -> None:
    """In Twisted's resolver it is an exception that nobody awaits: without a look at it the request waits for 30 s."""
    wanted = PageRequest(url=f"http://{name}.test/", key="//a.test/")
    events = house.events(pages=(wanted,), limits={"timeout_seconds": 10.0})
    assert reasons(events) == ["bad_url"]
    assert "secret" not in repr(only(events, Rejected))
    assert house.connected == set()


def test_https_goes_through_a_tunnel_of_the_proxy_and_to_nobody_else(house: House) -> None:
    refusing = Reply((b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",))
    with HostileServer(lambda _: refusing) as proxy:
        public = page("https://93.184.215.14/1.html")
        private = page(f"https://{PRIVATE}:8443/1.html")
        events = house.events(
            pages=(public, private), hosts=("93.184.215.14",), allow_networks=(), proxy=proxy.base, obey_robots=False
        )
        assert {asked.head.split(b"\r\n")[0] for asked in proxy.asked} == {b"CONNECT 93.184.215.14:443 HTTP/1.1"}
    assert len(only(events, Failed)) == 1
    assert reasons(only(events, Rejected)) == ["blocked_address"]
    assert house.connected == {HERE}


def test_the_addresses_of_a_warc_file_are_never_asked(tmp_path: Path) -> None:
    """They are kept as names: nothing that is imported is lent to a crawl, not of the source itself either."""
    office = Office(tmp_path)
    urls = ["http://169.254.169.254/latest/meta-data", "http://127.0.0.1:6379/", f"http://{PRIVATE}/1.html"]
    urls += ["file:///etc/passwd", "http://news.example.cn/1.html"]
    warc(office.files / "a.warc.gz", *((url, imported_page(f"城北老旧管网更换工程启动{url}"), {}) for url in urls))
    office.run()
    later = NOW + timedelta(days=400)
    with open_writer(office.database) as database:
        (row,) = sources.states(database, later).values()
        leased = ledger.lease(database, run_id=1, job_id="x", source_id=row.id, now=later, limit=99, rechecks=99)
        stored = database.value("SELECT count(*) FROM urls")
    assert leased == ()
    assert stored >= 1
