"""The outlet that a text is taken from (来源), by label, by its place beside the date, or by dateline."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crawler.extraction.metadata import Head
from crawler.extraction.zones import DATE_SHAPE, Zones

_ORIGIN_NAMES = ("source", "mediaid", "contentsource", "article:source", "og:article:source", "copyright_source")

_NAME_CHARS = range(3, 19)
"""Lengths of a bare token that is taken for an outlet."""

_ORIGIN_LABEL = re.compile(
    r"(?:(?:文章|新闻|新聞|信息|稿件|本文|资料|資料|内容|內容|消息)?\s?(?:来\s?源|來\s?源|稿源|信源|出处"
    r"|出處)(?:于|自|於)?\s?[:：]?"
    r"|(?:本文)?(?:转自|轉自|转载自|轉載自|摘自)\s?[:：]?)\s{0,3}(?P<name>《[^》]{2,22}》|[^\s《》"
    r"|｜:：，,。;；()（）【】\[\]〔〕]{2,24}(?:\s?·\s?[^\s|:：]{2,8})?)"
)
_ORIGIN_STOP = re.compile(
    r"(?:作者|记者|記者|编辑|編輯|责任|責任|责编|字号|字號|字体|发布|發布|发表|發表|时间|時間|日期|点击|點擊"
    r"|浏览|阅读|查看|我要|参与|评论|打印|分享"
    r"|收藏|手机|更新|发言|摘自|大中小|繁体|繁體|关注|訂閱|订阅|(?:19|20)\d\d[-年/]|\d{2}:\d{2}).*$"
)
_MEDIA = re.compile(
    r"^《?[\u4e00-\u9fffA-Za-z0-9·&\-－]{1,16}?(?:日报|晚报|时报|商报|晨报|早报|周报|导报|都市报|快报|周刊|日報"
    r"|晚報|時報|電子報|醒報|報|报|社|网|網|通訊社|"
    r"电视台|電視台|广播|廣播|卫视|衛視|在线|新闻网|新聞網|新聞|财经|財經|网站|網站|广播网|客户端|杂志|雜誌"
    r"|之声|論壇|论坛|资讯|資訊|台)》?$"
)
_TWO_CHAR_PAPER = re.compile(r"^[^本海日晚情预預公通汇匯电電警喜捷画畫填申简簡快速][报報]$")
_NOT_MEDIA = re.compile(
    r"[，。！？]|速報$|快訊$|^(?:返回|首页|中国|上海|新闻|新聞|更多|本网|手机|关注|我要|评论|分享|订阅|訂閱"
    r"|加入|打印|热门|相关|即時|社會)|微博|博客|客户端$|评论|我要|"
    r"^(?:人气|点击|浏览|互联网|互聯網|电视台|广播|论坛|资讯|财经|在线|平台|后台|舞台|柜台|月台|会社|本社|本報"
    r"|本报|本网|上网|互联网|日报|晚报)$"
)
_AGENCY = (
    r"(?:新华|新華|中新|中央|路透|法新|美联|美聯|彭博|共同)社|新华网|中新网|人民网|央视网|中广网|中廣|明報"
    r"|国际在线|环球网"
    r"|[\u4e00-\u9fff]{2,5}(?:日报|晚报|时报|商报|晨报|早报|日報|時報|晚報|新聞網|醒報|新闻网)"
)
_DATELINE = re.compile(
    rf"^[\s（(【〔\[◎■●]{{0,3}}(?P<name>{_AGENCY})(?:\s?[】〕\])）]"
    r"|\s?(?:[\u4e00-\u9fff]{0,6}\d{1,2}月\d{1,2}日\S{0,3}[电電讯訊]|[專专]?[讯訊电電]|记者|記者|消息"
    r"|[\u4e00-\u9fff]{2,6}\s?\d{1,2}日[电電讯]))"
)
_BRACKETED_AGENCY = re.compile(rf"[（(〔【](?P<name>{_AGENCY})[）)〕】]")


def find_origin(head: Head, zones: Zones) -> tuple[str, str] | None:
    """(origin, raw text it was read from), or None where the page names no outlet."""
    declared = head.first(_ORIGIN_NAMES)
    after = (line for line in (*zones.tail, *zones.inner) if len(line) <= 60)  # noqa: PLR2004 - disclaimers are longer
    for line in (*zones.head, *zones.above, *after):
        name = _labelled_origin(line)
        if name:
            return name, line[:200]
    if declared and len(declared) <= 30 and not _NOT_MEDIA.search(declared):  # noqa: PLR2004
        return _origin_name(_ORIGIN_STOP.sub("", declared)), declared
    beside = _beside_date(zones.head)
    if beside:
        return beside
    for line in (*zones.head, *zones.lead):
        dateline = _DATELINE.match(line)
        if dateline:
            return dateline["name"], dateline[0]
    for line in (*zones.head, *zones.close, *zones.tail[:3]):
        agency = _BRACKETED_AGENCY.search(line[-60:])
        if agency:
            return agency["name"], agency[0]
    return None


def _labelled_origin(line: str) -> str | None:
    """Outlet behind 来源 and its kin, or None."""
    if len(line) > 200:  # noqa: PLR2004 - a paragraph uses the words in sentences
        return None
    for hit in _ORIGIN_LABEL.finditer(line):
        before_name = hit[0][: hit.start("name") - hit.start()].strip()
        sentence = hit.start() and line[hit.start() - 1] not in " 　|｜(（[【〔:：)）]】，,。;；0123456789"
        if not before_name.endswith((":", "：")) and (sentence or len(line) > 60):  # noqa: PLR2004
            continue
        name = _origin_name(_ORIGIN_STOP.sub("", hit["name"]))
        if len(name) >= 2 and not re.fullmatch(r"[\d\W]+|本[站网網报報]|网络|網絡|互联网", name):  # noqa: PLR2004
            return name
    return None


def _origin_name(raw: str) -> str:
    """A name without the brackets and separators around it; book-title marks stay, they are part of what is shown."""
    return raw.strip(" 　|｜/-—_【】[]()（）<>:：\"'")


def _beside_date(lines: Sequence[str]) -> tuple[str, str] | None:
    """Outlet that stands in the line of the date or in one of the next two short lines."""
    window = 0
    for line in lines:
        if DATE_SHAPE.search(line):
            window = 4
        if not window:
            continue
        window -= 1
        for token in re.split(r"[\s|｜,，()（）\[\]【】　／/]+", re.sub(r"\d{1,2}[:：]\d{2}(?::\d{2})?", " ", line)):
            name = _ORIGIN_STOP.sub("", re.sub(r"^[\d\-/年月日.]+", "", token)).strip("》《:：/")
            fits = len(name) in _NAME_CHARS or _TWO_CHAR_PAPER.match(name)
            if fits and _MEDIA.match(name) and not _NOT_MEDIA.search(name):
                return name, line[:200]
    return None
