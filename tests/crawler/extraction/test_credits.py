"""Names and roles out of the forms that by-lines have."""

import pytest

from crawler.extraction.bylines import role_credits
from crawler.extraction.names import names_in
from tests.crawler.extraction.pages import BODY, extracted, portal_page


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("记者 梁静 通讯员 李静", [("reporter", "梁静"), ("correspondent", "李静")]),
        ("记者 通讯员 张敏婷 陆敏仪", [("reporter", "张敏婷"), ("correspondent", "陆敏仪")]),
        ("本报记者 张 航", [("reporter", "张航")]),
        ("责任编辑：王欲然", [("duty_editor", "王欲然")]),
        ("编辑：AP0018", [("editor", "AP0018")]),
        ("作者：见习编辑 李琼皙", [("author", "李琼皙")]),
        ("記者林宜靜台北報導", [("reporter", "林宜靜")]),
        ("记者 万象 摄", [("photographer", "万象")]),
        ("编译：陈成良 校对：王五", [("translator", "陈成良"), ("proofreader", "王五")]),
        ("实习生 李楠", [("intern", "李楠")]),
        ("记者从市政府获悉", []),
        ("责任编辑：", []),
    ],
)
def test_a_line_of_roles_and_names_is_read(line, said):
    assert [(credit.role, credit.name) for credit in role_credits(line, line)] == said


@pytest.mark.parametrize(
    ("segment", "names"),
    [
        ("张三、李四", ["张三", "李四"]),
        ("阿卜杜拉·买买提", ["阿卜杜拉·买买提"]),
        ("By John Smith and Mary Jones", ["John Smith", "Mary Jones"]),
        ("本报评论员", []),
        ("来源网络", []),
    ],
)
def test_names_are_told_from_other_words(segment, names):
    assert names_in(segment) == names


@pytest.mark.parametrize(
    ("place", "form", "authors", "editors"),
    [
        ("above", "<p>2026-11-21 08:30 来源：某某日报 作者：李楠</p>", ("李楠",), ()),
        ("above", "<div>2026-11-21</div><div>【台灣醒報記者林宜靜台北報導】</div>", ("林宜靜",), ()),
        ("above", "<div>2026-11-21</div><div>中廣新聞／楊菁惠</div>", ("楊菁惠",), ()),
        ("below", "<p>（责任编辑：王欲然）</p>", (), ("王欲然",)),
        ("below", "<p>[编辑：dakang]</p>", (), ("dakang",)),
        ("below", "<p>责编：张三 校对：李四</p>", (), ("张三",)),
    ],
)
def test_credits_are_found_above_and_below_the_text(place, form, authors, editors):
    article = extracted(portal_page(**{place: form}))
    assert (article.authors, article.editors) == (authors, editors)


@pytest.mark.parametrize(
    ("first", "last", "authors"),
    [
        ("本报讯（记者 张三 通讯员 李四）", "", ("张三", "李四")),
        ("新华网北京11月21日电（记者吴俊宽、高鹏）", "", ("吴俊宽", "高鹏")),
        ("中新网11月21日电 (杜燕)", "", ("杜燕",)),
        ("", "（记者 祝勇）", ("祝勇",)),
        ("", "（李楠）", ("李楠",)),
    ],
)
def test_by_lines_inside_the_text_are_read(first, last, authors):
    body = (first + BODY[0], BODY[1], BODY[2] + last)
    assert extracted(portal_page(body=body)).authors == authors


def test_a_line_of_names_without_spaces_opens_the_text():
    article = extracted(portal_page(body=("全媒体记者陈绪开通讯员宣组轩", *BODY)))
    assert [(one.role, one.name) for one in article.credits] == [("reporter", "陈绪开"), ("correspondent", "宣组轩")]


def test_a_sentence_about_a_reporter_is_no_by_line():
    article = extracted(portal_page(body=("记者昨天从市政府获悉，今年供暖提前开始，居民表示满意。", *BODY)))
    assert article.credits == ()


def test_declared_authors_count_only_without_a_by_line():
    author = '{"@type":"NewsArticle","headline":"我市","author":{"@type":"Person","name":"赵六"}}'
    head = f'<script type="application/ld+json">{author}</script>'
    assert extracted(portal_page(head=head)).authors == ("赵六",)
    assert extracted(portal_page(head=head, above="<p>作者：李楠</p>")).authors == ("李楠",)


def test_every_credit_keeps_the_text_it_was_read_from():
    article = extracted(portal_page(below="<p>（责任编辑：王欲然）</p>"))
    assert "责任编辑：王欲然" in article.credits[0].raw
