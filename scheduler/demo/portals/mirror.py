"""A static mirror of a county paper, made by a site generator: byline and source stand inside the post."""

from __future__ import annotations

from html import escape

from scheduler.demo.portals.page import Page, body, charset_meta, feed_link, items


def article(page: Page) -> str:
    """The HTML of an article page."""
    story, site = page.article, page.site
    title = escape(story.title)
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
{charset_meta(site)}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} | {site.outlet}数字报镜像</title>
<meta name="generator" content="Jekyll v4.3.2">
<meta property="og:title" content="{title}">
<meta property="og:type" content="article">
<meta property="article:published_time" content="{page.at:%Y-%m-%dT%H:%M:%S+08:00}">
{feed_link(site)}
<link rel="stylesheet" href="/static/main.css">
{page.head}</head>
<body>
<header class="site-header"><div class="wrapper">
<a class="site-title" rel="author" href="/">{site.outlet}数字报镜像</a>
<nav class="site-nav"><a class="page-link" href="{site.list_path}">归档</a> <a class="page-link" href="/tags/">标签</a>
<a class="page-link" href="/about.html">关于本镜像</a></nav>
</div></header>
<main class="page-content"><div class="wrapper">
<article class="post h-entry" itemscope itemtype="http://schema.org/BlogPosting">
<header class="post-header">
<h1 class="post-title p-name" itemprop="name headline">{title}</h1>
<p class="post-meta"><time class="dt-published" datetime="{page.at:%Y-%m-%dT%H:%M:%S+08:00}" itemprop="datePublished">
{page.at:%Y-%m-%d %H:%M:%S} +0800</time> • 栏目 <a href="/tags/">{story.origin}新闻</a></p>
</header>
<div class="post-content e-content" itemprop="articleBody">
<p>{_byline(page)}</p>
{body(page.blocks, heading="<p>{}</p>", figure=_figure)}{page.pager}
<p class="em_media">（文章来源：{story.origin}）</p>
<p><a href="http://epaper.example.org{escape(story.path)}">查看原文</a></p>
</div>
<a class="u-url" href="{escape(story.path)}" hidden></a>
</article>
<div class="back"><a href="/">返回首页</a> <a href="{site.list_path}">返回列表</a></div>
<section class="more"><h3>最近更新</h3><ul>
{items(page.related, '<li><span>{day}</span> <a href="{path}">{title}</a></li>')}
</ul></section>
</div></main>
<footer class="site-footer"><p>本页由程序自动转存，版权归{site.outlet}所有。
如有异议请来信，我们会在两日内处理。</p></footer>
</body>
</html>
"""


def _byline(page: Page) -> str:
    """The names at the head of the post, run together as the paper prints them."""
    helpers = "".join(f"通讯员{name}" for name in page.article.correspondents)
    return f"全媒体记者{'、'.join(page.article.reporters)}{helpers}"


def _figure(number: int, caption: str) -> str:
    return f'<p class="img"><img src="/static/p{number}.jpg" alt="{caption}"></p>\n<p class="caption">{caption}</p>'
