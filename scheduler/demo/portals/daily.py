"""A provincial daily of today: full metadata, date and source in one line, editors at the foot, comments."""

from __future__ import annotations

from html import escape

from scheduler.demo.portals.page import Page, body, charset_meta, items


def article(page: Page) -> str:
    """The HTML of an article page."""
    story, site = page.article, page.site
    title = escape(story.title)
    return f"""<!DOCTYPE html>
<html lang="zh">
<head>
{charset_meta(site)}
<title>{title}--{site.town}频道--{site.outlet}网</title>
<meta name="publishdate" content="{page.at:%Y-%m-%d %H:%M}">
<meta name="source" content="来源：{story.origin}">
<meta name="editor" content="{page.editors}">
<meta name="description" content="{escape(story.paragraphs[0][:60])}">
<link rel="canonical" href="{escape(page.path)}">
{page.head}</head>
<body>
<div class="header"><div class="nav w1000"><a href="/">{site.outlet}网</a><a href="{site.list_path}">{site.town}频道</a>
<a href="/opinion/">评论</a><a href="/photo/">图片</a><a href="/login.html">登录</a></div></div>
<div class="layout w1000">
<div class="path"><a href="/">{site.outlet}网</a>&gt;&gt;<a href="{site.list_path}">{site.town}频道</a></div>
<div class="col-1">
<h1>{title}</h1>
<div class="author cf">{_writers(page)}</div>
<div class="channel cf">
<div class="col-1-1">{page.at:%Y年%m月%d日%H:%M} | 来源：<a href="{site.list_path}">{story.origin}</a></div>
<div class="share"><span>分享到：</span><a class="wx"></a><a class="wb"></a></div></div>
<div class="rm_txt_con cf">
{body(page.blocks, paragraph="<p>　　{}</p>", heading="<p>　　<strong>{}</strong></p>", figure=_figure)}{page.pager}
<div class="edit cf">(责编：{page.editors})</div>
</div>
<div class="qr"><img src="/static/qr.png" alt=""><p>手机扫一扫，随时看新闻</p></div>
<div class="rm_relevant cf"><h2>相关新闻</h2><ul>
{items(page.related)}
</ul></div>
<div class="message"><h2>我要留言</h2><textarea></textarea>
<p>请遵守国家法律，文明发言。网友评论仅代表个人观点。</p>
<div class="reply"><b>网友a1</b> 这样的实事越多越好。</div>
<div class="reply"><b>匿名</b> 我家门口什么时候轮到？</div></div>
</div>
<div class="col-2"><h2>热门排行</h2><ul class="rank">
{items(page.hot, '<li><i>{rank}</i><a href="{path}" title="{title}">{title}</a></li>')}
</ul><div class="ad"><a href="http://ads.example.com/d?x=3"><img src="/static/ad.gif" alt="广告"></a></div></div>
</div>
<div class="footer w1000"><a href="/about.html">社情民意</a> | <a href="/job.html">招聘</a>
<p>{site.outlet}网版权所有，未经授权禁止使用<br>
Copyright &copy; {page.at.year} all rights reserved 服务邮箱：kf@daily.example
违法和不良信息举报电话：0700-12345</p></div>
</body>
</html>
"""


def _writers(page: Page) -> str:
    """Reporters of one's own paper are 本报记者."""
    story = page.article
    role = "记者" if story.reposted else "本报记者"
    helpers = f" 通讯员 {' '.join(story.correspondents)}" if story.correspondents else ""
    return f"{role} {' '.join(story.reporters)}{helpers}"


def _figure(number: int, caption: str) -> str:
    return f'<p class="pic"><img src="/NMediaFile/{number}.jpg" alt=""></p>\n<p class="desc">{caption}</p>'
