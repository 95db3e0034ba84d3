"""What an import stores, by what address, and what a second import, a bad file, a kill and a crawl make of it."""

from __future__ import annotations

import gzip
import os
import shutil
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler.importing import HomelessSource, ImportedSource, ImportPlan, import_all
from storage import ledger, runs, sources
from storage.database import open_reader, open_writer
from storage.faults import LockHeld
from storage.lock import WriterLock
from storage.records import Candidate

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
HOME = "https://news.example.cn/"
BODY = [
    "市水务局昨天公布了今年冬季的供水安排，城北三个街道的老旧管网将在下月底以前全部更换完毕。",
    "负责人说，施工只在夜间进行，居民用水不受影响，遇到停水会提前两天在小区门口张贴通知。",
    "据了解，这项工程已经列入今年的民生实事，全部费用由市财政承担，不向住户收取任何费用。",
]


def text(title="城北老旧管网更换工程启动", body=BODY, before=""):
    return f"{before}{title}\n\n" + "\n\n".join(body) + "\n"


def page(title="城北老旧管网更换工程启动", body=BODY, head="", before=""):
    paragraphs = "".join(f"<p>{line}</p>" for line in body)
    return (
        f"{before}<!doctype html><html><head><meta charset='utf-8'><title>{title}</title>{head}</head>"
        f"<body><div class='nav'><a href='/'>首页</a></div><h1>{title}</h1><div>{paragraphs}</div></body></html>"
    )


def warc(path, *records, packed=True):
    """Writes records: (url, body, keyword arguments)."""
    path.write_bytes(b"".join(gzip.compress(record(*one)) if packed else record(*one) for one in records))


