"""Pages written for the tests: the shapes that Chinese portals have."""

from datetime import UTC, datetime

from crawler.extraction.page import PageInput, extract_page

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BODY = (
    "市政府昨天召开会议，部署冬季供暖工作。会议要求各区县做好准备，确保居民温暖过冬。",
    "据介绍，今年全市供暖面积比去年增加百分之五，新建管网一百二十公里，改造老旧小区三百多个。",
    "市民李女士告诉记者，家里的温度比往年高了不少，希望以后每年都能这样。",
)


def portal_page(*, head="", above="", below="", body=BODY, title="我市部署冬季供暖工作_本地新闻_某某网"):
    paragraphs = "".join(f"<p>{line}</p>" for line in body)
    return (
        f"<html><head><title>{title}</title>{head}</head><body>"
        "<div class=nav><a href=/>首页</a> <a href=/n>新闻</a></div>"
        f"<h1>我市部署冬季供暖工作</h1>{above}<div class=zw>{paragraphs}</div>{below}"
        "<ul><li><a href=/1>市民热议供暖新政策引发关注</a></li><li><a href=/2>下周气温将大幅下降请注意</a></li></ul>"
        "</body></html>"
    )


def extracted(markup, *, url="http://news.example.cn/1.html", content_type="text/html; charset=utf-8", **more):
    body = markup if isinstance(markup, bytes) else markup.encode()
    return extract_page(PageInput(body=body, url=url, content_type=content_type, now=NOW, **more))
