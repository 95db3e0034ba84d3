import json
import os
import pickle
import socket
import subprocess
import sys
import threading
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from scrapy.core.downloader.handlers import http11
from scrapy.core.downloader.middleware import DownloaderMiddlewareManager
from scrapy.settings import Settings
from twisted.internet import endpoints
from twisted.internet.defer import FirstError
from twisted.internet.error import ConnectError
from twisted.python.failure import Failure
from twisted.web.client import ResponseNeverReceived

from crawler.fetching import seams
from crawler.fetching.address_guard import AddressGuard, AddressRefused, exempt, find_refusal, guard_again, install
from crawler.fetching.seams import SeamMovedError, check_handlers
from crawler.worker import UNFIT

HERE = Path(__file__).parent

REFUSED_HOSTS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "①②⑦.⓪.⓪.①",
    "１２７.0.0.1",
    "127。0。0。1",
    "localhost",
    "LOCALHOST",
    "0.0.0.0",
    "0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "private.test",
    "rebinding.test",
]
# Scrapy's default resolver knows IPv4 names only, and may fail before anything is connected.
HARDLY_RESOLVED_HOSTS = [
    "127.0.0.1.",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[ff02::1]",
]
ALLOWED = "127.0.0.1/32"
REDIRECT_TARGETS = ["127.0.0.2", "2130706434", "10.0.0.1", "169.254.169.254", "[::ffff:127.0.0.2]", "private.test", "0"]


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        target = parse_qs(parts.query).get("to", [""])[0]
        body = f'<meta http-equiv="refresh" content="0;url={target}">'.encode() if parts.path == "/refresh" else b"ok"
        self.send_response(302 if parts.path == "/redirect" else 200)
        if parts.path == "/redirect":
            self.send_header("Location", target)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Listener(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, family):
        self.address_family = family
        self.accepted = []
        super().__init__(address, Site)

    def get_request(self):
        connection, peer = super().get_request()
        self.accepted.append(connection.getsockname()[0])
        return connection, peer


@pytest.fixture(scope="module")
def crawl():
    """Outcomes by phase and URL, and the local addresses at which connections were accepted."""
    listener = Listener(("0.0.0.0", 0), socket.AF_INET)
    port = listener.server_address[1]
    listeners = [listener]
    if socket.has_ipv6:
        with suppress(OSError):
            listeners.append(Listener(("::1", port), socket.AF_INET6))
    for each in listeners:
        threading.Thread(target=each.serve_forever, daemon=True).start()
    urls = lambda hosts, scheme="http": [f"{scheme}://{host}:{port}/" for host in hosts]  # noqa: E731
    targets = [quote(f"http://{host}:{port}/x", safe="") for host in REDIRECT_TARGETS]
    ways = [f"http://127.0.0.1:{port}/{way}?to={target}" for way in ("redirect", "refresh") for target in targets]
    refused = [*urls(REFUSED_HOSTS + HARDLY_RESOLVED_HOSTS), *urls(["127.1", "[::1]", "10.0.0.1"], "https")]
    allowed = [*urls(["127.0.0.1", "127.1", "rebinding.test"]), f"http://rebinding.test:{port}/again"]
    phases = [
        {"name": "refuse", "allow": [], "urls": refused, "at_once": True},
        {"name": "allow", "allow": [ALLOWED], "urls": allowed, "at_once": False},
        {"name": "redirect", "allow": [ALLOWED], "urls": ways, "at_once": True},
    ]
    run = subprocess.run(
        [sys.executable, str(HERE / "guarded_crawl.py")],
        input=json.dumps(phases),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[2]), "no_proxy": "*"},
    )
    for each in listeners:
        each.shutdown()
        each.server_close()
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(lines) == sum(len(phase["urls"]) for phase in phases), run.stderr
    return SimpleNamespace(
        port=port,
        of={(line["phase"], line["url"]): line for line in lines},
        accepted=[address for each in listeners for address in each.accepted],
    )


@pytest.mark.parametrize(
    "scheme_and_host", [("http", h) for h in REFUSED_HOSTS] + [("https", "127.1"), ("https", "10.0.0.1")]
)
def test_refuse_private_address_by_default(crawl, scheme_and_host):
    scheme, host = scheme_and_host
    outcome = crawl.of["refuse", f"{scheme}://{host}:{crawl.port}/"]
    assert outcome["refused"] is not None, outcome
    assert outcome["attempts"] == []
    assert outcome["retries"] == 0


