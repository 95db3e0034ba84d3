"""An article's text as HTML: its Markdown where it has some, without anything that runs, loads or leads astray.

What a page says reaches us as text, but Markdown of imported files is whatever somebody wrote. So markup of HTML is
text, links lead to the web or are none, and a picture is a link to it: nothing is asked of other sites by reading.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping, Sequence
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from storage.revisions.layout import shown

REL: Final = "noreferrer nofollow noopener"
MOST_MARKDOWN: Final = 40_000
"""Characters of Markdown that are drawn as such, some 40 ms of work; longer texts are drawn as plain paragraphs."""
MOST_BRACKETS: Final = 2_000
"""Of these the reader's work grows with the square: 40,000 that nobody closes took 0.7 s."""
MOST_SHOWN: Final = 400_000
"""Characters of a text that one page shows; ten times the longest news article."""

_PARAGRAPHS = re.compile(r"\s*\n\s*")


def address(url: Any) -> str | None:
    """The address where it is one of the web that can be followed; None for any other."""
    if not isinstance(url, str) or not url.startswith(("http://", "https://")) or url != shown(url):
        return None
    try:
        return url if urlsplit(url).hostname and not any(map(str.isspace, url)) else None
    except ValueError:
        return None


def prose(text: str, markdown: str | None, *, picture: str) -> Markup:
    """The text as HTML. `picture`: the word for a picture that has no name."""
    if markdown is None or len(markdown) > MOST_MARKDOWN or markdown.count("[") > MOST_BRACKETS:
        return paragraphs(text)
    drawn: str = _parser().render(shown(markdown), {"picture": picture})
    return Markup(drawn)  # noqa: S704 - of our own renderer, which escapes


def paragraphs(text: str) -> Markup:
    """A plain text as HTML, a line a paragraph, up to MOST_SHOWN characters."""
    lines = filter(None, _PARAGRAPHS.split(shown(text[:MOST_SHOWN]).strip()))
    return Markup("\n").join(Markup('<p dir="auto">{}</p>').format(line) for line in lines)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}, renderer_cls=_Renderer)
    parser.enable(["table", "strikethrough"])
    parser.validateLink = lambda url: address(url) is not None  # type: ignore[method-assign]  # its documented way
    parser.core.ruler.push("dibao_headings", lambda state: _level(state.tokens))
    return parser


def _level(tokens: Sequence[Token]) -> None:
    """None; headings begin at the second level, for the page's title is the first, and no level is passed over."""
    levels: list[int] = []
    for opening in (token for token in tokens if token.type == "heading_open"):
        wished = int(opening.tag[1])
        while levels and levels[-1] >= wished:
            levels.pop()
        levels.append(wished)
        opening.tag = opening.meta["drawn"] = f"h{min(6, len(levels) + 1)}"
    drawn = iter([token.tag for token in tokens if token.type == "heading_open"])
    for closing in (token for token in tokens if token.type == "heading_close"):
        closing.tag = next(drawn)


class _Renderer(RendererHTML):
    """CommonMark as HTML, but for what would ask another site for something, or move the page about."""

    def image(self, tokens: Sequence[Token], at: int, _options: Any, env: MutableMapping[str, Any]) -> str:
        """A picture as a link to it, by what it shows."""
        token = tokens[at]
        name = escapeHtml(self.renderInlineAsText(token.children or [], _options, env).strip() or env["picture"])
        target = address(token.attrGet("src"))
        if target is None:
            return f'<span class="picture">{name}</span>'
        return f'<a class="picture" href="{escapeHtml(target)}" rel="{REL}">{name}</a>'

    def link_open(self, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]) -> str:
        """The beginning of a link, which tells its site nothing of who follows it."""
        tokens[at].attrSet("rel", REL)
        return self.renderToken(tokens, at, options, env)

    def paragraph_open(self, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]) -> str:
        """The beginning of a paragraph, which is read in its own direction."""
        tokens[at].attrSet("dir", "auto")
        children = tokens[at + 1].children or []
        if children and all(child.type in {"image", "softbreak"} for child in children):
            tokens[at].attrSet("class", "figure")
        return self.renderToken(tokens, at, options, env)

    def td_open(self, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]) -> str:
        """The beginning of a cell, without the style by which it would be aligned: pages have none in their text."""
        tokens[at].attrs.pop("style", None)
        return self.renderToken(tokens, at, options, env)

    th_open = td_open

    def fence(self, tokens: Sequence[Token], at: int, _options: Any, _env: MutableMapping[str, Any]) -> str:
        """A block of code, whatever language it says that it is in."""
        return f"<pre><code>{escapeHtml(tokens[at].content)}</code></pre>\n"

    def table_open(self, _tokens: Sequence[Token], _at: int, _options: Any, _env: MutableMapping[str, Any]) -> str:
        """The beginning of a table, which is moved sideways by itself where it is wider than the page."""
        return '<div class="wide" tabindex="0"><table>\n'

    def table_close(self, _tokens: Sequence[Token], _at: int, _options: Any, _env: MutableMapping[str, Any]) -> str:
        """Its end."""
        return "</table></div>\n"
