"""What stands round articles: that of real pages, line by line, and short pieces of our own."""

from __future__ import annotations

import html
import random
import re
from dataclasses import dataclass
from functools import cache

import lxml.html

from crawler.decoding import decode
from tests.quality.stories.bases import ZH, Half, half_of

_BLOCKS = frozenset(
    (
        "address", "article", "aside", "blockquote", "br", "button", "center", "dd", "div", "dl", "dt", "fieldset",
        "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "iframe",
        "input", "label", "li", "main", "nav", "ol", "option", "p", "pre", "section", "select", "table", "tbody",
        "td", "tfoot", "th", "thead", "title", "tr", "ul",
    )
)  # fmt: skip
_MUTE = frozenset(("script", "style", "noscript", "head", "textarea"))
FEWEST_LINES = 12
MOST_LINES = 260


@dataclass(frozen=True, slots=True, kw_only=True)
class Chrome:
    """The lines before and after the article of one real page."""

    key: str
    half: Half
    before: tuple[str, ...]
    after: tuple[str, ...]


@cache
def chromes(half: Half) -> tuple[Chrome, ...]:
    """The chrome of each page of the corpus whose article can be found in it; sites are split by coin."""
    return tuple(chrome for chrome in _harvested() if chrome.half == half)


@cache
def _harvested() -> tuple[Chrome, ...]:
    found = []
    for file in sorted((ZH / "html").glob("*")):
        _, host, mark = file.name.split("_", 2)
        markup = (ZH / "reference" / file.name).read_bytes().decode("utf-8", "replace")
        reference = [line.strip() for line in html.unescape(re.sub(r"<[^>]+>", "", markup)).splitlines()]
        lines = visible_lines(file.read_bytes())
        span = _article(lines, reference)
        if span is None:
            continue
        before, after = tuple(lines[: span[0]]), tuple(lines[span[1] + 1 :])
        if FEWEST_LINES <= len(before) + len(after) <= MOST_LINES:
            found.append(Chrome(key=mark[:16], half=half_of(f"chrome {host}"), before=before, after=after))
    return tuple(found)


def visible_lines(body: bytes) -> list[str]:
    """The text of a page as a poor extractor saves it: a line for each block."""
    parser = lxml.html.HTMLParser(encoding="utf-8")
    tree = lxml.html.document_fromstring(decode(body).text.encode("utf-8", "replace"), parser=parser)
    pieces: list[str] = []
    _gather(tree, pieces)
    lines = (re.sub(r"[ \t\r\f\v\xa0　]+", " ", line).strip() for line in "".join(pieces).split("\x00"))
    return [line for line in lines if line]


def _gather(element: lxml.html.HtmlElement, pieces: list[str]) -> None:
    """None; the words of the element are added to the pieces, with NUL between blocks."""
    if isinstance(element.tag, str) and element.tag not in _MUTE:
        edge = "\x00" if element.tag in _BLOCKS else ""
        pieces.append(edge + (element.text or "").replace("\n", " "))
        for child in element:
            _gather(child, pieces)
        pieces.append(edge)
    pieces.append((element.tail or "").replace("\n", " "))


def _article(lines: list[str], reference: list[str]) -> tuple[int, int] | None:
    """The first and last line that are the article's headline or text, or None where they cannot be told."""
    known = [_bare(line) for line in reference]
    title, body = known[0], [line for line in known[1:] if len(line) >= 20]
    bare = [_bare(line) for line in lines]
    at = [number for number, line in enumerate(bare) if len(line) >= 15 and any(_alike(line, part) for part in body)]
    if not at:
        return None
    first = next((number for number in range(at[0]) if title and bare[number] == title), at[0])
    return first, at[-1]


def _alike(line: str, part: str) -> bool:
    return line in part or (part in line and len(line) < 2 * len(part))


def _bare(line: str) -> str:
    return re.sub(r"\s+", "", line)


