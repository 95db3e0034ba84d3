"""Credits of a line of roles and names: `记者 梁静 通讯员 李静`, `责任编辑：张三`, `（见习记者 李四/文 王五/摄）`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.extraction.names import is_surely_name, logins_in, names_in
from storage.records import EDITOR_ROLES, Credit

MAX_RAW_CHARS = 120
"""Of the text a credit was read from, kept beside it."""

# Order matters: the longer word stands before the one that it contains.
_ROLE_WORDS = (
    ("duty_editor", r"(?:责任|責任|值班)(?:编\s?辑|編\s?輯|[编編])|[責责][编編]"),
    ("proofreader", r"校[对對]"),
    ("editor", r"(?:见习|見習|实习|實習|本文|网络|新媒体|文字|主任|频道)?(?:编\s?辑|編\s?輯)"),
    ("intern", r"(?:实习|實習)(?:记者|記者|生)"),
    ("correspondent", r"(?:特约|特約)?通[讯訊][员員]"),
    (
        "reporter",
        r"(?:本[报報网網刊]|见习|見習|首席|全媒体|融媒体|特约|特派)*(?:[记記]\s?者|特派[员員])|采写|採寫|采访|採訪",
    ),
    ("photographer", r"摄影(?:记者)?|攝影(?:記者)?|图片(?=\s?[:：])|图(?=\s?[/／:：])"),
    ("translator", r"[编編翻][译譯]"),
    ("compiler", r"(?:综合|綜合)?整理"),
    (
        "author",
        r"作\s?者|(?:特约)?撰稿人?|撰文|专栏作[者家]|文字(?=\s?[:：/／|])|文\s?[/／\\]+\s?[图圖]|文(?=\s?[/／|:：\\])",
    ),
)
ROLE = re.compile("|".join(f"(?P<{role}>{words})" for role, words in _ROLE_WORDS))

_COLONS = ":：/／|｜\\"
_LABEL_TAIL = re.compile(r"\s?[:：/／|｜]\s?")

# Places of Taiwan's by-lines, where no space parts name and place: `記者林宜靜台北報導`.
_PLACES = (
    "台北|臺北|新北|桃園|新竹|苗栗|台中|臺中|彰化|南投|雲林|嘉義|台南|臺南|高雄|屏東|宜蘭|花蓮|台東|臺東|澎湖|金門|基隆"
    "|北京|上海|香港|廣州|广州|台灣|臺灣|綜合|综合|專題|特稿"
)
_REPORT = re.compile(
    rf"(?:[／/\s]*(?:{_PLACES}|[／/][\u4e00-\u9fff]{{2,8}}?))?(?:\d{{1,2}}日)?\s?"
    r"[／/]?(?:電話|专题|專題|综合|綜合)?(?:報導|报道|报导|電|电)"
)
_SHOT = re.compile(r"[\s/／]*(?:摄影|攝影|摄|攝|/文)\s?$")
_SEGMENT_END = re.compile(
    r"[。:：|｜【】（）()\[\]〔〕<>《》\"“”!！?？]|\d{2,}"
    r"|来源|來源|时间|時間|日期|发布|發布|发表|字号|字號|更新|电话|邮箱|报料|编号|版次|阅读|浏览|点击"
)
_BRACKETED = re.compile(r"[（(〔【\[]([^（()）〔〕【】\[\]。！？]{2,60})[）)〕】\]]")
_SHOT_BY = re.compile(
    r"(?:^|[\s（(／/:：])([\u3400-\u9fff]{2,3})\s?[／/]?\s?[摄攝](?![影制製像入取])\s*(?:[）)]|$|[，。])"
)
_PLACED = re.compile(r"^[\s【〔\[]*[（(〔【]([\u3400-\u9fff]{2,4})\s?[／/]\s?[\u3400-\u9fff]{2,8}[）)〕】][\s】〕\]]*$")
_DATELINE_NAMES = re.compile(r"[电電讯訊]\s?[（(]\s?([\u3400-\u9fff、\s　]{2,24})[）)]")
_REPORTED = re.compile(r"[（(〔【]\s?([\u3400-\u9fff]{2,4})\s?(?:報導|报道|綜合報導|撰|文)\s?[）)〕】]")
_EDITED = re.compile(r"[（(〔【\[]\s?([\u3400-\u9fff]{2,4})\s?(?:编辑|編輯)\s?[）)〕】\]]")
_SLASH = re.compile(
    r"^[\s【〔\[(（◎■●▲]*(?:(?P<first>[\u3400-\u9fff]{2,4}(?:、[\u3400-\u9fff]{2,4}){0,3})\s?[／/]\s?"
    rf"(?:{_PLACES}|[\u3400-\u9fff]{{2,10}}(?:報導|报道|電|訊))"
    r"|[\u3400-\u9fff]{2,10}(?:報|报|社|網|网|新聞)\s?[／/]\s?(?P<last>[\u3400-\u9fff]{2,4})(?!\s?[摄攝]))"
)


def role_credits(text: str, raw: str) -> Iterator[Credit]:
    """Credits of a text of role words, each followed by its names; words without names share those of the next."""
    hits = list(ROLE.finditer(text))
    pending: list[str] = []
    for index, hit in enumerate(hits):
        after = text[hit.end() : hits[index + 1].start() if index + 1 < len(hits) else len(text)]
        segment = after.lstrip(" 　" + _COLONS)
        role = hit.lastgroup or "author"
        if segment.strip():
            yield from _segment_credits([*pending, role], segment, raw)
            pending = []
        elif after.lstrip()[:1] in tuple(_COLONS):
            # `作者：见习编辑 李琼皙`: the labelled role is meant, the next word describes the person.
            pending.insert(0, role)
        else:
            pending.append(role)


def _segment_credits(roles: list[str], segment: str, raw: str) -> Iterator[Credit]:
    """Credits of the piece behind role words. With several words and as many names, one each."""
    reported = _REPORT.search(segment)
    cut = segment[: reported.start()] if reported else segment
    shot = _SHOT.search(cut)
    end = _SEGMENT_END.search(cut)
    people = names_in(cut[: shot.start()] if shot else cut[: end.start()] if end else cut)
    if not people and roles[0] in EDITOR_ROLES:
        people = logins_in(segment)
    for index, name in enumerate(people):
        role = roles[index] if len(roles) == len(people) else roles[0]
        yield Credit(role="photographer" if shot else role, name=name, raw=raw[:MAX_RAW_CHARS])


def labelled_credits(line: str) -> Iterator[Credit]:
    """Credits behind a role word with a colon, a slash or a bar."""
    labels = [hit for hit in ROLE.finditer(line) if _LABEL_TAIL.match(line, hit.end())]
    for index, hit in enumerate(labels):
        end = labels[index + 1].start() if index + 1 < len(labels) else len(line)
        yield from role_credits(line[hit.start() : end], line)


def bracketed_credits(line: str) -> Iterator[Credit]:
    """Credits in brackets: with a role word, behind a dateline (`中新网12月15日电 (杜燕)`), or as `(林麗玉報導)`."""
    for bracket in _BRACKETED.finditer(line):
        if ROLE.search(bracket[1]):
            yield from role_credits(bracket[1], bracket[0])
    for pattern in (_REPORTED, _DATELINE_NAMES):
        for hit in pattern.finditer(line):
            yield from (Credit(role="reporter", name=name, raw=hit[0]) for name in names_in(hit[1]))


def slash_credits(line: str) -> Iterator[Credit]:
    """Credits of the forms `陳鈞凱／台北報導`, `中廣新聞／楊菁惠`, `（李三娃／四川成都）` at a line's start."""
    placed = _PLACED.match(line)
    if placed and is_surely_name(placed[1]):
        yield Credit(role="author", name=placed[1], raw=line[:MAX_RAW_CHARS])
        return
    slash = _SLASH.match(line)
    for name in names_in(slash["first"] or slash["last"] or "") if slash else ():
        yield Credit(role="reporter", name=name, raw=line[:MAX_RAW_CHARS])


def edited_credits(line: str) -> Iterator[Credit]:
    """Editors in the form `(张三编辑)`."""
    for hit in _EDITED.finditer(line):
        yield from (Credit(role="editor", name=name, raw=hit[0]) for name in names_in(hit[1]))


def caption_credits(line: str) -> Iterator[Credit]:
    """Photographers of a caption: `（林宜靜攝）`, `中新社发 刘忠俊 摄`."""
    for hit in _SHOT_BY.finditer(line):
        yield from (Credit(role="photographer", name=name, raw=line[:MAX_RAW_CHARS]) for name in names_in(hit[1]))
