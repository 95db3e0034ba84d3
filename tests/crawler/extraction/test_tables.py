"""A table in the text is part of it: it does not cut the text in two, and its cells are no facts."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler.extraction.page import PageInput, extract_page
from storage.records import Article

# So many that, counted against the text, they would outweigh the paragraphs behind them.
ROWS = "".join(
    f"<tr><td>枫林乡{number}组</td><td>{40 + number}户</td><td>{number % 12 + 1}月{number % 27 + 1}日</td></tr>"
    for number in range(1, 61)
)
PAGE = f"""<html><head><title>枫林乡改水工程过半 六百户用上净水</title></head><body>
<h1>枫林乡改水工程过半 六百户用上净水</h1>
<div class="body">
<p>11月20日一早，枫林乡的水厂打开了新装的阀门，水压表上的指针稳稳停在绿色区域，值班员松了一口气。</p>
<p>这项工程从三月动工，沿着老河道铺了十二公里管子，途中绕开了两片竹林，也因此多花了半个月。</p>
<table><tr><th>村（社区）</th><th>户数</th><th>通水时间</th></tr>{ROWS}</table>
<p>住在坡上的老人说，往年冬天要挑水，今年拧开龙头就有，洗菜的时候手也不再冻得发红。</p>
<p>乡里打算明年把剩下的支线接完，届时全乡都能喝上同一股水，水费也按同一个价钱来算。</p>
<p>（记者 孙楠 来源：溪口晚报）</p>
</div>
<p>责任编辑：周小羽</p>
</body></html>"""


def found() -> Article:
    page = PageInput(
        body=PAGE.encode(), url="http://news.example.cn/1.html", content_type="text/html; charset=utf-8",
        timezone="Asia/Shanghai", now=datetime(2026, 11, 22, tzinfo=UTC),
    )  # fmt: skip
    article = extract_page(page)
    assert isinstance(article, Article)
    return article


def test_what_stands_behind_a_table_is_still_the_text_and_its_signature() -> None:
    article = found()
    assert "水费也按同一个价钱来算" in article.text
    assert (article.authors, article.editors, article.origin) == (("孙楠",), ("周小羽",), "溪口晚报")


def test_neither_a_cell_nor_a_sentence_becomes_the_time_of_publication() -> None:
    assert found().published is None
