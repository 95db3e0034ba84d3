"""What a template gets to print, and the pieces of HTML that portals have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import NamedTuple

from scheduler.demo.shelf import WorldArticle
from scheduler.demo.site import WorldSite
from scheduler.demo.texts import Block


class Link(NamedTuple):
    """A link to another article, with what portals print beside it. Texts are escaped for HTML."""

    path: str
    title: str
    published: datetime
    day: str
    teaser: str


@dataclass(frozen=True, slots=True)
class Page:
    """An article and its surroundings. `previous` is the older neighbour, `following` the newer one.

    `path` is that of the page; `blocks` what it has of the article's text. `head` and `pager` are HTML for the end of
    the head and of the text, empty for an article that has one page and one address.
    """

    site: WorldSite
    article: WorldArticle
    path: str
    blocks: Sequence[Block]
    related: Sequence[Link]
    hot: Sequence[Link]
    previous: Link | None
    following: Link | None
    head: str = ""
    pager: str = ""

    @property
    def at(self) -> datetime:
        """When the article was published."""
        return self.article.published

    @property
    def editors(self) -> str:
        """The editors' names as they stand in the editor line."""
        return "、".join(self.article.editors)

    def views(self, times: int = 1) -> int:
        """A view count that looks like one."""
        return (self.article.number * 37 + 211) * times % 9973


Template = Callable[[Page], str]


def charset_meta(site: WorldSite, *, http_equiv: bool = False) -> str:
    """The meta element that declares the charset, or nothing where the kind does not have it."""
    if "meta" not in site.kind_of.charset_in:
        return ""
    if http_equiv:
        return f'<meta http-equiv="Content-Type" content="text/html; charset={site.kind_of.declared}" />'
    return f'<meta charset="{site.kind_of.declared}">'


def feed_link(site: WorldSite) -> str:
    """The link element that declares the site's feed, or nothing where its way to be found has none."""
    kind = "atom" if site.kind == "mirror" else "rss"
    return "".join(
        f'<link rel="alternate" type="application/{kind}+xml" title="{escape(site.outlet)}" href="{path}">'
        for path in (site.way.feeds if site.way.declared else ())
    )


def body(
    blocks: Sequence[Block],
    *,
    paragraph: str = "<p>{}</p>",
    heading: str = "<p><strong>{}</strong></p>",
    figure: Callable[[int, str], str],
) -> str:
    """The article's blocks as HTML, in the portal's way of marking paragraphs, headings and pictures."""
    shapes = {"paragraph": paragraph, "heading": heading}
    lines: list[str] = []
    pictures = 0
    for block in blocks:
        if block.kind == "table":
            lines.append(table(block))
        elif block.kind == "figure":
            pictures += 1
            lines.append(figure(pictures, escape(block.text)))
        else:
            lines.append(shapes[block.kind].format(escape(block.text, quote=False)))
    return "\n".join(lines)


def table(block: Block) -> str:
    """A table with its caption."""
    head, *rows = block.rows
    lines = [f"<table><caption>{escape(block.text)}</caption>", _row(head, "th"), *(_row(row, "td") for row in rows)]
    return "\n".join([*lines, "</table>"])


def _row(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"


def items(links: Sequence[Link], shape: str = '<li><a href="{path}">{title}</a></li>') -> str:
    """The links, each in the given shape, which may also use day, short, teaser, count and rank."""
    return "\n".join(
        shape.format(
            path=link.path,
            title=link.title,
            day=link.day,
            teaser=link.teaser,
            short=link.day[5:],
            count=(len(link.title) * 97 + at * 31) % 900 + 12,
            rank=at,
        )
        for at, link in enumerate(links, start=1)
    )


def anchor(link: Link | None, nothing: str) -> str:
    """A link with its title, or the words for having none."""
    return f'<a href="{link.path}">{link.title}</a>' if link else nothing
