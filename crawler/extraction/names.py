"""Names of persons in by-lines: what a name looks like, what only looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from crawler.extraction.cleaning import clean_line

_HAN_NAME = re.compile(r"^[\u3400-\u9fff]{2,4}$|^[\u3400-\u9fff]{1,8}·[\u3400-\u9fff·]{1,12}$")
_LATIN_NAME = re.compile(r"^[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){1,3}$")
_LOGIN = re.compile(r"^[A-Za-z][\w.\-]{1,19}$|^[A-Z]{1,4}\d{2,6}$")
_LONE_NAME = re.compile(r"^[\u3400-\u9fff]{2,3}$")
_SPLIT = re.compile(r"[\s、,，/／　&;；]+")
_LATIN_SPLIT = re.compile(r"[,;&/]| and ")
_BY = re.compile(r"^by:? ", re.IGNORECASE)

# Words of the trade, which stand where names stand.
_TRADE = (
    "报道 報導 报导 本报 本報 评论 評論 来源 來源 编辑 編輯 字号 新闻 新聞 记者 記者 时报 時報 日报 日報 晚报"
    " 晚報 綜合 综合 整合 整理 编译 通讯 发布 作者 频道 摄影 攝影 图片 文字"
    " 责任 专稿 专栏 独家 獨家 原创 财经 国际 支部 中心 大家 发言 本站 小编 管理 未知 佚名 网友 網友 博客 微博"
    " 全文 正文 标签 标题 標籤 標題 时间 日期 专业 职业"
)
# Buttons of the page.
_BUTTONS = "查看 更多 返回 关于 下一页 下一頁 上一页 上一頁 手机 投稿 分享 下载 点击 點擊 收藏 打印 举报"
# Portals that sign articles with their own name.
_PORTALS = "网易 新浪 搜狐 腾讯 凤凰"
# Verbs and days of the sentence that goes on after `记者`.
_SENTENCE = "获悉 了解 采访 昨日 昨天 今天 今日 表示 介绍 告诉 看到 发现"
_FIRST = "中国 从 在 对 向 就 与 于 也 等 是 的 自 把 被 将 据 为 这 那 有 及 或 见习 实习 特约 市民"
_LAST = "网 網 社 报 報 电 電 从 在 问 说 称 的 了 到 站 版 专家 摄 攝"
# `作者：李兆清 江蘇南通 職員`: places and occupations behind a name.
_PLACES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 江蘇 浙江 安徽 福建 江西 山东 山東 河南 湖北"
    " 湖南 广东 廣東 广西 海南 四川 贵州 云南 陕西 甘肃 青海 台灣 台湾 香港"
)
_OCCUPATIONS = (
    "職員 职员 学者 學者 教授 律师 律師 研究员 研究員 博士 硕士 主任 院长 院長 社长 学生 學生"
    " 网站 公司 大学 大學 集团 编者 主编 主編 先生 女士"
)

# Surnames by which a bare word of two or three characters is taken for a name.
_SURNAMES = frozenset(
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何高林罗羅郑鄭梁谢謝宋唐许許韩韓冯馮邓鄧曹彭曾肖萧蕭田董袁潘蒋蔣蔡余杜叶葉程苏蘇魏吕呂丁任沈"
    "姚卢盧姜崔钟鐘鍾谭譚陆陸汪范石廖贾賈夏韦韋付方白邹鄒孟熊秦邱江尹薛闫閆段雷侯龙龍史陶黎贺賀顾顧毛郝龚龔邵万萬钱錢严嚴覃武戴莫孔向汤湯楚帅帥施俞詹"
    "洪翁柯倪温溫季章鲁魯葛伍申尤毕畢聂聶焦安祝关關房邢路岳齐齊童庄莊辛管祁梅涂耿左包殷阎閻穆游冉宁寧欧歐纪紀阮牛连連米颜顏喻华華苗谷甘荣榮舒符盛吉娄婁"
    "卓裴简簡晏沙单單牟卫衛兰蘭景柳饶饒霍靳戚桑车車屈凌边邊褚仇佟蒲鲍鮑滕应應藍蓝巫池曲项項封冷瞿桂胥匡阳陽全卜窦竇巴古臧柴商计計寇慕丛叢佘花敖翟"
    "司欧上诸諸皇尉端鄢隋麻凤鳳宓楼樓谈談支乐樂钮鈕蔺藺苑郎闵閔解时時冀初晋晉党黨虞骆駱闻聞湛胜卞浦杭"
)


def _any_of(words: str) -> str:
    """Alternatives of a list of words."""
    return "|".join(words.split())


_NOT_NAME = re.compile(
    f"{_any_of(_TRADE)}|{_any_of(_BUTTONS)}|{_any_of(_PORTALS)}|{_any_of(_SENTENCE)}"
    f"|^(?:{_any_of(_FIRST)}|{_any_of(_PLACES)})|(?:{_any_of(_LAST)}|{_any_of(_OCCUPATIONS)})$"
)


def names_in(segment: str) -> list[str]:
    """Names of a piece of text, the space inside `张 航` removed; none where it is not a list of names."""
    words = [word for raw in _SPLIT.split(segment) if (word := raw.strip(" .·-—"))]
    if words and all(word.isascii() for word in words):
        said = [part.strip() for part in _LATIN_SPLIT.split(_BY.sub("", clean_line(segment)))]
        return [name for name in said if _LATIN_NAME.match(name)]
    return [name for name in _joined(words) if _HAN_NAME.match(name) and not _NOT_NAME.search(name)]


def logins_in(segment: str) -> list[str]:
    """The account name (`wenxd`, `AP0015`) that stands for an editor at the start of a piece, or nothing."""
    return [word for raw in segment.split()[:1] if _LOGIN.match(word := raw.strip("，。)）]】"))]


def is_surely_name(word: str) -> bool:
    """Whether a word without any label is a name: two or three characters that begin with a surname."""
    return bool(_LONE_NAME.match(word)) and word[0] in _SURNAMES and not _NOT_NAME.search(word)


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Words with single Han characters put together in pairs."""
    waiting = ""
    for word in words:
        if len(word) != 1 or not "\u3400" <= word <= "\u9fff":
            waiting = ""
            yield word
        elif waiting:
            yield waiting + word
            waiting = ""
        else:
            waiting = word
