import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crawler.config import CrawlerSections, Fetch, Source, load_crawler_sections
from crawler.config_errors import ConfigError
from crawler.config_values import duration_text, parse_contact, parse_duration, parse_links
from crawler.cron import parse_cron
from crawler.discovery.listings import BadPattern, compile_links
from crawler.jobs import build_job
from storage.records import EntryPoint, JsonItems, Limits

CONTACT = '[dibao]\ncontact = "ops@example.org"\n'
OF_THE_ISSUE = """\
[dibao]
database = "news.db"
contact = "ops@example.org"        # goes into the user agent; required
[fetch]
allow_networks = []                # e.g. ["127.0.0.0/8"] for tests
delay_seconds = 1.0
[[source]]
name = "enshi"                     # [a-z0-9-]+, unique
home = "https://news.example.cn/"
every = "15m"                      # or cron = "*/15 6-23 * * *"
timezone = "Asia/Shanghai"
feeds = []
sitemaps = []
listings = [{ url = "https://news.example.cn/list.html", links = "/2026/{id}.html" }]   # links optional
"""


PIECES = st.sampled_from(["/", "*", "{id}", "{date}", "{any}", "{", "}", "{ids}", "a", "?", ".", "https://", " "])


def source(**values: Any) -> Source:
    return Source(**{"name": "enshi", "home": "https://news.example.cn/", **values})


def load(tmp_path: Path, text: str) -> CrawlerSections:
    path = tmp_path / "dibao.toml"
    path.write_text(text, encoding="utf-8")
    return load_crawler_sections(path)


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    return [line.removeprefix(f"{tmp_path}/") for line in str(caught.value).splitlines()]


def problem(tmp_path: Path, line: str, section: str = "fetch") -> str:
    """The only problem of a file with that line, without its place."""
    header = '[[source]]\nname = "enshi"\nhome = "https://news.example.cn/"' if section == "source" else f"[{section}]"
    (found,) = problems(tmp_path, f"{CONTACT}{header}\n{line}\n")
    assert found.startswith(f"dibao.toml:{6 if section == 'source' else 4}: "), found
    return found.split(": ", 1)[1]


def test_the_configuration_of_the_issue_is_accepted(tmp_path: Path) -> None:
    sections = load(tmp_path, OF_THE_ISSUE)
    assert sections.contact == "ops@example.org"
    assert sections.fetch == Fetch()
    enshi = sections.source("enshi")
    assert (enshi.every, enshi.cron, enshi.timezone) == (900, None, "Asia/Shanghai")
    assert enshi.entry_points == (
        EntryPoint(kind="listing", url="https://news.example.cn/list.html", links="/2026/{id}.html"),
    )


def test_sections_that_a_crawl_does_not_need_are_not_looked_at(tmp_path: Path) -> None:
    assert load(tmp_path, f"{CONTACT}tick_seconds = 'never'\n[alerts]\nmail = 1\n").sources == ()


def test_a_source_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="no source 'x'; there are: enshi"):
        load(tmp_path, OF_THE_ISSUE).source("x")


def test_a_source_with_neither_period_nor_cron_is_asked_as_its_rhythm_says() -> None:
    assert source().is_adaptive
    assert not source(cron="0 6 * * *").is_adaptive
    assert not source(every="15m").is_adaptive


def test_a_listing_may_be_json() -> None:
    listing = {"url": "https://a.cn/api?page={page}", "items": "data.list", "link": "/news/{id}.html"}
    (point,) = source(listings=[listing]).entry_points
    assert point.json == JsonItems(items="data.list", link="/news/{id}.html")
    assert point.url == "https://a.cn/api?page={page}"


def test_a_source_is_adaptive_within_bounds_of_its_own() -> None:
    enshi = source(interval_floor="10m", interval_ceiling="1d")
    assert (enshi.interval_floor, enshi.interval_ceiling) == (600, 86_400)


