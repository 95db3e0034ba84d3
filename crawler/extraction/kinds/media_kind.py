"""Pages that show instead of tell: picture series and players with a line of text."""

from __future__ import annotations

import re
from typing import Any

from crawler.extraction.kinds.page_view import PageView, Signs, sentences
from storage.records import Rejection

CAPTION_LETTERS = 50
"""Letters of main text from which a page of pictures is an article. The captions that zh-dev counts have 60 to 100."""

VIDEO_LETTERS = 100
"""Letters of main text from which a page with a player is an article: a headline and a line say less."""

VIDEO_SENTENCES = 1
"""Sentences of the text of a player page at most; two tell something."""

LEAST_PICTURES = 3
"""Pictures of a series whose page does not say that it is one. A short notice has one or two."""

SMALL_PICTURE = 120
"""Pixels. Icons, logos and the pictures of teasers declare less."""

_SERIES = re.compile(
    r"组图|組圖|图集|圖集|图组|圖輯|高清图|高清大图|图片(?:频道|库|新闻)|图说|[\[【(（][组組]?[图圖][\]】)）]"
    r"|\(\d{1,3}/\d{1,3}\)|\bphotos?\b|\bgallery\b|\bin pictures\b"
    r"|bilderstrecke|fotostrecke|diaporama|en images|fotogalería|写真|포토|фоторепортаж|фотогалерея",
    re.IGNORECASE,
)
_PLAYER = re.compile(
    r"\.swf|player|/embed/|youku|iqiyi|v\.qq\.com|bilibili|youtube|vimeo|dailymotion|jwplatform|brightcove|rutube"
    r"|miaopai|\.m3u8|\.mp4"
    r"|\.flv",
    re.IGNORECASE,
)
_PLAYER_NAME = re.compile(
    r"\b(?:\w{0,12}[-_])?(?:video|player)(?:[-_]?(?:player|box|container|wrap|area|js|main))?\b", re.IGNORECASE
)
_NOT_A_PICTURE = re.compile(
    r"logo|icon|avatar|spacer|blank|pixel|qrcode|ewm|erweima|loading|banner|\bads?\b|button|btn", re.IGNORECASE
)


def media(view: PageView, root: Any, measured: Signs) -> Rejection | None:
    """Rejection of a page of pictures, or of a player, with less text than an article's."""
    if measured.letters < VIDEO_LETTERS and sentences(view.text) <= VIDEO_SENTENCES:
        player = _player(view, root)
        if player:
            return Rejection(reason="video", detail=f"{player[:60]}, {measured.letters} letters of text")
    if measured.letters < CAPTION_LETTERS:
        pictures = _pictures(root)
        if pictures >= LEAST_PICTURES or (pictures and _SERIES.search("\n".join(view.head.titles[:2]))):
            return Rejection(reason="gallery", detail=f"{pictures} pictures, {measured.letters} letters of text")
    return None


def _player(view: PageView, root: Any) -> str:
    """What shows that the page is about a video: its declared type or a player in it; empty for none."""
    if view.head.meta.get("og:type", "").startswith("video"):
        return "og:type video"
    for element in root.iter("video", "embed", "object", "iframe"):
        address = element.get("src") or element.get("data") or element.get("data-src") or ""
        if element.tag == "video" or _PLAYER.search(address[:500]):
            return f"<{element.tag}>"
    for element in root.iter("div", "section"):
        name = f"{element.get('id') or ''} {element.get('class') or ''}"[:200]
        if "player" in name.lower() and _PLAYER_NAME.search(name):
            return f"<{element.tag}> {name.strip()}"
    return ""


def _pictures(root: Any) -> int:
    """Pictures that are neither small by declaration, nor named as decoration, nor links to something else's page."""
    return len({source for image in root.iter("img") if (source := _picture(image))})


def _picture(image: Any) -> str:
    """Address of a picture that may be content, or an empty string."""
    source = (image.get("data-original") or image.get("data-src") or image.get("src") or "")[:500]
    if not source or _NOT_A_PICTURE.search(source):
        return ""
    for name in ("width", "height"):
        digits = re.match(r"\d{1,5}", (image.get(name) or "").strip())
        if digits and int(digits[0]) < SMALL_PICTURE:
            return ""
    return source