def record(url, body, more):
    """One WARC record (ISO 28500) as bytes."""
    kind, content_type = more.get("kind", "response"), more.get("type", "text/html")
    block = body.encode()
    if kind == "response":
        block = f"HTTP/1.1 {more.get('status', '200 OK')}\r\nContent-Type: {content_type}\r\n\r\n".encode() + block
        content_type = "application/http; msgtype=response"
    head = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{uuid.uuid4()}>",
        "WARC-Target-URI": url,
        "WARC-Date": more.get("date", "2020-05-06T07:08:09Z"),
        "Content-Type": content_type,
        "Content-Length": str(len(block)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"WARC/1.0\r\n{lines}\r\n".encode() + block + b"\r\n\r\n"


class Office:
    """A database and a folder of files, with imports of them at chosen times."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "news.db"
        self.files = folder / "files"
        self.files.mkdir()

    def write(self, name, content, *, changed=NOW - timedelta(days=30)):
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.utime(path, (changed.timestamp(), changed.timestamp()))
        return path

    def run(self, *paths, name="archive", home=HOME, hours=0.0, **more):
        plan = ImportPlan(
            database=self.database,
            source=ImportedSource(name=name, home=home, timezone="Asia/Shanghai", outlets=more.pop("outlets", None)),
            paths=paths or [self.files],
            processes=1,
            **{key: more.pop(key) for key in ("base_url", "max_body_bytes") if key in more},
        )
        return import_all(plan, clock=lambda: NOW + timedelta(hours=hours), **more)

    def rows(self, sql, *values):
        with open_reader(self.database) as database:
            return [tuple(row) for row in database.rows(sql, values)]


@pytest.fixture
def office(tmp_path):
    return Office(tmp_path)


def counted(result):
    names = ("discovered", "stored", "revised", "unchanged", "duplicate", "rejected", "failed", "pending")
    return {name: getattr(result.counts, name) for name in names if getattr(result.counts, name)}


def test_text_markdown_and_saved_pages_of_a_folder_become_articles_that_nobody_will_ask_for(office):
    office.write("a.txt", text())
    office.write("sub/b.md", "# 图书馆延长开放时间\n\n" + "\n\n".join(line.replace("水", "书") for line in BODY))
    office.write("sub/c.html", page("公园新增三条步道", [line.replace("水", "路") for line in BODY]))
    result = office.run()
    assert counted(result) == {"discovered": 3, "stored": 3}
    assert office.rows("SELECT url, title FROM articles ORDER BY url") == [
        ("import:archive/files/a.txt", "城北老旧管网更换工程启动"),
        ("import:archive/files/sub/b.md", "图书馆延长开放时间"),
        ("import:archive/files/sub/c.html", "公园新增三条步道"),
    ]
    assert office.rows("SELECT DISTINCT state, next_at FROM urls") == [("stored", None)]
    assert office.rows("SELECT trigger, status FROM runs") == [("import", "ok")]
    with open_writer(office.database) as database:
        (row,) = sources.states(database, NOW + timedelta(days=400)).values()
        leased = ledger.lease(
            database, run_id=1, job_id="x", source_id=row.id, now=NOW + timedelta(days=400), limit=9, rechecks=9
        )
    assert (row.pending_ready, leased) == (0, ())


def test_importing_again_changes_nothing_wherever_the_folder_lies_now(office, tmp_path):
    office.write("a.txt", text())
    office.run()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copytree(office.files, elsewhere / "files")
    assert counted(office.run(elsewhere / "files", hours=1)) == {"discovered": 1, "unchanged": 1}
    assert counted(office.run(office.files / "a.txt", hours=2)) == {"discovered": 1, "unchanged": 1}
    assert office.rows("SELECT count(*) FROM revisions") == [(1,)]


def test_a_changed_file_is_a_revision_of_its_article(office):
    office.write("a.txt", text())
    office.run()
    more = "记者从施工单位获悉，首批管道已经运抵现场，今天夜里就会开始铺设。"
    office.write("a.txt", text(body=[*BODY, more]), changed=NOW)
    assert counted(office.run(hours=1)) == {"discovered": 1, "stored": 1, "revised": 1}
    assert office.rows("SELECT revision, fetched_at FROM revisions ORDER BY revision") == [
        (1, "2026-10-23T02:00:00Z"),
        (2, "2026-11-22T02:00:00Z"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "url"),
    [
        (
            "a.txt",
            text(before="---\nurl: http://www.example.cn/2020/a.html\n---\n"),
            "http://www.example.cn/2020/a.html",
        ),
        (
            "a.html",
            page(before="<!-- saved from url=(0033)https://www.example.cn/2020/a.html -->\n"),
            "https://www.example.cn/2020/a.html",
        ),
        (
            "a.html",
            page(head="<link rel='canonical' href='https://www.example.cn/2020/a.html?utm_source=x'>"),
            "https://www.example.cn/2020/a.html",
        ),
        ("a.html", page(head="<link rel='canonical' href='https://www.example.cn/'>"), "import:archive/files/a.html"),
        ("名 字.html", page(), "import:archive/files/%E5%90%8D%20%E5%AD%97.html"),
    ],
)
def test_the_address_is_the_one_that_the_page_had_in_the_web_or_one_of_its_file(office, name, content, url):
    office.write(name, content)
    office.run()
    assert office.rows("SELECT url FROM articles") == [(url,)]


def test_a_folder_that_mirrors_a_site_has_the_addresses_of_the_site(office):
    office.write("2020/a.html", page())
    office.run(base_url="https://www.example.cn/news/")
    assert office.rows("SELECT url FROM articles") == [("https://www.example.cn/news/2020/a.html",)]


def test_pages_that_all_name_one_address_are_all_kept(office):
    for number in range(3):
        body = [line.replace("水", "电气热"[number]) for line in BODY]
        head = "<link rel='canonical' href='https://www.example.cn/list.html'>"
        office.write(f"{number}.html", page(f"第{number}号工程今天启动建设", body, head))
    assert counted(office.run()) == {"discovered": 3, "stored": 3}
    assert [row[0].partition(":")[0] for row in office.rows("SELECT url FROM articles ORDER BY id")] == [
        "https",
        "import",
        "import",
    ]


@pytest.mark.parametrize(("name", "packed"), [("a.warc.gz", True), ("a.warc", False)])
def test_a_warc_file_gives_its_pages_once_each_with_the_time_at_which_they_were_had(office, name, packed):
    warc(
        office.files / name,
        ("https://www.example.cn/1.html", page(), {}),
        ("https://www.example.cn/1.html", page(), {"date": "2021-01-01T00:00:00Z"}),
        ("https://www.example.cn/2.txt", text("另一条消息今天公布", [b.replace("水", "电") for b in BODY]),
         {"kind": "resource", "type": "text/plain"}),
        ("https://www.example.cn/3.html", page(), {"status": "404 Not Found"}),
        ("https://www.example.cn/4.png", "picture", {"type": "image/png"}),
        ("https://www.example.cn/5.html", "", {"kind": "revisit"}),
        ("dns:www.example.cn", "1.2.3.4", {"kind": "resource", "type": "text/dns"}),
        ("https://www.example.cn/6.html", "<p>短</p>", {}),
        packed=packed,
    )  # fmt: skip
    result = office.run()
    assert counted(result) == {"discovered": 3, "stored": 2, "rejected": 1}
    assert result.passed == {"other_status": 1, "other_type": 1, "revisit": 1, "other_scheme": 1, "repeated_address": 1}
    assert office.rows("SELECT url, fetched_at FROM articles ORDER BY url") == [
        ("https://www.example.cn/1.html", "2020-05-06T07:08:09Z"),
        ("https://www.example.cn/2.txt", "2020-05-06T07:08:09Z"),
    ]
    assert counted(office.run(hours=1)) == {"discovered": 3, "unchanged": 2, "rejected": 1}


def test_bad_files_are_rejections_with_their_reason_and_cost_no_other(office):
    office.write("a.txt", text())
    office.write("b.html", b"%PDF-1.4")
    office.write("c.txt", "太短。")
    office.write("d.warc", b"this is no warc\r\nat all\r\n\r\n")
    office.write("e.html", page() + " " * 200_000)
    office.write("f.png", b"\x89PNG")
    office.write("g.warc.gz", gzip.compress(record("https://www.example.cn/1.html", page(), {}))[:-40])
    result = office.run(max_body_bytes=100_000)
    assert result.counts.reasons == {
        "rejected:not_html": 1,
        "rejected:too_short": 1,
        "rejected:bad_warc": result.counts.reasons["rejected:bad_warc"],
        "rejected:too_large": 1,
        **{key: 1 for key in result.counts.reasons if key.startswith("duplicate")},
    }
    assert result.counts.reasons["rejected:bad_warc"] in (1, 2)
    assert result.passed == {"other_file": 1}
    assert result.unread == result.counts.reasons["rejected:bad_warc"]
    named = office.rows("SELECT url, reason, next_at FROM rejections WHERE reason = 'too_large'")
    assert named == [("import:archive/files/e.html", "too_large", None)]


def test_what_belongs_to_a_saved_page_is_no_page(office):
    office.write("a.html", page())
    office.write("a_files/frame.html", page("框架里的另外一页内容"))
    assert counted(office.run()) == {"discovered": 1, "stored": 1}


def test_an_address_of_another_source_stays_with_it(office):
    office.write("a.txt", text(before="---\nurl: https://www.example.cn/a.html\n---\n"))
    office.run(name="first")
    result = office.run(name="second", home="https://second.example.cn/")
    assert (counted(result), result.passed) == ({}, {"other_source": 1})
    assert office.rows("SELECT source FROM articles") == [("first",)]


def plan_a_crawl(office, state, next_at="2026-11-22T09:00:00Z"):
    """Puts the addresses into the crawler's plan, as a crawl would have."""
    with open_writer(office.database) as database:
        database.execute("UPDATE urls SET state = ?, next_at = ?", (state, next_at))


def discovered_by_a_crawl(office, url):
    """How many addresses are new to a crawl of the source that finds this one."""
    with open_writer(office.database) as database, database.transaction():
        source_id = int(database.value("SELECT id FROM sources"))
        run_id = runs.begin(database, "crawl", NOW)
        runs.add_source(database, run_id, source_id, "crawl", NOW, planned=0, with_entries=False)
        page = Candidate(url=url, key=url.removeprefix("https:"))
        ids = {"run_id": run_id, "job_id": "crawl", "source_id": source_id}
        new = ledger.discover(database, **ids, entry_url="", candidates=[page], taken=0, now=NOW)
        runs.discovered(database, "crawl", new)
        return new


def test_an_old_capture_neither_undoes_a_newer_revision_nor_the_plan_of_the_crawler(office):
    url = "https://www.example.cn/1.html"
    warc(office.files / "new.warc.gz", (url, page(), {"date": "2026-11-20T00:00:00Z"}))
    office.run()
    plan_a_crawl(office, "stored")
    (office.files / "new.warc.gz").unlink()
    warc(office.files / "old.warc.gz", (url, page("旧的标题与旧的内容"), {"date": "2026-11-01T00:00:00Z"}))
    result = office.run(hours=1)
    assert result.counts.reasons == {"rejected:older_capture": 1}
    (stored,) = office.rows("SELECT title, checked_at FROM articles")
    assert stored == ("城北老旧管网更换工程启动", "2026-11-20T00:00:00Z")
    assert office.rows("SELECT state, next_at FROM urls") == [("stored", "2026-11-22T09:00:00Z")]


def test_a_bad_copy_does_not_end_an_address_that_the_crawler_waits_for(office):
    url = "https://www.example.cn/2020/a.html"
    office.write("a.txt", text())
    office.run()
    assert discovered_by_a_crawl(office, url) == 1
    planned = office.rows("SELECT state, next_at FROM urls WHERE url = ?", url)
    office.write("a.html", page(body=["短。"], before=f"<!-- saved from url=(0034){url} -->\n"))
    assert counted(office.run(hours=1)) == {"discovered": 2, "unchanged": 1, "rejected": 1}
    assert office.rows("SELECT state, next_at FROM urls WHERE url = ?", url) == planned
    assert planned == [("pending", "2026-11-22T02:00:00Z")]


def test_an_address_of_which_there_is_only_a_bad_copy_is_still_new_to_a_crawl(office):
    captcha = "<title>访问验证</title><p>访问过于频繁，请输入验证码后继续访问</p><input name='captcha'>"
    url = "https://www.example.cn/1.html"
    warc(office.files / "a.warc.gz", (url, captcha, {}), ("https://www.example.cn/2.html", "<p>短</p>", {}))
    for hours in (0, 1):
        assert counted(office.run(hours=hours)) == {"discovered": 2, "rejected": 2}
        assert office.rows("SELECT url FROM urls") == []
    assert discovered_by_a_crawl(office, url) == 1


def test_a_bad_copy_does_not_stand_before_a_good_one_of_the_same_import(office):
    url = "https://www.example.cn/1.html"
    later = {"date": "2021-01-01T00:00:00Z"}
    bad, good = (url, "<p>短</p>", {}), (url, page(), later)
    warc(office.files / "a.warc.gz", bad, bad, good, (url, page(), {}))
    result = office.run()
    assert (counted(result), result.passed) == ({"discovered": 2, "stored": 1, "rejected": 1}, {"repeated_address": 2})
    assert counted(office.run(hours=1)) == {"discovered": 2, "unchanged": 1, "rejected": 1}
    assert office.rows("SELECT state FROM urls") == [("stored",)]


@pytest.mark.parametrize(("status", "checked"), [("live", "2020-06-01T00:00:00Z"), ("gone", "2020-05-06T07:08:09Z")])
def test_a_capture_does_not_undo_what_a_later_look_at_the_article_found(office, status, checked):
    url = "https://www.example.cn/1.html"
    warc(office.files / "a.warc.gz", (url, page(), {"date": "2020-05-01T00:00:00Z"}))
    office.run()
    with open_writer(office.database) as database:
        database.execute("UPDATE article_heads SET status = ?, checked_at = ?", (status, checked))
        database.execute("UPDATE urls SET state = ?", ("stored" if status == "live" else status,))
    before = office.rows("SELECT state, next_at, article_id FROM urls")
    warc(office.files / "a.warc.gz", (url, page("改过的标题与改过的内容"), {}))
    assert office.run(hours=1).counts.reasons == {"rejected:older_capture": 1}
    warc(office.files / "a.warc.gz", (url, page(), {"date": "2020-05-05T00:00:00Z"}))
    assert counted(office.run(hours=2)) == {"discovered": 1, "unchanged": 1}
    assert office.rows("SELECT revision, status, checked_at FROM articles") == [(1, status, checked)]
    assert office.rows("SELECT state, next_at, article_id FROM urls") == before


def test_an_article_that_was_gone_is_back_with_a_later_capture(office):
    url = "https://www.example.cn/1.html"
    warc(office.files / "a.warc.gz", (url, page(), {"date": "2020-05-01T00:00:00Z"}))
    office.run()
    with open_writer(office.database) as database:
        database.execute("UPDATE article_heads SET status = 'gone', checked_at = '2020-05-02T00:00:00Z'")
        database.execute("UPDATE urls SET state = 'gone'")
    warc(office.files / "a.warc.gz", (url, page(), {}))
    assert counted(office.run(hours=1)) == {"discovered": 1, "unchanged": 1}
    assert office.rows("SELECT status, state FROM articles, urls") == [("live", "stored")]


def store_through_a_redirect(office, url):
    """Stores an article at an address that the ledger does not know, as a crawl does that was redirected to it."""
    warc(office.files / "a.warc.gz", (url, page(), {}))
    office.run()
    (office.files / "a.warc.gz").unlink()
    with open_writer(office.database) as database:
        database.execute("UPDATE urls SET key = '//www.example.cn/go', url = 'https://www.example.cn/go'")


def test_an_article_of_another_source_is_not_revised_also_where_it_was_stored_through_a_redirect(office):
    url = "https://www.example.cn/1.html"
    store_through_a_redirect(office, url)
    warc(office.files / "b.warc.gz", (url, page("改过的标题与改过的内容"), {"date": "2021-01-01T00:00:00Z"}))
    result = office.run(name="second", home="https://second.example.cn/")
    assert (counted(result), result.passed) == ({}, {"other_source": 1})
    assert office.rows("SELECT source, revision FROM articles") == [("archive", 1)]


def test_an_older_capture_of_an_article_behind_a_redirect_leaves_another_name_of_it(office):
    url = "https://www.example.cn/1.html"
    store_through_a_redirect(office, url)
    warc(office.files / "b.warc.gz", (url, page("旧的标题与旧的内容"), {"date": "2019-01-01T00:00:00Z"}))
    assert office.run(hours=1).counts.reasons == {"rejected:older_capture": 1}
    assert office.rows("SELECT url, state, article_id IS NULL FROM urls ORDER BY id") == [
        ("https://www.example.cn/go", "stored", 0),
        (url, "alias", 0),
    ]
    assert office.run(hours=2).counts.reasons == {"rejected:older_capture": 1}
    warc(office.files / "b.warc.gz", (url, page("改过的标题与改过的内容"), {"date": "2021-01-01T00:00:00Z"}))
    assert counted(office.run(hours=3)) == {"discovered": 1, "stored": 1, "revised": 1}


def test_the_year_of_a_date_without_one_is_that_of_the_file_whenever_it_is_imported(office):
    dated = page().replace("</h1>", "</h1><div>05-06 10:20</div>")
    office.write("a.html", dated, changed=datetime(2015, 6, 1, tzinfo=UTC))
    office.run()
    assert counted(office.run(hours=24 * 200)) == {"discovered": 1, "unchanged": 1}
    assert office.rows("SELECT published_local FROM articles") == [("2015-05-06T10:20+08:00",)]


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "soon"])
def test_a_capture_whose_time_cannot_be_has_that_of_its_file(office, date):
    warc(office.files / "a.warc.gz", ("https://www.example.cn/1.html", page(), {"date": date}))
    os.utime(office.files / "a.warc.gz", (1_500_000_000, 1_500_000_000))
    assert counted(office.run()) == {"discovered": 1, "stored": 1}
    assert office.rows("SELECT fetched_at FROM articles") == [("2017-07-14T02:40:00Z",)]


