"""The page for telephones that a portal has beside its own, also as AMP: the same text, little round it."""

from __future__ import annotations

from html import escape

from scheduler.demo.portals.page import Page, body, items


def article(page: Page) -> str:
    """The HTML of an article page."""
    story, site = page.article, page.site
    title = escape(story.title)
    return f"""<!DOCTYPE html>
<html{" amp" if "amp" in page.path else ""}>
<head>
<meta charset="{site.kind_of.declared}">
<meta name="viewport" content="width=device-width">
<title>{title}_手机{site.outlet}</title>
{page.head}</head>
<body>
<div class="top"><a href="{site.way.home}">{site.outlet}</a> <a href="{site.list_path}">列表</a></div>
<h1>{title}</h1>
<p class="info"><span>{page.at:%Y-%m-%d %H:%M}</span> <span>来源：{story.origin}</span></p>
<div class="content">
{body(page.blocks, figure=_figure)}{page.pager}
</div>
<p class="editor">责任编辑：{page.editors}</p>
<div class="rec"><h3>推荐阅读</h3><ul>
{items(page.related[:5])}
</ul></div>
<div class="open"><a href="/app.html">打开客户端，阅读更多</a></div>
</body>
</html>
"""


def _figure(number: int, caption: str) -> str:
    return f'<p><img src="/static/m{number}.jpg" alt="{caption}"></p>'