def test_a_source_without_entry_points_has_its_home_as_a_listing() -> None:
    assert source().entry_points == (EntryPoint(kind="listing", url="https://news.example.cn/"),)


def test_entry_points_are_feeds_then_sitemaps_then_listings() -> None:
    points = source(
        listings=[{"url": "https://a.cn/l"}], sitemaps=["https://a.cn/s"], feeds=["https://a.cn/f"]
    ).entry_points
    assert [point.kind for point in points] == ["feed", "sitemap", "listing"]


def test_the_hosts_of_a_source_are_that_of_its_home_and_those_it_names() -> None:
    found = source(
        home="http://News.Example.CN:8080/x", hosts=["m.example.cn", "例子.中国", "news.example.cn"]
    ).own_hosts
    assert found == ("news.example.cn", "m.example.cn", "xn--fsqu00a.xn--fiqs8s")


def test_a_source_may_have_limits_of_its_own() -> None:
    fetch = Fetch()
    assert fetch.limits(source()) == Limits()
    own = fetch.limits(source(delay_seconds=0, max_pages=5))
    assert (own.delay_seconds, own.max_pages) == (0, 5)


def test_a_source_survives_being_written_and_read_again() -> None:
    enshi = source(every="1h30m", listings=[{"url": "https://a.cn/l"}])
    assert Source.model_validate_json(enshi.model_dump_json()) == enshi


def test_values_are_frozen() -> None:
    with pytest.raises(ValidationError):
        source().name = "other"


def test_all_problems_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        """\
[dibao]
contact = "nobody"
[fetch]
delay_seconds = "fast"
[[source]]
name = "enshi"
home = "https://news.example.cn/"
intervall = "15m"
[[source]]
name = "enshi"
listings = [
  { url = "https://a.cn/" },
  { links = "/{ids}.html" },
]
""",
    )
    assert found == [
        'dibao.toml:2: dibao.contact: expected an e-mail address or a http(s) address that reaches you; got "nobody"',
        'dibao.toml:4: fetch.delay_seconds: expected a number of seconds, 0 to 3,600; got "fast"',
        'dibao.toml:8: source "enshi" intervall: no such key; did you mean "every"?',
        'dibao.toml:9: source "enshi" home: required: the address of the site\'s front page',
        'dibao.toml:10: source "enshi" name: the source on line 6 has this name too; names must be unique',
        'dibao.toml:13: source "enshi" listings[1].url: required: the address of the listing page',
        (
            'dibao.toml:13: source "enshi" listings[1].links: no such placeholder: {ids}; '
            "allowed: {any}, {date}, {id} and *"
        ),
    ]


def test_a_missing_contact_is_told_even_without_its_section(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "[fetch]\n")
    assert found.startswith("dibao.toml:1: dibao.contact: required: the e-mail or web address")


