"""What organisations are called: offices, companies, communities and outlets, told from people by how they end."""

from __future__ import annotations

import re

from crawler.extraction.people.surnames import begins_as_name

# How organisations end. The single characters end names of people as well (王新社): they count from four characters on.
_ENDINGS = (
    "社区 社區 街道 街道办 居委会 村委会 委员会 委員會 办公室 辦公室 指挥部 宣传部 宣傳部 组织部 统战部 政府 党委 党组"
    " 支部 党校 机关 团委 妇联 残联 侨联"
    " 总工会 工会 工會 公安局 派出所 法院 检察院 司法局 消防 支队 大队 总队 中队 部队 公司 集团 集團 银行 医院 醫院"
    " 大学 大學 学院 學院 中学 小学 学校 學校 幼儿园"
    " 研究院 研究所 研究中心 中心 协会 協會 学会 學會 联合会 商会 促进会 基金会 课题组 工作组 工作室 编辑部 編輯部"
    " 编委会 评论部 新闻部 采访部 要闻部 报道组 调研组 专班"
    " 日报 日報 晚报 晚報 时报 時報 都市报 商报 晨报 早报 周刊 杂志 杂志社 出版社 报社 通讯社 通訊社 电视台 電視台"
    " 广播电台 广播 卫视 新闻网 新聞網 融媒体 融媒"
    " 客户端 公众号 频道 评论员 評論員 观察员 小组 联盟 俱乐部 图书馆 博物馆 文化馆 文明网 在线 志愿者 网站 事务所"
    " 大使馆 外交部 发言人"
)
_LONG_ENDINGS = frozenset(_ENDINGS.split())
_SHORT_ENDINGS = "局厅部委办辦网網报報社镇村乡县區区院厂站馆會会署"
_LONG = re.compile(f"(?:{'|'.join(_ENDINGS.split())})$")
_SHORT = re.compile(f"[{_SHORT_ENDINGS}]$")

OUTLET = re.compile(
    r"^《?[\u4e00-\u9fffA-Za-z0-9·&\-－.＋+]{1,16}?(?:日报|晚报|时报|商报|晨报|早报|周报|导报|都市报|快报|周刊|日報"
    r"|晚報|時報|電子報|醒報|報|报|社|网|網|通訊社|电视台|電視台|广播|廣播|卫视|衛視|在线|新闻网|新聞網|新闻|新聞|财经"
    r"|財經"
    r"|网站|網站|广播网|客户端|杂志|雜誌|之声|論壇|论坛|资讯|資訊|台|发布|融媒|融媒体中心|文明网|党建|思想网)》?$"
)
"""What newspapers, news agencies, stations and sites are called."""

LARGEST_NAME = 30
"""Characters of the longest name of an organisation; longer ones are sentences."""


def is_organisation(name: str) -> bool:
    """Whether a Chinese name is that of an office, a company, a community or an outlet."""
    if not 3 <= len(name) <= LARGEST_NAME:  # noqa: PLR2004 - abbreviations of two characters (央视) cannot be told
        return False
    if _LONG.search(name):
        return len(name) > 3 or not begins_as_name(name) or name[1:] in _LONG_ENDINGS  # noqa: PLR2004
    return bool(_SHORT.search(name)) and (len(name) > 3 or not begins_as_name(name))  # noqa: PLR2004
