"""A city's news site of the ASP.NET years: GBK that calls itself gb2312, no date on the page, teasers below."""

from __future__ import annotations

from html import escape

from scheduler.demo.portals.page import Page, anchor, body, charset_meta, items

_PARAGRAPH = '<p style="text-indent:2em">{}</p>'
_HEADING = '<p style="text-indent:2em"><b>{}</b></p>'
_TEASER = '<div class="t"><h4><a href="{path}">{title}</a></h4><p>{teaser}</p></div>'


def article(page: Page) -> str:
    """The HTML of an article page."""
    story, site = page.article, page.site
    title = escape(story.title)
    return f"""<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
{charset_meta(site, http_equiv=True)}
<title>{title}-{site.outlet}</title>
<meta name="keywords" content="{site.town},新闻,{site.outlet}" />
<link href="/static/show.css" rel="stylesheet" type="text/css" />
<script type="text/javascript" src="/static/jquery.js"></script>
{page.head}</head>
<body>
<div id="top">
<div class="wel">欢迎您访问{site.outlet}！ <a href="/login.aspx">登录</a> <a href="/register.aspx">注册</a></div>
<ul id="menu">
<li><a href="/">首页</a></li><li><a href="{site.list_path}">{site.town}新闻</a></li>
<li><a href="/zt/">专题</a></li>
<li><a href="/video/">视频</a></li><li><a href="/bbs/">论坛</a></li></ul></div>
<div class="path">当前位置：<a href="/">首页</a>
&gt; <a href="{site.list_path}">{site.town}新闻</a> &gt; 正文</div>
<div id="left">
<h1>{title}</h1>
<div class="info">{_source(page)}
<span id="fs">字体：<a href="#">大</a> <a href="#">中</a> <a href="#">小</a></span></div>
<div id="content">
<p class="zz">{_byline(page)}</p>
{body(page.blocks, heading=_HEADING, paragraph=_PARAGRAPH, figure=_figure)}{page.pager}
</div>
<div class="bj">编辑:{"、".join(story.editors)}</div>
<div class="bdsharebuttonbox">分享到：<a>微信</a><a>微博</a><a>QQ空间</a></div>
<div class="pn"><p>上一篇：{anchor(page.previous, "没有了")}</p><p>下一篇：{anchor(page.following, "没有了")}</p></div>
<div class="teasers">
{items(page.related, _TEASER)}
</div>
</div>
<div id="right"><h3>热门点击</h3><ol>
{items(page.hot)}
</ol><div class="ad"><a href="http://ads.example.com/click?id=7">二手房急售</a></div></div>
<div id="foot"><p>{site.outlet}版权所有 未经书面授权禁止转载 | <a href="/about.html">关于我们</a> |
新闻热线：0700-8800123 | 备案号：某ICP备00000000号</p></div>
</body>
</html>
"""


def _source(page: Page) -> str:
    """The source line, which this portal prints for texts from elsewhere only."""
    return f"来源：{page.article.origin}" if page.article.reposted else ""


def _byline(page: Page) -> str:
    story = page.article
    if story.correspondents:
        return f"{story.origin}特约记者 {' '.join(story.reporters)} 通讯员 {' '.join(story.correspondents)}"
    return f"{story.origin}特约记者 {' '.join(story.reporters)}"


def _figure(number: int, caption: str) -> str:
    image = f'<p align="center"><img src="/upload/{number}.jpg" border="0" /></p>'
    return f'{image}\n<p align="center" class="tu">{caption}</p>'
