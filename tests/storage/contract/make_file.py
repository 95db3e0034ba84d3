"""Makes a database as some version of Dibao wrote it: `python -P make_file.py FOLDER OUT.db.gz`.

FOLDER is that version's source (`git archive COMMIT | tar -x -C FOLDER`); all that is imported of ours is its code. The
articles are written for this: Chinese and English, one revised, one copied, one copied in the other script, one gone,
one at two addresses that later key rules take for one; pages that are none; a failure; one that broke its reader
twice; a gap; a decision; what the watch found, and who was told of it.
"""

from __future__ import annotations

import gzip
import importlib.util
import sys
import tempfile
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

CHINA = timezone(timedelta(hours=8))
BRIDGE = (
    "石桥镇昨日举行新桥通车仪式，两岸居民步行过桥只需六分钟，比绕行渡口节省近一个小时。\n\n"
    "新桥全长四百二十米，双向两车道，两侧设有两米宽的人行道和防护栏杆，设计使用年限一百年。\n\n"
    "镇长介绍，大桥建设历时两年零三个月，其间经历两次洪水，工期推迟了四十天，但没有发生一起安全事故。\n\n"
    "家住北岸的种植户何阿婆说，往年运柑橘到南岸集市要赶早班渡船，今后三轮车可以直接开到摊位前。\n\n"
    "交通部门提醒，通车首月大桥实行限速，每小时不超过三十公里，载重十吨以上的车辆仍须绕行上游公路。"
)
BRIDGE_TRADITIONAL = (
    "石橋鎮昨日舉行新橋通車儀式，兩岸居民步行過橋只需六分鐘，比繞行渡口節省近一個小時。\n\n"
    "新橋全長四百二十米，雙向兩車道，兩側設有兩米寬的人行道和防護欄杆，設計使用年限一百年。\n\n"
    "鎮長介紹，大橋建設歷時兩年零三個月，其間經歷兩次洪水，工期推遲了四十天，但沒有發生一起安全事故。\n\n"
    "家住北岸的種植戶何阿婆說，往年運柑橘到南岸集市要趕早班渡船，今後三輪車可以直接開到攤位前。\n\n"
    "交通部門提醒，通車首月大橋實行限速，每小時不超過三十公里，載重十噸以上的車輛仍須繞行上游公路。"
)
LIBRARY = (
    "The reading room on Quay Street will stay open until nine from Monday to Thursday, the council said.\n\n"
    "Two hundred readers had signed a letter asking for evening hours after the branch on Mill Lane was closed."
)
TEA = "云雾村今年春茶开采比去年早八天。\n\n合作社预计全年产干茶三万斤。"
CLINIC = "The night clinic moves to Harbour Road on 1 December. Appointments made before then remain valid."
SCHOOL = "青禾小学的孩子们在操场边开出一块菜地，种了萝卜和白菜。\n\n收成将送到镇上的养老院。"
MARKET = "周六的早市因台风停办一次，下周照常。"
FEED, LISTING = "https://a.cn/feed.xml", "https://a.cn/local/"

BRIDGE_AT = "www.a.cn/2026/1120/10001.html"
COPY_AT = "www.a.cn/2026/1121/10002.html"
TRADITIONAL_AT = "hk.a.cn/2026/1121/10003.html"
LIBRARY_AT = "www.a.cn/2026/1121/10004.html"
TEA_AT = "www.a.cn/2026/1121/10005.html"
TEA_MOBILE_AT = "m.a.cn/2026/1121/10005.html"
CLINIC_AT = "www.a.cn/2026/1121/10006.html"
SCHOOL_AT = "www.a.cn/2026/1122/10007.html"
MARKET_AT = "www.a.cn/2026/1122/10008.html"
PICTURE_AT = "www.a.cn/2026/1122/10009.html"
LOST_AT = "www.a.cn/2026/1122/10010.html"
SCHOOL_AGAIN_AT = "www.a.cn/2026/1122/10012.html"
SLOW_AT = "www.a.cn/2026/1122/10011.html"
BROKEN_AT = "www.a.cn/2026/1122/10013.html"
BROKEN = "<p>" + "<b>码头</b>" * 400


def main(folder: Path, out: Path) -> None:
    """None; `out` is the packed database that the code in `folder` has made."""
    sys.path.insert(0, str(folder))
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "news.db"
        make(folder, path)
        out.write_bytes(gzip.compress(path.read_bytes(), mtime=0))


