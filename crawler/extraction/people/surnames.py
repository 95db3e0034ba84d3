"""Surnames of Chinese names, and the names of a run that is printed without anything between them."""

from __future__ import annotations

import math

# The hundred commonest surnames of the 2020 name report of China's Ministry of Public Security (85 % of the people),
# with their traditional forms.
_COMMON = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖萧蕭田董袁潘蒋蔣"
    "蔡余杜叶葉程苏蘇魏吕呂丁任沈"
    "姚卢盧姜崔钟鐘鍾谭譚陆陸汪范石廖贾賈夏韦韋付方白邹鄒孟熊秦邱江尹薛闫閆段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严"
    "嚴覃武戴莫孔向汤湯"
)

# The rest of the Hundred Surnames (百家姓) and of names seen today, without those that are other words before anything
# else (家 经 通 能 相 后 东 国): a bare line of two or three characters that begins so is taken for a name.
_RARE = frozenset(
    "于於楚帅帥施俞詹洪翁柯倪温溫季章鲁魯葛伍申尤毕畢聂聶焦安祝关關房邢路岳齐齊童庄莊辛管祁梅涂耿左包殷阎閻穆游冉宁寧甯"
    "欧歐纪紀阮牛连連米颜顏喻华華苗谷甘荣榮"
    "舒符盛吉娄婁卓裴简簡晏沙单單牟卫衛兰蘭景柳饶饒霍靳戚桑车車屈凌边邊褚仇佟蒲鲍鮑滕应應藍蓝巫池曲项項封冷瞿桂胥匡阳陽"
    "全卜窦竇巴古臧柴商计計寇慕丛叢佘花敖翟"
    "司诸諸皇尉端鄢隋麻凤鳳宓楼樓谈談支乐樂钮鈕蔺藺苑郎闵閔解时時冀初晋晉党黨虞骆駱闻聞湛胜勝卞浦杭文宗宣薄郁班仝代傅常"
    "易龐庞赖賴尚樊邬鄔元皮成狄伏茅席危刁储儲"
    "嵇裘干宿荀羊甄芮汲糜井乌烏牧隗宫宮仲伊栾欒厉厲戎祖束蒙姬堵宰雍濮寿壽晁鞠丰豐巢蒯查荆荊竺权權逯盖蓋桓鄂索咸劳勞贡貢"
    "艾贝貝阙闕麦麥粟揭阚闞衡漆逄亓苟雒种郜逢鹿"
    "冼练練税稅辜和那"
)
SURNAMES = _COMMON | _RARE

_COMPOUND = (
    "欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 皇甫 尉迟 尉遲 端木 慕容 令狐 东方 東方 夏侯 公孙 公孫 司徒 独孤 獨孤 南宫 南宮"
    " 长孙 長孫 宇文 轩辕 軒轅"
    " 申屠 太史 闻人 聞人 东郭 東郭 呼延 澹台 澹臺 濮阳 濮陽 西门 西門 淳于 公冶 宗政 钟离 鍾離 鲜于 鮮于 闾丘 司空"
    " 亓官 司寇 赫连 赫連 完颜 完顏"
    " 纳兰 納蘭 范姜 张简 張簡"
)
COMPOUND = frozenset(_COMPOUND.split())

LONGEST_RUN = 30
"""Characters of the longest run that is split: ten names."""

# Natural logarithms of shares among names of by-lines: a common surname, a rare one, three characters or two, and one
# character of a given name out of about eight hundred that names use.
_COMMON_SHARE, _RARE_SHARE = math.log(0.01), math.log(0.0006)
_THREE, _TWO, _GIVEN = math.log(0.75), math.log(0.25), math.log(1 / 800)


def begins_as_name(word: str) -> bool:
    """Whether a word begins with a surname."""
    return word[:1] in SURNAMES or word[:2] in COMPOUND


def split_run(run: str) -> list[str]:
    """The likeliest names that together are the whole run (`彭晗侯婷婷`: 彭晗, 侯婷婷), or none."""
    if not 4 <= len(run) <= LONGEST_RUN:  # noqa: PLR2004 - two names have four characters
        return []
    best: list[tuple[float, int]] = [(0.0, 0)] + [(-math.inf, 0)] * len(run)
    for end in range(2, len(run) + 1):
        for size in (2, 3, 4):
            start = end - size
            if start >= 0 and best[start][0] > -math.inf:
                score = best[start][0] + _likelihood(run[start:end])
                if score > best[end][0]:
                    best[end] = (score, start)
    if best[-1][0] == -math.inf:
        return []
    names, end = [], len(run)
    while end:
        start = best[end][1]
        names.append(run[start:end])
        end = start
    return names[::-1]


def _likelihood(name: str) -> float:
    """Logarithm of how likely a piece is a name; minus infinity where it is none."""
    if name[:2] in COMPOUND and len(name) > 2:  # noqa: PLR2004 - two characters are the surname alone
        return _RARE_SHARE + _GIVEN * (len(name) - 2)
    if len(name) > 3 or name[0] not in SURNAMES:  # noqa: PLR2004
        return -math.inf
    surname = _COMMON_SHARE if name[0] in _COMMON else _RARE_SHARE
    return surname + (_THREE if len(name) == 3 else _TWO) + _GIVEN * (len(name) - 1)  # noqa: PLR2004