def test_a_source_without_a_name_is_told_by_its_number(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, f'{CONTACT}[[source]]\nhome = "https://a.cn/"\n')
    assert found.startswith("dibao.toml:3: source number 1 name: required: a short name")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("timeout = 3", 'fetch.timeout: no such key; did you mean "timeout_seconds"?'),
        ("every = '3h'", "fetch.every: no such key here; it belongs in [[source]]"),
        ("xyz = 3", "fetch.xyz: no such key; allowed: allow_networks, allow_ports, concurrency_per_host, "),
        ("delay_seconds = nan", "fetch.delay_seconds: expected a number of seconds, 0 to 3,600; got NaN"),
        ("delay_seconds = -1", "fetch.delay_seconds: expected a number of seconds, 0 to 3,600; got -1"),
        ("delay_seconds = true", "fetch.delay_seconds: expected a number of seconds, 0 to 3,600; got true"),
        (
            "max_body_bytes = 1e6",
            "fetch.max_body_bytes: expected a whole number of bytes, 1,024 to 1,073,741,824; got 1",
        ),
        ("obey_robots = 'no'", 'fetch.obey_robots: expected true or false; got "no"'),
        ("robots_forbidden = 'no'", 'fetch.robots_forbidden: expected "allow" or "disallow"; got "no"'),
        ("robots_forbidden = ['allow']", 'fetch.robots_forbidden: expected "allow" or "disallow"; got ["allow"]'),
        ("max_feed_bytes = 10", "fetch.max_feed_bytes: expected a whole number of bytes, 1,024 to 1,073,741,824"),
        ("allow_networks = '::1'", 'fetch.allow_networks: expected a list in [brackets]; got "::1"'),
        ("allow_networks = ['x']", 'fetch.allow_networks[0]: expected a network such as "127.0.0.0/8"; got "x"'),
        ("allow_networks = [1]", "fetch.allow_networks[0]: expected text in quotes; got 1"),
        ("allow_ports = [0]", "fetch.allow_ports[0]: expected a port, 1 to 65,535; got 0"),
        ("allow_ports = ['81']", 'fetch.allow_ports[0]: expected a port, 1 to 65,535; got "81"'),
        ("proxy = 'https://a.test:3128'", 'fetch.proxy: expected the address of a proxy, such as "http://127.0.0.1:3128"'),
        ("proxy = 'http://a.test/x'", 'fetch.proxy: expected the address of a proxy, such as "http://127.0.0.1:3128"'),
        ("proxy = 'a.test:3128'", 'fetch.proxy: expected the address of a proxy, such as "http://127.0.0.1:3128"'),
        ("proxy = 'http://u:p@a.test:3128'", "fetch.proxy: expected an address without user name and password"),
        ("max_pages_per_run = 1979-05-27", "fetch.max_pages_per_run: expected a whole number of pages, 1 to 1,000,000"),
    ],
)
def test_a_wrong_fetch_setting_is_told_with_what_is_allowed(tmp_path: Path, line: str, message: str) -> None:
    assert problem(tmp_path, line).startswith(message)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("every = 900", 'every: expected a duration with units d, h, m or s, such as "15m" or "1h30m"; got 900'),
        ("every = '5s'", 'every: expected "10s" or more; got "5s"'),
        ("every = '999999999d'", 'every: expected "366d" or less; got "999999999d"'),
        ("every = '1h'\ncron = '0 6 * * *'", 'cron: a source has either "every" or "cron", and this one has both'),
        (
            "every = '1h'\ninterval_floor = '5m'",
            'interval_floor: bounds of an adaptive interval, but this source has "every"; remove one of the two',
        ),
        ("interval_floor = '2h'\ninterval_ceiling = '1h'", '"interval_floor" is longer than "interval_ceiling"'),
        (
            "listings = [{ url = 'https://a.cn/l', date = 'd' }]",
            'listings[0]: "date" is a path in a JSON listing; name the path to its list with "items" too',
        ),
        (
            "listings = [{ url = 'https://a.cn/l?page={page}' }]",
            'listings[0]: only the address of a JSON listing (one with "items") may hold {page}',
        ),
        (
            "listings = [{ url = 'https://a.cn/l', items = 'data..list' }]",
            'listings[0].items: expected a path of keys such as "data.list"; got "data..list"',
        ),
        (
            "listings = [{ url = 'https://a.cn/l', items = '.', link = 'news/{id}.html' }]",
            'listings[0].link: expected a path of keys or an address such as "/news/{id}.html"; got "news/{id}.html"',
        ),
        (
            "cron = '0 25 * * *'",
            "cron: not a cron expression: the hour field has 25; allowed are 0 to 23, lists 1,2, ra",
        ),
        ("timezone = 'asia/shanghai'", 'timezone: no such time zone; did you mean "Asia/Shanghai"?'),
        ("timezone = 'Asia/Shangai'", 'timezone: no such time zone: "Asia/Shangai"; did you mean "Asia/Shanghai"?'),
        ("timezone = 'xx'", 'timezone: no such time zone: "xx"; expected a name such as "Asia/Shanghai" or "UTC"'),
        ("timezone = '../passwd'", 'timezone: no such time zone: "../passwd"'),
        ("feeds = ['/feed.xml']", 'feeds[0]: expected a http:// or https:// address; got "/feed.xml"'),
        (
            "feeds = ['file:///etc/passwd']",
            'feeds[0]: expected a http:// or https:// address; got "file:///etc/passwd"',
        ),
        ("feeds = ['https://u:p@a.cn/']", "feeds[0]: expected an address without user name and password"),
        ("hosts = ['https://m.cn']", 'hosts[0]: expected a host name alone, such as "news.example.cn"; got "https:'),
        ("listings = ['https://m.cn']", 'listings[0]: expected a table; got "https://m.cn"'),
        ("enabled = 1", "enabled: expected true or false; got 1"),
    ],
)
def test_a_wrong_source_setting_is_told_with_what_is_allowed(tmp_path: Path, line: str, message: str) -> None:
    if "\n" in line:
        (found,) = problems(tmp_path, f'{CONTACT}[[source]]\nname = "enshi"\nhome = "https://a.cn"\n{line}\n')
        assert message in found
    else:
        assert problem(tmp_path, line, "source").startswith(f'source "enshi" {message}')


