"""What every page needs is loaded by reading one of each kind: tables, the dictionary, the parsers.

Imported by the fork server of the pool (crawler.pool.PRELOAD) and by nobody else: its processes are forked from it, so
that the first page of each pays nothing for it (.3 s of the 2 s that a page may cost). The model of languages, .8 s and
90 MB for pages that do not say theirs, is left to the process that needs it (price.unpriced).
"""

from __future__ import annotations

import contextlib
import gc
from datetime import UTC, datetime

from crawler.page_work import Answered, PageTask

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_HOME = "http://news.example.org/"
_HAN = "市政府昨天召开会议，部署冬季供暖工作，要求各区县做好准备，确保居民温暖过冬。"
_ARTICLE = (
    f"<html><head><title>供暖工作</title></head><body><h1>供暖工作</h1><div>2025年11月21日 来源：某某日报</div>"
    f"{''.join(f'<p>第{n}天，{_HAN}</p>' for n in range(9))}</body></html>"
)
_PAGES = (_ARTICLE, f"供暖工作\n\n{_HAN}\n\n第二天，{_HAN}")
_ENTRIES = (
    ("feed", "<rss version='2.0'><channel><item><link>http://news.example.org/1.html</link></item></channel></rss>"),
    ("feed", "<rss><channel><item><title>a & b<link>http://news.example.org/1.html</link></item></channel></rss>"),
    ("sitemap", "<urlset><url><loc>http://news.example.org/1.html</loc></url></urlset>"),
    ("listing", f"<html><body>{''.join(f'<p><a href=/{n}.html>{_HAN}</a></p>' for n in range(9))}</body></html>"),
)


def warm() -> None:
    """None; each kind of input was read once, and what is loaded is no longer the garbage collector's business."""
    from crawler.discovery.entry import EntryInput, read_entry  # noqa: PLC0415 - see below
    from crawler.told import read  # noqa: PLC0415

    for markup in _PAGES:
        read(PageTask(markup.encode(), f"{_HOME}1.html", None, "Asia/Shanghai", _NOW, answered=Answered(200, ())))
    for kind, markup in _ENTRIES:
        read_entry(EntryInput(kind=kind, url=_HOME, body=markup.encode(), home=_HOME))  # type: ignore[arg-type]
    gc.collect()
    gc.freeze()


# A server that cannot load a module or a table would be no server; the page that needs it will tell what is wrong.
with contextlib.suppress(Exception):
    warm()
gc.enable()  # crawler.unswept
