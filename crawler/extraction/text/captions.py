"""Captions of pictures: the line under a picture, with who took it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from crawler.extraction.cleaning import squeezed
from crawler.extraction.markup.pieces import Piece, lines
from storage.records import Image

CAPTION_CHARS = 120
"""Of the longest line that is taken for a caption without being marked up as one."""

_SAYS_CAPTION = re.compile(
    r"^[\s（(【▲△↑◎]{0,3}(?:图为|圖為|图[一二三四五六七八九十\d]{0,3}[：:／/]|圖[：:／/]|资料图|資料圖|图片来源"
    r"|圖片來源|配图|示意图|[▲△↑])"
    r"|[\u4e00-\u9fff\s]{2,12}[／/]?\s?[摄攝]\s?[）)】]?[。.]?$|(?:摄影|攝影|供图|供圖|图片来源|資料照|资料图片?"
    r"|資料圖片?)"
    r"\s?[：:／/]?[^，。]{0,16}[）)】]?[。.]?$|\((?:Photo|Image|Picture)\b"
    r"|\b(?:Photo|Image|Photograph)(?:graph)?(?: by|:)",
    re.IGNORECASE,
)
_PHOTOGRAPHER = re.compile(
    r"(?:摄影|攝影|图|圖)\s?[：:／/]\s?([\u3400-\u9fff·]{2,8})|([\u3400-\u9fff·]{2,4})\s?[／/]?\s?[摄攝](?![影制製像入取])"
    r"|\b(?:Photo|Image|Photograph)(?:graph)?(?: by|:)\s?([A-Z][\w.'’-]{0,30}(?: [A-Z][\w.'’-]{0,30}){1,3})"
)
_ROLE = re.compile(r"^(?:本报|本網|本网|新华社|中新社)?(?:记者|記者|通讯员|通訊員)")


def with_captions(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces, each caption line taken into the picture before it (or, where that has one, left in place)."""
    found: list[Piece] = []
    for piece in pieces:
        before = found[-1] if found else None
        bare = before is not None and before.kind == "image" and not before.words
        if before is not None and bare and _is_caption(piece, before.alternative):
            before.words = next(lines(piece))
        else:
            found.append(piece)
    return found


def _is_caption(piece: Piece, alternative: str) -> bool:
    """Whether a paragraph reads like the caption of the picture before it, or says what stands for the picture."""
    said = list(lines(piece)) if piece.kind == "p" else []
    if len(said) != 1 or len(said[0]) > CAPTION_CHARS:
        return False
    return _SAYS_CAPTION.search(said[0]) is not None or squeezed(said[0]) == squeezed(alternative)


def with_photographers(images: Sequence[Image]) -> tuple[Image, ...]:
    """The images, with the photographer that the caption names."""
    return tuple(replace(image, photographer=photographer(image.caption)) for image in images)


def photographer(caption: str | None) -> str | None:
    """Who took the picture, by its caption."""
    hit = _PHOTOGRAPHER.search(caption or "")
    name = _ROLE.sub("", next(filter(None, hit.groups()))) if hit else ""
    return name or None