@pytest.mark.parametrize("host", HARDLY_RESOLVED_HOSTS)
def test_refuse_by_default_what_hardly_resolves(crawl, host):
    outcome = crawl.of["refuse", f"http://{host}:{crawl.port}/"]
    assert outcome["refused"] is not None or outcome["error"] == "CannotResolveHostError", outcome
    assert outcome["attempts"] == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "rebinding.test"])
def test_allow_when_enabled(crawl, host):
    outcome = crawl.of["allow", f"http://{host}:{crawl.port}/"]
    assert outcome["attempts"] == ["127.0.0.1"], outcome
    assert outcome["status"] == 200


def test_refuse_a_name_that_changes_its_answer_after_it_was_allowed(crawl):
    outcome = crawl.of["allow", f"http://rebinding.test:{crawl.port}/again"]
    assert outcome["refused"] == ["127.0.0.2", "loopback"]
    assert outcome["attempts"] == []


@pytest.mark.parametrize("way", ["redirect", "refresh"])
@pytest.mark.parametrize("host", REDIRECT_TARGETS)
def test_refuse_on_redirect(crawl, way, host):
    target = quote(f"http://{host}:{crawl.port}/x", safe="")
    outcome = crawl.of["redirect", f"http://127.0.0.1:{crawl.port}/{way}?to={target}"]
    assert outcome["status"] is None, outcome
    assert outcome["refused"] is not None or (host.startswith("[") and outcome["error"] == "CannotResolveHostError")
    assert set(outcome["attempts"]) <= {"127.0.0.1"}


def test_no_connection_was_accepted_but_the_allowed_ones(crawl):
    assert set(crawl.accepted) == {"127.0.0.1"}
    refused_first = [line for (phase, _), line in crawl.of.items() if phase == "refuse"]
    assert [line["attempts"] for line in refused_first] == [[]] * len(refused_first)


class Reactor:
    def __init__(self):
        self.connected = []

    def connectTCP(self, host, port, factory=None, timeout=30, bindAddress=None):  # noqa: N802, N803
        self.connected.append(host)


def test_installing_again_replaces_the_list_and_adds_no_layer():
    reactor = Reactor()
    install(reactor, ["127.0.0.0/8"])
    reactor.connectTCP("127.0.0.1", 80)
    for _ in range(3):
        install(reactor, ["10.0.0.0/8"])
    with pytest.raises(AddressRefused) as caught:
        reactor.connectTCP("127.0.0.1", 80)
    assert (caught.value.address, caught.value.reason) == ("127.0.0.1", "loopback")
    reactor.connectTCP("10.0.0.1", 80)
    assert reactor.connected == ["127.0.0.1", "10.0.0.1"]
    assert not hasattr(reactor.connectTCP._dibao_unguarded, "_dibao_unguarded")


def test_the_proxy_is_exempt_by_exact_host_and_port_and_as_long_as_a_job_uses_it():
    reactor = Reactor()
    install(reactor, [])
    exempt(reactor, "127.0.0.1", 3128)
    install(reactor, [])  # the next job
    exempt(reactor, "127.0.0.1", 3128)
    reactor.connectTCP("127.0.0.1", 3128)
    for host, port in [("127.0.0.1", 3129), ("127.0.0.2", 3128), ("::ffff:127.0.0.1", 3128), ("localhost", 3128)]:
        with pytest.raises(AddressRefused):
            reactor.connectTCP(host, port)
    guard_again(reactor, "127.0.0.1", 3128)
    reactor.connectTCP("127.0.0.1", 3128)
    guard_again(reactor, "127.0.0.1", 3128)
    with pytest.raises(AddressRefused):
        reactor.connectTCP("127.0.0.1", 3128)
    assert reactor.connected == ["127.0.0.1"] * 2


def test_a_bad_network_is_named():
    with pytest.raises(ValueError, match=r"'10\.0\.0\.0/99' is no network"):
        install(Reactor(), ["10.0.0.0/99"])


