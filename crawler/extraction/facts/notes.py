"""Notes about an article: under which terms it may be used, and what was corrected in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.extraction.text.zones import Zones

MAX_NOTE = 300
"""Characters kept of a note: its sentence is in them, what follows is the paper's address."""

_LICENCE = re.compile(
    r"(?:版[权權]|著作[权權]|免[责責]|[郑鄭]重|[转轉][载載])[声聲说說]明|[转轉][载載](?:[须須]知|[请請]注明|時請)"
    r"|[请請]注明(?:出[处處]|[来來]源)"
    r"|未[经經].{0,14}(?:[许許]可|授[权權]|允[许許]|同意).{0,10}不得|(?:本[文稿]|文章|作品).{0,12}(?:授[权權]"
    r"|版[权權])|版[权權][归歸].{1,16}所有|[谢謝][绝絕][转轉][载載]"
    r"|\bCC\s?BY|creativecommons|知[识識]共享|[創创]用\s?CC|(?:under|licensed).{0,20}(?:licen[cs]e|creative\scommons)",
    re.IGNORECASE,
)
_LICENCE_HINT = re.compile(r"[载載权權]|注明|CC|[Ll]icen[cs]e|ommons|共享|[创創]用")
_CORRECTION_HINT = re.compile(r"[更勘]|[订訂]正|有[误誤]|[错錯][误誤]|orrect|larif|pdated|mended|ditor|misst|CORR")
"""Parts of every such note, looked for first: most lines have none of them."""

_USE = re.compile(
    r"[转轉][载載]|授[权權]|[许許]可|版[权權].{0,12}(?:[归歸属屬]|所有)|著作[权權]|出[处處]|[来來]源|CC|[创創]用"
    r"|[共][享]|licen[cs]e|commons",
    re.IGNORECASE,
)
"""What a note of rights speaks of; a disclaimer of opinions alone is none."""

_TITLE_OF_PAGE = re.compile(r"[与與和及]?(?:免[责責]|版[权權])[声聲]明\W*$")
_LEAST_NOTE = 8
"""Characters of the shortest sentence of rights; what is shorter is the link to the page of rights."""

_RIGHTS_ONLY = re.compile(
    r"^\W{0,3}(?:copyright|©|\(c\)|版权所有|版權所有)|ICP|备案|經營許可|许可证|all\srights\sreserved",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"^\W{0,3}(?:更\s?正|勘\s?[误誤]|[编編]者按?[更订訂]正|[订訂]正|更正[启啓]事|更正[声聲说說]明|corrections?"
    r"|clarification|editor[’']s\snote)\s?(?:[:：（(\-—]|\s—)"
    r"|^\W{0,3}(?:本文|此文|本报道|[该該]文)?(?:已|有)?(?:作出|做出)?更正[:：]"
    r"|(?:this|an\searlier|a\sprevious)\s(?:article|story|post|version|headline).{0,60}(?:corrected|updated|amended"
    r"|misstated|incorrectly)"
    r"|(?:此前|先前|[稍早]前)(?:版本|[报報][道導]|[发發]布).{0,30}(?:有误|有誤|[错錯][误誤]|更正)",
    re.IGNORECASE,
)
_NOTE_OF_EDITOR = re.compile(r"editor[’']s\snote", re.IGNORECASE)
_CORRECTED = re.compile(r"correct|updat|amend|misstat|error", re.IGNORECASE)
_PROSE = 600
"""Characters from which a paragraph that uses such words is the article's own."""


def find_licence(zones: Zones) -> str | None:
    """The sentence under which the article may be used (schema.org license, usageInfo), at most 300 characters."""
    for line in (*zones.close, *zones.tail, *zones.below, *zones.head):
        if not _LEAST_NOTE <= len(line) <= _PROSE or not _LICENCE_HINT.search(line) or _RIGHTS_ONLY.search(line):
            continue
        hit = _LICENCE.search(line)
        sentence = _sentence(line, hit.start()) if hit else ""
        if _USE.search(sentence) and not _TITLE_OF_PAGE.search(line):
            return sentence
    return None


def find_correction(zones: Zones) -> str | None:
    """The note of a correction (schema.org correction), at most 300 characters."""
    for line in _around(zones):
        if len(line) <= _PROSE and _CORRECTION_HINT.search(line) and _CORRECTION.search(line):
            if _NOTE_OF_EDITOR.match(line.lstrip("*[( ")) and not _CORRECTED.search(line):
                continue
            return line[:MAX_NOTE].strip()
    return None


def _around(zones: Zones) -> Iterable[str]:
    """Lines in which a paper corrects itself: around the text, and its first and last paragraphs."""
    return (*zones.head, *zones.lead, *zones.inner, *zones.close, *zones.tail)


def _sentence(line: str, start: int) -> str:
    """The line, or what follows the end of the sentence before `start` where that lies far in."""
    before = max(line.rfind(mark, 0, start) for mark in "。！？；")
    return line[before + 1 :][:MAX_NOTE].strip() if start > MAX_NOTE // 2 else line[:MAX_NOTE].strip()
