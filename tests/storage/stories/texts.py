"""News that is long enough to be compared: made-up reports of a prefecture, and what portals make of them."""

from __future__ import annotations

from random import Random

PLACES = ("清江", "白杨坪", "石门河", "野三关", "绿葱坡", "大水田", "沙子地", "龙凤坝", "双河口", "金果坪")
DEEDS = (
    "新修的通村公路已经铺到最后一个自然村",
    "茶农正在赶采今年的第二批秋茶",
    "图书馆把开放时间延长到晚上九点",
    "医院派出的巡回医疗队走访了山上的老人",
    "水厂的扩建工程进入设备调试阶段",
    "学校食堂改用本地合作社送来的蔬菜",
    "老街的石板路按原样修补完毕",
    "护林员用上了能测温的无人机",
    "邮局恢复了停办多年的赶场日服务",
    "博物馆征集到一批土家族的旧织机",
    "水库的鱼类洄游通道开始试运行",
    "车站旁的夜市搬进了带顶棚的新场地",
)
LETTERS = "山水田林路桥村镇人家春秋雨雪茶药粮木石土金银铜铁红黄青白大小多少上下左右东西南北早晚新旧长短高低来去开合"


def report(number: int, sentences: int = 14) -> tuple[str, str]:
    """The title and the text of a report; every number is another one, in hardly any words of the others."""
    chance = Random(number)
    title = f"{_words(chance, 6)}：{chance.choice(PLACES)}{chance.choice(DEEDS)}"
    parts = [
        f"{_words(chance, 14)}，{chance.choice(PLACES)}{_words(chance, 9)}，{_words(chance, 16)}。"
        for _ in range(sentences)
    ]
    parts[0] = f"{chance.choice(DEEDS)}。{parts[0]}"
    paragraphs = ["".join(parts[at : at + 3]) for at in range(0, len(parts), 3)]
    return title, "\n\n".join(paragraphs)


def _words(chance: Random, letters: int) -> str:
    return "".join(chance.choice(LETTERS) for _ in range(letters))


def reposted(text: str) -> str:
    """The text as another portal has it: a line before it, and one behind."""
    return f"本报讯（通讯员 李青）{text}\n\n（责任编辑：王山）"


def cut(text: str) -> str:
    """The first part of the text, as a portal has it that wants a click for the rest."""
    return f"{text[: len(text) * 7 // 10]}……"
