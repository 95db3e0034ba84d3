"""A file in which each thing that a reader's page can show is there once: facts, revisions, copies, refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from storage import quarantine, runs, sources
from storage.database import open_writer
from storage.records import (
    Article,
    Counts,
    Credit,
    Dateline,
    Evidence,
    Failed,
    Image,
    PublicationTime,
)
from storage.retention.pruning import prune_articles
from tests.browser.shelf_texts import ENGLISH, FIRST, MARKDOWN, SECOND, TRADITIONAL
from tests.storage.conftest import START, Desk

HOUR = timedelta(hours=1)

def when(day: int, hour: int, minute: int, precision: Any = "minute", *, assumed: bool = True) -> PublicationTime:
    """A time in China."""
    at = datetime(2026, 11, day, hour, minute, tzinfo=timezone(8 * HOUR))
    raw = at.strftime("%Y年%m月%d日" if precision == "day" else "%Y年%m月%d日 %H:%M")
    return PublicationTime(at=at, precision=precision, raw=raw, where="head", offset_assumed=assumed)


def rich(text: str, published: PublicationTime) -> Article:
    """An article of which everything is known."""
    return Article(
        title="雾天渡口不再停航 老码头六条渡船装上雷达", text=text, markdown=MARKDOWN if text == SECOND else None,
        kicker="民生实事看落点", subheadline="缓坡代替石阶，头班船提前20分钟，票价仍是两元",
        published=published, origin="望川日报", origin_raw="来源：望川日报", origin_kind="own",
        origin_url="https://a.cn/",
        dateline=Dateline(raw="本报望川11月21日讯", place="望川", agency="本报", date="11月21日"),
        credits=(
            Credit(role="reporter", name="沈晓舟", raw="记者 沈晓舟 通讯员 龚小满", where="head"),
            Credit(role="correspondent", name="龚小满", raw="记者 沈晓舟 通讯员 龚小满", where="head"),
            Credit(role="photographer", name="吴江潮", raw="吴江潮 摄", where="caption"),
            Credit(role="duty_editor", name="方亦文", raw="责任编辑：方亦文", where="tail"),
        ),
        sections=("新闻", "民生"), keywords=("渡口", "航运", "无障碍"), print_page="A02",
        images=(
            Image(url="https://www.wangchuan.example/img/2026/ferry-1.jpg", caption="渡船靠上改造后的缓坡码头",
                  photographer="吴江潮"),
            Image(url="https://www.wangchuan.example/img/2026/ferry-2.jpg", caption=None, photographer=None),
        ),
        counts=Counts(reads=18432, comments=57), licence="未经授权不得转载",
        evidence=(
            Evidence(fact="title", value="雾天渡口不再停航", raw="雾天渡口不再停航", where="headline", chosen=True),
            Evidence(fact="published", value="2026-11-21T14:20+08:00", raw="2026年11月21日 14:20", where="head",
                     chosen=True),
            Evidence(fact="published", value="2026-11-20", raw="2026-11-20", where="url", chosen=False),
            Evidence(fact="origin", value="望川日报", raw="来源：望川日报", where="head", chosen=True),
        ),
        lang="zh", script="Hans", confidence=0.96, found_by="steered", encoding="gb18030",
        encoding_evidence="meta", extractor="test-1",
    )  # fmt: skip


def plain(title: str, text: str, published: PublicationTime | None, **more: Any) -> Article:
    known = {"lang": "zh", "script": "Hans", "encoding": "utf-8", "encoding_evidence": "http header"}
    return Article(title=title, text=text, published=published, extractor="test-1", **{**known, **more})


def make(path: Path) -> dict[str, int]:
    """The numbers of the articles by name; at `path` is the file."""
    with open_writer(path) as database:
        desk = Desk(database)
        made = {"rich": _stored(desk, "rich", rich(FIRST, when(21, 14, 20)))}
        made |= _copies(desk)
        made["traditional"] = _stored(
            desk, "taipei", plain("北岸老燈塔重新點亮", TRADITIONAL, when(21, 22, 5), script="Hant", origin="石浦時報")
        )
        made["english"] = _stored(
            desk, "saltwick",
            plain("Swing bridge to turn again", ENGLISH, None, lang="en", script=None, confidence=0.41),
        )  # fmt: skip
        desk.now += 3 * HOUR
        _revise(desk, "rich", rich(SECOND, when(21, 14, 20)))
        made["gone"] = _stored(desk, "gone", plain("集市改期的通知", "原定周六的集市改到周日，摊位号不变。" * 4, None))
        desk.lose("gone")
        made["pruned"] = _stored(desk, "pruned", plain("旧闻一则", "这一篇超过了保存期限，正文已经清理。" * 4, None))
        prune_articles(database, [made["pruned"]], desk.now)
        _refusals(desk)
    return made


def _stored(desk: Desk, name: str, article: Article) -> int:
    desk.begin()
    desk.take(desk.discovered(name), desk.extracted(name, article))
    _finish(desk)
    return int(desk.url(name)["article_id"])


def _revise(desk: Desk, name: str, article: Article) -> None:
    desk.begin(limit=100, rechecks=True)
    desk.take(desk.extracted(name, article))
    _finish(desk)


def _finish(desk: Desk) -> None:
    desk.end()
    with desk.database.transaction():
        runs.finish(desk.database, int(desk.job.removeprefix("job-")), desk.now)


def _copies(desk: Desk) -> dict[str, int]:
    """Copies of the first article at five other outlets, each other in its own way."""
    shorter = "\n\n".join(FIRST.split("\n\n")[:4])
    told = "\n\n".join((*FIRST.split("\n\n")[:4], FIRST.split("\n\n")[4].replace("菜农周德顺", "菜农周某")))
    wanted = (
        ("bingjiang", plain("雾天渡口不再停航", FIRST, when(21, 14, 52), origin="望川日报", origin_raw="来源：望川")),
        ("chengbei", plain("老码头渡船装上雷达，大雾天也能过江", shorter, when(21, 17, 5), origin="滨江晚报")),
        ("party", plain("雾天渡口不再停航 老码头六条渡船装上雷达", FIRST, when(21, 0, 0, "day"), origin="望川日报")),
        ("haiqing", plain("望川：雾天渡口不停航", told, when(22, 10, 40))),
        ("archive", plain("雾天渡口不再停航", FIRST, None)),
    )
    made = {}
    for at, (name, article) in enumerate(wanted, 1):
        desk.now = START + at * 0.1 * HOUR
        made[name] = _stored_at(desk, name, article)
    return made


def _stored_at(desk: Desk, source: str, article: Article) -> int:
    """The id of an article of another source, on another site."""
    with desk.database.transaction():
        sources.ensure(desk.database, source, f"https://{source}.cn/", desk.now)
    address = f"//{source}.cn/2026/1121/1.html"
    desk.begin(source=source)
    found = desk.discovered(source)
    candidate = replace(found.candidates[0], url=f"https:{address}", key=address, title=article.title)
    event = replace(
        desk.extracted(source, article), key=address, url=f"https:{address}", final_url=f"https:{address}",
        final_key=address,
    )  # fmt: skip
    desk.take(replace(found, candidates=(candidate,), entry_url=f"https://{source}.cn/"), event)
    _finish(desk)
    return int(desk.database.value("SELECT id FROM article_heads WHERE key = ?", (address,)))


def _refusals(desk: Desk) -> None:
    """Addresses that brought nothing, of many reasons, more than a page of them; and one that is kept away."""
    reasons = ("too_short", "listing", "http_404", "captcha", "video", "robots_disallowed", "timeout", "http_503")
    names = [f"refused-{at}.html" for at in range(64)]
    desk.begin()
    desk.take(desk.discovered(*names, "strike.html"))
    for at, name in enumerate(names):
        reason = reasons[at % len(reasons)]
        made = desk.failed if reason in {"timeout", "http_503"} else desk.rejected
        desk.now += timedelta(seconds=1)
        desk.take(made(name, reason, detail="38 letters of main text" if reason == "too_short" else ""))
    desk.take(desk.failed("strike.html", "extraction_timeout", detail="more than 30 s"))
    _finish(desk)
    page = desk.url("strike.html")
    event = Failed(
        job_id=desk.job, number=1, key=page["key"], fetched_at=desk.now, reason="extraction_timeout",
        detail="more than 30 s",
    )  # fmt: skip
    with desk.database.transaction():
        quarantine.put(desk.database, page["id"], event, 2, "test-1")
        desk.database.execute("UPDATE urls SET state = 'failed', attempts = 2 WHERE id = ?", (page["id"],))