def test_a_moved_seam_stops_the_start(monkeypatch):
    with pytest.raises(SeamMovedError, match=r"connectTCP\(host"):
        install(object(), [])
    monkeypatch.setattr(endpoints.HostnameEndpoint, "connect", lambda self, factory: None)
    with pytest.raises(SeamMovedError, match=r"HostnameEndpoint\.connect does not use TCP4ClientEndpoint"):
        install(Reactor(), [])
    monkeypatch.undo()
    monkeypatch.delattr(endpoints, "TCP4ClientEndpoint")
    with pytest.raises(SeamMovedError):
        install(Reactor(), [])
    monkeypatch.undo()
    monkeypatch.setattr(http11._ScrapyAgent, "_get_agent", lambda *_: None)
    with pytest.raises(SeamMovedError, match=r"_ScrapyAgent\._get_agent does not use _BindAddressAgent"):
        install(Reactor(), [])
    monkeypatch.undo()
    monkeypatch.setattr(http11, "_BindAddressAgent", object)
    with pytest.raises(SeamMovedError, match="_BindAddressAgent is no Agent any more"):
        install(Reactor(), [])
    monkeypatch.undo()
    monkeypatch.delattr(DownloaderMiddlewareManager, "download_async")
    with pytest.raises(SeamMovedError, match=r"DownloaderMiddlewareManager\.download_async does not use"):
        install(Reactor(), [])


def test_what_is_installed_has_its_seams_and_a_program_says_so():
    run = subprocess.run([sys.executable, "-m", "crawler.fetching.seams"], capture_output=True, timeout=60, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")


def test_the_program_tells_in_one_sentence_of_a_seam_that_moved(monkeypatch, capsys):
    monkeypatch.setattr(endpoints.HostnameEndpoint, "connect", lambda self, factory: None)
    assert seams.main() == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "HostnameEndpoint.connect does not use TCP4ClientEndpoint" in told


def test_a_worker_ends_at_once_where_a_seam_has_moved(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "from twisted.internet import endpoints\nendpoints.HostnameEndpoint.connect = lambda self, factory: None\n"
    )
    ours, theirs = socket.socketpair()
    with ours, theirs:
        run = subprocess.run(
            [sys.executable, "-m", "crawler.worker", str(theirs.fileno()), "1", "text", "INFO"],
            pass_fds=(theirs.fileno(),),
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert run.returncode == UNFIT
    assert b"the address guard must be looked at again" in run.stderr
    assert b"Traceback" not in run.stderr


def test_handlers_that_go_around_the_reactor_are_refused():
    check_handlers(Settings().getwithbase("DOWNLOAD_HANDLERS"))
    check_handlers({"http": None, "https": None})
    check_handlers({"https": "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"})
    for foreign in ("scrapy.core.downloader.handlers.datauri.DataURIDownloadHandler", Reactor):
        with pytest.raises(SeamMovedError, match=r"use scrapy\.core\.downloader\.handlers\.http11"):
            check_handlers({"https": foreign})
    with pytest.raises(SeamMovedError, match="TWISTED_REACTOR_ENABLED"):
        AddressGuard.from_crawler(SimpleNamespace(settings=Settings({"TWISTED_REACTOR_ENABLED": False})))


def test_a_refusal_is_found_through_what_wraps_it():
    refused = AddressRefused("10.0.0.1", "private")
    caused = ConnectError(string="no")
    caused.__cause__ = refused
    wrapped = [
        refused,
        Failure(refused),
        ResponseNeverReceived([Failure(ConnectError()), Failure(refused)]),
        Failure(ResponseNeverReceived([Failure(caused)])),
        FirstError(Failure(refused), 0),
        ExceptionGroup("several", [ValueError(), refused]),
    ]
    assert [find_refusal(error) for error in wrapped] == [refused] * len(wrapped)
    circle = ValueError()
    circle.__cause__ = circle
    assert [find_refusal(error) for error in (None, circle, Failure(ConnectError()))] == [None] * 3


def test_a_refusal_survives_a_pipe():
    copy = pickle.loads(pickle.dumps(AddressRefused("10.0.0.1", "private")))  # noqa: S301
    assert (copy.address, copy.reason) == ("10.0.0.1", "private")
    assert "allow_networks" in str(copy)


def test_another_loopback_address_exists_so_that_refusing_it_is_the_guards_doing():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.2", 0))
