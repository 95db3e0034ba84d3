"""The headline of a page, with the line above it (肩题) and the line below it (副题)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from crawler.extraction.cleaning import squeezed
from crawler.extraction.declared.head import MAX_TITLE_CHARS, TITLE_NAMES, Head
from crawler.extraction.facts.site_titles import LEAST_HEADLINE, bare_title, names_site, site_names
from crawler.extraction.text.zones import Zones
from storage.records import Evidence

_LEAD = re.compile(r"^[\s》>»＞◆■●・:：|]+")
_TAIL = re.compile(
    r"\s{0,4}[【\[(（]\s{0,4}(?:\d{1,2}[:：]\d{2}|\d{4}[-/.年][\d\-/.月日 :]{3,14}|\d{1,2}/\d{1,2})"
    r"\s{0,4}[】\])）]\s{0,4}$"
)
_CRUMB = re.compile(r"\s{0,4}[>＞»〉›]\s{0,4}")
_CUT = re.compile(r"(?:\.{2,3}|…{1,2})\s{0,4}$")
_DATED = re.compile(r"(?:19|20)\d\d\s?[-年/.]\s?\d{1,2}|\d{1,2}:\d{2}|1\d\d/\d\d/\d\d|\d\s?(?:小[时時]|分[钟鐘])前")
_AFTER_TITLE = re.compile(
    r"^\s{0,4}[(（\[【]?\s{0,4}(?:(?:19|20)\d\d\s?[-年/.]\s?\d{1,2}|\d{1,2}:\d{2}|[发發]布|[时時][间間]|日期|来源|來源|作者"
    r"|字号|字體|[阅閱][读讀]|[浏瀏]|[点點][击擊]|[评評][论論]|[分打])"
)
_LABEL = re.compile(
    r"[:：]|来源|來源|作者|记者|記者|编辑|編輯|通讯员|字号|阅读|浏览|点击|评论|分享|打印|收藏|首页|位置|登录|登錄"
    r"|注册|[訂订][阅閱]|返回|搜索|关注|下载"
    r"|[><＞»|｜©]|版权|copyright|https?:|^(?:by|photo|share)\b|综合|報導|报道$|电$|讯$|摄$",
    re.IGNORECASE,
)
_LABELLED_ABOVE = re.compile(r"^\s{0,4}[(（【\[]?[引肩眉][题題][)）】\]]?\s{0,4}[:：]\s{0,4}(.{2,80})$")
_LABELLED_BELOW = re.compile(r"^\s{0,4}[(（【\[]?副[标標]?[题題][)）】\]]?\s{0,4}[:：]\s{0,4}(.{2,120})$")
_DASHED = re.compile(r"^\s{0,4}[—–－-]{1,4}\s{0,4}([^—–－\-\s].{3,60})$")
_GENRE = re.compile(r"\s?[(（【\[〔][\u3400-\u9fff]{2,6}[)）】\]〕]$")
_SENTENCE = re.compile(r"[。；;]|[.!?]\s|[.。！？!?]$|…")
_YEAR = re.compile(r"(?:19|20)\d\d|\d:\d\d")
_HAN = re.compile(r"[\u3400-\u9fff]")
_KICKER_NAMES = ("introtitle", "kicker", "pretitle", "eyebrow")
_BELOW_NAMES = ("subtitle", "subheadline", "alternativeheadline")
_KICKER_SIZE = range(8, 41)
_BELOW_SIZE = range(8, 61)


@dataclass(frozen=True, slots=True)
class HeadlineFacts:
    """schema.org headline, the line above and the line below (alternativeHeadline); None for what a page has not.

    `evidence`: the chosen title and the declared ones that differ from it by more than site names and punctuation.
    """

    title: str | None
    kicker: str | None
    subheadline: str | None
    evidence: tuple[Evidence, ...]


def find_headline_facts(head: Head, zones: Zones) -> HeadlineFacts:
    """Headline, kicker and sub-headline of a page."""
    sites = site_names(head)
    title, where = _title(head, zones, sites)
    key = squeezed(title or "")
    return HeadlineFacts(
        title=title,
        kicker=_kicker(head, zones, key, sites),
        subheadline=_subheadline(head, zones, key),
        evidence=tuple(_evidence(head, title, where, sites)),
    )


def find_title(head: Head, zones: Zones) -> str | None:
    """Headline of a page, or None where nothing names one."""
    return _title(head, zones, site_names(head))[0]


def _title(head: Head, zones: Zones, sites: frozenset[str]) -> tuple[str | None, str]:
    """(headline, where it was found)."""
    declared = head.titles
    bare = [bare_title(title, sites) for title in declared]
    telling = [title for title in bare if not names_site(title, sites)]
    if zones.headline and (zones.sure or not telling):
        shown = _trimmed(_without_rest(_without_crumbs(zones.headline, declared), bare))
        if shown and squeezed(shown) not in sites:
            return shown, "headline"
    between = _between(zones)
    if between and not telling:
        return _trimmed(between), "head"
    named = bare_title(head.first(TITLE_NAMES), sites)
    chosen = named if named in telling else telling[0] if telling else bare[0] if bare else ""
    return _as_shown(_trimmed(_uncut(chosen, telling)), zones) or None, "meta" if chosen == named else "title"


def _as_shown(title: str, zones: Zones) -> str:
    """The title without a genre in brackets that it ends with, where a line of the page says the rest and no more."""
    bare = _GENRE.sub("", title)
    return bare if len(bare) >= LEAST_HEADLINE and bare in zones.unlinked else title


def _between(zones: Zones) -> str | None:
    """The line above the dated line before the text, on pages whose <title> names the site only."""
    before = ""
    for line in zones.head:
        if _DATED.search(line):
            fits = 6 <= len(before) <= 60 and before in zones.unlinked  # noqa: PLR2004 - a headline's length
            return before if fits else None
        before = line
    return None


def _uncut(title: str, others: Sequence[str]) -> str:
    """The other title that says in full what this one cuts off with dots, or the title."""
    if not _CUT.search(title):
        return title
    start = squeezed(_CUT.sub("", title))
    return next((other for other in others if not _CUT.search(other) and squeezed(other).startswith(start)), title)


def _without_crumbs(headline: str, declared: Sequence[str]) -> str:
    """The part of a breadcrumb line that a declared title begins with, or the line."""
    parts = [part for part in _CRUMB.split(headline) if part]
    if len(parts) > 1 and any(squeezed(title).startswith(squeezed(parts[-1])) for title in declared):
        return parts[-1]
    return headline


def _without_rest(headline: str, bare: Sequence[str]) -> str:
    """A headline's block without its repetition and without the date or counter that follows in the same block."""
    half = len(headline) // 2
    if half >= LEAST_HEADLINE and headline[:half].strip() == headline[-half:].strip() and len(headline) % 2:
        return headline[:half].strip()
    for title in bare:
        if len(title) >= LEAST_HEADLINE and headline.startswith(title) and _AFTER_TITLE.match(headline[len(title) :]):
            return title
    return headline


