"""The outlet that a text is taken from (来源), by label, by its place beside the date, or by dateline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from crawler.extraction.cleaning import squeezed
from crawler.extraction.declared.head import Head
from crawler.extraction.facts.outlets import AGENCY, NOT_BESIDE, is_outlet, is_outlet_of_text, is_own, origin_kind
from crawler.extraction.people.organisations import OUTLET
from crawler.extraction.text.zones import DATE_SHAPE, Zones
from storage.records import Evidence, OriginKind

_ORIGIN_NAMES = ("source", "mediaid", "contentsource", "article:source", "og:article:source", "copyright_source")
_SITE_NAMES = ("og:site_name", "application-name", "apple-mobile-web-app-title")

_NAME_CHARS = range(3, 19)
"""Lengths of a bare token that is taken for an outlet."""

LABELLED_CHARS = 200
"""Of the longest line in which a label is looked for; a paragraph uses the words in sentences."""

NOTE_CHARS = 60
"""Of the longest line after the text that may name the origin; disclaimers are longer."""

_LATIN = r"[A-Za-z][\w.&'’+-]{0,30}(?:[ ·][A-Z&][\w.&'’+-]{0,30}){0,5}"
_LABEL = re.compile(
    r"(?P<label>(?<![图片圖照图視视频频数據据题題面表材])(?<!图片)(?:文章|新闻|新聞|信息|稿件|本文|原文|内容|內容"
    r"|消息)?\s?"
    r"(?:来\s?源|來\s?源|稿源|信源|出处|出處)(?:于|自|於)?\s?[:：|/／]?"
    r"|(?<![段图圖])(?:本文|原文)?(?:转自|轉自|转载自|轉載自|摘自|转载于)\s?[:：|]?"
    r"|(?:^|(?<=[(|]))\s?(?:[Ss]ource\s?:|[Oo]riginally (?:published|appeared) (?:in|on|by|at)))\s{0,3}"
    rf"[(（]?\s?(?P<name>《[^》]{{2,22}}》|{_LATIN}(?=$|[\s|,，。;；()（）])|[^\s《》"
    rf"|:：，,。;；()（）【】\[\]〔〕]{{2,24}}(?:\s?·\s?[^\s|:：]{{2,8}})?)"
)
_LABEL_SIGN = re.compile("[源自出]|ource|riginally")
"""Parts of the labels, asked for first: it saves nine tenths of the time."""

_DISCLAIMER = re.compile(r"^\W{0,3}凡|注明|註明|标注|声明|聲明|版[权權]")
_NOTE = re.compile(
    r"[（(【\[]([^（()）【】\[\]]{0,40}(?:来\s?源|來\s?源|稿源|转自|轉自|转载自|轉載自"
    r"|摘自)[^（()）【】\[\]]{2,50})[）)】\]]\s?$"
)
_CREDITS_LINE = re.compile(
    r"^[（(【\[](?:文章|稿件|本文)?(?:来源|來源)\s?[:：][^（()）]{2,30}[）)】\]]$|(?:编辑|編輯|责编|整理|作者"
    r"|审核)\s?[:：|].{0,30}(?:来源|來源)\s?[:：|]"
)
"""What a line far below the text must look like to be about the article, not about one of a list."""

_STOP = re.compile(
    r"(?:作者|记者|記者|编辑|編輯|责任|責任|责编|字号|字號|字体|发布时间|發布時間|发表|發表|时间|時間|日期|点击|點擊"
    r"|浏览|阅读|查看|我要|参与|评论|打印|分享|收藏|手机看|更新|发言|摘自|大中小|繁体|繁體|关注|訂閱|订阅|(?:19"
    r"|20)\d\d[-年/]|\d{2}:\d{2}).*$"
)
_DATELINE = re.compile(
    rf"^[\s（(【〔\[◎■●《]{{0,3}}(?P<name>{AGENCY}|[\u4e00-\u9fff]{{2,6}}(?:日报|晚报|时报|商报|晨报|早报|日報|時報"
    rf"|晚報|新聞網|醒報|新闻网)|(?!本)[\u4e00-\u9fff]{{2,6}}网(?=讯[\s（(])"
    r"|[\u4e00-\u9fff]{2,5}社(?=[\u4e00-\u9fff]{0,6}\d{1,2}月))(?:\s?[】〕\])）]"
    r"|\s?(?:[\u4e00-\u9fff]{0,6}\d{1,2}(?:月\d{1,2})?日\S{0,3}?(?:[专專]?[电電讯訊]|消息|报道)|[專专]?[讯訊电電]"
    r"|[\u4e00-\u9fff]{0,3}记者|記者|消息"
    r"|[\u4e00-\u9fff]{2,6}\s?\d{1,2}日[电電讯]))"
)
_OWN_LINE = re.compile(r"^[\s（(【〔\[]{0,3}(本[网站網](?:讯|訊|消息))")
_FOREIGN = re.compile(
    r"^[A-Z][A-Za-z.,' ]{2,40}[(,]\s?(?P<name>AP|Reuters|AFP|Xinhua|UPI|dpa|EFE|TASS|Kyodo|Yonhap|Bloomberg"
    r"|CNA)\)?\s?[—–-]"
)
_BRACKETED = re.compile(
    rf"[（(〔【](?P<name>{AGENCY}|[\u4e00-\u9fff]{{2,5}}(?:日报|晚报|时报|商报|晨报|早报|日報|時報|晚報|醒報))[）)〕】]"
)
_SIGNED = re.compile(
    r"[（(](?P<name>[\u3400-\u9fffA-Za-z]{3,16}?(?:综合|綜合)?)(?:(?:全媒体|首席|见习|特约)?记者|(?:全媒體|首席)?記者"
    r"|[\s/／](?=[\u3400-\u9fff]{2,4}(?:[\s、][\u3400-\u9fff]{2,4}){0,3}[）)]))"
    r"[^（()）]{0,40}[）)]\s?$"
)
_ACCOUNT = re.compile(r"\d{1,2}[:：]\d{2}(?:[:：]\d{2})?\s?[·・•]\s?(?P<name>[^\s|·\d]{2,16})")
_TWO_CHAR_PAPER = re.compile(r"^[^本海日晚情预預公通汇匯电電警喜捷画畫填申简簡快速][报報]$")
_TITLE_BREAK = re.compile(r"[_|｜–—-]+|\s[·•]\s")
_TOKENS = re.compile(r"[\s|｜,，()（）\[\]【】／/•]+")
_CLOCK_OR_SECTION = re.compile(
    r"\d{1,2}[:：]\d{2}(?::\d{2})?|(?:栏目|欄目|频道|頻道|分类|分類|版块|专题)\s?[:：]?\s?\S{1,20}"
)
_MATERIAL = re.compile(r"(?:素材|资料|資料)(?:来源|來源)\s?[:：|]\s?(?P<name>[^\s，。;；|:：()（）]{2,24})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a text comes from. `name`: as the page shows it; None where it only says that the site wrote the text.

    `raw`: the text it was read from, up to 200 characters; `where`: its zone, "meta" or "dateline"; `url`: absolute.
    `evidence`: the chosen name first, then every other that the page offers.
    """

    name: str | None
    raw: str
    where: str
    url: str | None = None
    kind: OriginKind
    evidence: tuple[Evidence, ...] = ()


