"""Where, when and by which agency a report was filed, as its first line says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from storage.records import Dateline

_LEAST_PLACE = 3
MAX_HEAD = 120
"""Characters of a line in which a dateline ends; the longest name two places and three reporters."""

_HAN_AGENCY = (
    r"(?:新[华華]|中新|中[评評]|中央|[华華][联聯]|澎湃|路透|法新|美[联聯]|彭博|共同|[时時]事|[韩韓][联聯]|塔斯|俄新"
    r"|埃菲|安莎|德新|合[众眾]|财[联聯])(?:通[讯訊])?社|新[华華]财经|每[经經](?:AI)?|新[华華][网網]|中新[网網]"
    r"|人民[网網]|央[视視][网網]|[国國]际在[线線]"
    r"|[环環]球[网網]|中[国國]新[闻聞][网網]|中[广廣][网網]?|央[广廣][网網]|本[报報网網台刊社]|[\u4e00-\u9fff]{2,8}?"
    r"(?:日|晚|[时時]|商|晨|早|[导導]|青年|都市|[经經][济濟]|法制|工人|[农農]民)[报報]|[\u4e00-\u9fff]{2,6}(?:[网網]"
    r"|[新][闻聞]|[电電][视視]台|新[闻聞]社)"
    r"|(?:明|大公|文[汇匯]|星[岛島]|蘋果|聯合|信)[报報]"
)
_DATE = r"(?P<date>(?:(?:19|20)\d\d年)?\s?(?:\d{1,2}\s?月\s?)?\d{1,2}\s?日|\d{1,2}/\d{1,2})"
_PLACE = (
    r"(?P<place>(?:(?![记記]者|[综綜]合|[报報][道導]|[网網讯訊电電日])[\u4e00-\u9fff·]){2,8}?"
    r"(?:[/、][\u4e00-\u9fff]{2,4})?)"
)
_CHANNEL = (
    r"(?:客[户戶]端|海外版|[快]?(?=[讯訊])|科技|财经|財經|娱乐|娛樂|体育|體育|军事|汽车|房产|教育|健康|旅游|时尚"
    r"|游戏)?"
)
_REPORTER = r"(?:(?:[实實見见][习習]|特[约約派])?[记記]者\s?[\u4e00-\u9fff]{2,3}(?:、[\u4e00-\u9fff]{2,3}){0,3}\s?)?"
_BY = r"(?:\s?[(（](?:[^()（）]{0,12}(?:记者|記者|通[讯訊]|特派|[编編][译譯])[^()（）]{0,60}|[^()（）]{1,20})[)）])?"
_KIND = r"(?:[综綜]合)?(?:外[电電])?(?:[电電](?![视視影子])|[专專]?[讯訊]|消息|[报報][道導])"
_CHINESE = re.compile(
    rf"^[\s◎■●▲◆*]{{0,3}}(?:[【〔\[(（「]\s?)?(?![据據从從由在对對])(?P<agency>{_HAN_AGENCY}){_CHANNEL}\s?"
    rf"(?:[,，/／]\s?)?"
    rf"(?:[【〔\[(（].{{0,20}}[】〕\])）]\s?)?"
    rf"{_REPORTER}(?:{_PLACE}\s?(?:[,，]\s?)?)?(?:{_DATE}\s?)?(?P<kind>{_KIND}){_BY}(?:\s?[】〕\])）」])?"
)
_BRACKETED = re.compile(rf"^[\s◎■●]{{0,3}}[【〔\[(（]\s?(?P<agency>{_HAN_AGENCY})\s?[】〕\])）]")
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]{0,6}\.?"
_WORD = r"[A-Z][A-Za-zÀ-ɏ.'’]{0,15}"
_WESTERN_PLACE = (
    rf"(?P<place>[A-ZÀ-Þ][A-ZÀ-Þ.'’-]{{1,20}}(?:[ /][A-ZÀ-Þ][A-ZÀ-Þ.'’-]{{1,20}}){{0,4}}(?:,\s{_WORD}"
    rf"(?:\s{_WORD}){{0,2}})?)"
)
_WESTERN_AGENCY = (
    r"(?P<agency>AP|AFP|Reuters|Xinhua|Bloomberg|UPI|dpa|DPA|TASS|ANSA|EFE|Kyodo(?:\sNews)?|CNN|IANS|PTI|ANI|CNS|BBC"
    r"|VOA|RFA|RFE/RL|CNA|Yonhap|[A-Z][A-Za-z. ]{1,28}?(?:News|Press|Times|Post|Agency|Service|Newswire|PRNewswire"
    r"|Wire))"
)
_WESTERN = re.compile(
    rf"^\s{{0,3}}{_WESTERN_PLACE}(?:,?\s(?P<date>{_MONTH}\s\d{{1,2}}(?:,\s\d{{4}})?))?"
    rf"(?:,?\s?[(（]{_WESTERN_AGENCY}[)）])?\s?(?:--|[—–]|-\s|:\s(?=[A-Z]))"
)
_AGENCY_ONLY = re.compile(rf"^\s{{0,3}}[(（]{_WESTERN_AGENCY}[)）]\s?(?:--?|[—–])")
_NO_PLACE = re.compile(
    r"(?:BREAKING|UPDATED?|EXCLUSIVE|WATCH|LIVE|VIDEO|PHOTOS?|OPINION|ANALYSIS|REVIEW|NOTE|WARNING|EDITOR|CORRECTION"
    r"|SPOILER)\b"
)
_OWN = re.compile(r"^本")


def find_dateline(lines: Iterable[str]) -> Dateline | None:
    """Dateline of the first of the lines (first paragraphs) that begins with one, or None.

    An agency without a place and a place without an agency are datelines too; 本报 is no agency's name.
    """
    for line in lines:
        start = line[:MAX_HEAD]
        hit = _chinese(start) or _BRACKETED.match(start) or _western(start)
        if hit:
            parts = hit.groupdict()
            agency = parts.get("agency")
            return Dateline(
                raw=hit[0].strip(),
                place=_clean(parts.get("place")),
                agency=None if agency and _OWN.match(agency) else _clean(agency),
                date=_clean(parts.get("date")),
            )
    return None


def _chinese(line: str) -> re.Match[str] | None:
    """A dateline in Han characters; 报道 needs a date beside it, without one it is the verb of a sentence."""
    hit = _CHINESE.match(line)
    return hit if hit and (hit["date"] or not hit["kind"].endswith(("道", "導", "导"))) else None


def _western(line: str) -> re.Match[str] | None:
    """A dateline in Latin letters; a place alone must be written in capitals and be followed by a dash."""
    hit = _WESTERN.match(line)
    if hit and not _NO_PLACE.match(hit["place"]):
        # `US -` and `NOTE:` begin sentences: a place alone is longer and stands before a dash with spaces.
        alone = len(hit["place"].split(",")[0]) > _LEAST_PLACE and hit[0].rstrip()[-1] in "—–-" and "--" not in hit[0]
        if hit["agency"] or hit["date"] or alone:
            return hit
    return _AGENCY_ONLY.match(line)


def _clean(text: str | None) -> str | None:
    """A part without spaces around it, or None for nothing."""
    return unicodedata.normalize("NFKC", text or "").strip(" ,，") or None