def test_names_that_would_not_do_in_a_file_name_or_a_log_are_refused(tmp_path: Path) -> None:
    for name in ("Enshi", "", "a b", "恩施", "a/b", "a" * 65):
        (found,) = problems(tmp_path, f'{CONTACT}[[source]]\nname = "{name}"\nhome = "https://a.cn"\n')
        assert "expected 1 to 64 characters of a-z, 0-9 and hyphens" in found


@pytest.mark.parametrize("contact", ["ops@example.org", "https://example.org/about", "a.b+c@d-e.example.cn"])
def test_an_address_that_reaches_somebody_is_a_contact(contact: str) -> None:
    assert parse_contact(contact) == contact


@pytest.mark.parametrize(
    "contact",
    ["", "nobody", "a@b", "you@your-domain.org", "a@b.cn\r\nX: y", "mailto:a@b.cn", "https://a.cn/编", "x" * 201],
)
def test_what_reaches_nobody_or_breaks_a_header_is_no_contact(contact: str) -> None:
    with pytest.raises(ValueError, match=r"expected an e-mail|placeholder"):
        parse_contact(contact)


@pytest.mark.parametrize("pattern", ["/2026/{id}.html", "/{date}/{any}/*.shtml", "*", "/a"])
def test_a_pattern_of_known_placeholders_is_accepted(pattern: str) -> None:
    assert parse_links(pattern) == pattern


@given(st.lists(PIECES, max_size=6).map("".join))
def test_each_pattern_that_a_configuration_accepts_can_be_compiled_and_no_other(pattern: str) -> None:
    try:
        parse_links(pattern)
    except ValueError:
        if pattern.strip() == pattern != "" and " " not in pattern and "}" not in re.sub(r"\{[^{}]*\}", "", pattern):
            with pytest.raises(BadPattern):
                compile_links(pattern)
    else:
        assert compile_links(pattern) is not None


@pytest.mark.parametrize("pattern", ["", "2026/{id}", "/{ids}", "/{id", "/id}", "/{}", "/a b", "/{{id}}"])
def test_a_pattern_with_unknown_or_open_braces_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"expected a pattern|no such placeholder|a brace is left open"):
        parse_links(pattern)


@pytest.mark.parametrize(
    ("text", "seconds"), [("15m", 900), ("1h30m", 5_400), ("90s", 90), ("2d", 172_800), ("1d2h3m4s", 93_784)]
)
def test_a_duration_is_read_in_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "m", "15 m", "30m1h", "1.5h", "-1h", "１５m", "1w", None, 15, True])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_duration(text)


@given(st.integers(10, 366 * 86_400))
def test_each_duration_is_read_back_as_it_is_written(seconds: int) -> None:
    assert parse_duration(duration_text(seconds)) == seconds


