"""Which query parameters name the way a reader came, and never what is read.

Names are compared in lower case. A parameter that is not in these tables is kept: `?p=123`, `?id=`, `?ArticleID=` and
`?__biz=&mid=&sn=` are articles. So are, for all that we know, `?f=`, `?cid=`, `?mod=`, `?group_id=` and `?weibo_id=`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

PREFIXES = (
    "utm_",  # Google Analytics and everyone after it
    "hmsr", "hmpl", "hmcu", "hmkw", "hmci",  # Baidu Tongji
    "pk_", "mtm_", "piwik_",  # Matomo
    "share_",  # share_token, share_from, share_medium ... (but see SHARE_CONTENT)
    "at_custom",  # AT Internet, BBC
)  # fmt: skip
NAMES = frozenset(
    {
        # Advertisement clicks.
        "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ysclid", "twclid", "ttclid",
        "gad_source", "gad_campaignid", "srsltid", "igshid", "igsh", "li_fat_id", "qhclickid", "bd_vid", "mc_cid",
        "mc_eid", "mkt_tok", "_hsenc", "_hsmi", "_ga", "_gl", "_openstat",
        # Chinese portals and apps: Alibaba, Baidu, Bilibili, Toutiao, Tencent, Sohu, NetEase.
        "spm", "scm", "pvid", "spm_id_from", "vd_source", "wfr", "log_from", "tt_from", "from_share", "adtag",
        "pgv_ref", "ptag", "qq-pf-to", "_trans_", "strategyid", "clickfrom", "referfrom", "spss", "spssid",
        # What WeChat hangs on an address that is opened in it.
        "isappinstalled", "chksm", "wxfid", "wxshare_count", "wx_header", "pass_ticket", "exportkey", "subscene",
        "ascene", "nettype", "abtest_cookie", "clicktime", "enterid",
        # Share buttons.
        "share", "shareto", "sharefrom", "sharetype", "sharesource", "sharetime", "sharetoken", "shareuid",
        "sharer_shareid", "sharer_sharetime", "sharer_shareinfo", "nsukey",
        # News sites' own campaign tags.
        "ncid", "cmpid", "xtor", "smid", "smtyp", "at_medium", "at_campaign", "at_link_id", "at_link_type",
        "at_link_origin", "at_format", "at_ptr_name", "at_bbc_team", "ns_mchannel", "ns_source", "ns_campaign",
        "ns_linkname", "ns_fee", "ocid", "icid", "guccounter", "guce_referrer", "guce_referrer_sig", "soc_src",
        "soc_trk", "ref_src", "ref_url", "fb_ref", "fb_source", "fb_action_ids", "fb_action_types",
        # Sessions: another one at every visit.
        "phpsessid", "jsessionid", "aspsessionid",
    }
)  # fmt: skip
SHARE_CONTENT = frozenset({"share_id", "share_code", "share_key"})
"""Names that look like share tags and say what is shared, as `shareid` does on file hosts."""

CHANNELS = frozenset(
    {
        "singlemessage", "groupmessage", "timeline", "message", "moments", "friend", "friends",
        "wechat", "weixin", "wx", "weibo", "wb", "qq", "qzone", "mqq", "douban", "alipay", "dingtalk",
        "share", "appshare", "app_share", "h5share", "h5_share", "wapshare", "wap_share", "copylink", "copy_link",
        "sms", "email", "mail", "newsletter", "rss", "feed", "push", "facebook", "twitter", "telegram", "whatsapp",
        "linkedin", "baidu", "sogou", "toutiao", "google", "bing", "hao123", "hao360", "2345", "ucbrowser",
        "qqbrowser", "zhihu",
    }
)  # fmt: skip
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_SCENE = re.compile(r"\d{1,3}")


def _is_channel(value: str) -> bool:
    return value.lower() in CHANNELS


# Names that track only with such a value: `?from=timeline` came by WeChat, `?from=12` may be a page of a list.
VALUES: dict[str, Callable[[str], bool]] = {
    "from": _is_channel,
    "source": _is_channel,
    "src": _is_channel,
    "ref": _is_channel,
    "fr": _is_channel,
    "scene": lambda value: _SCENE.fullmatch(value) is not None,  # WeChat's numbers of entrances
    "_t": lambda value: _EPOCH.fullmatch(value) is not None,  # a cache buster
    "cmp": lambda value: value.lower().startswith("share_"),  # The Guardian's share buttons
}


def is_tracker(parameter: str) -> bool:
    """Whether a `name=value` of a query only names the way a reader came."""
    name, _, value = parameter.partition("=")
    name = name.lower()
    if name in SHARE_CONTENT:
        return False
    rule = VALUES.get(name)
    return rule(value) if rule else name in NAMES or name.startswith(PREFIXES)