def test_a_pipe_is_refused_and_not_waited_for(office):
    for name in ("a.html", "b.warc", "c.warc.gz"):
        os.mkfifo(office.files / name)
    assert office.run().counts.reasons == {"rejected:unreadable": 3}


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, br"])
def test_a_record_that_cannot_be_unpacked_costs_no_other(office, encoding):
    url = "https://www.example.cn/{}.html"
    packed = record(url.format(2), page(), {"type": f"text/html\r\nContent-Encoding: {encoding}"})
    content = record(url.format(1), page(), {}) + packed + record(url.format(3), page("另一条消息今天公布"), {})
    office.write("a.warc", content)
    result = office.run()
    assert (result.counts.stored, result.passed) == (2, {"undecodable": 1})


@pytest.mark.parametrize("line", ["X: " + "a" * 9_000_000, "\r\n".join(["X: " + "a" * 60_000] * 30)])
def test_a_header_of_any_size_is_not_held_in_memory_but_ends_its_file(office, line):
    first, second = (record(f"https://www.example.cn/{number}.html", page(), {}) for number in (1, 2))
    second = second.replace(b"\r\n", f"\r\n{line}\r\n".encode(), 1)
    office.write("a.warc.gz", gzip.compress(first) + gzip.compress(second))
    office.run()
    assert office.rows("SELECT url FROM articles") == [("https://www.example.cn/1.html",)]
    ((reason, detail),) = office.rows("SELECT reason, detail FROM rejections")
    assert (reason, "a header of more than 65536 bytes" in detail) == ("bad_warc", True)


