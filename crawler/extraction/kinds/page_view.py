"""What the classifier sees of a page after its text was looked for, and what it measures there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from crawler.extraction.declared.head import Head
from crawler.extraction.markup.blocks import Block
from crawler.extraction.text.headline import title_parts

LITTLE = 400
"""Letters. Barriers and error pages say less; a longer text that has their words (`404 房间`, a film) is an article."""

CLEARLY_PROSE = 0.6
"""Share of lines that are sentences in a long text that nothing but its title and its label could make no article."""

COUNTED = 2000
"""Characters of a text that are counted at all: five times LITTLE."""

HEADLINE_SIZE = 8
"""Characters of the shortest headline among the links of a list; names of sections are shorter."""

OWN_HEADLINE = 18
"""Width, a Han character being two, of the shortest headline: the names of lists and of errors are shorter."""

MARK_LINE = 120
"""Characters of the longest line with the date and the source of an article."""

FOOTER_CHARS = 100
"""Characters at the beginning of a line that tell a footer."""

_NO_LETTERS = re.compile(r"[\W_]+")
_SENTENCE = re.compile(r"[。！？!?…][”」』)）】]{0,2}(?=\s|$|[^\s])|[.!?][\"'”)]?(?=\s|$)")
_SENTENCE_END = re.compile(r"[。！？…”」』!?.]\s{0,2}[）)】]?\s{0,2}$")
_MARKS = re.compile(r"[，。！？；：、]|[,.!?;](?=\s|$)")
_FOOTER = re.compile(
    r"copyright|©|\(c\)\s?(?:19|20)\d\d|all rights reserved|ICP[备備证證]|网安备|许可证|版[权權]|[转轉][载載]"
    r"|举报(?:电话|邮箱)"
    r"|不代表|法律[顾顧][问問]|[电電][话話]\s?[:：]|地址\s?[:：]|客服|powered by|nginx/|apache/|cookies?\b",
    re.IGNORECASE,
)
_FULL_DATE = re.compile(
    r"(?:19|20)\d\d\s?[-年/.]\s?\d{1,2}\s?[-月/.]\s?\d{1,2}|\b\d{1,2}[./ ](?:\d{1,2}|[A-Za-z]{3,9})[./ ](?:19|20)\d\d"
    r"|\b[A-Z][a-z]{2,8}\.? \d{1,2},? (?:19|20)\d\d|民[國国]\s?1\d\d年"
)
_OF_THE_REQUEST = re.compile(
    r"[当當]前|[现現]在|今天|[访訪][问問]|[拦攔]截|[请請]求|服[务務]器|事件|编号|時刻|时刻|耗时|\bIP\b|\bray\b|request|server|incident"
    r"|event|your"
    r"|expire|until|恢复|恢復|维护|維護|预计|預計",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:来\s?源|來\s?源|稿源|责任编辑|責任編輯|责编|編輯|编辑|作\s?者|记者|記者|通讯员|摄影|發布時間|发布时间"
    r"|发表(?:时间|于))\s?[:：/／|]"
    r"|(?:本报|本網|本网|本報)(?:讯|訊)|^(?:By|Von|Par|Por)\s[A-Z]"
)
_DATE_NAME = re.compile(r"publi|pubdate|article:create|issued|release_date")


@dataclass(frozen=True, kw_only=True)
class PageView:
    """A page after extraction. `title`, `text`: what was found; `visible`: all block texts, a line each.

    `markup`: clean markup, parsed again only where the page has hardly any text: extraction spoils its own tree. `url`:
    the address that answered. `error_pages`: fingerprints of answers that the host gives for many addresses
    (storage.records.HostChrome.error_pages).
    """

    title: str | None
    text: str | None
    visible: str
    markup: str
    blocks: Sequence[Block]
    head: Head
    url: str = ""
    error_pages: frozenset[bytes] = frozenset()

    @cached_property
    def measured(self) -> Signs:
        """Its signs, measured once."""
        return signs(self)

    @cached_property
    def is_prose(self) -> bool:
        """Whether its main text is long and nothing but sentences."""
        text = self.text or ""
        return letters(text) >= LITTLE and prose_share(text) >= CLEARLY_PROSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is measured of a view, in letters and counts.

    `letters`: of the main text, up to COUNTED. `own`: the texts of blocks that are neither links nor a footer, in page
    order. `prose`: letters of those that are sentences. `headlines`: links as long as a headline. `marked`: the page
    carries what articles carry, a date of publication, a source or an author; error pages have none of them.
    """

    letters: int
    own: tuple[str, ...]
    prose: int
    headlines: int
    marked: bool

    @property
    def little(self) -> bool:
        """Whether the page says so little of its own that it may be a barrier or an error page."""
        return self.prose < LITTLE

    @property
    def said(self) -> str:
        """The page's own words, a line each, as far as they are looked through."""
        return "\n".join(self.own)[:COUNTED]