def test_a_cron_expression_counts_as_crontab_does() -> None:
    times = parse_cron("*/15 6-8,23 * jan-mar,12 0,fri-7")
    assert times.minutes == {0, 15, 30, 45}
    assert times.hours == {6, 7, 8, 23}
    assert times.months == {1, 2, 3, 12}
    assert times.weekdays == {0, 5, 6}
    assert parse_cron("5/20 * * * *").minutes == {5, 25, 45}


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("* * * *", "expected five fields"),
        ("60 * * * *", "the minute field has 60; allowed are 0 to 59"),
        ("* * 0 * *", "the day-of-month field has 0"),
        ("* * * foo *", "the month field has 'foo'; allowed are 1 to 12 or jan to dec"),
        ("5-1 * * * *", "ends before it begins"),
        ("*/0 * * * *", "a step is 1 or more"),
        ("*-5 * * * *", "the minute field has '\\*-5'"),
        ("1,,2 * * * *", "the minute field has ''"),
        ("0 0 1 * mon", "sets both day of month and day of week"),
        ("0 0 31 2,4 *", "day 31 is in none of the months named"),
        ("@hourly", "expected five fields"),
    ],
)
def test_a_wrong_cron_expression_is_told_with_what_is_allowed(expression: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_cron(expression)


def test_an_outlet_has_one_name_or_several() -> None:
    assert source().outlet == ()
    assert source(outlet=" 恩施日报 ").outlet == ("恩施日报",)
    assert source(outlet=["恩施日报", "Enshi Daily", "恩施日报"]).outlet == ("恩施日报", "Enshi Daily")
    for outlet in ("恩施日报", ["恩施日报", "AP"], []):
        assert Source.model_validate(source(outlet=outlet).model_dump()).outlet == source(outlet=outlet).outlet


@pytest.mark.parametrize(
    "written", ["3", '""', '"网"', f'"{"报" * 61}"', '"恩施\\n日报"', '["恩施日报", 7]', "[[]]", "{ name = 1 }", "true"]
)
def test_what_is_no_name_of_an_outlet_is_refused_in_a_sentence(tmp_path: Path, written: str) -> None:
    said = problem(tmp_path, f"outlet = {written}", "source")
    assert said.startswith('source "enshi" outlet: expected the name of an outlet, 2 to 60 characters on one line')


def test_an_outlet_has_ten_names_at_most(tmp_path: Path) -> None:
    names = [f"报{number}" for number in range(11)]
    assert len(source(outlet=names[:10]).outlet) == 10
    said = problem(tmp_path, f"outlet = {json.dumps(names)}", "source")
    assert said == 'source "enshi" outlet: expected at most 10 names; got 11'


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("http://127.0.0.1:3128", "http://127.0.0.1:3128"),
        ("http://Proxy.Test:8080/", "http://proxy.test:8080"),
        ("http://[::1]:3128", "http://[::1]:3128"),
        ("http://proxy.test", "http://proxy.test:80"),
    ],
)
def test_a_proxy_is_a_host_and_a_port(written: str, asked: str) -> None:
    fetch = Fetch(proxy=written)
    assert fetch.proxy == asked
    assert Fetch(proxy=fetch.proxy) == fetch
    assert build_job(source(), fetch, "a@b.org", now=datetime.now(UTC)).proxy == asked


def test_a_job_may_ask_the_ports_of_the_web_of_its_source_and_those_that_were_allowed() -> None:
    several = source(home="http://news.example.cn:81/", feeds=["https://news.example.cn:4430/feed.xml"])
    job = build_job(several, Fetch(allow_ports=(9000,)), "a@b.org", now=datetime.now(UTC))
    assert job.ports == (80, 81, 443, 4430, 8000, 8080, 8443, 9000)
    assert build_job(source(), Fetch(), "a@b.org", now=datetime.now(UTC)).proxy is None
