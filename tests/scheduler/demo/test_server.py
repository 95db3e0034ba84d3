"""The demo world over real HTTP: addresses, keep-alive, counts, faults, static sites, and quick ends."""

import http.client
import socket
import threading
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from scheduler.demo import addresses
from scheduler.demo.server import Request, WorldServer
from scheduler.demo.site import KINDS
from scheduler.demo.static import StaticSite
from scheduler.demo.ways import PORTALS
from scheduler.demo.world import World


@pytest.fixture
def server():
    with WorldServer(World(sites=4, articles=5, seed=2)) as running:
        yield running


def get(url, connection=None, **headers):
    """Status, headers and body of a URL, over a connection of its own if none is given."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    used = connection or http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        used.request("GET", path, headers=headers)
        response = used.getresponse()
        return response.status, response.headers, response.read()
    finally:
        if connection is None:
            used.close()


def test_each_site_has_an_address_of_its_own_and_one_port(server):
    netlocs = [urlsplit(server.url(site)) for site in server.world.sites]
    assert len({each.hostname for each in netlocs}) == 4
    assert len({each.port for each in netlocs}) == 1


def test_articles_are_at_their_addresses(server):
    for article in server.world.articles():
        status, _, body = get(server.url_of(article))
        assert status == 200
        assert article.title in body.decode(server.world.site(article.site).encoding)


def test_one_connection_serves_many_requests(server):
    site = server.world.sites[0]
    connection = http.client.HTTPConnection(urlsplit(server.url(site)).netloc, timeout=10)
    get(server.url(site) + "/", connection)
    first = connection.sock
    assert first is not None
    for article in server.world.articles(site):
        assert get(server.url_of(article), connection)[0] == 200
    assert connection.sock is first
    connection.close()


def test_a_page_that_is_known_is_answered_with_304(server):
    url = server.url_of(server.world.articles()[0])
    _, headers, _ = get(url)
    status, _, body = get(url, **{"If-None-Match": headers["ETag"]})
    assert (status, body) == (304, b"")


def test_head_is_answered_without_a_body(server):
    parts = urlsplit(server.url_of(server.world.articles()[0]))
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("HEAD", parts.path)
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"")
    assert int(response.headers["Content-Length"]) > 1000
    connection.close()


def test_requests_are_counted_by_site_path_and_status(server):
    site = server.world.sites[0]
    for path in ("/", "/", "/nowhere"):
        get(server.url(site) + path)
    assert server.requests(site) == [Request("/", 200, 2), Request("/nowhere", 404, 1)]
    assert server.hits()["/"] == 2
    assert server.body_bytes() == server.body_bytes(site) > 3000
    server.reset_counts()
    assert server.requests() == []
    assert server.body_bytes() == 0


def test_the_highest_number_of_requests_at_once_is_kept(server):
    site, other = server.world.sites[:2]
    server.world.stall(site, 0.2)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(get, [server.url(site) + "/"] * 3))
    get(server.url(other) + "/")
    assert server.max_concurrent(site) == 3
    assert server.max_concurrent(other) == 1
    server.reset_counts()
    assert server.max_concurrent(site) == 0


def test_failures_come_with_their_headers_and_end(server):
    article = server.world.articles()[0]
    server.world.fail(article, status=503, times=1, retry_after=2)
    status, headers, _ = get(server.url_of(article))
    assert (status, headers["Retry-After"]) == (503, "2")
    assert get(server.url_of(article))[0] == 200


def test_a_redirect_to_another_site_can_be_followed(server):
    article, other = server.world.articles()[0], server.world.articles()[-1]
    server.world.redirect(article, other)
    status, headers, _ = get(server.url_of(article))
    assert (status, headers["Location"]) == (301, server.url_of(other))


def test_a_stalled_site_does_not_hold_up_the_others_nor_the_end():
    world = World(sites=2, articles=1)
    world.stall(world.sites[0], 60)
    with WorldServer(world) as server:
        netloc = urlsplit(server.url(world.sites[0])).netloc
        connection = http.client.HTTPConnection(netloc, timeout=10)
        connection.request("GET", "/")
        assert get(server.url(world.sites[1]) + "/")[0] == 200
        began = time.monotonic()
    assert time.monotonic() - began < 30
    connection.close()


def test_nothing_is_left_behind():
    before = threading.active_count()
    with WorldServer(World(sites=2, articles=1)) as server:
        url = server.url(server.world.sites[0])
        kept = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        get(url + "/", kept)
    assert threading.active_count() == before
    kept.close()
    with pytest.raises(ConnectionRefusedError):
        get(url + "/")


def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_open():
    with WorldServer(World(sites=2, articles=1)) as server:
        port = urlsplit(server.url(server.world.sites[1])).port
        with pytest.raises(OSError, match="in use"), WorldServer(World(sites=2, articles=1), port):
            pass


def test_a_machine_with_one_loopback_address_gets_ports(monkeypatch):
    monkeypatch.setattr(addresses, "_many_loopbacks", lambda: False)
    with WorldServer(World(sites=3, articles=1)) as server:
        urls = [urlsplit(server.url(site)) for site in server.world.sites]
        assert {each.hostname for each in urls} == {"127.0.0.1"}
        assert len({each.port for each in urls}) == 3


def test_static_sites_send_exactly_the_given_bytes_and_header():
    pages = {
        "/a.html": ("<p>中文</p>".encode("gb18030"), "text/html; charset=gb2312"),
        "/b.html": (b"\xff\xfe raw", None),
        "/c": (b"\x00", "application/octet-stream"),
    }
    with WorldServer(World(sites=1, articles=1), static=[StaticSite("saved", pages)]) as server:
        base = server.url("saved")
        status, headers, body = get(base + "/a.html")
        assert (status, headers["Content-Type"], body) == (200, "text/html; charset=gb2312", pages["/a.html"][0])
        _, headers, body = get(base + "/b.html")
        assert headers["Content-Type"] is None
        assert body == pages["/b.html"][0]
        assert get(base + "/c")[1]["Content-Type"] == "application/octet-stream"
        listing = get(base + "/list.html")[2].decode()
        assert all(f'href="{path}"' in listing for path in pages)
        assert get(base + "/none")[0] == 404
        assert server.hits("saved")["/a.html"] == 1


def test_the_configuration_names_every_site_with_its_entry_points():
    static = StaticSite("saved", {"/a.html": (b"a", None)})
    with WorldServer(World(sites=len(KINDS), articles=1), static=[static]) as server:
        config = tomllib.loads(server.config_toml("/tmp/a b.db", delay_seconds=0.5))
        assert config["dibao"]["database"] == "/tmp/a b.db"
        assert config["fetch"] == {"allow_networks": ["127.0.0.0/8"], "delay_seconds": 0.5}
        assert [each["name"] for each in config["source"]] == server.names
        for source in config["source"]:
            entries = source.get("feeds", []) + source.get("sitemaps", [])
            entries += [each["url"] for each in source.get("listings", [])]
            assert entries
            assert {get(url)[0] for url in entries} == {200}


def test_sources_of_every_portal_name_entry_points_that_answer():
    with WorldServer(World(sites=len(PORTALS), articles=3, kinds=list(PORTALS))) as server:
        config = tomllib.loads(server.config_toml("news.db", every=None))
        assert not any("every" in source for source in config["source"])
        for source in config["source"]:
            entries = source.get("feeds", []) + source.get("sitemaps", [])
            entries += [each["url"].replace("{page}", "1") for each in source.get("listings", [])]
            assert entries
            assert {get(url)[0] for url in entries} == {200}


def test_sites_can_call_themselves_by_names():
    with WorldServer(World(sites=1, articles=2, kinds=["feed"]), domain="example.com") as server:
        host, port = server.addresses["yunze-feed"]
        assert server.url("yunze-feed") == f"http://yunze-feed.example.com:{port}"
        body = get(f"http://{host}:{port}/news/rss.xml")[2].decode()
        assert all(server.url_of(article) in body for article in server.world.articles())


def test_one_source_can_be_had_by_itself(server):
    (source,) = tomllib.loads(server.source_toml(server.world.sites[1], every="5m"))["source"]
    assert source["every"] == "5m"
    assert source["listings"][0]["links"] == "/news/show-{id}.aspx"


def test_a_listener_that_cannot_be_had_is_closed():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            addresses.listen("127.0.0.1", taken.getsockname()[1])
