"""Credits without a role word: `陳鈞凱／台北報導`, `(杜燕)` behind a dateline, `（某某网 李楠）`, captions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.extraction.facts.bylines import PLACES
from crawler.extraction.facts.roles import ROLE
from crawler.extraction.people.names import (
    MAX_RAW_CHARS,
    han_names,
    is_bare_name,
    is_common_word,
    is_surely_name,
    names_in,
    words_of,
)
from crawler.extraction.people.organisations import OUTLET
from storage.records import Credit

BARE_LINE_CHARS = 24
"""Characters of the longest line that is nothing but names: five of them."""

CAPTION_TAIL = 40
"""Characters at the end of a caption in which its photographer is looked for."""

_SHOT_END = re.compile(r"(?:摄\s?影|攝\s?影|[拍]?[摄攝])\s?[）)】\]。]?\s{0,3}$")
_SHOT_BY = re.compile(
    r"(?:^|[\s（(／/:：。])(?P<name>[\u3400-\u9fff]{2,3})\s?[／/]?\s?[摄攝](?![影制製像入取])\s?(?:[）)]|$|[，。])"
)
_CAPTION_BREAK = re.compile(r"[。，；：:（(！？”\"\]】发發]|记者|記者|通讯员|通訊員|[/／]文(?=\s)")
_TAGGED = re.compile(
    r"(?:^|[\s（(【、])(?P<name>[\u3400-\u9fff]{2,3})\s?[/／]\s?(?P<tag>文图|图文|圖文|文|图|圖|摄影|攝影|摄"
    r"|攝)(?=[\s）)】、]|$)"
)
_PEN_NAME = re.compile(r"[。！？”」]\s?[（(](?P<name>[\u3400-\u9fff]{2})[）)]\s?$")
# What else stands in brackets at the end of a text.
_ENDINGS = (
    "组图 完毕 待续 未完 全文 来源 摘编 综合 转载 附图 注释 编者 摘要 节选 化名 笔名 图文 视频 实习 上篇 下篇 下略 省略"
    " 图片 見圖 见图 如图 如圖 本報 本报 新华 人民 網路 网络"
    " 责编 外电 外電 中新 央视 资料 組圖 完结 连载 有删 作者 记者 記者 原创 整理"
)
# What people do at the end of a speech or an interview, in brackets.
_STAGE_WORDS = (
    "笑声 掌声 大笑 微笑 苦笑 欢笑 鼓掌 欢呼 哽咽 流泪 落泪 哭泣 停顿 沉默 点头 摇头 叹气 激动 开心 害羞 众笑 全场 起立"
    " 鞠躬 敬礼 合影 挥手 拥抱 唱歌 歌声 感动 感叹 惊讶 生气 愤怒 悲伤 难过 无奈 尴尬 认真 思考 笑場 掌聲 笑聲 歡呼"
)
_NO_PEN_NAMES = frozenset(f"{_ENDINGS} {_STAGE_WORDS}".split())
_ORIGINAL = re.compile(r"^原[创創][\s|]{0,3}([\u3400-\u9fff]{2,4})(?=\s|$)")
_NAME_DATED = re.compile(r"^(?P<name>[\u3400-\u9fff]{2,3}|[\u3400-\u9fff] [\u3400-\u9fff])\s{1,3}(?:19|20)\d\d[-/.年]")
_DATED_NAME = re.compile(
    r"^(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:\s{1,3}\d{1,2}:\d\d(?::\d\d)?)?[\s|]{0,3}(?P<name>[\u3400-\u9fff]{2,9})$"
)
_DESK = re.compile(r"^(?:本报|本刊|本网|[\u4e00-\u9fff]{2,6}[报网社刊])(?:特约)?评论员$")
_PLACED = re.compile(
    r"^[\s【〔\[]{0,3}[（(〔【]([\u3400-\u9fff]{2,4})\s?[／/]\s?[\u3400-\u9fff]{2,8}[）)〕】][\s】〕\]]{0,3}$"
)
_DATELINE_NAMES = re.compile(r"[电電讯訊]\s?[（(]\s?([\u3400-\u9fff、\s　]{2,24})[）)]")
_REPORTED = re.compile(r"[（(〔【]\s?([\u3400-\u9fff]{2,4})\s?(?:報導|報道|报道|综合报道|綜合報導|撰|文)\s?[）)〕】]")
_SLASH = re.compile(
    r"(?:^|[\s【〔\[(（])[◎■●▲□]?(?:(?P<first>[\u3400-\u9fff]{2,4}(?:、[\u3400-\u9fff]{2,4}){0,3})\s?[／/]\s?"
    rf"(?:(?:{PLACES})(?:報導|報道|报道|电|電|訊|$|[\s】〕\])）])|[\u3400-\u9fff]{{2,10}}(?:報導|報道|报道|電|訊))"
    r"|(?P<outlet>[\u3400-\u9fff]{2,10}(?:報|报|社|網|网|新聞"
    r"|新闻))\s?[／/]\s?(?P<last>[\u3400-\u9fff]{2,4})(?!\s?[\u3400-\u9fff摄攝]))"
)
_PLAIN_SIGN_OFF = re.compile(r"[（(]([\u3400-\u9fff、\s　·]{2,24})[）)]\s?$")
_OUTLET_SIGN_OFF = re.compile(
    r"[（(](?:来源\s?[:：]\s?)?(?P<outlet>[\u3400-\u9fffA-Za-z]{3,16}?)(?P<kind>综合|綜合|整理)?[\s/／|]{1,3}"
    r"(?P<names>[\u3400-\u9fff]{2,4}(?:[\s、][\u3400-\u9fff]{2,4}){0,3})(?=[）)]|\s(?:编辑|編輯|责编))"
)


def slash_credits(line: str, where: str = "") -> Iterator[Credit]:
    """Credits of the forms `陳鈞凱／台北報導`, `中廣新聞／楊菁惠`, `（李三娃／四川成都）`, `李四/文 王五/摄`."""
    if "/" not in line and "／" not in line:
        return
    for tagged in _TAGGED.finditer(line):
        if is_surely_name(tagged["name"]):
            role = "author" if "文" in tagged["tag"] else "photographer"
            yield Credit(role=role, name=tagged["name"], raw=line[:MAX_RAW_CHARS], where=where)
    placed = _PLACED.match(line)
    if placed and is_surely_name(placed[1]):
        yield Credit(role="author", name=placed[1], raw=line[:MAX_RAW_CHARS], where=where)
        return
    for slash in _SLASH.finditer(line):
        for name in names_in(slash["first"] or slash["last"] or ""):
            if is_surely_name(name) or slash.start() == 0:
                yield Credit(role="reporter", name=name, raw=line[:MAX_RAW_CHARS], where=where)


def reported_credits(line: str, where: str = "") -> Iterator[Credit]:
    """Credits behind a dateline (`中新网12月15日电 (杜燕)`) and of the form `(林麗玉報導)`."""
    if ")" not in line and "）" not in line and "〕" not in line:
        return
    for pattern in (_REPORTED, _DATELINE_NAMES):
        for hit in pattern.finditer(line):
            for name in names_in(hit[1]):
                yield Credit(role="reporter", name=name, raw=hit[0][:MAX_RAW_CHARS], where=where)


def caption_credits(line: str, where: str = "caption") -> Iterator[Credit]:
    """Photographers of a caption: `（林宜靜攝）`, `中新社发 刘忠俊 摄`, `通訊員朱莉莉 攝`, `图片来源：张三 摄`."""
    if "摄" not in line and "攝" not in line:
        return
    end = _SHOT_END.search(line[-CAPTION_TAIL:])
    if end:
        words = words_of(_CAPTION_BREAK.split(line[-CAPTION_TAIL:][: end.start()])[-1])
        names: list[str] = []
        for word in reversed(words):
            here = [name for name in han_names(word) if is_surely_name(name)]
            if not here:
                break
            names = [*here, *names]
        yield from (Credit(role="photographer", name=name, raw=line[-MAX_RAW_CHARS:], where=where) for name in names)
        return
    for hit in _SHOT_BY.finditer(line):
        if is_surely_name(hit["name"]):
            yield Credit(role="photographer", name=hit["name"], raw=line[:MAX_RAW_CHARS], where=where)


def sign_off_credits(closing: str, where: str = "close") -> Iterator[Credit]:
    """Credits of a bracket at the end of a text with nothing but names in it: `（李楠）`, or a pen name: `（书青）`."""
    plain = _PLAIN_SIGN_OFF.search(closing)
    if plain and not ROLE.search(plain[1]) and not _SHOT_END.search(plain[1]):
        people = [name for word in words_of(plain[1]) for name in han_names(word) or [word]]
        if all(is_bare_name(name) for name in people):
            yield from (Credit(role="reporter", name=name, raw=plain[0], where=where) for name in people)
            return
    pen = _PEN_NAME.search(closing)
    if pen and pen["name"] not in _NO_PEN_NAMES and not is_common_word(pen["name"]) and han_names(pen["name"]):
        yield Credit(role="reporter", name=pen["name"], raw=pen[0], where=where)


def outlet_sign_off(line: str, where: str) -> Iterator[Credit]:
    """Credits behind the outlet in a bracket: `（某某网 李楠）`, `（某某网综合 李楠）`, `（来源：某某网 李楠）`."""
    for hit in _OUTLET_SIGN_OFF.finditer(line):
        people = names_in(hit["names"])
        sure = "来源" in hit[0] or all(is_surely_name(name) for name in people)
        if people and OUTLET.match(hit["outlet"]) and sure:
            role = "compiler" if hit["kind"] else "reporter"
            yield from (Credit(role=role, name=name, raw=hit[0][:MAX_RAW_CHARS], where=where) for name in people)


def original_credits(line: str, where: str) -> Iterator[Credit]:
    """The author behind the mark of an original article: `原创 苗小雨 山城在线`; the account after it is a link."""
    original = _ORIGINAL.match(line)
    if original and is_bare_name(original[1]):
        yield Credit(role="author", name=original[1], raw=line[:MAX_RAW_CHARS], where=where)


def bare_credits(line: str, where: str) -> Iterator[Credit]:
    """Authors of a line that is nothing but names or a commentators' desk: `张 航`, `王飞航、许雄`, `本报评论员`."""
    if _DESK.match(line):
        yield Credit(role="author", name=line, raw=line, where=where, organisation=True)
    dated = _NAME_DATED.match(line) or _DATED_NAME.match(line)
    names = han_names(dated["name"].replace(" ", "")) if dated else []
    if all(is_bare_name(name) for name in names):
        yield from (Credit(role="author", name=name, raw=line[:MAX_RAW_CHARS], where=where) for name in names)
    words = words_of(line) if len(line) <= BARE_LINE_CHARS else []
    if (len(words) == 1 or "、" in line) and all(is_bare_name(word) for word in words):
        yield from (Credit(role="author", name=name, raw=line, where=where) for name in words)
