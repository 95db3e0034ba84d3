"""Words by which a line of a portal's chrome is known, whatever text it stands around.

Patterns are written in simplified characters, lower case and narrow punctuation, and asked of lines that are spelled so
(folding.spelled). Each is anchored or behind a gate, and asked of short lines only: none can cost much. Words of other
languages are those of related lists and comments, which read like text; the rest of a page does not, in any language.
"""

from __future__ import annotations

import re

from storage.similarity.folding import spelled


def _pattern(*parts: str) -> re.Pattern[str]:
    """One pattern of several parts, its letters beyond ASCII spelled as folding spells them."""
    return re.compile("".join(letter if letter.isascii() else spelled(letter) for letter in "".join(parts)))


def _signs(*lines: str) -> tuple[str, ...]:
    """Words of which one is in whatever a pattern finds: what is not in a text need not be asked of its lines."""
    return tuple(spelled(sign) for line in lines for sign in line.split())


_OPENING = r"[^\w]{0,8}"
"""Marks before a label."""

ENDING = _pattern(
    _OPENING,
    r"(?:(?:(?:本文|文章|新闻|网络|网页|本期|本版|责任|值班|执行|见习|实习)?(?:编辑|责编|校对)\s{0,3}[:/|]|责编\s|责任编辑",
    r"|本文(?:来源|编辑|作者|责编)\s{0,2}[:/]",
    r"|(?:相关|更多|延伸|推荐|热门|精彩|拓展|编辑|往期|最新|今日|本类|同类|同栏目|最热|图片|视频|其[他它])(?:的|本|精彩|热点)?",
    r"(?:新闻|阅读|链接|连结|报道|报导|文章|推荐|专题|内容|资讯|主题|评论|头条|排行|视频|图片|图集|回顾|关键[字词])(?:\W|$|[\u4e00-\u9fff]{1,4}$)",
    r"|[上下][一1][篇条则页][▲▼]?\s{0,3}(?:[:】\])>]|$|没有)|猜你|[您你](?:可能|或许)",
    r"|网友(?:评论|留言|回应|热评)|(?:我要|发表|查看|最新|全部|热门|精彩|用户)(?:评论|跟帖|留言)",
    r"|(?:免责|版权|特别|郑重|严正|侵权)(?:声明|申明|说明|提示)|分享(?:到|至|本文)|打印(?:本|此)?[页文]",
    r"|原标题\s{0,2}:|原文(?:链接|地址|标题)|返回(?:首页|列表|顶部|目录)|排行榜|点击排行|热点(?:排行|新闻|推荐)",
    r"|related(?:\s(?:stories|articles|news|topics|content|posts|links|coverage|items))?\s{0,3}(?::|$)",
    r"|more (?:on this|from|stories|news|in)\b|more [\w ]{3,24}$|read (?:more|next|also)\b|see also\s{0,3}(?::|$)",
    r"|also read\b|recommended\b|most (?:read|popular|viewed|shared)\b|you (?:may|might) (?:also|like)\b|trending\b",
    r"|popular (?:now|stories)\b|latest (?:news|stories|headlines|articles|posts)\b|share (?:this|on|your)\b",
    r"|(?:tags?|topics?)\s{0,3}:|filed under\b|sign up\b|subscribe\b|newsletter\b|leave a (?:comment|reply)\b",
    r"|(?:\d{1,6} |top rated |view |all |add a )?comments?\s{0,3}(?:[(:\])]|$)|advertisement$|follow us\b|copyright\b",
    r"|all rights reserved|about the author|next article|previous (?:article|post|story)",
    r"|join the (?:conversation|discussion)",
    r"|читаите также|комментари|по теме|другие новости|leia (?:tambem|mais)|veja (?:tambem|mais)|comentarios?\b",
    r"|lire aussi|lesen sie auch|mehr zum thema|czytaj (?:takze|tez|wiecej)|zobacz (?:takze|tez)|komentarz",
    r"|διαβαστε|σχολια|leggi anche|potrebbe interessarti|lee tambien|te puede interesar))",
)
"""What stands behind articles: a label with an editor's name, or one that opens a list of others."""