def test_a_source_that_nobody_knows_needs_a_home_and_is_known_afterwards(office):
    office.write("a.txt", text())
    with pytest.raises(HomelessSource):
        office.run(home=None)
    office.run()
    assert counted(office.run(home=None, hours=1)) == {"discovered": 1, "unchanged": 1}
    assert office.rows("SELECT name, home FROM sources") == [("archive", HOME)]


def test_a_text_stands_for_its_story_where_the_others_name_its_outlet_though_it_came_last(office):
    for portal in ("one", "two"):
        office.write(f"{portal}/a.html", page(before="", head="<meta name='source' content='恩施日报'>"))
        office.run(office.files / portal, name=portal, home=f"https://{portal}.example/", base_url=f"https://{portal}.example/")
    office.write("paper/a.txt", text())
    standing = "SELECT s.canonical_article_id, s.n_articles, s.n_sites FROM stories s"
    office.run(office.files / "paper", name="paper", hours=1)
    assert office.rows(standing) == [(1, 3, 3)]
    office.write("paper/a.txt", text(body=[*BODY, "责任编辑：小王"]))
    office.run(office.files / "paper", name="paper", outlets=("恩施日报",), hours=2)
    assert office.rows(standing) == [(3, 3, 3)]
    assert office.rows("SELECT outlets FROM sources ORDER BY id") == [("[]",), ("[]",), ('["恩施日报"]',)]