def find_origin(head: Head, zones: Zones) -> tuple[str, str] | None:
    """(origin, raw text it was read from), or None where the page names no outlet."""
    found = find_origin_facts(head, zones)
    return (found.name, found.raw) if found and found.name else None


def find_origin_facts(head: Head, zones: Zones, links: Mapping[str, str] | None = None) -> Origin | None:
    """The origin of a page's text, or None where the page names none. `links`: absolute addresses by their text."""
    said = list(_candidates(head, zones))
    named = [one for one in said if not is_own(one[0])]
    if not said:
        return None
    name, raw, where = (named or said)[0]
    kind = origin_kind(name, raw, _sites(head))
    if kind == "repost" and _ACCOUNT.search(raw) and not OUTLET.match(name):
        kind = "self_media"
    return Origin(
        name=name if named else None,
        raw=raw[:200],
        where=where,
        url=_address(name, links or {}),
        kind=kind,
        evidence=tuple(_evidence(named or said)),
    )


def _candidates(head: Head, zones: Zones) -> Iterator[tuple[str, str, str]]:
    """(name, raw, where) of what the page offers, best first."""
    for where, lines in (("head", zones.head), ("above", zones.above)):
        yield from ((name, line, where) for line in lines for name in _labelled(line))
    for where, lines in (("close", zones.close), ("tail", zones.tail), ("inner", zones.inner)):
        short = (line for line in lines if len(line) <= NOTE_CHARS)
        yield from ((name, line, where) for line in short for name in _labelled(line, inside=True))
        notes = (note for line in lines if len(line) > NOTE_CHARS and (note := _NOTE.search(line[-2 * NOTE_CHARS :])))
        yield from ((name, note[0], where) for note in notes for name in _labelled(note[1], inside=True))
    yield from ((name, line, "below") for line in zones.below if _CREDITS_LINE.search(line) for name in _labelled(line))
    declared = _declared(head)
    if declared:
        yield *declared, "meta"
    yield from ((name, raw, "head") for name, raw in _beside_date(zones.head))
    yield from _datelines(zones)
    yield from _signed(zones)


