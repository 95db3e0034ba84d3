"""Names of persons in by-lines: what a name looks like, what only looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from crawler.extraction.cleaning import clean_line
from crawler.extraction.people.surnames import COMPOUND, SURNAMES, begins_as_name, split_run

MAX_RAW_CHARS = 120
"""Of the text a credit was read from, kept beside it."""

_HAN_NAME = re.compile(r"^[\u3400-\u9fff]{2,4}$|^[\u3400-\u9fff]{1,8}[·•][\u3400-\u9fff·•]{1,12}$")
_LOGIN = re.compile(r"^[A-Za-z][\w.\-]{1,19}$|^[A-Z]{1,4}\d{2,6}$")
_HAN_RUN = re.compile(r"^[\u3400-\u9fff]{4,30}$")
_SPLIT = re.compile(r"[\s、,，/／　&;；]+")
_AND = re.compile(r"^([\u3400-\u9fff]{2,4})(?:和|与|與|及)([\u3400-\u9fff]{2,4})$")
# What a content system prints where no name was entered, and accounts that are nobody's.
_NOBODY = re.compile(
    r"^(?:admin\w*|null|none|undefined|unknown|anonymous|editor|webmaster|guest|user|root)$", re.IGNORECASE
)

# Latin names: capitalised words, initials, particles (van, de, al); one word is no name there (`By Friday`).
CAPITAL = "[A-ZÀ-ÖØ-ÞĆČĎĐĘĚĞİŁŃŇŐŘŚŞŠŤŮŰŹŻŽ]"
_LATIN_WORD = rf"(?:{CAPITAL}[\w'’-]*\.?|(?-i:de|van|von|der|den|da|di|bin|al|el|la|le|dos|du)\b)"
LATIN_NAME = re.compile(rf"^{CAPITAL}[\w'’-]*\.?(?: {_LATIN_WORD}){{0,3}} {CAPITAL}[\w'’-]+\.?$")
_LATIN_SPLIT = re.compile(r"\s?(?:[,;&/、，]|\band\b|\bwith\b)\s?")
_BY = re.compile(r"^by:? ", re.IGNORECASE)

# Words of the trade, which stand where names stand.
_TRADE = (
    "报道 報導 报导 本报 本報 评论 評論 来源 來源 编辑 編輯 字号 新闻 新聞 记者 記者 时报 時報 日报 日報 晚报"
    " 晚報 綜合 综合 整合 整理 编译 編譯 通讯 通訊 发布 作者 频道 摄影 攝影 图片 圖片 文字 视频 审核 审校 校对 监制"
    " 客户端"
    " 责任 专稿 专栏 独家 獨家 原创 財經 财经 国际 國際 支部 中心 大家 发言 本站 小编 管理 未知 佚名 网友 網友 博客"
    " 微博 转载 公众号 网络 網絡 互联网"
    " 全文 正文 标签 标题 標籤 標題 时间 日期 专业 职业 声明 版权 版權 新媒体 融媒"
)
# Buttons of the page.
_BUTTONS = (
    "查看 更多 返回 关于 下一页 下一頁 上一页 上一頁 手机 投稿 分享"
    " 下载 点击 點擊 收藏 打印 举报 关注 订阅 登录 扫码 阅读 纠错"
)
# Portals that sign articles with their own name.
_PORTALS = "网易 新浪 搜狐 腾讯 凤凰 央视 百度"
# Verbs and days of the sentence that goes on after `记者`.
_SENTENCE = (
    "获悉 獲悉 了解 采访 採訪 昨日 昨天 今天 今日 日前 近日 表示"
    " 介绍 告诉 看到 发现 認為 认为 走进 走進 来到 來到 联系 提问"
)
_FIRST = (
    "中国 在 对 與 与 也 等 是 的 自 把 被 将 据 據 為 为 这 有 及 或 见习"
    " 实习 特约 市民 您 你 我 请问 請問 如何 怎么 为什么 什么 那么 首先 大概 具体"
)
_LAST = "网 網 社 报 報 电 電 从 在 问 说 称 的 了 到 站 版 专家 摄 攝 吗 嗎 呢 么 讯 訊"
# `作者：李兆清 江蘇南通 職員`: places and occupations behind a name.
_PLACES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 江蘇 浙江 安徽 福建 江西 山东 山東 河南 湖北"
    " 湖南 广东 廣東 广西 海南 四川 贵州 云南 陕西 甘肃 青海 台灣 台湾 香港 台北 臺北 高雄 桃園 新北"
)
_OCCUPATIONS = (
    "職員 职员 学者 學者 教授 律师 律師 研究员 研究員 博士 硕士 主任 院长 院長 社长 学生 學生"
    " 网站 公司 大学 大學 集团 编者 主编 主編 先生 女士 书记 局长 校长 部长"
)


def _any_of(words: str) -> str:
    """Alternatives of a list of words."""
    return "|".join(words.split())


_NOT_NAME = re.compile(
    f"{_any_of(_TRADE)}|{_any_of(_BUTTONS)}|{_any_of(_PORTALS)}|{_any_of(_SENTENCE)}"
    f"|^(?:{_any_of(_FIRST)}|{_any_of(_PLACES)})|(?:{_any_of(_LAST)}|{_any_of(_OCCUPATIONS)})$"
)
# Surnames that are prepositions and adverbs as well. What follows tells: `于立霄` is a name, `于昨日` and `于北京` are
# not.
_PREPOSITION = re.compile(
    r"^(?:[于於从從向和时時那])(?:[昨今此该該这這其他她它]|[明当當次][天日年晚]|[本上下这]?[个個]?[月周週年午次市]|日前"
    r"|[一二三四五六七八九十\d]|"
    rf"{_any_of(_PLACES)}|全市|全国|各地|各界|是|有|群众|社会|现场)"
)
# Words of two characters that begin like a name and stand alone in lines of pages, mostly as the names of sections.
_COMMON_WORDS = (
    "时尚 房产 高考 高清 高校 高中 高端 文化 文娱 文教 文学 文旅 文体 文创 游戏 游记 金融 时政 时评 时事 时讯 安全 方言"
    " 方法 明星 车市 车讯 黄金 黄页 花卉 连载"
    " 许可 白酒 温度 常识 成功 全国 全球 全部 全站 全屏 祝福 贺岁 谈话 童话 应用 应聘 单位 单价 万象 左右 石油 马上"
    " 任务 牛市 贝壳 党建 党政 党史 连接 连线 祖国 阳光 华人"
    " 华夏 关闭 支持 支付 计算 商业 商务 商城 商讯 通知 柴油 古玩 古迹 台海 乐活 乐器 欧美 欧洲 项目 应急 项链 高铁"
    " 高速 安防 安居 江湖 江苏 江西 海外 水利 田园 丰收 桂林 麻将 家居"
    " 雷达 金属 金价 金币 鲁迅 经济 史话 史海 易购 路况 路线 程序 陈列 章节 章程 解读 解放 解密 时刻 时光 時尚 時事"
    " 時報 財經 健康 陽光 高雄 文章 文摘 文库 文明 文物 文件 文档 文创"
    " 施工 和平 和谐 包装 包括 万家 毕业 卫生 卫视 常州 宁波 温州 苏州 杭州 福州 广州 贵州 郑州 徐州 沈阳 连云 洪水"
    " 高兴 高興 安静 安靜 严肃 平静 平靜 冷静 温馨 郑重 方便 满意 满足 满场 关心 向往 乐观 舒服 鼓舞 鼓励 祝贺 温柔"
    " 柳州 滕州 景点 景区 景观 盛典 应对 谷歌 谷雨 黎明 平安 项羽"
)
_COMMON = frozenset(_COMMON_WORDS.split())
_TAGS = frozenset("文图圖摄攝")


def is_han_name(word: str) -> bool:
    """Whether a word can be a name where a name is expected: two to four Han characters, or parts joined by a dot."""
    return bool(_HAN_NAME.match(word)) and not _NOT_NAME.search(word) and not _PREPOSITION.match(word)


def is_trade_word(word: str) -> bool:
    """Whether a word is one of the trade, of the page's buttons or of a sentence, or contains one."""
    return bool(_NOT_NAME.search(word))


