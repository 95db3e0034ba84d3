"""Forms of addresses: what the articles of a site have in common, learned from its links and from what was fetched.

A shape is `//host/path?query` with what differs from article to article named in braces: `{date}`, `{year}`, `{month}`,
`{ym}` (202611), `{id}` (four digits and more), `{n}` (fewer), `{code}` (uuid, hex and mixed ids), `{slug}` (words).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from crawler.discovery.article_links import address_parts, is_headline, is_list_address, looks_like_article
from storage.records import LinkShape

LEAST_OTHERS = 8
"""Pages of a shape that were fetched in vain before it is left out, if none was an article."""

LEAST_ARTICLES = 3
"""Articles of a shape that make a link of it one, whatever the link says, if most of its pages were articles."""

LEAST_GROUP = 5
"""Links of one shape on a page that tell something about the shape."""

HEADLINES_OF_GROUP = 0.6
"""Share of a group's links that must read like headlines, where the addresses alone do not tell."""

MAX_PATH_CHARACTERS = 300
MAX_PARAMETERS = 6
SCORED_CHARACTERS = 30
"""A headline is no better for being longer."""

_SEPARATED = r"(?:19|20)\d\d[-/_.](?:0?[1-9]|1[0-2])[-/_.](?:0?[1-9]|[12]\d|3[01])"
_JOINED = r"(?:19|20)\d\d[-/_.]?(?:0[1-9]|1[0-2])[-/_.]?(?:0[1-9]|[12]\d|3[01])"
_PIECE = re.compile(
    r"(?P<braced>\{[a-z]+\})"
    r"|(?P<uuid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})"
    rf"|(?P<date>(?<!\d)(?:{_SEPARATED}|{_JOINED})(?!\d))"
    r"|(?P<month>(?<!\d)(?:19|20)\d\d[-/_](?:0?[1-9]|1[0-2])(?!\d))"
    r"|(?P<run>[0-9A-Za-z]+)"
)
_DATE_RUN = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_MONTH_RUN = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])")
_DIGITS = re.compile(r"\d+")
_WORDS = re.compile(r"[-_+.]|%20")
_SLUG_TAIL = re.compile(r"(.+?)([-_.]\d{4,})?", re.DOTALL)
_BRACED = re.compile(r"\{[a-z]+\}")
_ESCAPED = re.compile(r"%[0-9A-F]{2}")
_INDEX = re.compile(r"(?:index|default|home|list)\b", re.IGNORECASE)
_LITERAL_VALUE = re.compile(r"[A-Za-z_.-]{0,20}")
_NAME = re.compile(r"[\w.\[\]-]{1,40}")
_CODE_RUNS = 4
_CODE_CHARACTERS = 8

