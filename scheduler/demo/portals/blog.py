"""A WordPress portal that collects texts: the title again as image text, a copyright notice, dated neighbours.

No date of its own stands on the page; dates and view counts belong to other posts. UTF-8, by the HTTP header only.
"""

from __future__ import annotations

from html import escape

from scheduler.demo.portals.page import Link, Page, body, items


def article(page: Page) -> str:
    """The HTML of an article page."""
    story, site = page.article, page.site
    title = escape(story.title)
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<title>{title} - {site.outlet}</title>
<meta name="keywords" content="{site.town}生活,{site.outlet}">
<meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/wp-content/themes/portal/style.css">
{page.head}</head>
<body class="post-template-default single">
<header class="header"><a class="logo" href="/">{site.outlet}</a>
<ul class="nav"><li><a href="/">首页</a></li>
<li><a href="{site.list_path}">最新</a></li><li><a href="/shop.html">好物</a></li>
<li><a href="/tg.html">投稿</a></li></ul></header>
<section class="container">
<div class="content-wrap"><div class="content">
<header class="article-header"><h1 class="article-title"><a href="{escape(story.path)}">{title}</a></h1>
<div class="article-meta"><span class="item">分类：<a href="{site.list_path}">{story.story.desk}</a></span>
<span class="item">阅读({page.views(3)})</span>
<span class="item">评论(0)</span></div></header>
<article class="article-content">
{body(page.blocks, paragraph="<p>　　{}</p>", heading=_HEADING, figure=Pictures(page))}{page.pager}
<p>　　综合整理：{"、".join(story.editors)}　来源：{story.origin}</p>
</article>
<div class="post-copyright">版权声明：本文内容由互联网用户自发贡献，本站仅提供存储空间，
不承担相关法律责任。如发现侵权内容，请发邮件举报。</div>
<div class="post-like"><a>赞 (0)</a> <a>打赏</a> <a>生成海报</a></div>
<nav class="article-nav">
<span class="article-nav-prev">上一篇<br>{_neighbour(page.previous)}</span>
<span class="article-nav-next">下一篇<br>{_neighbour(page.following)}</span></nav>
<div class="relates"><div class="title"><h3>相关推荐</h3></div><ul>
{items(page.related, _RELATED)}
</ul></div>
</div></div>
<aside class="sidebar"><div class="widget"><h3>热门文章</h3><ul>
{items(page.hot, '<li><a href="{path}">{title}</a><span>{day}</span><span>阅读({count})</span></li>')}
</ul></div></aside>
</section>
<footer class="footer">&copy; {page.at.year} {site.outlet} 主题由某模板提供
<a href="/sitemap.html">网站地图</a></footer>
</body>
</html>
"""


_HEADING = "<p>　　<strong>{}</strong></p>"
_RELATED = (
    '<li><a href="{path}"><img src="/wp-content/thumb.png" alt="{title}">{title}</a>'
    '<p>{teaser}……</p><span>{day}</span> <span class="count">阅读 {count}</span></li>'
)


class Pictures:
    """Prints a picture whose text is the page's title, over a line that names the picture's source."""

    def __init__(self, page: Page) -> None:
        self._title = escape(page.article.title)
        self._source = page.article.origin

    def __call__(self, number: int, caption: str) -> str:
        """The HTML of one picture."""
        image = f'<p><img src="/wp-content/uploads/{number}.jpg" alt="{self._title}" title="{self._title}"></p>'
        return f"{image}\n<p>{caption}图片来源：{self._source}</p>"


def _neighbour(link: Link | None) -> str:
    """A neighbour with the day on which it appeared."""
    if link is None:
        return "没有了"
    return f'<a href="{link.path}">{link.title}</a> <time>{link.published:%Y-%m-%d %H:%M}</time>'
