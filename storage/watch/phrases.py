"""What Dibao says of states and incidents, in English and Chinese; `storage.watch.wording` puts it together.

A sentence is a row of clauses. Of each clause the first form is said of which all named facts are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Said(NamedTuple):
    """One thing, said in both languages. `{name}` is a fact, written as the end of its name asks (wording.shown)."""

    en: str
    zh: str


Clause = tuple[Said, ...]
"""Forms of a clause, the most exact one first."""

LANGUAGES = ("en", "zh")

STATES: Mapping[str, Said] = {
    "off": Said("off", "已停用"),
    "paused": Said("paused", "已暂停"),
    "new": Said("new", "尚未抓取"),
    "failing": Said("failing", "抓取失败"),
    "empty": Said("no links", "无链接"),
    "silent": Said("silent", "沉寂"),
    "bad_texts": Said("bad texts", "正文异常"),
    "drift": Said("drift", "版式有变"),
    "partial": Said("partial", "部分失败"),
    "late": Said("late", "逾期未抓"),
    "ok": Said("ok", "正常"),
}
"""The states of a source, in the order in which they are told."""

KINDS: Mapping[str, Said] = {
    "source_failing": Said("fetching fails", "抓取失败"),
    "source_no_links": Said("pages without links", "列表页无链接"),
    "source_silent": Said("gone silent", "久无新稿"),
    "source_bad_texts": Said("bad texts", "正文异常"),
    "source_drift": Said("the pages have changed", "版式有变"),
    "network_down": Said("this machine has no network", "本机网络中断"),
    "disk_low": Said("the disk is nearly full", "磁盘空间不足"),
    "file_findings": Said("the check of the file found something", "数据库检查发现问题"),
    "log_held": Said("the database's log cannot shrink", "数据库日志无法收缩"),
    "clock_doubted": Said("the clock is in doubt", "系统时钟存疑"),
    "webhook_failing": Said("a webhook is not reached", "推送失败"),
    "alert_failing": Said("alerts are not delivered", "告警未送达"),
    "engine_unreachable": Said("PostgreSQL is not reached", "无法连接 PostgreSQL"),
    "workers_none": Said("no worker is alive", "没有可用的采集机"),
    "worker_lost": Said("a worker is lost", "采集机失联"),
    "worker_frozen": Said("a worker is frozen", "采集机停滞"),
    "backlog_high": Said("too much waits to be taken in", "待入库数据积压"),
    "sources_many": Said("many sources at once", "多个来源同时异常"),
}
"""The kinds of incident."""

SEVERITIES: Mapping[str, Said] = {"warning": Said("warning", "警告"), "error": Said("error", "严重")}

EVENTS: Mapping[str, Said] = {
    "opened": Said("new", "新告警"),
    "escalated": Said("worse now", "告警升级"),
    "resolved": Said("resolved", "已恢复"),
}

RESOLUTIONS: Mapping[str, Said] = {
    "recovered": Said("it is well again", "已恢复正常"),
    "grouped": Said("it is told together with others of the same cause", "已并入同因告警"),
    "paused": Said("the source was paused", "该来源已暂停"),
    "off": Said("the source was switched off", "该来源已停用"),
    "removed": Said("the source is no longer in dibao.toml", "该来源已从 dibao.toml 移除"),
    "unwatched": Said("the source is no longer watched (`watch = false`)", "该来源已不再监看（watch = false）"),
}
"""Why an incident ended: its fact `resolution`."""

CODES: Mapping[str, Said] = {
    # What is wrong with new texts.
    "short": Said("far shorter than usual", "明显短于往常"),
    "same": Said("all the same", "内容雷同"),
    "rejected": Said("rejected", "不予入库"),
    # What is measured of pages.
    "title": Said("pages with a title", "有标题的网页"),
    "time": Said("pages with a publication time", "有发布时间的网页"),
    "origin": Said("pages with an origin", "注明来源的网页"),
    "credits": Said("pages with credits", "有署名的网页"),
    "length": Said("characters in a text", "正文字数"),
    "longer": Said("characters in a text, more than usual", "正文字数（偏多）"),
    "repeated": Said("text that stood in other articles", "与其他稿件重复的文字"),
    # Why an entry point brings no link (crawler/README.md, "Entry points").
    "emptied": Said("it named articles before and now names none", "先前列有文章，如今一篇也无"),
    "no_items": Said("there is no list of articles in it", "其中没有文章清单"),
    "not_a_feed": Said("it is no feed", "不是订阅源"),
    "not_a_sitemap": Said("it is no sitemap", "不是站点地图"),
    "not_html": Said("it is no HTML", "不是 HTML 网页"),
    "not_json": Said("it is no JSON", "不是 JSON"),
    "too_complex": Said("it is too complex to be read", "过于复杂，无法读取"),
    # What many sources have in common.
    "host": Said("one host", "同一主机"),
    "site": Said("one site", "同一网站"),
    "round": Said("one moment", "同一时段"),
}
"""Values of facts that are codes: `cause`, `field`, `fields`, `reason`, `shared`; one that is not here is shown so."""

_NEW = Said("it was never crawled", "尚未抓取过")

STATE_CLAUSES: Mapping[str, tuple[Clause, ...]] = {
    "off": ((Said("it is switched off (`enabled = false`)", "已在配置中停用（enabled = false）"),),),
    "paused": (
        (
            Said("an operator paused it at {since}", "值守人员已于 {since} 将其暂停"),
            Said("an operator paused it", "值守人员已将其暂停"),
        ),
        (Said("because: {why}", "原因：{why}"),),
    ),
    "new": ((_NEW,),),
    "partial": (
        (Said("a part of it fails", "部分抓取失败"),),
        (Said("{error}", "{error}"),),
    ),
    "failing_lately": (
        (
            Said("the last {failures} attempts have failed", "最近 {failures} 次抓取失败"),
            Said("the last attempt has failed", "最近一次抓取失败"),
        ),
        (Said("{error}", "{error}"),),
    ),
    "late": (
        (
            Said("it was due {hours} ago and was not asked", "应于 {hours}前抓取，至今未执行"),
            Said("it is overdue and was not asked", "已过抓取时间，至今未执行"),
        ),
        (Said("is `dibao run` alive, or cron?", "请检查 dibao run 或 cron 是否在运行"),),
    ),
    "ok": ((Said("all is well", "一切正常"),),),
}
"""Of the states that are no incident, and of the reasons that say more than their state."""

CLAUSES: Mapping[str, tuple[Clause, ...]] = {
    "source_failing": (
        (
            Said("{failures} attempts in a row have failed", "已连续 {failures} 次抓取失败"),
            Said("it cannot be fetched", "无法抓取"),
        ),
        (Said("for {hours}", "已持续 {hours}"),),
        (Said("since {since}", "始于 {since}"),),
        (Said("the last error: {error}", "最近的错误：{error}"), Said("{reason}", "{reason}")),
    ),
    "source_no_links": (
        (
            Said(
                "{polls} looks in a row were answered without a single article link",
                "已连续 {polls} 次请求成功，却未见任何文章链接",
            ),
            Said("its pages are answered without article links", "网页可以打开，却未见任何文章链接"),
        ),
        (Said("for {hours}", "已持续 {hours}"),),
        (Said("since {since}", "始于 {since}"),),
        (Said("what was wrong: {reason}", "原因：{reason}"),),
    ),
    "source_silent": (
        (
            Said(
                "nothing new for {hours}, in which about {expected} articles were to be expected",
                "已有 {hours}没有新稿，按往常规律应有约 {expected} 篇",
            ),
            Said("nothing new for {hours}", "已有 {hours}没有新稿"),
            Said("nothing new for longer than is usual", "没有新稿的时间已超出往常"),
        ),
        (Said("its longest silence before was {longest_hours}", "此前最长间隔为 {longest_hours}"),),
        (Said("the last new article came at {since}", "最近一篇新稿是 {since}"),),
    ),
    "source_bad_texts": (
        (
            Said(
                "{bad} of the last {pages} new pages are bad: {cause}",
                "最近 {pages} 个新网页中有 {bad} 个异常：{cause}",
            ),
            Said("its new texts are bad: {cause}", "新稿正文异常：{cause}"),
            Said("its new texts are bad", "新稿正文异常"),
        ),
        (
            Said("that is {after_share}, where {before_share} was usual", "占 {after_share}，往常为 {before_share}"),
            Said("that is {after_share}", "占 {after_share}"),
        ),
        (Said("most often: {reason}", "最常见的原因：{reason}"),),
        (Said("since {since}", "始于 {since}"),),
    ),
    "source_drift": (
        (
            Said(
                "{field}: {before_share} before, {after_share} in the last {pages} pages",
                "{field}：此前 {before_share}，最近 {pages} 个网页为 {after_share}",
            ),
            Said(
                "{field}: about {before_value} before, {after_value} in the last {pages} pages",
                "{field}：此前约 {before_value}，最近 {pages} 个网页约 {after_value}",
            ),
            Said("{field} is not what it was", "{field}与此前不同"),
            Said("its pages are not what they were", "网页与此前不同"),
        ),
        (Said("changed in all: {fields}", "有变化的项目：{fields}"),),
        (Said("since {since}", "始于 {since}"),),
    ),
    "network_down": (
        (
            Said(
                "none of the sources that were asked can be reached: {tried}, of different sites: {hosts}",
                "抓取的 {tried} 个来源（分属 {hosts} 个网站）全部无法连接",
            ),
            Said("no source can be reached", "所有来源均无法连接"),
        ),
        (Said("since {since}", "始于 {since}"),),
        (Said("the last error: {error}", "最近的错误：{error}"),),
        (Said("sources are not judged until it is over", "恢复之前不再逐一判断各来源"),),
    ),
    "disk_low": (
        (
            Said(
                "fetching pauses: {free_bytes} are free at {folder}, and {floor_bytes} are to be left",
                "抓取已暂停：{folder} 仅剩 {free_bytes}，须保留 {floor_bytes}",
            ),
            Said("fetching pauses: the disk is nearly full", "抓取已暂停：磁盘空间不足"),
        ),
    ),
    "file_findings": (
        (
            Said("findings of the weekly check of the file: {findings}", "每周检查发现 {findings} 处问题"),
            Said("the weekly check has found something", "每周检查发现问题"),
        ),
        (Said("the first: {finding}", "第一处：{finding}"),),
        (Said("looked through at {checked_at}", "检查时间 {checked_at}"),),
    ),
    "log_held": (
        (
            Said(
                "the database's log has grown to {log_bytes}, for a program has been reading for long",
                "有程序长时间占用读取，数据库日志已增至 {log_bytes}",
            ),
            Said("the database's log cannot be folded in", "数据库日志无法合并"),
        ),
        (Said("it is: {readers}", "占用者：{readers}"),),
    ),
    "clock_doubted": (
        (
            Said(
                "the clock says {clock_at}, {ahead_seconds} ahead of what it said last",
                "系统时钟为 {clock_at}，比上次记录快了 {ahead_seconds}",
            ),
            Said("the clock says {clock_at}, which cannot be right", "系统时钟为 {clock_at}，不可能正确"),
            Said("the clock is far from what it said last", "系统时钟与上次记录相差过大"),
        ),
        (Said("nothing is deleted for its age meanwhile", "在此期间不会因过期而删除任何内容"),),
    ),
    "webhook_failing": (
        (
            Said(
                "the webhook {webhook} fails; attempts in a row: {failures}",
                "推送目标 {webhook} 已连续失败 {failures} 次",
            ),
            Said("the webhook {webhook} is not reached", "推送目标 {webhook} 无法送达"),
            Said("a webhook is not reached", "推送目标无法送达"),
        ),
        (Said("messages waiting: {waiting}", "尚有 {waiting} 条待发"),),
        (Said("the last error: {error}", "最近的错误：{error}"),),
    ),
    "alert_failing": (
        (
            Said("alerts do not reach {sink}; given up: {failures}", "告警无法送达 {sink}：已放弃 {failures} 条"),
            Said("alerts do not reach {sink}", "告警无法送达 {sink}"),
            Said("alerts are not delivered", "告警未能送达"),
        ),
        (Said("waiting: {waiting}", "尚有 {waiting} 条待发"),),
        (Said("the last error: {error}", "最近的错误：{error}"),),
    ),
    "engine_unreachable": (
        (
            Said(
                "nothing is fetched: {server} does not answer since {since}",
                "抓取已停止：{server} 自 {since} 起没有响应",
            ),
            Said("nothing is fetched: the PostgreSQL server does not answer", "抓取已停止：PostgreSQL 服务器没有响应"),
        ),
        (Said("the last error: {error}", "最近的错误：{error}"),),
    ),
    "workers_none": (
        (
            Said("nothing is fetched: no worker is alive since {since}", "抓取已停止：自 {since} 起没有采集机在运行"),
            Said("nothing is fetched: no worker is alive", "抓取已停止：没有采集机在运行"),
        ),
        (Said("jobs waiting: {waiting}", "尚有 {waiting} 个任务待执行"),),
    ),
    "worker_lost": (
        (
            Said("the worker {worker} gives no sign of life", "采集机 {worker} 已失联"),
            Said("a worker gives no sign of life", "有采集机失联"),
        ),
        (Said("its jobs begin again elsewhere", "其任务由其他采集机重新执行"),),
    ),
    "worker_frozen": (
        (
            Said(
                "the worker {worker} gives no sign of life, but is still there",
                "采集机 {worker} 没有响应，但连接仍在",
            ),
            Said("a worker gives no sign of life, but is still there", "有采集机没有响应，但连接仍在"),
        ),
        (Said("its hosts are asked by nobody meanwhile", "在此期间，它所抓取的网站无人接手"),),
    ),
    "backlog_high": (
        (
            Said(
                "workers begin nothing: {backlog_bytes} of events wait to be taken in, more than {limit_bytes}",
                "采集机已暂停领取任务：待入库数据达 {backlog_bytes}，超过上限 {limit_bytes}",
            ),
            Said("workers begin nothing: too many events wait to be taken in", "采集机已暂停领取任务：待入库数据过多"),
        ),
        (Said("the oldest waits for {oldest_seconds}", "最早的已等待 {oldest_seconds}"),),
    ),
    "sources_many": (
        (
            Said(
                "the same trouble with {sources} of {watched} sources: {cause}",
                "{watched} 个来源中有 {sources} 个出现同样问题：{cause}",
            ),
            Said("sources with the same trouble: {sources}; {cause}", "{sources} 个来源出现同样问题：{cause}"),
            Said("many sources at once", "多个来源同时异常"),
        ),
        (
            Said("in common: {shared} ({place})", "共同点：{shared}（{place}）"),
            Said("in common: {shared}", "共同点：{shared}"),
        ),
        (Said("they are: {names}", "分别是：{names}"),),
        (Said("the last error: {error}", "最近的错误：{error}"),),
    ),
}

ADVICE: Mapping[str, Said] = {
    "source_failing": Said(
        "open the site in a browser, and see `dibao errors {source}`; an address that has changed is set in dibao.toml",
        "先用浏览器打开网站，再看 dibao errors {source}；若网址已变，请修改 dibao.toml",
    ),
    "source_no_links": Said(
        "look at the page in a browser, then `dibao preview {source}`; after a redesign `dibao add` proposes anew",
        "先用浏览器查看网页，再运行 dibao preview {source}；若已改版，可用 dibao add 重新识别",
    ),
    "source_silent": Said(
        "look whether the site has news; if so, `dibao preview {source}` shows what Dibao sees of it",
        "查看网站是否有新稿；若有，运行 dibao preview {source} 对照抓取结果",
    ),
    "source_bad_texts": Said(
        "compare with `dibao preview {source}`; what was rejected: `dibao errors {source}`",
        "用 dibao preview {source} 对照；未入库的见 dibao errors {source}",
    ),
    "source_drift": Said(
        "compare the samples from before and after, and `dibao preview {source}`; where the pages are read well,"
        " nothing is to be done: after some weeks they are usual",
        "对照改版前后的样本，并运行 dibao preview {source}；若提取无误，不必处理，数周后即视为常态",
    ),
    "network_down": Said("look at this machine's network and DNS: `dibao doctor`", "检查本机网络与 DNS：dibao doctor"),
    "disk_low": Said(
        "make room, or lower `min_free_bytes`; fetching goes on by itself",
        "请清理磁盘，或调低 min_free_bytes；有空间后会自动继续",
    ),
    "file_findings": Said(
        "run `dibao db check`, which says what can be mended", "运行 dibao db check，按提示修复"
    ),
    "log_held": Said("end that program, or let it close its database", "请结束该程序，或让它关闭数据库"),
    "clock_doubted": Said("set the clock (NTP)", "请校准系统时钟（NTP）"),
    "webhook_failing": Said("see `dibao webhooks list`", "查看：dibao webhooks list"),
    "alert_failing": Said(
        "see `dibao alerts dead`, then `dibao alerts test`",
        "查看 dibao alerts dead，再运行 dibao alerts test",
    ),
    "engine_unreachable": Said(
        "see that the server runs and can be reached from here: `dibao doctor`; fetching goes on by itself",
        "检查服务器是否运行、本机能否连通：dibao doctor；恢复后会自动继续",
    ),
    "workers_none": Said(
        "start `dibao worker` on a machine of the cluster; see `dibao cluster status`",
        "在任一台采集机上启动 dibao worker；查看 dibao cluster status",
    ),
    "worker_lost": Said(
        "start it again on its machine; see `dibao cluster status`",
        "在该机器上重新启动 dibao worker；查看 dibao cluster status",
    ),
    "worker_frozen": Said(
        "wake or end it on its machine; where its processes are surely dead, `dibao cluster evict`",
        "在该机器上恢复或结束它；确认其进程已全部退出后，运行 dibao cluster evict",
    ),
    "backlog_high": Said(
        "see why the coordinator is slow (`dibao doctor`), or raise `max_backlog_bytes`; workers go on by themselves",
        "查明主控入库为何变慢（dibao doctor），或调高 max_backlog_bytes；消化后会自动继续",
    ),
    "sources_many": Said(
        "see `dibao status --problems`; look at what they share before each of them",
        "查看 dibao status --problems；先查共同点，再逐个排查",
    ),
}
"""The next step, by kind of incident. `{source}` is the source's name; of many sources there is none."""