_IN_PATTERN = {"{year}": "{id}", "{month}": "{id}", "{ym}": "{id}", "{n}": "{id}", "{code}": "{any}", "{slug}": "{any}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeScore:
    """How likely a shape is that of articles, by the links of one page.

    `links`: its different addresses; `headlines`: those whose words read like a headline; `articles`: those that look
    like an article's also by their address. `score`: headlines x their length (at most 30), twice that for dated ones.
    """

    shape: str
    links: int
    headlines: int
    articles: int
    dated: bool
    score: float

    @property
    def is_of_articles(self) -> bool:
        """Whether the page shows that its links of this shape are articles, those with few words too."""
        if self.headlines < LEAST_GROUP:
            return False
        return 2 * self.articles >= self.links or self.headlines >= HEADLINES_OF_GROUP * self.links


def shape_of(url: str) -> str:
    """The shape of a canonical URL; equal for addresses that differ in dates, ids, numbers or words of a title only."""
    authority, path, query = address_parts(url)
    if len(path) > MAX_PATH_CHARACTERS:
        return f"//{authority}/*"
    folder, slash, last = path.rpartition("/")
    folder, dated = _folder_shape(folder)
    mark = "?" if query else ""
    return f"//{authority}{folder}{slash}{_last_shape(last, dated=dated)}{mark}{_query_shape(query) if query else ''}"


def link_pattern(shape: str) -> str | None:
    """The `links` pattern (listings.compile_links) that all addresses of a shape match, without their host.

    None where a pattern would say too little: nothing of the shape varies, or it is any word below the root. None also
    for a path that begins with two slashes, which a pattern would take for a host.
    """
    path = "/" + shape.removeprefix("//").partition("/")[2]
    pattern = _BRACED.sub(lambda braced: _IN_PATTERN.get(braced[0], braced[0]), path)
    if path.startswith("//"):
        return None
    if "{id}" in pattern or "{date}" in pattern:
        return pattern
    if "{any}" not in pattern or pattern.count("/") < 2 + pattern.endswith("/"):
        return None
    return pattern


def common_pattern(shapes: Sequence[str]) -> str | None:
    """One pattern for shapes that differ only in the names of folders: `/{any}/{date}/{id}.html`. None where none is.

    A single shape keeps its folders' names; what differs in two places or more is another form.
    """
    patterns = [pattern for pattern in map(link_pattern, shapes) if pattern is not None]
    if len(set(patterns)) <= 1:
        return patterns[0] if patterns else None
    split = [pattern.split("/") for pattern in patterns]
    if len({len(steps) for steps in split}) > 1:
        return None
    columns = [set(column) for column in zip(*split, strict=True)]
    if sum(len(column) > 1 for column in columns) > 1 or len(columns[-1]) > 1:
        return None
    return "/".join(column.pop() if len(column) == 1 else "{any}" for column in columns)


def verdict(known: LinkShape | None) -> bool | None:
    """What the fetched pages of a shape say of its next link: True an article, False none, None nothing certain."""
    if known is None:
        return None
    if known.articles >= LEAST_ARTICLES and known.articles > known.others:
        return True
    return False if known.others >= LEAST_OTHERS and known.articles == 0 else None


def rank_shapes(links: Iterable[tuple[str, str, str]]) -> tuple[ShapeScore, ...]:
    """The shapes of a page's links, (shape, canonical URL, words) each, best first; those without headlines left out.

    Of an address that is linked twice the words that say more count. Addresses that can be no article's do not.
    """
    titles: dict[tuple[str, str], str] = {}
    for shape, url, title in links:
        if len(title) >= len(titles.get((shape, url), "")):
            titles[shape, url] = title
    groups = groupby(sorted(titles), key=lambda link: link[0])
    scores = [_score(shape, [(url, titles[shape, url]) for _, url in group]) for shape, group in groups]
    return tuple(sorted((score for score in scores if score.headlines), key=lambda score: -score.score))


def _score(shape: str, links: Sequence[tuple[str, str]]) -> ShapeScore:
    if len(links) > 1 and _BRACED.search(shape) and not is_list_address(links[0][0]):
        headlines = [(url, title) for url, title in links if is_headline(title)]
    else:
        headlines = []
    dated = "{date}" in shape
    characters = sum(min(len(title), SCORED_CHARACTERS) for _, title in headlines)
    return ShapeScore(
        shape=shape,
        links=len(links),
        headlines=len(headlines),
        articles=sum(looks_like_article(url, title) for url, title in headlines),
        dated=dated,
        score=float(characters * (2 if dated else 1)),
    )


@lru_cache(maxsize=2048)
def _folder_shape(folder: str) -> tuple[str, bool]:
    """The shape of a path up to its last slash, and whether it names a month or a day."""
    steps = ("{slug}" if "%" in step and _is_foreign(step) else step for step in folder.split("/"))
    shape = _PIECE.sub(_named, "/".join(steps))
    return shape, "{date}" in shape or "{month}" in shape


def _named(piece: re.Match[str]) -> str:
    if piece["run"]:
        return _run_shape(piece["run"])
    if piece["braced"]:
        return piece[0]
    if piece["uuid"]:
        return "{code}"
    if piece["date"]:
        return "{date}"
    return f"{{year}}{piece['month'][4]}{{month}}"


def _run_shape(run: str) -> str:
    """Letters and digits in a row: a code where they alternate, else the letters with their numbers named."""
    if run.isalpha():
        return run
    runs = sum(1 for _ in groupby(run, key=str.isdigit))
    if len(run) >= _CODE_CHARACTERS and runs >= _CODE_RUNS:
        return "{code}"
    return _DIGITS.sub(_digits_shape, run)


def _digits_shape(digits: re.Match[str]) -> str:
    number = digits[0]
    if _DATE_RUN.fullmatch(number):
        return "{date}"
    if _MONTH_RUN.fullmatch(number):
        return "{ym}"
    return "{id}" if len(number) >= 4 else "{n}"  # noqa: PLR2004 - as in the module's text


def _last_shape(last: str, *, dated: bool) -> str:
    """The last part of a path. Words that a title would have are named: three and more, or any behind a date."""
    stem, dot, extension = last.rpartition(".")
    if not dot or not extension.isalpha():
        stem, dot, extension = last, "", ""
    if stem.isdecimal():
        return f"{_run_shape(stem)}{dot}{extension}"
    if "%" in stem and _is_foreign(stem):
        return f"{{slug}}{dot}{extension}"
    words = [word for word in _WORDS.split(stem) if len(word) > 1 and word.isalpha()]
    if len(words) > 2:  # noqa: PLR2004 - three words are a title, two are a name
        tail = _SLUG_TAIL.fullmatch(stem)
        stem = f"{{slug}}{(tail and tail[2]) or ''}"
    elif dated and stem.isalpha() and not _INDEX.match(stem):
        stem = "{slug}"
    return f"{_PIECE.sub(_named, stem)}{dot}{extension}"


def _is_foreign(step: str) -> bool:
    """Whether a part of a path is mostly escaped letters: Chinese words in UTF-8 or GBK."""
    return 3 * len(_ESCAPED.findall(step)) * 2 > len(step)


def _query_shape(query: str) -> str:
    parameters = query.split("&")
    shapes = [_parameter_shape(parameter) for parameter in parameters[:MAX_PARAMETERS]]
    if len(parameters) > MAX_PARAMETERS:
        shapes.append("*")
    return "&".join(shapes)


def _parameter_shape(parameter: str) -> str:
    name, mark, value = parameter.partition("=")
    if not _NAME.fullmatch(name):
        return "*"
    return f"{name}{mark}{_value_shape(value)}" if mark else _value_shape(name)


def _value_shape(value: str) -> str:
    if value.isdigit() and value.isascii():
        return "{date}" if _DATE_RUN.fullmatch(value) else "{id}"
    if _LITERAL_VALUE.fullmatch(value):
        return value
    return "*" if "/" in value or "?" in value else "{code}"
