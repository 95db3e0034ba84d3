"""Pages without words of their own: frames that a script would fill, challenges, and stubs that lead elsewhere."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from crawler.extraction.kinds.page_view import Signs
from storage.records import Rejection

SHELL_LETTERS = 50
"""Letters of main text in a shell at most: the site's name, a menu, a line that asks to wait."""

SHELL_PROSE = 200
"""Letters of sentences in a shell at most: the appeal to turn JavaScript on, and why."""

MANY_LINKS = 12
"""Headlines among the links from which on a page without text is a list, whatever scripts it has."""

READ_SCRIPT = 4000
"""Characters of each script that are looked through: challenges set their cookie and reload in a few lines."""

READ_SCRIPTS = 40
"""Scripts of a page that are looked through."""

READ_BOXES = 50
"""Boxes that are looked at for the mount of a script: a shell has a handful."""

_NEEDS_SCRIPT = re.compile(
    r"(?:enable|activate|turn on|allow|requires?|without|need)[^.]{0,40}javascript|javascript[^.]{0,40}"
    r"(?:enabled?|disabled|required|turned off|aktivier|activ|habilit|включ)|javascript[^。]{0,16}(?:启用|開啟|开启"
    r"|打开|支持|有効|활성)"
    r"|(?:启用|啟用|开启|開啟|打开|支持|不支持|禁用)[^。]{0,12}javascript|doesn't work properly without"
    r"|turn javascript on",
    re.IGNORECASE,
)
_CAPTCHA_MARK = re.compile(
    r"geetest|tcaptcha|turing\.captcha|hcaptcha|recaptcha|turnstile|cdn-cgi/challenge|challenges\.cloudflare"
    r"|aliyuncaptcha"
    r"|/nc/|awsc\.js|_incapsula_resource|datadome|px-captcha|perimeterx|yidun|captcha\.js|cf-challenge|cf_chl_opt",
    re.IGNORECASE,
)
_CHALLENGE_MARK = re.compile(
    r"__jsl_clearance|acw_sc__|aliyun_waf|safedog|yunsuo|wzws|__tst_status|_\$[a-z]{2}\b.{0,200}eval|ddos-guard"
    r"|probe\.js",
    re.IGNORECASE,
)
_LEADS_AWAY = re.compile(r"\blocation(?:\.href)?\s{0,3}=|\blocation\.(?:replace|assign|reload)\s{0,3}\(")
_SETS_COOKIE = re.compile(r"\bdocument\.cookie\s{0,3}=")
_LOADING = re.compile(
    r"^\W{0,4}(?:正在|努力|拼命|页面|数据|内容)?(?:加载|載入|载入|努力加载)(?:中|数据)?|^\W{0,4}(?:loading"
    r"|please wait|请稍[后候等]|請稍[後候])\W{0,6}",
    re.IGNORECASE,
)
_MOUNT = re.compile(
    r"(?:app|root|main|container|content|page|__next|__nuxt|react-root|app-root|vue-app|q-app)(?:[-_]\w{1,20})?",
    re.IGNORECASE,
)
_REFRESH_TARGET = re.compile(r"url\s{0,3}=\s{0,3}['\"]?\s{0,3}([^'\"\s]{1,2000})", re.IGNORECASE)


def shell(root: Any, measured: Signs) -> Rejection | None:
    """Why a page without words of its own is no article; None for a page that says something.

    A captcha of a known maker is `captcha`; a script that must run first, an empty mount of one, or a set of frames is
    `script_shell`; a stub that only leads elsewhere is `soft_404`.
    """
    if measured.letters >= SHELL_LETTERS or measured.prose >= SHELL_PROSE or measured.headlines >= MANY_LINKS:
        return None
    scripts = _scripts(root)
    marked = _CAPTCHA_MARK.search(scripts)
    if marked:
        return Rejection(reason="captcha", detail=f"script of a captcha: {marked[0][:60]}")
    marked = _CHALLENGE_MARK.search(scripts)
    if marked:
        return Rejection(reason="script_shell", detail=f"challenge of a firewall: {marked[0][:30]}")
    if (target := _refresh(root)) is not None:
        return Rejection(reason="soft_404", detail=f"leads away to {target}"[:200])
    frames = sum(1 for _ in root.iter("frame"))
    if frames:
        return Rejection(reason="script_shell", detail=f"{frames} frames")
    return _waiting(root, measured, scripts)


def _waiting(root: Any, measured: Signs, scripts: str) -> Rejection | None:
    """Rejection of a page that waits for its script."""
    appeal = _NEEDS_SCRIPT.search(_noscripts(root)) or _NEEDS_SCRIPT.search(measured.said)
    if appeal:
        return Rejection(reason="script_shell", detail=appeal[0][:80])
    if not scripts:
        return None
    if not measured.own and _LEADS_AWAY.search(scripts):
        cookie = "sets a cookie and " if _SETS_COOKIE.search(scripts) else ""
        return Rejection(reason="script_shell", detail=f"a script {cookie}leads on")
    loading = next((line for line in measured.own[:20] if len(line) < SHELL_LETTERS and _LOADING.search(line)), None)
    if loading:
        return Rejection(reason="script_shell", detail=loading)
    mount = _empty_mount(root)
    if mount:
        return Rejection(reason="script_shell", detail=f"empty <{mount}>")
    return Rejection(reason="script_shell", detail="nothing but scripts") if not measured.own else None


def _scripts(root: Any) -> str:
    """Addresses and beginnings of the page's scripts and frames, data blocks left out."""
    parts: list[str] = []
    for number, element in enumerate(root.iter("script", "iframe")):
        if number >= READ_SCRIPTS:
            break
        if "json" not in (element.get("type") or ""):
            parts += (element.get("src") or "", (element.text or "")[:READ_SCRIPT])
    return "\n".join(part for part in parts if part.strip())


def _noscripts(root: Any) -> str:
    """What the page says to browsers without scripts."""
    return "\n".join("".join(element.itertext())[:400] for element in root.iter("noscript"))[:READ_SCRIPT]


def _refresh(root: Any) -> str | None:
    """Where a <meta http-equiv=refresh> leads, or None."""
    for element in root.iter("meta"):
        if (element.get("http-equiv") or "").strip().lower() == "refresh":
            target = _REFRESH_TARGET.search((element.get("content") or "")[:READ_SCRIPT])
            if target:
                return target[1]
    return None


def _empty_mount(root: Any) -> str:
    """Name of an element without text that a script is to fill, or an empty string."""
    for element in islice(root.iter("div", "main", "app-root", "section"), READ_BOXES):
        name = element.get("id") or (element.tag if element.tag == "app-root" else "")
        if name and _MOUNT.fullmatch(name) and not (element.text or "").strip() and not _has_words(element):
            return f"{element.tag} id={name}"[:60]
    return ""


def _has_words(element: Any) -> bool:
    """Whether there is any text in the element, scripts and styles apart."""
    return any(
        (node.text and node.text.strip() and node.tag not in ("script", "style", "noscript"))
        or (node.tail and node.tail.strip())
        for node in element.iterdescendants()
    )