LABEL = _pattern(
    _OPENING,
    r"(?:(?:文章|新闻|信息|稿件|资料|图片|消息)?(?:来源|出处)\s{0,3}[:/]|(?:来自|摘自|转自)\s{0,2}[:\u4e00-\u9fff]|本文来源",
    r"|(?:作者|记者|通讯员|摄影|文字|文|图|摄|编译|整理|撰稿|供稿|审核|审校|监制|编审|终审|初审|复审|核稿|主编|总编)\s{0,3}[:/]",
    r"|(?:发布|发表|更新|提交)(?:时间|日期|者|人|于)|(?:时间|日期|标签|关键[字词]|分类|栏目|摘要|导读|字[号体])\s{0,2}:",
    r"|(?:点击|阅读|浏览|人气|访问)[数次率量]{0,2}\s{0,3}[:(]|【?字[号体]|[您你]?(?:现在|当前|所在)?的?位置\s{0,3}:",
    r"|首页\s{0,3}(?:[>»|]|$)|\[?[大中小](?:\s?[大中小]){2}|收藏|举报|点赞|打赏|登录|注册|搜索|客户端|扫码|二维码|微信|微博",
    r"|关注|订阅|投稿|爆料|报料|打印|关闭|推荐|评论|分享|转发|手机|联系我们|关于我们|广告|网站地图|友情链接|设为首页|加入收藏",
    r"|(?:by|from|source|published|updated|posted|last (?:updated|modified)|photo|image|picture",
    r"|credit|file photo|getty",
    r"|reporting by|editing by|written by|e-?mail|facebook|twitter|whatsapp|linkedin|instagram",
    r"|pinterest|reddit|skip to",
    r"|home|menu|search|log ?in|sign in|register|contact us|about us|privacy|terms|cookie|advertise|watch|listen|video",
    r"|gallery|print|save|share|comments?|view|click|reply|report|permalink|load more)\b",
    r"|[\w\-. ]{1,60}\.(?:jpe?g|png|gif|bmp|webp)$|https?://\S{1,300}$|\(?\d{1,7}\)?$",
    r"|[^a-z0-9]{0,8}(?:19|20)\d\d\s?[-年/.]\s?\d{1,2}\s?[-月/.]\s?\d{1,2}|www\.|http)",
)
"""How a line begins that says something of the article, or does something. Asked of lines that are no sentence."""

DATED = _pattern(
    r"(?:19|20)\d\d\s?[-年/.]\s?\d{1,2}\s?[-月/.]\s?\d{1,2}",
    r"|(?:^|[\s\[(])\d{1,2}[-/.月]\d{1,2}日?(?:\s{0,3}\d{1,2}:\d{2}(?::\d\d)?)?[\])]?\s{0,3}\d{0,7}$",
)
"""A date in full, or one that ends a line of a list."""

DATED_END = _pattern(
    r"(?:19|20)\d\d\s?[-年/.]\s?\d{1,2}\s?[-月/.]\s?\d{1,2}日?(?:\s{0,3}\d{1,2}:\d{2}(?::\d\d)?)?[\])]?",
    r"(?:\s{0,3}(?:阅读|浏览|点击|评论|人气|热度)?量?\s{0,2}[(:]?\s{0,2}\d{1,7}\)?)?$",
)
"""The date of another article at the end of its abstract."""

DATED_WEST = _pattern(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}",
    r"|\b\d{1,2}\.? [a-zа-я]{3,10}\.? (?:19|20)\d\d\b|\b\d{1,3} (?:minute|hour|day|week|month|year)s? ago",
    r"|[a-z] (?:says|said|wrote)\s?:$",
)
"""A date in words of a European language, or whose comment follows."""

BYLINE_SIGNS = _signs("记者 通讯员 特派员 撰稿 作者 摄影 编辑")
BYLINE = _pattern(
    r"[^\w]{0,4}(?:[\u4e00-\u9fff]{0,8}(?:报|网|社|台|讯|刊)?\s?(?:全媒体|特约|见习|实习|首席|融媒体|驻.{2,4})?",
    r"(?:记者|通讯员|特派员|撰稿|作者|摄影|编辑))[\s:/|]{0,4}[\u4e00-\u9fff·\s、]{0,30}(?:[/／]\s?[\u4e00-\u9fff]{2,6})?",
    r"[^\w]{0,4}$",
)
"""A line that is nothing but a by-line."""