def make(folder: Path, path: Path) -> None:
    """None; a database is at `path`. The code that is imported is that of `folder`."""
    bench = _load(folder / "tests/storage/conftest.py")
    from storage import runs  # noqa: PLC0415 - of that folder, as all that follow
    from storage.database import open_writer  # noqa: PLC0415
    from storage.identity import url_key  # noqa: PLC0415

    bench.url = lambda name: f"https://{name or 'www.a.cn/'}"
    bench.key = lambda name: url_key(f"https://{name}")
    ended = bench.Desk.end

    def end(desk: Any, reason: str = "finished") -> Any:
        found = ended(desk, reason)
        with desk.database.transaction():
            runs.finish(desk.database, int(desk.job.removeprefix("job-")), desk.now)
        return found

    bench.Desk.end = end
    assert Path(str(runs.__file__)).is_relative_to(folder.resolve())
    with open_writer(path) as database:
        fill(bench.Desk(database))


def fill(desk: Any) -> None:
    """None; runs of three days are in the desk's database."""
    records = sys.modules["storage.records"]
    desk.begin()
    desk.take(
        of(records.EntryChecked, job_id=desk.job, number=0, url=FEED, status="ok", links=3, new=3, kind="feed"),
        desk.discovered(BRIDGE_AT, COPY_AT, PICTURE_AT, entry_url=FEED),
        desk.extracted(BRIDGE_AT, bridge(records)),
        desk.extracted(COPY_AT, page(records, BRIDGE, "新桥通车 两岸六分钟", published=None)),
        desk.rejected(PICTURE_AT, "no_text", detail="no paragraphs"),
        *_host(desk, records),
    )
    desk.end()
    desk.now += timedelta(hours=2)
    desk.begin()
    desk.take(
        desk.discovered(TRADITIONAL_AT, LIBRARY_AT, TEA_AT, TEA_MOBILE_AT, LOST_AT, SLOW_AT, entry_url=LISTING),
        of(
            records.EntryChecked, job_id=desk.job, number=0, url=LISTING, status="ok", links=6, new=6, kind="listing",
            gap="open", detail="6 new on 3 pages",
        ),
        desk.extracted(TRADITIONAL_AT, page(records, BRIDGE_TRADITIONAL, "石橋新橋通車", script="Hant")),
        desk.extracted(LIBRARY_AT, page(records, LIBRARY, "Reading room to open in the evening", lang="en")),
        desk.extracted(TEA_AT, page(records, TEA, "云雾村春茶开采")),
        desk.extracted(TEA_MOBILE_AT, page(records, TEA, "云雾村春茶开采")),
        desk.rejected(LOST_AT, "http_404", http_status=404),
        desk.failed(SLOW_AT, "timeout"),
    )  # fmt: skip
    desk.end()
    desk.now += timedelta(hours=2)
    desk.begin(source="b")
    desk.take(
        desk.discovered(CLINIC_AT, SCHOOL_AT, MARKET_AT, SCHOOL_AGAIN_AT),
        desk.extracted(CLINIC_AT, page(records, CLINIC, "Night clinic moves", lang="en")),
        desk.extracted(SCHOOL_AT, page(records, SCHOOL, "操场边的菜地")),
        desk.extracted(MARKET_AT, page(records, MARKET, "早市停办一次")),
        desk.extracted(SCHOOL_AGAIN_AT, page(records, SCHOOL, "操场边的菜地")),
    )
    desk.end()
    _later(desk, records)


def _later(desk: Any, records: Any) -> None:
    """None; one article was revised, one taken down, one asked again, and a person has parted two."""
    desk.now += timedelta(hours=8)
    desk.recheck(
        desk.extracted(LIBRARY_AT, page(records, LIBRARY.replace("nine", "ten"), "Reading room open later", lang="en")),
        desk.unchanged(BRIDGE_AT),
    )
    gone = desk.database.value("SELECT id FROM articles WHERE url LIKE '%10008.html'")
    for _ in range(6):
        desk.now += timedelta(hours=7)
        desk.begin(limit=100, rechecks=True, source="b")
        desk.take(desk.unchanged(SCHOOL_AT), desk.rejected(MARKET_AT, "http_410", http_status=410))
        desk.end()
        if desk.article(gone)["status"] == "gone":
            break
    assert desk.article(gone)["status"] == "gone"
    _break(desk, records)
    # Asked of the folder, not by importing: an installed Dibao would answer for what that version has not.
    had = Path(str(sys.modules["storage"].__file__)).parent
    if (had / "stories").exists():
        from storage.stories import deciding  # noqa: PLC0415

        with desk.database.transaction():
            deciding.merge(desk.database, ["7", "8"], desk.now)
    if (had / "retention").exists():
        from storage.retention.pruning import prune_articles  # noqa: PLC0415

        tea = desk.database.value("SELECT id FROM articles WHERE url LIKE '%10005.html'")
        prune_articles(desk.database, [tea], desk.now)
    if (had / "watch").exists():
        _watch(desk)


