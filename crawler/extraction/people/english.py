"""Credits of by-lines in Latin letters: `By Jane Doe and John Smith`, `Reporting by A B; Editing by C D`, `Von A B`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.extraction.people.names import CAPITAL, LATIN_NAME, MAX_RAW_CHARS, latin_names
from storage.records import Credit

MAX_LINE_CHARS = 400
"""Of a line that is read; a by-line stands at its start."""

PREFIX_CHARS = 60
"""Of the date that may stand before `by`; in a sentence more does."""

_FORM = re.compile(
    r"(?:^|(?<=[\s(\[|;.]))(?P<role>(?:[Ww]ritten |[Rr]eport(?:ing|ed) |[Aa]dditional reporting |[Ss]tory |[Tt]ext "
    r"|[Ww]ords |[Aa]nalysis |[Oo]pinion )?[Bb]y"
    r"|BY|[Ee]dit(?:ed|ing) by|[Pp]hoto(?:s|graph|graphs|graphy)?(?: by|:)|[Tt]ranslat(?:ed|ion) by|[Cc]ompiled by"
    r"|(?:[Aa]uthor|[Rr]eporter|[Ww]riter|[Ee]ditor|[Ee]diting|[Pp]hotographer|[Tt]ranslator)s?:)\s{1,3}"
    rf"(?P<names>{CAPITAL}[\w.'’ ,&-]{{2,120}})"
)
# The word that opens a by-line in German, French, Spanish and Portuguese, Italian, Dutch, and the North. It opens
# sentences as well: only a line of nothing but names counts.
_ABROAD = re.compile(rf"^(?:Von|VON|Par|PAR|Por|POR|Di|DI|Door|Af|Av)\s(?P<names>{CAPITAL}[^:!?]{{3,120}})$")
_AND_ABROAD = re.compile(r"\s(?:und|et|y|e|en|og|och)\s")
_BY_ALONE = re.compile(rf"^(?:[Bb]y|BY):?\s(?P<names>{CAPITAL}[\w.'’ ,&-]{{2,70}})$")
_SIGNS = ("by ", "By ", "BY ", "uthor", "eporter", "riter", "dit", "hoto", "ranslator")
_ROLES = (
    ("edit", "editor"), ("photo", "photographer"), ("translat", "translator"), ("compiled", "compiler"),
    ("report", "reporter"),
)  # fmt: skip
_MONTHS = (
    r"Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?|Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?"
    r"|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?"
)
_NAMES_END = re.compile(
    rf"\d|\.(?= |$)(?<![A-Z]\.)|[|;]|\s[-–—]\s|\b(?:{_MONTHS})\b\.?(?=\s?(?:\d|$))|\bin [A-Z]"
    r"|\b(?:Editing|Edited|Reporting|Photo|Published|Posted|Updated|Last|On|At|For|Via|Follow|Share|Comments?)\b"
    r"|(?:Senior |Staff |Chief |Contributing |Business |Special )?"
    r"(?:Staff|Writer|Reporter|Correspondent|Columnist|Contributor|Editor)\b"
)
# What stands before `by` where the line is a by-line: a date, an age, or that it was posted.
_BEFORE_BY = re.compile(r"\d{4}|\d{1,2}:\d\d|\bago\b|[Pp]osted|[Pp]ublished|[Uu]pdated|[|•·/]\s?$")
_COMPANY = re.compile(
    r"\b(?:News|Press|Agency|Group|Bureau|Team|Desk|Business|Times|Post|Media|Network|Inc|Ltd|Staff|United|Wire|Association)\b"
)


def english_credits(line: str, where: str = "") -> Iterator[Credit]:
    """Credits of a line; a name after the first that is a company's belongs to the person before it and is left out."""
    if where == "head":
        yield from (Credit(role="author", name=name, raw=line, where=where) for name in names_abroad(line))
    if not any(sign in line for sign in _SIGNS):
        return
    for hit in _FORM.finditer(line[:MAX_LINE_CHARS]):
        said = hit["role"].lower()
        if said == "by" and not _is_byline(line[: hit.start()], where):
            continue
        role = next((role for word, role in _ROLES if word in said), "author")
        end = _NAMES_END.search(hit["names"])
        for index, name in enumerate(latin_names(hit["names"][: end.start()] if end else hit["names"])):
            company = bool(_COMPANY.search(name))
            if not (company and index):
                yield Credit(
                    role=role, name=_once(name), raw=hit[0][:MAX_RAW_CHARS], where=where, organisation=company
                )


def names_abroad(line: str) -> list[str]:
    """Names of a by-line in another language than English, or none: `Von Grete Holm und Karl Au`, `Par Zoé Lacan`."""
    hit = _ABROAD.match(line[:MAX_LINE_CHARS])
    if not hit:
        return []
    end = _NAMES_END.search(hit["names"])
    names = hit["names"][: end.start()] if end else hit["names"]
    said = [part.strip(" .|") for part in _AND_ABROAD.sub(", ", names).split(",")]
    people = [part for part in said if part]
    return people if all(LATIN_NAME.match(name) for name in people) else []


def is_latin_byline(line: str) -> bool:
    """Whether a line says by whom the article is, and nothing else: `By Jane Doe`, `Von Grete Holm`."""
    by = _BY_ALONE.match(line[:MAX_LINE_CHARS])
    return bool(names_abroad(line)) or (by is not None and bool(latin_names(by["names"])))


def _is_byline(before: str, where: str) -> bool:
    """Whether a bare `by` begins a by-line: under the headline, at the line's start or behind a date."""
    return where == "head" and (not before.strip() or (len(before) <= PREFIX_CHARS and bool(_BEFORE_BY.search(before))))


def _once(name: str) -> str:
    """A name that a page prints twice in a row, once."""
    half = len(name) // 2
    return name[:half] if name[:half] == name[half + 1 :] else name
