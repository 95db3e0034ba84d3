"""Names of outlets as origins: what may stand behind 来源, what never does, and of which kind it is."""

from __future__ import annotations

import re

from crawler.extraction.cleaning import squeezed
from crawler.extraction.people.organisations import OUTLET, is_organisation
from storage.records import OriginKind

LONGEST = 40
"""Characters of the longest name of an outlet that is believed; English ones are longer than Chinese ones."""

AGENCY = (
    r"新华每日电讯|(?:新华|新華|中新|中央|中評|中评|中通|路透|法新|美联|美聯|合众|塔斯|彭博|共同|时事|韩联|韓聯|德新"
    r"|埃菲|安莎|今日俄罗斯|俄新|中国新闻)"
    r"(?:通讯|通訊)?社|[\u4e00-\u9fff]{2,4}通[讯訊]社|新华网|中新网|人民网|央视网|中广网|中廣|明報|国际在线|环球网"
)
_WIRE = re.compile(
    r"^《?(?:新华社|新華社|新华网|新華網|新华每日电讯|新华通讯社|中新社|中新网|中国新闻社|中国新闻网|中央社|中央通訊社"
    r"|中評社|中评社|路透社?|法新社?|美联社?|美聯社?|合众国际社|塔斯社|俄新社|彭博社?|彭博新闻社"
    r"|[\u4e00-\u9fff]{2,5}通[讯訊]社|共同社|时事社|韩联社|韓聯社|德新社|埃菲社|安莎社|道琼斯"
    r"|Reuters|AP|Associated Press|The Associated Press|AFP|Agence France-Presse|Xinhua|UPI|dpa|EFE|TASS|Kyodo|Yonhap"
    r"|Bloomberg|CNA|ANSA|PTI)"
    r"(?:客户端|网|記者|记者|英文)?》?(?: News(?: Agency)?)?$",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"^(?:(?:本[站网網报報刊社台]|本公众号|网站|本平台)(?:原创|原創|专稿|整理|讯|訊|综合|编辑部?|采编|采写|记者|自采"
    r"|编译)?|原创|原創|自采|自采编|独家)$"
)
_SELF_MEDIA = re.compile(
    r"百家号|头条号|今日头条|企鹅号|搜狐号|网易号|大鱼号|一点号|澎湃号|北京号|抖音|快手|小红书|B站|哔哩哔哩|知乎|豆瓣"
    r"|简书|公众号|微信|微博|视频号|自媒体|网易订阅|新浪看点|人民号|上观号|顶端号|Substack|Medium"
)
_RELEASE = re.compile(
    r"通稿|新闻稿|新聞稿|供稿|投稿|来稿|稿件|[Pp]ress [Rr]elease|美通社|美通社|PR Newswire|Business Wire"
)
_OFFICE = re.compile(
    r"(?:政府|委员会|委員會|办公室|辦公室|宣传部|组织部|统战部|[省市县区州部国][\u4e00-\u9fff]{0,10}(?:局|厅|委|办|署)"
    r"|部|党委|法院|检察院|公安|管理局|监管局|总局|税务局|海关|消防"
    r"|大学|大學|学院|公司|集团|集團|银行|医院|协会|协會|学会|基金会|社区|街道|街道办|镇|乡|村)(?:官网|网站|門戶網站"
    r"|门户网站|官方网站|新闻办)?$"
)
_NO_OUTLET = re.compile(
    r"^(?:[\d\W_]+|网络|網絡|網路|互联网|互聯網|网友|網友|未知|不详|佚名|其他|其它|转载|轉載|综合|綜合|整理|网络整理"
    r"|网络综合|作者|记者|编辑|null|none|undefined|admin"
    r"|见水印|水印|如图|资料图|图片|视频|https?|www"
    r"|Getty Images|Shutterstock|iStock|Unsplash|Flickr|Wikimedia(?: Commons)?|Pixabay)$"
    r"|^(?:https?:|www\.)|^[:：]",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"^[\s（(【〔\[◎■●▲◆*—-]{0,4}$|(?:19|20)\d\d[-年/.]\d.{0,20}[\s|）)】]$"
    r"|(?:编辑|編輯|责编|校对|审核|整理|作者|记者|記者|原标题|标题|题目|[一二三]审)\s?[:：|/].{0,50}?[\s|，,；;:：（(）)]$"
    r"|^[（(【〔\[]\s?(?:本[报報])?(?:记者|記者|通[讯訊][员員]|作者|[编編][辑輯]|整理)\s?[\u3400-\u9fff、\s]{2,24}[\s，,；;]$"
)
"""What stands before a label inside or below the text: nothing, a date, or credits, as `编辑：张三 来源：`."""

