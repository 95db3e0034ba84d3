"""Articles of several pages, written for the tests, and a walk through them without a network."""

from crawler.extraction.assembly import Assembly
from crawler.extraction.page import PageInput, read_page
from tests.crawler.extraction.pages import NOW

HOST = "http://news.example.cn"
TITLE = "老城区改造三年记：从危房到新居"
SUBJECTS = ("居民搬迁", "道路拓宽", "管网更新", "学校重建", "医院扩容", "河道治理", "绿化提升", "商铺回归", "社区养老")


def paragraph(part, line):
    """A paragraph that no other part has."""
    subject = SUBJECTS[(part + line) % len(SUBJECTS)]
    return (
        f"在第{part}个街区，{subject}工作已经进行了{line + 2}个月，负责人介绍说，{part * 7 + line}户居民签了协议，"
        f"另有{part * 13 + line}户正在商量{subject}的细节，预计明年春天全部完成。"
    )


def text_of(part, lines=3):
    """The paragraphs of a part."""
    return [paragraph(part, line) for line in range(lines)]


def page(part, pager="", *, title=TITLE, lines=3, body=None, above="", below="", head=""):
    """A page of the article: frame, headline, the part's text and a pager."""
    paragraphs = "".join(f"<p>　　{line}</p>" for line in (body if body is not None else text_of(part, lines)))
    return (
        f"<html><head><meta charset=utf-8><title>{title}_某某网</title>{head}</head><body>"
        "<div class=nav><a href=/>首页</a> <a href=/news/>新闻</a></div>"
        f"<h1>{title}</h1><div class=info>2026年11月21日 08:30 来源：某某日报</div>{above}"
        f"<div class=content>{paragraphs}{below}<div class=page>{pager}</div></div>"
        "<div class=list><a href=/n/77.html>市民热议供暖新政策引发关注</a></div></body></html>"
    )


def pager(addresses, current, *, words=True):
    """A pager of numbers, the current one no link, with the words for next and previous."""
    numbers = [f"<a href='{url}'>{n}</a>" if n != current else f"<b>{n}</b>" for n, url in enumerate(addresses, 1)]
    if words and current > 1:
        numbers.insert(0, f"<a href='{addresses[current - 2]}'>上一页</a>")
    if words and current < len(addresses):
        numbers.append(f"<a href='{addresses[current]}'>下一页</a>")
    return " ".join(numbers)


def site(addresses, **more):
    """The pages of an article at these addresses, by address."""
    return {url: page(part, pager(addresses, part), **more) for part, url in enumerate(addresses, 1)}


def read(pages, url, *, part=False, encoding="utf-8"):
    """The reading of a page of a site."""
    return read_page(PageInput(body=pages[url].encode(encoding), url=url, now=NOW, part=part))


def walk(pages, first, *, most=30, encoding="utf-8"):
    """The finished assembly of an article, and the addresses that it asked for."""
    assembly = Assembly(first, read(pages, first, encoding=encoding), most)
    asked = []
    while url := assembly.wanted:
        asked.append(url)
        assert len(asked) < 200
        assembly.took(url, read(pages, url, part=True, encoding=encoding) if url in pages else None)
    assert assembly.done
    return assembly, asked