_SIGNED = (
    "（责任编辑：{a}）", "【编辑:{a}】", "编辑：{a} 校对：{b}", "责编：{a}", "(编辑 {a})", "作者：{a} 编辑：{b}",
    "初审：{a} 复审：{b} 终审：{c}",
)  # fmt: skip
_NAMES = ["周岚", "许思远", "赵小棠", "何宁", "沈佳", "罗振", "钟雨桐", "魏书航", "韩梅", "卢航", "苏立", "田月"]
_DISCLAIMERS = (
    "免责声明：本文仅代表作者个人观点，与本网无关。其中陈述文字和内容未经本站证实，请读者仅作参考，并自行核实。",
    "版权声明：凡本网注明来源的作品，均转载自其它媒体，并不代表本网赞同其观点和对其真实性负责。",
    "本网转载的文章，版权归原作者所有，如涉及版权和其它问题，请在30日内与本网联系，我们将在第一时间删除。",
    "【声明】本平台发布的内容如有侵权，请致电0717-8623155或发邮件至 news@qinghe.example，我们会及时处理。",
)
_FOOTERS = (
    "关于我们 | 联系我们 | 广告服务 | 招聘信息 | 网站地图 | 法律声明",
    "主办：青河市融媒体中心 鄂ICP备13009421号-2 互联网新闻信息服务许可证编号：42120190007",
    "Copyright © 2009-2024 All Rights Reserved 版权所有 未经授权禁止复制或建立镜像",
    "违法和不良信息举报电话：0717-8623155 举报邮箱：jubao@qinghe.example",
)
_PLUGS = (
    "下载“青河通”客户端，第一时间掌握身边大事", "扫一扫，关注官方微信公众号", "点击查看更多本地新闻 >>",
    "打开APP阅读体验更佳", "分享到： 微信 微博 QQ空间", "[ 打印 ] [ 关闭 ] [ 收藏 ]",
)  # fmt: skip
_TEASERS = (
    "{a}：把群众的小事当作头等大事来办", "老街换新颜 {a}的变与不变",
    "一图读懂 今年这些民生实事这么干", "图集丨雨后初晴的清晨",
    "视频 | 走进幸福里小区的读书角", "{a}社区食堂开张 一荤两素不到十元", "我市启动春季义务植树活动",
    "新修公交站台投入使用",
    "{a}：三十年坚守一条山路", "评论：窗口服务要有温度",
    "“家门口”的运动场下月开放", "专家支招：换季如何护好嗓子",
    "{a}镇柑橘开园 订单排到年底", "夜市经济点亮小城烟火气", "全市中小学寒假时间确定", "记者手记：守堤人的一天",
    "非遗传承人{a}：一双巧手编春秋", "志愿者清理河道漂浮物两百斤", "又一批老旧小区加装电梯", "{a}村通了自来水",
    "文明创建进行时丨斑马线前的礼让", "便民核酸点改成了便民修理点", "高铁站前广场改造完工", "市图书馆延长开放时间",
)  # fmt: skip


def signature(luck: random.Random) -> str:
    """The line under an article that says who edited it."""
    a, b, c = luck.sample(_NAMES, 3)
    return luck.choice(_SIGNED).format(a=a, b=b, c=c)


def person(luck: random.Random) -> str:
    """A made-up name."""
    return luck.choice(_NAMES)


def disclaimer(luck: random.Random) -> str:
    """What a portal says of texts that it took from others."""
    return luck.choice(_DISCLAIMERS)


def footer(luck: random.Random) -> list[str]:
    """Some lines of a portal's foot."""
    return [luck.choice(_PLUGS), *luck.sample(_FOOTERS, luck.randint(2, 4))]


def teasers(luck: random.Random, count: int) -> list[str]:
    """Headlines of other articles."""
    places = ("清柳", "石桥", "白塘", "金湾", "双龙")
    return [line.format(a=luck.choice(places)) for line in luck.sample(_TEASERS, count)]


def related_list(luck: random.Random) -> list[str]:
    """A related list as seed 003 has it: twenty lines, in turn a headline and a teaser with date and views."""
    lines = ["相关推荐"]
    for headline in teasers(luck, 10):
        day = f"{luck.randint(2018, 2024)}-{luck.randint(1, 12):02}-{luck.randint(1, 28):02}"
        told = "近年来，当地持续推进相关工作，取得了明显成效……"
        lines += [headline, f"{headline}。{told} {day} 阅读({luck.randint(9, 9999)})"]
    return lines