def signs(view: PageView) -> Signs:
    """The measures of a view. Linear in its blocks."""
    own = tuple(b.text for b in view.blocks if 2 * b.linked <= b.size and not _FOOTER.search(b.text[:FOOTER_CHARS]))
    return Signs(
        letters=letters(view.text),
        own=own,
        prose=sum(letters(text) for text in own if _MARKS.search(text) and _SENTENCE_END.search(text)),
        headlines=sum(is_headline_link(block) for block in view.blocks),
        marked=_declares_date(view.head) or _marked_lines(view.blocks),
    )


def letters(text: str | None) -> int:
    """Letters and digits of the first COUNTED characters of a text."""
    return len(_NO_LETTERS.sub("", text[:COUNTED])) if text else 0


def sentences(text: str | None) -> int:
    """Sentence ends of a text."""
    return len(_SENTENCE.findall(text)) if text else 0


def prose_share(text: str) -> float:
    """Share of a text's characters that stand in lines that end as sentences do."""
    lines = [line for line in text.split("\n") if line]
    whole = sum(map(len, lines))
    return sum(len(line) for line in lines if _SENTENCE_END.search(line[-12:])) / whole if whole else 0.0


def is_headline_link(block: Block) -> bool:
    """Whether a block is a link that is long enough for a headline."""
    return block.linked >= HEADLINE_SIZE and block.linked * 2 > block.size


def own_headline(view: PageView) -> str | None:
    """The part of the page's title that a line of the page, no link, says too and that is as long as a headline."""
    wanted = [part for title in view.head.titles[:2] for part in title_parts(title)[:1] if width(part) >= OWN_HEADLINE]
    for block in view.blocks if wanted else ():
        if block.linked * 2 <= block.size and block.size <= MARK_LINE and width(block.text) >= OWN_HEADLINE:
            for part in wanted:
                if part in block.text or block.text in part:
                    return part
    return None


def width(text: str) -> int:
    """Width of a text in which a character beyond Latin, Greek and Cyrillic counts two."""
    return len(text) + sum(char > "\u2e7f" for char in text)


def _declares_date(head: Head) -> bool:
    """Whether the head names a time of publication."""
    if any(thing.get("datePublished") or thing.get("pubDate") for thing in head.things):
        return True
    named = (*head.meta.items(), *head.properties.items())
    return any(_DATE_NAME.search(name) and any(map(str.isdigit, value)) for name, value in named)


def _marked_lines(blocks: Sequence[Block]) -> bool:
    """Whether a line gives a date, a source or an author, and not those of an entry of a list."""
    return any(
        4 <= block.size <= MARK_LINE and block.linked * 2 <= block.size  # noqa: PLR2004 - "by X" is the shortest
        and _is_mark(block.text) and not _in_list(blocks, place)
        for place, block in enumerate(blocks)
    )  # fmt: skip


def _in_list(blocks: Sequence[Block], place: int) -> bool:
    """Whether a line follows a headline that is a link, or a teaser below one, as dates do in lists."""
    if place == 0:
        return False
    if is_headline_link(blocks[place - 1]):
        return True
    teaser = _SENTENCE_END.search(blocks[place - 1].text[-12:])
    return bool(teaser) and place > 1 and is_headline_link(blocks[place - 2])


def _is_mark(line: str) -> bool:
    """Whether a line says when or from whom an article is, and not when the page was asked for."""
    if _FOOTER.search(line) or _OF_THE_REQUEST.search(line):
        return False
    return bool(_LABEL.search(line) or _FULL_DATE.search(line))
