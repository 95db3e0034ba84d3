"""A traditional-script portal in Big5, declared in the HTTP header only: byline and editor at the end of the text."""

from __future__ import annotations

from html import escape

from scheduler.demo.portals.page import Page, anchor, body, items


def article(page: Page) -> str:
    """The HTML of an article page."""
    story, site = page.article, page.site
    title = escape(story.title)
    return f"""<html lang="zh-Hant">
<head>
<title>{title} - {site.outlet}網路版</title>
<meta name="description" content="{title}">
<link rel="stylesheet" href="/static/style.css">
{page.head}</head>
<body>
<div class="masthead"><a href="/"><img src="/static/logo.gif" alt="{site.outlet}"></a>
<span class="nav"><a href="{site.list_path}">最新</a>｜<a href="/politics/">要聞</a>｜
<a href="/life/">生活</a>｜<a href="/app.html">下載APP</a></span></div>
<table width="960" border="0" cellspacing="0"><tr>
<td class="main" valign="top">
<div class="crumb"><a href="/">首頁</a> &gt;&gt; <a href="{site.list_path}">地方新聞</a> &gt;&gt; 內文</div>
<h1 class="headline">{title}</h1>
<div class="stamp">{page.at:%Y年%m月%d日 %H:%M} <a href="#" class="fontsize">字級</a> <a href="#">列印</a></div>
<div class="story">
{body(page.blocks, heading="<h3>{}</h3>", figure=Figures(story.photographer))}{page.pager}
<p class="byline">（{_byline(page)}）</p>
<p class="ed">【責任編輯：{page.editors}】</p>
</div>
<div class="promo">下載{site.outlet}APP，每天早上收到一則地方好消息。掃描右方條碼，立刻安裝。</div>
<div class="share">分享：<a href="#">臉書</a> <a href="#">LINE</a> <a href="#">複製網址</a></div>
<div class="pager">上一則：{anchor(page.previous, "沒有了")}<br>下一則：{anchor(page.following, "沒有了")}</div>
<div class="rel"><h4>相關新聞</h4><ul>
{items(page.related)}
</ul></div>
<div class="comments"><h4>讀者留言</h4>
<dl><dt>路過的人</dt>
<dd>寫得不錯，希望別的地方也跟上。</dd><dt>老街坊</dt><dd>推一個！</dd></dl></div>
</td>
<td class="side" valign="top"><h4>熱門排行</h4>
<ol>
{items(page.hot)}
</ol></td>
</tr></table>
<div class="footer">本網站所有內容非經許可不得轉載。
{site.outlet} 版權所有 電話：(00)2345-0678 信箱：service@times.example</div>
</body>
</html>
"""


def _byline(page: Page) -> str:
    """Reporters, correspondents and the source, in the round brackets that close the text."""
    story = page.article
    helpers = f" 通訊員 {'、'.join(story.correspondents)}" if story.correspondents else ""
    return f"記者 {'、'.join(story.reporters)}{helpers} 來源：{story.origin}"


class Figures:
    """Prints a picture with its caption and photographer."""

    def __init__(self, photographer: str | None) -> None:
        self._credit = f" {photographer} 攝" if photographer else ""

    def __call__(self, number: int, caption: str) -> str:
        """The HTML of one picture."""
        return (
            f'<div class="photo"><img src="/photo/{number}.jpg" width="480">'
            f'<div class="cap">{caption}{self._credit}</div></div>'
        )