def test_a_second_writer_is_refused(office):
    office.write("a.txt", text())
    with WriterLock(office.database), pytest.raises(LockHeld):
        office.run()


def test_a_stop_keeps_what_was_read_and_the_next_import_has_the_rest(office):
    for number in range(40):
        body = [f"{line}（{number}）。" for line in BODY]
        office.write(f"{number:02}.txt", text(f"第{number}号工程今天启动建设", body))
    asked = iter([False] * 12 + [True] * 1000)
    result = office.run(should_stop=lambda: next(asked))
    assert (result.interrupted, office.rows("SELECT status FROM runs")) == (True, [("interrupted",)])
    done = counted(result)["stored"]
    assert 0 < done < 40
    assert counted(office.run(hours=1)) == {"discovered": 40, "stored": 40 - done, "unchanged": done}


def test_what_a_killed_import_had_taken_is_taken_up(office):
    office.write("a.txt", text())
    office.run()
    with open_writer(office.database) as database:
        database.execute("UPDATE run_log SET finished_at = NULL, status = 'running'")
        database.execute("UPDATE run_source_log SET finished_at = NULL, status = 'running'")
        database.execute("UPDATE urls SET state = 'pending', lease_job = 'dead', run_outcome = 'pending'")
        database.execute("UPDATE run_source_log SET stored = 0")
    assert counted(office.run(hours=1)) == {"discovered": 1, "unchanged": 1}
    assert office.rows("SELECT status FROM runs ORDER BY id") == [("interrupted",), ("ok",)]


@pytest.mark.parametrize("packed", [True, False])
def test_a_record_that_is_cut_off_ends_its_file_and_replaces_nothing(office, packed):
    first, second = (record(f"https://www.example.cn/{number}.html", page(), {}) for number in (1, 2))
    pack = gzip.compress if packed else bytes
    office.write("a.warc.gz" if packed else "a.warc", pack(first) + pack(second)[: -60 if packed else -150])
    office.run()
    assert office.rows("SELECT url FROM articles") == [("https://www.example.cn/1.html",)]
    assert office.rows("SELECT reason FROM rejections") == [("bad_warc",)]
