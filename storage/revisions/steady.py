"""What of a text stays from one look at its page to the next: all but what no editor has touched.

Left out: counts of readers, times told from now (`3小时前`), lists of related articles, sessions in addresses. Made
one: white space, the width of characters, the two kinds of quotation marks. Captions stand apart, for pictures move.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from storage.trackers import is_tracker

SHORT_LINE = 60
"""Characters of the longest line that may hold counts and times of the page and nothing of the article."""

LINK_CHARACTERS = 60
"""Of the longest title in a list of related articles."""

MOST_LINKS = 20
"""In such a list: what follows is text that has no full stops."""

CAPTION_CHARACTERS = 120
"""Of the longest line that is taken for a caption because it reads like one."""

_FORMS = dict(zip("。“”„「」『』‘’—–―・•", ".\"\"\"\"\"\"\"''---··", strict=True))
_OTHER_FORM = re.compile(f"[{''.join(_FORMS)}\u00ad\u200b\u2060\ufeff]")
_NUMBER = r"\d[\d,.]{0,12}\s?[万萬亿億wWkKmM]?\+?\s?(?:次|人次|人|条|條|个|個)?"
_COUNTED = (
    r"(?:阅读|閱讀|浏览|瀏覽|点击|點擊|访问|訪問|播放|评论|評論|跟[贴帖]|点[赞讚]|點讚|转发|轉發|分享|收藏|热度|人气|围观|[赞讚]"
    r"|views?|reads?|comments?|shares?|likes?|replies)(?:次数|次數|总数|人数|人數|数|數|量)?"
)
_AGO = (
    r"(?:\d{1,4}|[一二三四五六七八九十两几半]{1,3})\s?个?(?:秒|分|小时|小時|天|日|周|週|星期|月|年)[钟鐘]?之?前"
    r"|刚刚|剛剛|(?:今天|昨天|前天)\s?\d{1,2}:\d\d"
    r"|\b(?:\d{1,4}|an?)\s(?:second|sec|minute|min|hour|hr|day|week|month|year)s?\sago\b|\bjust\snow\b"
)
_PASSING = re.compile(
    rf"{_COUNTED}\s?[:(\[]?\s?{_NUMBER}[)\]]?|(?<![\d\-/.:,]){_NUMBER}\s?{_COUNTED}(?!\s?[:(\[])|{_AGO}", re.IGNORECASE
)
_PASSING_IN_BRACKETS = re.compile(rf"[(\[【]\s?(?:{_PASSING.pattern})\s?[)\]】]", re.IGNORECASE)
# What such a line says beside them: `本文已被阅读12次.`, `发布于3小时前`.
_FILLER = re.compile(
    r"(?:本文|[该此]文|本页面?|总|共|已|被|有|发布|更新|发表|[于在了]|人|次|updated|published|posted)|[\W_]",
    re.IGNORECASE,
)
# A line about the page: source, writer, day, size of letters. Beside these a count is the page's.
_ABOUT_PAGE = re.compile(
    r"来源|來源|作者|编辑|編輯|记者|記者|发布|發布|时间|時間|日期|字[号體体]|打印|责编|\d{4}[-/年.]\d{1,2}[-/月.]\d{1,2}|\d{1,2}:\d\d"
    r"|\b(?:source|author|editor|date|by|updated|published)\b",
    re.IGNORECASE,
)
_RELATED = re.compile(
    r"\W{0,3}(?:(?:相[关關]|延伸|推[荐薦]|[更最]多|热门|熱門|热点|精彩|往期|猜你喜[欢歡]|大家都在看|上一[篇条]|下一[篇条])"
    r"(?:阅读|閱讀|新闻|新聞|链接|鏈接|连结|連結|报道|報道|報導|推[荐薦]|文章|专题|專題|内容|回[顾顧]|精彩|资讯)?"
    r"|related(?:\s(?:articles?|stories|news|links?|topics?))?|read\smore|see\salso|more\son\sthis(?:\sstory)?"
    r"|recommended|most\s(?:read|popular))\W{0,3}",
    re.IGNORECASE,
)
_NEIGHBOUR = re.compile(r"\W{0,3}(?:[上下前后]一[篇条]|相[关關](?:阅读|新闻)|延伸阅读|推荐阅读)\W{0,2}:")
_CAPTION = re.compile(
    r"[\s(【▲△↑◎]{0,3}(?:图为|圖為|图[一二三四五六七八九十\d]{0,3}[:/]|圖[:/]|资料图|資料圖|图片来源|圖片來源|示意图|[▲△↑])"
)
_SHOT_BY = re.compile(r"[\u4e00-\u9fff]{2}/?[摄攝][)】]?\.?$")
_ADDRESS = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp)(?![a-z])", re.IGNORECASE)
_PATH_SESSION = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)
_SESSION = re.compile(
    r"(?:.{0,20}sess(?:ion)?(?:_?id)?|sid|(?:.{0,20}_)?token|auth_?key|sign(?:ature)?|expires|rnd|random|timestamp|ts|_)$"
)
# Ends of sentences: what has one is no title of a related article.
_SENTENCE = re.compile(r"[.!?;]\W{0,2}$|[.!?].")
# Spaces mean something between words of spaced scripts only.
_IDLE_SPACE = re.compile(r"\s+(?![^\W\u2e80-\uabff\uf900-\uffff])|(?<![^\W\u2e80-\uabff\uf900-\uffff])\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """What stays of a text: what it says in its order, and its captions in any order."""

    said: str
    captions: frozenset[str]


def steady(text: str, captions: Iterable[str] = ()) -> Steady:
    """What stays of a text. `captions`: of its pictures, where it is known which lines these are.

    Linear in the length of the text.
    """
    known = {form(caption) for caption in captions}
    kept: list[str] = []
    found: set[str] = set()
    for line in _own_lines(text):
        squeezed = _IDLE_SPACE.sub("", line)
        if _is_caption(squeezed, known):
            found.add(squeezed)
        else:
            kept.append(line)
    return Steady(said=_IDLE_SPACE.sub("", re.sub(r"\s+", " ", "\n".join(kept)).strip()), captions=frozenset(found))


def form(text: str) -> str:
    """A text without the differences that make none: width, white space, kinds of quotation marks and dashes."""
    return _IDLE_SPACE.sub("", " ".join(_folded(text).split()))


def is_ago(text: str | None) -> bool:
    """Whether a time is told from now only: another one at every look."""
    return text is not None and len(text) <= SHORT_LINE and re.search(_AGO, _folded(text), re.IGNORECASE) is not None


def _folded(text: str) -> str:
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    return _OTHER_FORM.sub(lambda hit: _FORMS.get(hit[0], ""), text)


def _is_caption(line: str, known: AbstractSet[str]) -> bool:
    if line in known:
        return True
    return len(line) <= CAPTION_CHARACTERS and bool(_CAPTION.match(line) or _SHOT_BY.search(line[-6:]))


def _own_lines(text: str) -> Iterable[str]:
    """The lines of a text that are the article's own, folded, without what passes."""
    links = 0
    for raw in _folded(text).split("\n"):
        line = raw.strip()
        if not line:
            continue
        short = len(line) <= LINK_CHARACTERS
        if short and _RELATED.fullmatch(line):
            links = MOST_LINKS
            continue
        if short and _NEIGHBOUR.match(line):
            continue
        links = links - 1 if links and short and _SENTENCE.search(line) is None else 0
        if not links:
            yield _without_passing(line)


def _without_passing(line: str) -> str:
    """A line without counts of readers, times told from now, and what in its addresses changes at every look."""
    if "://" in line:
        line = _ADDRESS.sub(lambda hit: _address(hit[0]), line)
    line = _PASSING_IN_BRACKETS.sub("", line)
    if len(line) > SHORT_LINE or not _PASSING.search(line):
        return line
    rest = _PASSING.sub("", line)
    bare = not _FILLER.sub("", rest)
    return "" if bare else rest if _ABOUT_PAGE.search(rest) and _SENTENCE.search(rest) is None else line


def _address(url: str) -> str:
    """An address as it stays: that of a picture says nothing, and a query may be that of a session."""
    if _PICTURE.search(url):
        return ""
    path, mark, query = url.partition("#")[0].partition("?")
    kept = [one for one in query.split("&") if not (is_tracker(one) or _SESSION.match(one.partition("=")[0].lower()))]
    return _PATH_SESSION.sub("", path) + mark + "&".join(kept)