def is_surely_name(word: str) -> bool:
    """Whether a word without any label is a name: it begins with a surname and has the length of a name."""
    if not is_han_name(word):
        return False
    if "·" in word or word[:2] in COMPOUND:
        return len(word) > 2  # noqa: PLR2004 - the surname alone is no name
    return word[0] in SURNAMES and len(word) <= 3  # noqa: PLR2004


def is_bare_name(word: str) -> bool:
    """Whether a line or a bracket with nothing else in it is a name: a sure one, and no common word (`文化`)."""
    return is_surely_name(word) and word not in _COMMON


def is_common_word(word: str) -> bool:
    """Whether a word that begins like a name is one of the language (`高兴`)."""
    return word in _COMMON


def names_in(segment: str) -> list[str]:
    """Names of a piece of text, the space inside `张 航` removed; none where it is not a list of names."""
    words = words_of(segment)
    if words and all(word.isascii() for word in words):
        return latin_names(segment)
    return [name for word in words for name in han_names(word)]


def words_of(segment: str) -> list[str]:
    """Words between spaces, commas and slashes; Han characters that stand alone are put together in pairs."""
    return list(_joined([word for raw in _SPLIT.split(segment) if (word := raw.strip(" .·-—*●■□◎▲\"'“”"))]))


def han_names(word: str) -> list[str]:
    """The name or names that a Han word is: itself, both sides of `和`, or the pieces of a run without spaces."""
    both = _AND.match(word)
    if both and all(is_surely_name(side) for side in both.groups()):
        return list(both.groups())
    if _HAN_RUN.match(word) and begins_as_name(word) and not _NOT_NAME.search(word):
        names = split_run(word)
        if len(names) > 1 and all(is_surely_name(name) for name in names):
            return names
    return [word.replace("•", "·")] if is_han_name(word) else []


def latin_names(text: str) -> list[str]:
    """Names of a list in Latin script: `By Jane Doe and John Smith`; capitals throughout are kept as they are."""
    said = _LATIN_SPLIT.split(_BY.sub("", clean_line(text)))
    return [name for part in said if LATIN_NAME.match(name := part.strip(" .|"))]


def logins_in(segment: str) -> list[str]:
    """The account name (`wenxd`, `AP0015`) that stands for a person at the start of a piece, or nothing."""
    words = (raw.strip("，。)）]】,;；") for raw in segment.split()[:1])
    return [word for word in words if _LOGIN.match(word) and not _NOBODY.match(word)]


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Words with single Han characters put together in pairs, or in threes after a lone surname (`李 小 明`)."""
    waiting = ""
    for index, word in enumerate(words):
        if len(word) != 1 or not "\u3400" <= word <= "\u9fff":
            waiting = ""
            yield word
        elif waiting:
            following = words[index + 1] if index + 1 < len(words) else ""
            if len(waiting) == 1 and len(following) == 1 and following not in SURNAMES | _TAGS:
                waiting += word
                continue
            yield waiting + word
            waiting = ""
        else:
            waiting = word
