"""Pages that say of themselves that they are paid for, and parked addresses that are for sale."""

from __future__ import annotations

import re

from crawler.extraction.kinds.page_view import PageView, Signs
from crawler.extraction.text.headline import find_headline
from storage.records import Rejection

NEAR_HEADLINE = 3
"""Blocks from the headline in which a label is about the page. Elsewhere on portals it is about an advert's place."""

LABEL_SIZES = range(4, 25)
"""Characters of a label."""

STATEMENT_CHARS = 300
"""Characters at either end of the text in which an advertorial says what it is."""

PARKED_LETTERS = 1500
"""Letters of the longest page of a registrar."""

_LABELS = frozenset((
    "推广内容", "推廣內容", "商业推广", "商業推廣", "品牌推广", "广告文章", "广告专题", "廣告企劃", "廣編特輯",
    "廣告特輯", "赞助内容", "贊助內容", "企业推广", "商务合作稿", "advertorial", "anzeige",
    "publirreportaje", "publireportaje", "publicidad",
    "sponsored content", "sponsored post", "sponsored article", "paid content", "paid post", "paid partnership",
    "partner content", "brand content", "promoted content", "contenu sponsorisé", "contenido patrocinado",
    "advertisement feature", "реклама", "на правах рекламы", "広告企画", "タイアップ広告", "pr記事",
))  # fmt: skip
"""Labels of whole pages. `广告` alone is not among them: it labels places on the page."""
_STEMS = (
    "推广", "推廣", "广告文章", "广告专题", "企劃", "特輯", "赞助", "贊助", "商务合作", "advert", "anzeige", "publi",
    "sponsor", "paid p", "paid c", "partner c", "brand c", "promoted c", "patrocin", "реклам", "広告", "pr記事",
)  # fmt: skip
"""What the labels have in common: pages without any of it, most of them, have no label."""
_FRAME = " []【】()（）〔〕|:：·-—"
"""Characters around a label."""
_STATEMENT = re.compile(
    r"(?:本文|本页|此文|本内容|以上内容|本篇)(?:内容)?(?:为|系|属于?|是)(?:\S{0,4})(?:广告|商业推广|推广信息"
    r"|推广内容|软文)|(?:廣編|廣告)企劃"
    r"|\bthis (?:is (?:a|an) )?(?:article|post|content|sponsored|paid|advertorial)[^.]{0,30}(?:paid for|sponsored"
    r"|advertisement|advertorial) (?:by|post|article|content|feature)",
    re.IGNORECASE,
)
_PARKED = re.compile(
    r"\bdomain (?:name )?(?:\S{1,40} )?(?:is |may be )?(?:for sale|parked|expired)|\bbuy this domain"
    r"|域名\S{0,10}(?:出售|转让|已过期|到期|停放)"
    r"|(?:购买|求购|转让)(?:此|该|本)域名|domain steht zum verkauf|домен (?:продаётся|продается|припаркован)",
    re.IGNORECASE,
)


def advert(view: PageView) -> Rejection | None:
    """Rejection of a page that carries the label of an advertorial at its headline, or states that it is one."""
    for thing in view.head.things:
        if "AdvertiserContentArticle" in str(thing.get("@type", ""))[:200]:
            return Rejection(reason="advert", detail="schema.org AdvertiserContentArticle")
    label = _label(view)
    if label:
        return Rejection(reason="advert", detail=label)
    text = view.text or ""
    stated = _STATEMENT.search(text[:STATEMENT_CHARS]) or _STATEMENT.search(text[-STATEMENT_CHARS:])
    return Rejection(reason="advert", detail=stated[0][:80]) if stated else None


def parked(view: PageView, measured: Signs) -> Rejection | None:
    """Rejection of a page that offers its own domain for sale."""
    if measured.marked or measured.prose >= PARKED_LETTERS:
        return None
    offer = _PARKED.search("\n".join([*view.head.titles[:2], measured.said]))
    return Rejection(reason="advert", detail=offer[0][:80]) if offer else None


def _label(view: PageView) -> str:
    """The label near the headline that says that the page is paid for, or an empty string."""
    visible = view.visible.lower()
    if not any(stem in visible for stem in _STEMS):
        return ""
    places = [
        place
        for place, block in enumerate(view.blocks)
        if block.size in LABEL_SIZES and block.text.strip(_FRAME).casefold() in _LABELS
    ]
    if not places:
        return ""
    headline, _ = find_headline(view.blocks, view.head.titles)
    near = [place for place in places if headline is not None and abs(place - headline) <= NEAR_HEADLINE]
    return view.blocks[near[0]].text if near else ""