RIGHTS_SIGNS = _signs(
    "不代表 无关 版权 未经 非经 未获 转载 谢绝 请勿 禁止 严禁 不得 不许 注明 据此 有风险 风险自 仅供 不构成",
    "公网安备 信息网络 视听节目 许可证 不良 举报 备案 凡 侵 请 本网 本站 本平台 本公众 本媒体 网友 文明上网 登录后",
    "创用 声明 申明 说明 提示 copyright right © icp",
    "cookie privacy terms responsible newsletter your reproduced redistribut material unsubscribe permission consent",
)
RIGHTS = _pattern(
    r"不代表.{0,20}(?:观点|立场|意见|看法)|与(?:本|[^,。与]{1,5})[网站报刊](?:站)?(?:的?(?:立场|观点))?无关",
    r"|版权(?:均|皆|归|属|为|所)[^。]{0,24}有|(?:未经|非经|未获)[^。]{0,24}(?:转载|摘编|复制|镜像|许可|允许|授权)",
    r"|(?:谢绝|请勿|禁止|严禁|不得|不许)[^。]{0,12}(?:转载|复制|镜像)|转载(?:请|须|需|时|务必|本)|如需转载|欢迎转载",
    r"|注明(?:出处|来源|稿件)|据此(?:操作|投资|入市)|(?:投资|市场)有风险|风险自[负担]|仅供(?:参考|网友|个人)",
    r"|不构成[^。]{0,8}(?:投资|建议)|copyright|all rights? reserved|©|icp\s{0,2}[备证:)0-9]|公网安备|信息网络传播",
    r"|视听节目许可|许可证\s{0,3}(?:编号|号)?\s{0,3}[:(]|违法和?不良信息|不良和?违法信息|举报(?:电话|邮箱|中心|热线)|备案号",
    r"|凡[^。]{0,8}(?:本网|本站|注明|转载|来源)|(?:侵犯|侵权)[^。]{0,24}(?:联系|删除|告知|处理|撤)",
    r"|请[^。]{0,8}与[^。]{0,14}联系",
    r"|本(?:网站?|站|平台|公众号|媒体)[^。]{0,24}(?:转载|登载|刊载|所有|版权|内容|文章|信息|稿件|联系|声明|保留|负责|中立)",
    r"|网友(?:意见|观点|看法)|文明上网|登录后|创用 ?cc|cookies?\b.{0,60}(?:use|accept|consent|polic|setting)",
    r"|(?:use|accept|consent).{0,40}\bcookies?\b|privacy (?:policy|notice)",
    r"|terms (?:of|and|&) (?:use|service|conditions)",
    r"|not responsible for|our newsletter|your (?:inbox|browser)|reproduced|redistribut|material may not be",
    r"|unsubscribe|without (?:prior |written |express |our )?(?:permission|consent)",
)
"""Who is not liable, who owns the rights."""

CONTACT_SIGNS = _signs(
    "下载 打开 安装 关注 扫描 添加 长按 热线 电话 邮箱 信箱 传真 邮编 地址 qq",
    "mail sign subscri your javascript download follow send feedback",
)
CONTACT = _pattern(
    r"(?:下载|打开|安装)[^。]{0,14}(?:app|客户端)|(?:关注|扫描|添加|长按)[^。]{0,14}(?:公众号|微信|微博|二维码)",
    r"|(?:新闻|爆料|报料|投稿|客服|服务|监督|咨询)(?:热线|电话|邮箱|信箱|qq)|(?:电话|传真|邮编|邮箱|地址|e-?mail|qq群?)\s{0,3}:",
    r"|sign up (?:for|to)|subscribe (?:to|for|now)|your (?:e-?mail|subscription)|e-?mail address|javascript",
    r"|download (?:the|our) app|follow us|send us|with feedback",
)
"""Where to call, what to follow. Asked of short lines."""

DISCLAIMER = _pattern(_OPENING, r"(?:(?:免责|版权|法律|侵权|郑重|严正|特别)(?:声明|申明|说明|提示)|凡本[网站])")
"""How a disclaimer begins, whatever it speaks of."""

REPORTED = _pattern(
    r"(?<![名简职统])称|说(?!明)|表示|指出|认为|介绍|记者|法院|被告|原告|规定|条例|\b(?:said|says|told|according)\b"
)
"""What speaks of somebody's words or of a law: such a line only reports what the phrase says."""

TEASER_SIGNS = _signs(".. … 全文 原文 更多")
TEASER = _pattern(
    r"(?:\.\.|…)\s{0,3}[\[【(『「<]?\s{0,2}(?:详[情细]|全文|阅读全文|查看全文|更多|more|继续阅读|\d{1,6})\s{0,2}[\]】)』」>]?\s{0,3}$",
    r"|(?:\.\.|(?<!…)…)\s{0,3}$|[\[【(]?(?:阅读|查看|浏览|继续)(?:全文|原文|更多)[\]】)]?$",
)
"""How an abstract ends that is cut off before a link to the whole."""

SIGNED = _pattern(
    r"\s*[(\[【](?:[\u4e00-\u9fff]{0,8}(?:责任编辑|责编|编辑|来源|记者|作者|通讯员|摄影|供稿|校对)[^()\[\]【】。]{0,40}|完|end)[)\]】]\s*$"
)
"""A signature in brackets at the end of a paragraph."""