def _trimmed(title: str) -> str:
    """A title without decoration before it and without a time or picture mark after it."""
    return _TAIL.sub("", _LEAD.sub("", title)).strip()[:MAX_TITLE_CHARS]


def _kicker(head: Head, zones: Zones, title: str, sites: frozenset[str]) -> str | None:
    """The line above the headline (肩题), or None."""
    declared = head.first(_KICKER_NAMES)
    if declared and squeezed(declared) != title:
        return declared
    near = zones.above[-2:]
    labelled = next((hit[1].strip() for line in near if (hit := _LABELLED_ABOVE.match(line))), None)
    if labelled or not near:
        return labelled
    line = near[-1]
    fits = zones.sure and _is_display(line, zones, title, _KICKER_SIZE) and not names_site(line, sites)
    return line if fits else None


def _subheadline(head: Head, zones: Zones, title: str) -> str | None:
    """The line below the headline (副题), or None."""
    declared = head.first(_BELOW_NAMES) or head.properties.get("alternativeheadline", "")
    for thing in head.things:
        said = thing.get("alternativeHeadline")
        declared = declared or (said if isinstance(said, str) else "")
    if declared and squeezed(declared) != title:
        return html.unescape(declared)[:MAX_TITLE_CHARS]
    lines = [line for line in zones.head[:4] if squeezed(line) != title]
    for line in lines[:3]:
        hit = _LABELLED_BELOW.match(line) or (_DASHED.match(line) if not _YEAR.search(line) else None)
        if hit and line in zones.unlinked | {line for line in lines if len(line) > max(_KICKER_SIZE)}:
            return hit[1].strip()
    dated = len(lines) > 1 and _DATED.search(lines[1])
    return lines[0] if zones.sure and dated and _is_display(lines[0], zones, title, _BELOW_SIZE) else None


def _is_display(line: str, zones: Zones, title: str, size: range) -> bool:
    """Whether a Chinese line beside the headline is set like one: no label, no link, no date, no sentence.

    In other languages such lines are names, section words and adverts as often: there only what is declared counts.
    """
    return (
        len(line) in size
        and 2 * _HAN.subn("", line)[1] >= len(line)
        and (line in zones.unlinked)
        and squeezed(line) not in title
        and not _LABEL.search(line)
        and not _DATED.search(line)
        and not _SENTENCE.search(line)
    )


def _evidence(head: Head, title: str | None, where: str, sites: frozenset[str]) -> Iterator[Evidence]:
    """The title, then the declared ones that say something else."""
    if not title:
        return
    yield Evidence(fact="title", value=title, raw=title, where=where, chosen=True)
    seen = [squeezed(title)]
    for declared in head.titles:
        value = bare_title(declared, sites)
        key = squeezed(value)
        if key and not names_site(value, sites) and not any(key in one or one in key for one in seen):
            seen.append(key)
            place = "title" if declared == head.title else "meta"
            yield Evidence(fact="title", value=value, raw=declared, where=place, chosen=False)