def _signed(zones: Zones) -> Iterator[tuple[str, str, str]]:
    """Outlets of sign-offs: `（某某报记者 李楠）`, `（某某报）`, and what compilers name as their material."""
    for line in (*zones.close, *(line for line in zones.tail if line[:1] in "（(")):
        signed = _SIGNED.search(line[-NOTE_CHARS:])
        if signed and OUTLET.match(signed["name"].removesuffix("综合").removesuffix("綜合")):
            yield signed["name"], signed[0], "close"
    for line in (*zones.head, *zones.close, *zones.tail[:3]):
        agency = _BRACKETED.search(line[-NOTE_CHARS:])
        if agency:
            yield agency["name"], agency[0], "close"
    for where, lines in (("close", zones.close), ("tail", zones.tail)):
        for line in lines:
            material = _MATERIAL.search(line[-NOTE_CHARS:])
            if material and is_outlet(material["name"]):
                yield material["name"], line[-NOTE_CHARS:], where


def _labelled(line: str, *, inside: bool = False) -> Iterator[str]:
    """Outlets behind 来源 and its kin in a line. `inside`: it stands in or below the text, where it may be prose."""
    if len(line) > LABELLED_CHARS or not _LABEL_SIGN.search(line):
        return
    line = line.replace("丨", "|").replace("｜", "|").replace("│", "|")
    for hit in _LABEL.finditer(line):
        label = hit["label"].strip()
        sentence = hit.start() and line[hit.start() - 1] not in " 　|｜(（[【〔:：)）]】，,。;；0123456789"
        if _DISCLAIMER.search(line[: hit.start()]):
            return
        if label[-1] not in ":：|/／" and not label.isascii() and (sentence or len(line) > NOTE_CHARS):
            continue
        name = _clean(_STOP.sub("", hit["name"]))
        before = line[: hit.start()] + (" " if hit[0][0].isspace() else "")
        if is_outlet_of_text(name, before, line[hit.end() :]) if inside else is_outlet(name):
            yield name


def _clean(raw: str) -> str:
    """A name without the brackets and separators around it; book-title marks stay, they are part of what is shown."""
    return raw.strip(" 　|｜/-—_【】[]()（）<>:：\"'").removesuffix(".")


def _declared(head: Head) -> tuple[str, str] | None:
    """(origin, raw) of the meta elements or of JSON-LD."""
    raw = head.first(_ORIGIN_NAMES) or next((name for thing in head.things if (name := _organisation(thing))), "")
    name = _clean(_STOP.sub("", next(_labelled(raw), raw)))
    return (name, raw) if len(raw) <= LABELLED_CHARS and is_outlet(name) and len(name) <= 30 else None  # noqa: PLR2004


def _organisation(thing: Mapping[str, object]) -> str:
    """Name of schema.org's sourceOrganization, or an empty string."""
    said = thing.get("sourceOrganization")
    name = said.get("name") if isinstance(said, dict) else said
    return name.strip()[:100] if isinstance(name, str) else ""


def _beside_date(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Outlets that stand in the line of the date or in one of the next three."""
    window, before = 0, ""
    for line in lines:
        if DATE_SHAPE.search(line):
            window = 4
            if OUTLET.match(before) and len(before) in _NAME_CHARS and not NOT_BESIDE.search(before):
                yield before, before
        before = line
        if not window:
            continue
        window -= 1
        account = _ACCOUNT.search(line)
        if account:
            yield account["name"], line
            continue
        for token in _TOKENS.split(_CLOCK_OR_SECTION.sub(" ", line)):
            name = _STOP.sub("", re.sub(r"^[\d\-/年月日.]+", "", token)).strip("》《:：/·")
            fits = len(name) in _NAME_CHARS or _TWO_CHAR_PAPER.match(name)
            if fits and OUTLET.match(name) and not NOT_BESIDE.search(name):
                yield name, line


def _datelines(zones: Zones) -> Iterator[tuple[str, str, str]]:
    """Agencies and papers by which the text begins: `新华社北京11月21日电`, `〔中央社〕`, `LONDON (Reuters) -`."""
    for line in (*zones.head, *zones.lead):
        dateline = _DATELINE.match(line) or _FOREIGN.match(line)
        if dateline:
            yield dateline["name"], dateline[0], "dateline"
        own = _OWN_LINE.match(line)
        if own:
            yield own[1], own[1], "dateline"


def _sites(head: Head) -> tuple[str, ...]:
    """What the site calls itself: declared names and the parts of its title."""
    return tuple(head.meta[name] for name in _SITE_NAMES if head.meta.get(name)) + tuple(
        part.strip() for part in _TITLE_BREAK.split(head.title) if part.strip()
    )


def _address(name: str, links: Mapping[str, str]) -> str | None:
    """Address of the link whose text is the name, or None."""
    key = squeezed(name)
    found = links.get(name) or next((url for text, url in links.items() if squeezed(text) == key), None)
    return found if found and found.startswith(("http://", "https://")) else None


def _evidence(said: Sequence[tuple[str, str, str]]) -> Iterator[Evidence]:
    """The chosen name, then every other."""
    seen: set[str] = set()
    for index, (name, raw, where) in enumerate(said):
        if squeezed(name) not in seen:
            seen.add(squeezed(name))
            yield Evidence(fact="origin", value=name, raw=raw[:200], where=where, chosen=index == 0)