_SENTENCE = re.compile(r"[的。，；！？在]|[^和与與及][和与與及][^和与與及]")
"""What sentences have and the names of outlets that end unlike outlets (`求真`, `五里夜话`) have not."""

NOT_BESIDE = re.compile(
    r"[，。！？]|速報$|快訊$|^(?:返回|首页|新闻|新聞|更多|本网|手机|关注|我要|评论|分享|订阅|訂閱|加入|打印|热门|相关"
    r"|即時|社會|上海报|中国报)"
    r"|微博|博客|评论|我要|手机|^(?:人气|点击|浏览|互联网|互聯網|电视台|广播|论坛|资讯|财经|在线|平台|后台|舞台|柜台"
    r"|月台|会社|本社|本報"
    r"|本报|本网|上网|日报|晚报|客户端|中国新闻|上海新闻|国内新闻|国际新闻|社会新闻|地方新闻|本地新闻|新闻资讯|发布"
    r"|今日发布|网站|官网|党建|融媒)$"
    r"|(?:国内|国际|社会|体育|娱乐|图片|滚动|热点|要闻|最新|综合)(?:新闻|资讯|财经)$|新闻发布$|信息发布$|(?:举|舉|汇|海"
    r"|通|预|上|播)[报報]$"
)
"""Words beside a date that look like outlets and are sections or buttons."""


def is_outlet(name: str) -> bool:
    """Whether words behind a label can be an outlet: not a number, a placeholder or an address."""
    return 2 <= len(name) <= LONGEST and not _NO_OUTLET.search(name)  # noqa: PLR2004 - 央视 has two characters


def is_outlet_of_text(name: str, before: str, follows: str) -> bool:
    """Whether words behind a label inside or below the text can be an outlet. `before`, `follows`: around both.

    There `来源：` opens sentences as well (`来源：煤炭和石油`): what reads like one must be called as outlets are.
    """
    if not is_outlet(name) or not _BEFORE.search(before):
        return False
    called = OUTLET.match(name) is not None or is_organisation(name) or name.startswith("《")
    return called or not _SENTENCE.search(name + follows[:1])


def is_own(name: str) -> bool:
    """Whether the words say that the site wrote the text itself (`本站原创`), without naming it."""
    return bool(_OWN.match(name))


def origin_kind(name: str, raw: str, sites: tuple[str, ...]) -> OriginKind:
    """Kind of an origin. `sites`: what the site calls itself (parts of its title, og:site_name)."""
    if is_own(name) or (_key(name) and any(_key(name) in (_key(site), _key(site) + "网") for site in sites)):
        return "own"
    if _WIRE.match(name):
        return "wire"
    if _SELF_MEDIA.search(name) or (_SELF_MEDIA.search(raw) and not OUTLET.match(name) and not is_organisation(name)):
        return "self_media"
    if _RELEASE.search(name) or (_OFFICE.search(name) and not OUTLET.match(name)):
        return "release"
    return "repost"


def _key(name: str) -> str:
    """Comparison key of an outlet without its suffix: 恩施日报社 and 恩施日报 agree, 凤凰网财经 and 凤凰网 do not."""
    return squeezed(name).removesuffix("社").removesuffix("网")
