"""A county committee's site: one line of source, author, date and views; pictures that print their file names."""

from __future__ import annotations

from html import escape

from scheduler.demo.portals.page import Page, anchor, body, charset_meta, items


def article(page: Page) -> str:
    """The HTML of an article page."""
    story, site = page.article, page.site
    title = escape(story.title)
    return f"""<!DOCTYPE html>
<html>
<head>
{charset_meta(site, http_equiv=True)}
<title>{site.outlet}-{title}</title>
<meta name="SiteName" content="{site.outlet}">
<link rel="stylesheet" href="/static/gov.css">
{page.head}</head>
<body>
<div class="banner"><img src="/static/banner.jpg" alt="{site.outlet}网"></div>
<div class="menu"><a href="/">网站首页</a><a href="{site.list_path}">基层动态</a>
<a href="/zcfg/">政策文件</a><a href="/dzxx/">学习园地</a>
<a href="/lxwm.html">联系我们</a></div>
<div class="wz">您所在的位置：<a href="/">首页</a>
&gt;<a href="{site.list_path}">基层动态</a>&gt;浏览文章</div>
<div class="con">
<div class="tit">{title}</div>
<div class="ly">{_line(page)} | 阅读：<span id="hits"></span></div>
<div class="zw" id="zoom">
{body(page.blocks, paragraph="<p>　　{}</p>", heading="<p>　　<b>{}</b></p>", figure=_figure)}{page.pager}
</div>
<div class="tools">【字体：<a>大</a> <a>中</a> <a>小</a>】
【<a href="javascript:window.print()">打印本页</a>】
【<a href="javascript:window.close()">关闭窗口</a>】</div>
<ul class="sx"><li>上一篇：{anchor(page.previous, "没有了！")}</li>
<li>下一篇：{anchor(page.following, "没有了！")}</li></ul>
</div>
<div class="yb"><h3>推荐阅读</h3><ul>
{items(page.related, '<li><a href="{path}">{title}</a><em>{short}</em></li>')}
</ul></div>
<div class="links">友情链接：<a href="http://www.example.com/">县政府网</a> <a href="http://paper.example.com/">数字报</a></div>
<div class="foot">主办：{site.town}县委组织部
承办：{site.town}县党员教育中心　技术支持：某科技公司<br>建议使用1024×768以上分辨率浏览本站</div>
</body>
</html>
"""


def _line(page: Page) -> str:
    """Source, author and date, which this portal prints with a time that is always midnight."""
    story = page.article
    return f"来源：{story.origin} | 作者：{'、'.join(story.reporters)} | 日期：{page.at:%Y-%m-%d} 00:00"


def _figure(number: int, caption: str) -> str:
    return f'<p style="text-align:center"><img src="/upfile/{number}.jpg" title="{caption}" />{number}.jpg</p>'
