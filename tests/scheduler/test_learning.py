"""What a site repeats, from the worker to the file and back: learned by one crawl, left out by the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scheduler.demo.static import StaticSite
from scheduler.demo.world import World
from storage import chrome
from storage.database import open_reader
from tests import digest
from tests.scheduler.newsroom import Newsroom

Make = Callable[..., Newsroom]
HTML = "text/html; charset=utf-8"
NOTICE = "本台记者在现场看到，读者朋友如果有新闻线索，欢迎您随时告诉我们，我们会第一时间派人前去采访报道。"
PLACES = "东西南北上下前后左右"
SORRY = "<html><head><title>小编走丢了</title></head><body><h1>小编走丢了</h1><p>{}</p></body></html>".format(
    "小编带着这篇稿子出门散步去了，走着走着忘记了回家的路，大家正在四处寻找，请您先看看别的内容，过几天再来这里瞧一瞧，也许他就回来了。"
)


def page(place: str) -> bytes:
    """An article whose template puts a paragraph of its own between those of the text."""
    told = "天修桥铺路，村里的老人说，这座桥等了三十年，如今总算修好了。"
    lines = [f"{place}村第{number}{told}" for number in "一二三四五六"]
    text = "".join(f"<p>{line}</p>" for line in (*lines[:3], NOTICE, *lines[3:]))
    title = f"{place}村的桥修好了大家都说好"
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><div>{text}</div></body></html>".encode()


def pages(places: str) -> dict[str, Any]:
    return {f"/2026/11/22/{100 + PLACES.index(place)}.html": (page(place), HTML) for place in places}


def learned(room: Newsroom) -> set[str]:
    return {row[0] for row in room.rows("SELECT sample FROM chrome_blocks WHERE verdict = 'learned'")}


def test_what_a_site_repeats_is_learned_and_left_out_of_what_was_read_before_it_was(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=1), StaticSite("static", pages(PLACES[:4])))
    room.crawl("static")
    assert NOTICE in learned(room)
    before = room.rows("SELECT revision, text FROM articles")
    assert [NOTICE in text for _, text in before] == [True] * 4
    room.crawl("static", hours=0.5)
    after = room.rows("SELECT revision, text, learned FROM articles")
    assert [(revision, NOTICE in text, left_out) for revision, text, left_out in after] == [(2, False, 1)] * 4
    assert room.rows("SELECT DISTINCT cause FROM revisions WHERE revision = 2") == [("chrome",)]
    result = room.crawl("static", hours=0.8)
    assert result.total("discovered") == 0
    assert digest.is_sound(room.database)


def test_a_job_carries_what_was_learned_of_the_hosts_of_its_source(newsroom: Make) -> None:
    room = newsroom(World(sites=1, articles=1), StaticSite("static", pages(PLACES[:4])))
    room.crawl("static")
    with open_reader(room.database) as database:
        (known,) = chrome.for_job(database, 1)
        assert known.blocks
        assert known.host in room.server.url("static")
        assert known.observe == 20 - 4


def test_an_answer_that_many_addresses_give_is_no_article_any_more(newsroom: Make) -> None:
    answers = {f"/2026/11/22/{number}.html": (SORRY.encode(), HTML) for number in range(200, 204)}
    room = newsroom(World(sites=1, articles=1), StaticSite("static", answers | pages(PLACES[:1])))
    room.crawl("static")
    assert room.rows("SELECT count(*), count(duplicate_of) FROM articles WHERE status = 'live'") == [(5, 3)]
    room.crawl("static", hours=0.5)
    assert room.rows("SELECT count(*) FROM urls WHERE state = 'stored' AND reason = 'soft_404'") == [(4,)]
    for hours in (3.6, 6.7):
        room.crawl("static", hours=hours)
    assert room.rows("SELECT status, count(*) FROM articles GROUP BY status") == [("gone", 4), ("live", 1)]
    assert digest.is_sound(room.database)
