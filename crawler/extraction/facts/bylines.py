"""Credits of a line of roles and names: `记者 梁静 通讯员 李静`, `责任编辑：张三`, `（见习记者 李四/文 王五/摄）`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from crawler.extraction.facts.roles import LABEL, ROLE, role_of
from crawler.extraction.people.names import (
    MAX_RAW_CHARS,
    han_names,
    is_surely_name,
    is_trade_word,
    latin_names,
    logins_in,
    words_of,
)
from crawler.extraction.people.organisations import is_organisation
from storage.records import EDITOR_ROLES, Credit

MAX_LINE_CHARS = 600
"""Of a line that is read: credits of one line are never longer, hostile ones are."""

MAX_SEGMENT_CHARS = 160
"""Of the text behind one role word that is read: a dozen names."""

PEN_NAME_CHARS = 10
"""Characters of the longest pen name (`六神磊磊读金庸`), read behind a label only."""

PEN_NAME_CHARS_INSIDE = 6
"""The same for a label among the paragraphs, where `作者：` opens sentences as well."""

_LABEL_PLACES = ("", "head", "tail")
"""Zones in which what follows `作者：` is a name, whatever it looks like."""

# Places of Taiwan's by-lines, where no space parts name and place: `記者林宜靜台北報導`.
PLACES = (
    "台北|臺北|新北|桃園|新竹|苗栗|台中|臺中|彰化|南投|雲林|嘉義|台南|臺南|高雄|屏東|宜蘭|花蓮|台東|臺東|澎湖|金門|基隆"
    "|北京|上海|香港|廣州|广州|深圳|台灣|臺灣|華盛頓|東京|紐約|綜合|综合|專題|特稿|外電"
)
_REPORT = re.compile(
    r"[／/\s]{0,2}(?:現場|现场|摄影|攝影|獨家|独家|電話|专题|專題|综合|綜合|綜合外電|採訪|采访|連線|图文|实习)?(?:報導"
    r"|報道|报道|报导)"
    r"|\d{1,2}\s?日\s?(?:[电電讯訊]|消息|报道|報導)|\d{1,2}月\d{1,2}日"
)
_SLASHED_PLACE = re.compile(rf"(?:[/／][\u3400-\u9fff]{{2,6}}|\s(?:{PLACES}){{1,2}})\s?$")
_PLACED_NAME = re.compile(
    rf"^(?P<name>[\u3400-\u9fff]{{2,4}}?)(?:(?:{PLACES}){{1,2}}|(?<=[\u3400-\u9fff]{{3}})[\u3400-\u9fff]{{2}})$"
)
_TAG = re.compile(
    r"^(?P<name>[\u3400-\u9fff·、]{2,14}?)(?P<tag>(?:\s?[/／]\s?)(?:文图|图文|圖文|文|图|圖|摄影|攝影|摄|攝|编译|編譯"
    r"|整理)|摄影|攝影|摄|攝|整理)$"
)
_TAG_ROLES = {"摄影": "photographer", "攝影": "photographer", "摄": "photographer", "攝": "photographer"} | {
    "图": "photographer", "圖": "photographer", "编译": "translator", "編譯": "translator", "整理": "compiler",
}  # fmt: skip
_SHOT = re.compile(r"[\s/／]{0,3}(?:摄影|攝影|拍摄|摄|攝)\s{0,3}$")
_SEGMENT_END = re.compile(
    r"[。:：|｜丨【】（）()\[\]〔〕<>《》“”!！?？@#_]|\d{2,}|https?:"
    r"|来源|來源|时间|時間|日期|发布|發布|发表|發表|字号|字號|更新|电话|邮箱|报料|编号|版次|阅读|浏览|点击|责任|分享"
    r"|收藏|打印"
)
_BREAK = re.compile(r"\s")
_LAST_WORD = re.compile(r"(?:^|(?<=[\s、,，]))[^\s、,，]{1,12}$")
_NATION = re.compile(r"^\s?[\[（(〔【][\u4e00-\u9fff]{1,3}[\]）)〕】]\s?")
_WORDS = re.compile(r"[\s、,，&;；]+")
_VERBAL = re.compile("[的在是了]")
_SIGN = re.compile(r"[:：/／|｜丨│\\]")
_BRACKETED = re.compile(r"[（(〔【\[]([^（()）〔〕【】\[\]。！？]{2,80})[）)〕】\]]")


@dataclass(frozen=True, slots=True)
class _People:
    """Who is named behind role words. `tagged`: roles by name that tags tell (`/摄`); `rest`: other words follow."""

    names: tuple[str, ...] = ()
    tagged: tuple[str, ...] = ()
    organisation: bool = False
    rest: bool = False


def role_credits(text: str, raw: str, where: str = "", *, prose: bool = False) -> Iterator[Credit]:
    """Credits of a text of role words, each followed by its names; words without names share those of the next.

    `prose`: the text may be a sentence or an interview's turn, so that only sure names and nothing else may follow.
    """
    text = text[:MAX_LINE_CHARS]
    hits = list(ROLE.finditer(text))
    if len(hits) == 1 and not text[hits[0].end() :].strip(" 　:：/／") and text[: hits[0].start()].strip():
        yield from _signed_before(text[: hits[0].start()], role_of(hits[0]), raw, where)
        return
    pending: list[str] = []
    joint = empty = False
    for index, hit in enumerate(hits):
        after = text[hit.end() : hits[index + 1].start() if index + 1 < len(hits) else len(text)]
        label = LABEL.match(after)
        segment = after[label.end() :] if label else after
        if label and empty:
            pending = []
        following = role_of(hits[index + 1]) if index + 1 < len(hits) else ""
        outlet = label and following in ("reporter", "intern", "correspondent") and is_organisation(segment)
        if segment.strip(" 　、&,，/／和") and not outlet:
            roles = [*pending, role_of(hit)]
            yield from _segment_credits(roles, segment, raw, where, labelled=bool(label) or joint, prose=prose)
            pending, joint, empty = [], False, False
        elif label:
            # `作者：见习编辑 李琼皙`: the labelled role is meant, the next word describes the person.
            pending.insert(0, role_of(hit))
            joint, empty = True, label[0].strip() in (":", "：")
        else:
            pending.append(role_of(hit))


def _signed_before(names: str, role: str, raw: str, where: str) -> Iterator[Credit]:
    """Credits of names before their role: `张三 摄`, `孟得会 整理`, `（李四 编辑）`."""
    people = [name for word in words_of(names.strip(" 　(（[【")) for name in han_names(word) or [""]]
    if role != "other" and people and all(is_surely_name(name) for name in people):
        yield from (Credit(role=role, name=name, raw=raw[:MAX_RAW_CHARS], where=where) for name in people)


def _segment_credits(
    roles: list[str], segment: str, raw: str, where: str, *, labelled: bool, prose: bool
) -> Iterator[Credit]:
    """Credits of the piece behind role words. With several words and as many names, one each."""
    role = roles[0]
    if role == "author" and len(roles) > 1 and roles[1] in ("reporter", "intern", "correspondent", "translator"):
        role = roles[1]
    if role == "other":
        return
    people = _people(segment[:MAX_SEGMENT_CHARS], role, labelled=labelled, among=where not in _LABEL_PLACES)
    for index, (name, tag) in enumerate(zip(people.names, people.tagged, strict=True)):
        sure = people.organisation or name.isascii() or is_surely_name(name)
        if prose and (people.rest or not sure):
            return
        said = tag or (roles[index] if not labelled and len(roles) == len(people.names) else role)
        if said == "other" or (not sure and (said == "photographer" or (people.rest and not labelled))):
            continue
        yield Credit(
            role=said, name=name, raw=raw[:MAX_RAW_CHARS], where=where, organisation=people.organisation
        )


def _people(segment: str, role: str, *, labelled: bool, among: bool) -> _People:
    """Who is named at the start of a piece: persons, an organisation, an account or a pen name. `among`: paragraphs."""
    segment = _NATION.sub("", segment)
    report = _REPORT.search(segment)
    cut = segment[: report.start()] if report else segment
    shot = _SHOT.search(cut)
    end = _SEGMENT_END.search(cut := cut[: shot.start()] if shot else cut)
    rest = bool(end and cut[end.start() :].strip("。)）]】> 　"))
    if end:
        colon = end[0] in ":：" and not _BREAK.fullmatch(cut[max(0, end.start() - 1)])
        cut = _LAST_WORD.sub("", cut[: end.start()]) if colon else cut[: end.start()]
    if cut.lstrip()[:1].isascii() and cut.lstrip()[:1].isalpha():
        return _latin_people(segment, cut, role, labelled=labelled)
    names, tagged, unread = _named(cut, placed=bool(report))
    if shot:
        tagged = ["photographer"] * len(names)
    if names:
        return _People(tuple(names), tuple(tagged), rest=rest or bool(unread))
    found = _unnamed(unread, segment, role, labelled=labelled)
    pen_name = role == "author" and not found.organisation and found.names
    return _People(rest=True) if pen_name and _is_sentence(found.names[0], segment, among=among) else found


def _named(cut: str, *, placed: bool) -> tuple[list[str], list[str], list[str]]:
    """(names, roles that their tags tell, other words) of a list of names; the first other word behind one ends it."""
    names: list[str] = []
    tagged: list[str] = []
    unread: list[str] = []
    words = _listed(_SLASHED_PLACE.sub("", cut) if placed else cut)
    for index, word in enumerate(words):
        tag = _TAG.match(word)
        here = han_names(tag["name"]) if tag else []
        role = _TAG_ROLES.get(tag["tag"].strip(" /／"), "") if tag and here else ""
        place = _PLACED_NAME.match(word) if placed and not here and index == len(words) - 1 else None
        if place and is_surely_name(place["name"]):
            here = [place["name"]]
        if not here and not is_organisation(word):
            here = [name for piece in re.split(r"[/／]", word) for name in han_names(piece)]
        if here:
            names += here
            tagged += [role] * len(here)
        else:
            unread.append(word)
            if names:
                break
    return names, tagged, unread


def _listed(text: str) -> list[str]:
    """Words of a list of names, `李四/文` kept together, single characters joined (`张 航`)."""
    pieces: list[str] = []
    for word in _WORDS.split(text):
        tail = word.strip(" .·-—*●■□◎▲\"'")
        if tail in ("文", "图", "圖", "摄", "攝", "文/图", "文图", "图文") and pieces:
            pieces[-1] += "/" + tail
        elif tail:
            pieces.append(tail)
    slashed = [piece if "/" in piece or "／" in piece else None for piece in pieces]
    if any(slashed):
        return pieces
    return words_of(" ".join(pieces))


def _latin_people(segment: str, cut: str, role: str, *, labelled: bool) -> _People:
    """Persons whose names are in Latin letters, or the one word that an account or a pen name is."""
    names = latin_names(cut)
    if not names and (role in EDITOR_ROLES or (labelled and role in ("author", "translator", "compiler"))):
        names = logins_in(segment)
    return _People(tuple(names), ("",) * len(names))


def _unnamed(unread: list[str], segment: str, role: str, *, labelled: bool) -> _People:
    """The organisation, the account or the pen name behind a label that names no person."""
    first = unread[0] if unread else ""
    if first and is_organisation(first) and (labelled or role == "correspondent"):
        return _People((first,), ("",), organisation=True)
    if role in EDITOR_ROLES:
        names = logins_in(segment)
        return _People(tuple(names), ("",) * len(names))
    alone = labelled and role == "author" and len(unread) == 1 and 5 <= len(first) <= PEN_NAME_CHARS  # noqa: PLR2004
    if alone and re.fullmatch(r"[\u3400-\u9fff]+", first) and not is_trade_word(first):
        return _People((first,), ("",))
    return _People(rest=bool(unread))


def _is_sentence(name: str, segment: str, *, among: bool) -> bool:
    """Whether a pen name is the start of a sentence instead: `作者：鲁迅的小说在课本里。`."""
    verbal = bool(_VERBAL.search(name))
    if segment.strip().startswith(name + "。"):
        return among or verbal
    return among and (verbal or len(name) > PEN_NAME_CHARS_INSIDE)


def barred(line: str) -> str:
    """A line whose bars are all `|`; 丨, which county papers draw them by, is a Han character."""
    return line.replace("丨", "|").replace("｜", "|").replace("│", "|")


def labelled_credits(line: str, where: str = "", *, prose: bool = False) -> Iterator[Credit]:
    """Credits behind a role word with a colon, a slash or a bar."""
    line = line[:MAX_LINE_CHARS]
    labels = [hit for hit in ROLE.finditer(line) if LABEL.match(line, hit.end())] if _SIGN.search(line) else []
    for index, hit in enumerate(labels):
        end = labels[index + 1].start() if index + 1 < len(labels) else len(line)
        yield from role_credits(line[hit.start() : end], line, where, prose=prose)


def bracketed_credits(line: str, where: str = "") -> Iterator[Credit]:
    """Credits in brackets with a role word: `（记者 张三 通讯员 李四）`, `(曹文明 編輯)`."""
    for bracket in _BRACKETED.finditer(line[:MAX_LINE_CHARS]):
        if ROLE.search(bracket[1]):
            yield from role_credits(bracket[1], bracket[0], where)
