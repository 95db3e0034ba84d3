"""The record of a page holds what was received, and what reading it again takes."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime

import pytest
from scrapy.http import Headers
from warcio.archiveiterator import ArchiveIterator

from crawler.extraction.page import PageInput
from crawler.importing.warc import captures
from crawler.page_work import Answered
from crawler.raw_pages import MAX_HEADERS, of_answer, of_file, valid_address

NOW = datetime(2026, 11, 22, 9, 30, 15, tzinfo=UTC)
BODY = "<html><p>水利部门表示，泄洪已经结束。</p></html>".encode("gb18030")


def read_with(**more):
    values = {"body": BODY, "url": "https://a.cn/1", "content_type": "text/html; charset=gbk", "now": NOW, **more}
    return PageInput(**values)


def kept(headers, *, url="https://a.cn/1", status=200, part=1, **more):
    """The raw page of an answer with these headers."""
    return of_answer(Answered(status, list(Headers(headers).items())), read_with(url=url, **more), part)


def the_record(raw):
    """What warcio reads from the record, digests checked: kind, its headers, those of HTTP, the body."""
    archive = ArchiveIterator(io.BytesIO(raw.record), check_digests="raise")
    record = next(archive)
    body = record.content_stream().read()
    assert next(archive, None) is None
    return record.rec_type, dict(record.rec_headers.headers), record.http_headers, body


def test_an_answer_becomes_a_response_record_with_its_headers_and_the_unpacked_body():
    headers = {"Content-Type": "text/html; charset=gbk", "Set-Cookie": ["a=1", "b=2"], "Content-Length": "77"}
    raw = kept(headers, link_title="题", link_published_raw="1月2日", timezone="Asia/Taipei")
    kind, said, http, body = the_record(raw)
    assert kind == "response"
    assert said["WARC-Target-URI"] == raw.url == "https://a.cn/1"
    assert said["WARC-Date"] == "2026-11-22T09:30:15Z"
    assert said["Content-Type"] == "application/http; msgtype=response"
    assert said["WARC-Record-ID"].startswith("<urn:uuid:")
    assert body == BODY
    assert http.get_statuscode() == "200"
    assert http.headers == [
        ("Content-Type", "text/html; charset=gbk"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("X-Archive-Orig-Content-Length", "77"),
        ("Content-Length", str(len(BODY))),
    ]
    assert (raw.part, raw.fetched_at, raw.http_status, raw.content_type) == (1, NOW, 200, "text/html; charset=gbk")
    assert (raw.timezone, raw.link_title, raw.link_published) == ("Asia/Taipei", "题", "1月2日")


def test_how_the_body_was_packed_is_told_by_a_header_that_no_viewer_obeys():
    headers = {"Content-Encoding": "zstd", "Transfer-Encoding": "chunked", "Content-Length": str(len(BODY))}
    raw = kept(headers)
    _, _, http, body = the_record(raw)
    assert body == BODY
    assert sorted(http.headers) == [
        ("Content-Length", str(len(BODY))),
        ("X-Archive-Orig-Content-Encoding", "zstd"),
        ("X-Archive-Orig-Transfer-Encoding", "chunked"),
    ]


def test_headers_that_are_none_or_too_long_are_left_out_and_no_value_begins_another():
    headers = {
        "X-Good": "a\r\nX-Smuggled: 1\r\n\r\n<html>",
        "X Bad": "1",
        "X-标题": "1",
        "X-Long": "a" * 20_000,
        "X-Chinese": "值",
        **{f"X-{n}": "1" for n in range(MAX_HEADERS)},
    }
    raw = kept(headers)
    _, _, http, body = the_record(raw)
    assert body == BODY
    assert http.get_header("X-Smuggled") is None
    assert http.get_header("X-Good").startswith("a X-Smuggled: 1")
    assert [name for name, _ in http.headers if name in ("X Bad", "X-Long")] == []
    assert len(http.headers) == MAX_HEADERS + 1


def test_a_flood_of_headers_leaves_a_record_that_can_be_imported(tmp_path):
    headers = {"Content-Type": "text/html", **{f"X-{n}": b"\xe9" * 8_000 for n in range(100)}}
    raw = kept(headers)
    assert len(the_record(raw)[2].headers) > 10
    (tmp_path / "a.warc.gz").write_bytes(raw.record)
    assert [one.body for one in captures(tmp_path / "a.warc.gz", 10**6, Counter())] == [BODY]


@pytest.mark.parametrize(("status", "said"), [(200, "200 OK"), (404, "404 Not Found"), (299, "299")])
def test_the_status_line_is_that_of_the_answer(status, said):
    raw = kept({}, status=status)
    _, _, http, _ = the_record(raw)
    assert http.statusline.strip() == said
    assert raw.http_status == status


def test_each_page_of_an_article_is_kept_under_its_own_address_with_its_number():
    raw = kept({}, url="https://a.cn/1_2", part=2)
    assert (raw.part, raw.url) == (2, "https://a.cn/1_2")
    assert the_record(raw)[3] == BODY


def test_a_file_becomes_a_resource_record_under_its_own_address():
    raw = of_file(read_with(url="", content_type="text/plain\r\nX: 1"), "import:archive/files/%E6%B0%B4.txt")
    kind, said, http, body = the_record(raw)
    assert (kind, http, body) == ("resource", None, BODY)
    assert said["WARC-Target-URI"] == raw.url == "import:archive/files/%E6%B0%B4.txt"
    assert said["Content-Type"] == "text/plain X: 1"
    assert (raw.http_status, raw.part) == (None, 1)


def test_a_file_of_no_content_type_gets_none_so_that_its_bytes_tell():
    _, said, _, _ = the_record(of_file(read_with(content_type=None), "import:archive/a"))
    assert "Content-Type" not in said


@pytest.mark.parametrize(
    ("url", "valid"),
    [
        ("https://a.cn/a%20b?x=%E6&y=[1]#top", "https://a.cn/a%20b?x=%E6&y=[1]#top"),
        ('https://a.cn/a b<>"\r\n水', "https://a.cn/a%20b%3C%3E%22%0D%0A%E6%B0%B4"),
    ],
)
def test_an_address_is_escaped_only_where_it_must_be(url, valid):
    assert valid_address(url) == valid