def _watch(desk: Any) -> None:
    """None; one source was found silent, then another failing, which is over; the night desk was told of the first."""
    from storage.watch import alerts, incidents, states  # noqa: PLC0415 - of that folder
    from storage.watch.states import SourceWatch  # noqa: PLC0415

    with desk.database.transaction():
        quiet = {"since": "2026-11-22T11:30:00Z", "hours": 31.5, "expected": 14.2, "longest_hours": 9.0, "polls": 60}
        silent = SourceWatch(
            source="b", at=desk.now, state="silent", reason="source_silent", facts=quiet, expected_new=14.2,
            next_run_at=desk.now + timedelta(minutes=20), next_run_kind="poll", next_run_why="every 20 minutes",
        )  # fmt: skip
        states.write(desk.database, [SourceWatch(source="a", at=desk.now, state="ok"), silent])
        failing = incidents.open_(
            desk.database, key="source_failing:a", kind="source_failing", severity="error", source="a", now=desk.now,
            facts={"failures": 3, "error": "timeout"},
        )  # fmt: skip
        incidents.resolve(desk.database, failing, desk.now + timedelta(hours=1))
        found = incidents.open_(
            desk.database, key="source_silent:b", kind="source_silent", severity="warning", source="b", now=desk.now,
            facts=quiet, sample={"before": [5], "after": []},
        )  # fmt: skip
        alerts.queue(desk.database, found, ["night-desk"], "opened", desk.now)
        alerts.done(desk.database, [1], desk.now)


def _break(desk: Any, records: Any) -> None:
    """None; a page has broken what reads it twice in a row, so that it is quarantined with its body."""
    if not hasattr(records, "KeptBody"):
        return
    from crawler.in_hand import kept_body  # noqa: PLC0415 - of that folder

    desk.ingest._outcomes._extractor = "made"
    desk.begin()
    desk.take(desk.discovered(BROKEN_AT, entry_url=LISTING))
    desk.take(desk.failed(BROKEN_AT, "extraction_timeout", detail="took longer than 20 s", poison=True))
    desk.end()
    desk.now += timedelta(hours=1)
    desk.begin(limit=100)
    body = kept_body(BROKEN.encode("gbk"), f"https://{BROKEN_AT}?from=list", "text/html; charset=gbk")
    desk.take(
        desk.failed(BROKEN_AT, "extraction_crashed", detail="the process died over the page", poison=True, body=body)
    )
    desk.end()


def bridge(records: Any) -> Any:
    """The article of which a page says most."""
    return page(
        records,
        BRIDGE,
        "石桥镇新桥通车",
        published=records.PublicationTime(
            at=datetime(2026, 11, 20, 18, 5, tzinfo=CHINA), precision="minute", raw="2026年11月20日18:05", where="head"
        ),
        origin="石桥新闻",
        origin_raw="来源：石桥新闻",
        origin_kind="own",
        credits=(
            records.Credit(role="reporter", name="何望", raw="记者何望"),
            records.Credit(role="editor", name="周南", raw="编辑：周南"),
        ),
        kicker="民生",
        subheadline="两年零三个月建成",
        sections=("新闻", "本地"),
        keywords=("桥", "交通"),
        **_newer(records),
    )


def _host(desk: Any, records: Any) -> tuple[Any, ...]:
    if not hasattr(records, "HostAsked"):
        return ()
    asked = of(
        records.HostAsked, job_id=desk.job, number=0, authority="www.a.cn", robots="rules", requests=4,
        robots_fetched_at=desk.now, crawl_delay_seconds=1.0, delay_seconds=1.0, address="203.0.113.5",
    )  # fmt: skip
    return (asked,)


def _newer(records: Any) -> dict[str, Any]:
    if not hasattr(records, "Counts"):
        return {}
    return {
        "counts": records.Counts(reads=120, comments=4),
        "images": (records.Image(url="https://www.a.cn/1.jpg", caption="新桥", photographer="何望"),),
        "evidence": (
            records.Evidence(fact="published", value="2026-11-20T18:05+08:00", raw="18:05", where="head", chosen=True),
            records.Evidence(fact="published", value="2026-11-21", raw="11月21日", where="tail", chosen=False),
        ),
    }


def page(records: Any, text: str, title: str, **other: Any) -> Any:
    """An article of that version: what its code has no field for is left out."""
    day = records.PublicationTime(
        at=datetime(2026, 11, 21, tzinfo=CHINA), precision="day", raw="2026-11-21", where="url", offset_assumed=True
    )
    told = {"published": day, "lang": "zh", "script": "Hans", **other}
    if told["lang"] != "zh":
        told["script"] = None
    return of(
        records.Article, title=title, text=text, encoding="utf-8", encoding_evidence="meta", extractor="made", **told
    )


def of(record: Any, /, **values: Any) -> Any:
    """A record of values for the fields that it has in that version."""
    known = {field.name for field in fields(record)}
    return record(**{name: value for name, value in values.items() if name in known})


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("bench", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench"] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
