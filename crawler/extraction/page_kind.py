"""What a body is, where it is no article: the rejections that need no extraction, and those after it."""

from __future__ import annotations

import re

from crawler.decoding import unmarked_utf16
from storage.records import Rejection

SNIFF_BYTES = 1024

SHORTEST_TEXT = 50
"""Letters and digits of the shortest article. The shortest of zh-dev, photo captions, have 60 to 100 characters."""

ERROR_PAGE_TEXT = 400
"""An error page says little: a longer text whose title has the words (`404 房间` a film) is an article."""

MOST_REPLACED = 0.1
"""Share of replaced characters above which nobody can read the text."""

_MAGIC = (b"%PDF-", b"PK\x03\x04", b"GIF8", b"\xff\xd8\xff", b"\x89PNG", b"\x1f\x8b", b"RIFF", b"Rar!", b"\x00\x00\x00")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")

_SOFT_404 = re.compile(
    r"(?:页面|頁面|网页|網頁|文章|内容|內容|新闻|新聞|资源|信息|链接|連結|稿件|帖子)\S{0,6}"
    r"(?:不存在|已(?:被|经|經)?\S{0,4}(?:删除|刪除|移除|下线|下架)|被删除|找不到|无法找到|無法找到|未找到"
    r"|已失效|已过期|已過期)"
    r"|(?:找不到|没有找到|沒有找到|无法(?:找到|访问|显示))\S{0,8}(?:页面|頁面|网页|網頁|文章|内容|內容)"
    r"|(?:出错|错误|錯誤)(?:了|提示|页)|^\W*(?:error\W*)?404\b|\b404\b.{0,20}(?:not found|页面|error)"
    r"|\b(?:page|article|file|content) (?:was |is |could |can )*(?:not|cannot) (?:be )?(?:found|available|exist)"
    r"|\bno longer (?:exists|available)|^\W*not found\W*$|\b(?:50[0234]) (?:internal|bad gateway|service)",
    re.IGNORECASE,
)
_BLOCKED = re.compile(
    r"访问(?:过于)?(?:频繁|受限|被拒绝|异常)|訪問(?:過於)?(?:頻繁|受限)|请求过于频繁|安全(?:验证|驗證|检查)"
    r"|(?:滑动|人机|身份|拖动)\S{0,6}验证"
    r"|验证码|驗證碼|系统维护|系統維護|网站维护|(?:正在|停机)维护|请先?登录(?:后|查看)|\baccess denied\b"
    r"|\b(?:are|not) a (?:robot|human)\b"
    r"|\bcaptcha\b|\bjust a moment\b|\btoo many requests\b|\b403 forbidden\b|\bunder maintenance\b|\benable"
    r" javascript and cookies\b"
    r"|\b(?:verify|checking) (?:that )?you(?:r browser| are human)|\bdomain (?:is )?for sale\b"
    r"|域名\S{0,6}(?:出售|转让|过期)",
    re.IGNORECASE,
)


def rejected_bytes(body: bytes) -> Rejection | None:
    """Why a body cannot be a page: empty, or another kind of file. None for what may be HTML."""
    if not body.strip():
        return Rejection(reason="empty")
    head = body[:SNIFF_BYTES].lstrip()
    for magic in _MAGIC:
        if head.startswith(magic):
            return Rejection(reason="not_html", detail=f"starts with {magic!r}")
    if b"\x00" in head and not head.startswith(_WIDE_MARKS) and not unmarked_utf16(body):
        return Rejection(reason="not_html", detail="NUL byte in the first KiB")
    return None


def rejected_text(title: str | None, text: str | None, visible: str) -> Rejection | None:
    """Why a page is no article: an error page, a barrier, or too little text. None for an article."""
    words = [char for char in text or "" if char.isalnum()]
    if len(words) < ERROR_PAGE_TEXT:
        said = f"{title or ''}\n{(text or visible)[:ERROR_PAGE_TEXT]}"
        for pattern, reason in ((_SOFT_404, "soft_404"), (_BLOCKED, "blocked_page")):
            hit = pattern.search(title or "") or (pattern.search(said) if len(visible) < 2 * ERROR_PAGE_TEXT else None)
            if hit:
                return Rejection(reason=reason, detail=hit[0][:80])
    if not words:
        return Rejection(reason="no_text", detail=f"{len(visible)} characters are visible")
    if len(words) < SHORTEST_TEXT:
        return Rejection(reason="too_short", detail=f"{len(words)} letters of main text")
    return None
