"""Names and roles out of the forms that by-lines have."""

import pytest

from crawler.extraction.facts.bylines import role_credits
from crawler.extraction.facts.credits import find_credits
from storage.records import CREDIT_ROLES
from tests.crawler.extraction.lines import PROSE, head, lines_in
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


def said(**places):
    """Roles and names of lines at places, organisations marked."""
    found = find_credits(head(), lines_in(**places))
    return " ".join(f"{one.role}:{one.name}{'!' if one.organisation else ''}" for one in found)


BYLINES = [
    ("记者：陈思 通讯员：周小舟", "reporter:陈思 correspondent:周小舟"),
    ("全媒体记者陈思远通讯员周轩", "reporter:陈思远 correspondent:周轩"),
    ("山城日报全媒记者 陈思远 通讯员 周轩 李大伟", "reporter:陈思远 correspondent:周轩 correspondent:李大伟"),
    ("本报首席记者 陈 航", "reporter:陈航"),
    ("见习记者 王小明", "reporter:王小明"),
    ("特约记者 王小明", "correspondent:王小明"),
    ("通讯员 宣组轩", "correspondent:宣组轩"),
    ("通讯员 市公安局", "correspondent:市公安局!"),
    ("供稿：县委宣传部", "correspondent:县委宣传部!"),
    ("记者王小明 摄影李大伟 实习生赵一", "reporter:王小明 photographer:李大伟 intern:赵一"),
    ("实习记者 王小明", "intern:王小明"),
    ("采写：山城某报记者 王小明 实习生 李大伟", "reporter:王小明 intern:李大伟"),
    ("采写/王小明 摄影/李大伟", "reporter:王小明 photographer:李大伟"),
    ("本报评论员", "author:本报评论员!"),
    ("本报评论员 王小明", "author:王小明"),
    ("王飞舟、许雄", "author:王飞舟 author:许雄"),
    ("陈 航", "author:陈航"),
    ("作者：王小明", "author:王小明"),
    ("本文作者：王小明", "author:王小明"),
    ("作者 | 王小明", "author:王小明"),
    ("作者丨山城观察", "author:山城观察"),
    ("作者：王小明 PN031", "author:王小明"),
    ("作者：Lily", "author:Lily"),
    ("作者：约翰·史密斯", "author:约翰·史密斯"),
    ("作者：[美]约翰·史密斯 译者：王小明", "author:约翰·史密斯 translator:王小明"),
    ("作者：阿卜杜拉·买买提", "author:阿卜杜拉·买买提"),
    ("作者：欧阳小娜 司马光远", "author:欧阳小娜 author:司马光远"),
    ("作者：李大伟 江蘇南通 職員", "author:李大伟"),
    ("作者：和平路街道五里社区", "author:和平路街道五里社区!"),
    ("来源：山城日报 作者：王小明", "author:王小明"),
    ("来源：山城党建 | 作者：五里社区党支部 | 日期：2026-07-29 00:00 | 阅读：", "author:五里社区党支部!"),
    ("作者：见习编辑 李小皙", "author:李小皙"),
    ("文丨本报记者 王小明 图丨李大伟", "reporter:王小明 photographer:李大伟"),
    ("文/王小明 编辑/李大伟", "author:王小明 editor:李大伟"),
    ("文 王小明", "author:王小明"),
    ("图文：王小明", "author:王小明"),
    ("文字：王小明", "author:王小明"),
    ("(文/图 王小明 李大伟)", "author:王小明 author:李大伟"),
    ("撰文 | 王小明 摄影 | 李大伟", "author:王小明 photographer:李大伟"),
    ("撰稿：王小明 设计：李大伟 统筹：赵一", "author:王小明"),
    ("主笔：王小明", "author:王小明"),
    ("记者 / 王小明", "reporter:王小明"),
    ("王小明/文 李大伟/摄", "author:王小明 photographer:李大伟"),
    ("（见习记者 李四/文 王五/摄）", "reporter:李四 photographer:王五"),
    ("□ 本报记者 王小明 通讯员 李大伟 文/图", "reporter:王小明 correspondent:李大伟"),
    ("本版文/记者李小莎黎史青王进雨程磊实习生吉喆高小娟",
     "reporter:李小莎 reporter:黎史青 reporter:王进雨 reporter:程磊 intern:吉喆 intern:高小娟"),
    ("(记者 王小明 摄)", "photographer:王小明"),
    ("新华社记者 王小明 摄", "photographer:王小明"),
    ("编译：王小明 审校：李大伟", "translator:王小明 reviewer:李大伟"),
    ("翻译：王小明", "translator:王小明"),
    ("编译/记者 王小明 李大伟", "translator:王小明 translator:李大伟"),
    ("整理：王小明", "compiler:王小明"),
    ("综合整理：王小明、李大伟　来源：山城日报", "compiler:王小明 compiler:李大伟"),
    ("口述：王小明 整理：李大伟", "compiler:李大伟"),
    ("一审：张三 二审：李四 三审：王五", "reviewer:张三 reviewer:李四 reviewer:王五"),
    ("编辑：张三 | 校对：李四 | 审核：王五", "editor:张三 proofreader:李四 reviewer:王五"),
    ("来源丨山城日报 编辑丨向小琴 责编丨田野 审核丨李一平", "editor:向小琴 duty_editor:田野 reviewer:李一平"),
    ("值班编辑：张三 值班主任：李四", "duty_editor:张三 supervisor:李四"),
    ("总监制：张三 监制：李四 制片人：王五 编辑：赵六", "supervisor:张三 supervisor:李四 editor:赵六"),
    ("终审：张三 编审：李四 主编：王五", "reviewer:张三 reviewer:李四 supervisor:王五"),
    ("监制：张三 签发：李四", "supervisor:张三 supervisor:李四"),
    ("责任编辑：张三（实习生李四）", "duty_editor:张三 intern:李四"),
    ("责任编辑：王小明 收藏 打印 分享", "duty_editor:王小明"),
    ("责任编辑：王小明_NN1234", "duty_editor:王小明"),
    ("责任编辑 王小明", "duty_editor:王小明"),
    ("（责编：王小明、李大伟）", "duty_editor:王小明 duty_editor:李大伟"),
    ("新媒体编辑：王小明", "editor:王小明"),
    ("(编辑：SN123)", "editor:SN123"),
    ("来源：湖城日报 记者：王小明 编辑：李大伟 2026-01-02", "reporter:王小明 editor:李大伟"),
    ("記者王小明／台北報導", "reporter:王小明"),
    ("記者王小明恆春報導", "reporter:王小明"),
    ("記者：邱小琪 羅執平 台北報導", "reporter:邱小琪 reporter:羅執平"),
    ("〔記者王小明／台北報導〕", "reporter:王小明"),
    ("[NOWnews 記者王小明／台北報導]", "reporter:王小明"),
    ("【島嶼醒報記者王小明台北報導】", "reporter:王小明"),
    ("（中央社記者王小明、李大偉台北11日電）", "reporter:王小明 reporter:李大偉"),
    ("王小明／台北報導", "reporter:王小明"),
    ("2026-01-17 島嶼時報 王小明／台北報導", "reporter:王小明"),
    ("島嶼新聞／王小明", "reporter:王小明"),
    ("文／王小明", "author:王小明"),
    ("撰文：王小明 攝影：李大偉", "author:王小明 photographer:李大偉"),
    ("責任編輯／王小明 核稿／李大偉", "duty_editor:王小明 reviewer:李大偉"),
    ("记者 于立青", "reporter:于立青"),
    ("记者于大海报道", "reporter:于大海"),
    ("人民路晚报记者 王小明 光明路晚报记者 李大伟", "reporter:王小明 reporter:李大伟"),
    ("山城都市报记者彭晗侯婷婷摄影吕甲", "reporter:彭晗 reporter:侯婷婷 photographer:吕甲"),
    ("作者:徐小宁; 万小云", "author:徐小宁 author:万小云"),
    ("2026-11-21顾小霞邬金小", "author:顾小霞 author:邬金小"),
    ("宋小謙 2026/08/23 20:04 點閱 559 次", "author:宋小謙"),
    ("□邓小敬", "author:邓小敬"),
    ("作者： 来源： 山城在线 编辑： 陈小立", "editor:陈小立"),
    ("攝影/濟城中院 劉小傑", "photographer:劉小傑"),
    ("原创 王小明 山城发布 2026-05-01 08:00 四川", "author:王小明"),
    ("By Jane Doe and John Smith", "author:Jane Doe author:John Smith"),
    ("Posted on 12 November 2026 by Jane Doe 2 Comments", "author:Jane Doe"),
    ("By Jane Doe, Staff Writer", "author:Jane Doe"),
    ("Analysis by Jane Doe On 11/1/26 at 3:00 PM", "author:Jane Doe"),
    ("Edited by Jane Doe and John Smith", "editor:Jane Doe editor:John Smith"),
    ("Photographs by Jane Doe", "photographer:Jane Doe"),
    ("Reporting by Jane Doe, John van Dyke; Editing by Mary Major",
     "reporter:Jane Doe reporter:John van Dyke editor:Mary Major"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "people"), BYLINES)
def test_a_line_under_the_headline_says_who_did_what(line, people):
    assert said(head=line) == people


@pytest.mark.parametrize(
    "line",
    [
        "记者从市政府获悉",
        "记者于昨日来到现场",
        "记者于北京报道",
        "据记者了解，目前一切正常",
        "记者：为什么选择离开？",
        "记者：您怎么看",
        "记者：那么后来呢",
        "作者系某大学教授",
        "作者：网络",
        "作者：admin",
        "作者：本站编辑",
        "编辑：佚名",
        "图/视觉中国",
        "图源：网络",
        "来源：新华社 | 0评论",
        "收藏本文｜轉寄好友｜友善列印",
        "时尚 房产 汽车",
        "文化",
        "发布者：李大伟 时间：2026-01-12",
        "制图/李大伟",
        "By Friday",
        "The striker was bought by Manchester United",
        "2026-11-21 10:00 国内新闻",
    ],
)
def test_a_line_that_names_nobody_gives_no_credit(line):
    assert said(head=line) == ""


@pytest.mark.parametrize(
    ("end", "people"),
    [
        ("（记者 王小明）", "reporter:王小明"),
        ("（王小明）", "reporter:王小明"),
        ("（书青）", "reporter:书青"),
        ("（完）", ""),
        ("（组图）", ""),
        ("（责任编辑：王小明）", "duty_editor:王小明"),
        ("（编辑 王小明）", "editor:王小明"),
        ("(湖城日報記者高明 通訊員朱小莉)", "reporter:高明 correspondent:朱小莉"),
        ("(湖城文明网综合 孟小会)", "compiler:孟小会"),
        ("（山城网 王小明）", "reporter:王小明"),
        ("（全景网/王小明）", "reporter:王小明"),
        ("（来源：山城日报网 信青 编辑：李大伟）", "editor:李大伟 reporter:信青"),
        ("本报记者 王小明", "reporter:王小明"),
        ("新华社记者王小明 李大伟", "reporter:王小明 reporter:李大伟"),
        ("(王小明報導)", "reporter:王小明"),
        ("（作者：王小明）", "author:王小明"),
        ("（作者系某大学教授）", ""),
        ("（作者为某市书记）", ""),
        ("（文中人物均为化名）", ""),
        ("(Reporting by Jane Doe; Editing by John Smith)", "reporter:Jane Doe editor:John Smith"),
    ],
)
def test_the_end_of_the_text_may_be_signed(end, people):
    assert said(close=PROSE + end) == people


@pytest.mark.parametrize(
    ("line", "people"),
    [
        ("图为现场。王小明摄", "photographer:王小明"),
        ("新华社发（王小明 摄）", "photographer:王小明"),
        ("五里社区文化活动。图片来源：王小明 摄", "photographer:王小明"),
        ("五里社区推出三张清单，推动服务资源与群众需求匹配。通訊員朱小莉 攝", "photographer:朱小莉"),
        ("▲主廚設計年菜，健康又吉利。（鐘小達攝）", "photographer:鐘小達"),
        ("五里社区文化广场。图片来源：五里社区", ""),
        ("王小明拍摄的照片", ""),
        ("新华社记者任小军 阳建", "reporter:任小军 reporter:阳建"),
        ("记者：今年的收成怎么样", ""),
        ("记者：王小明同志，您好", ""),
        ("市长王小明对记者李大伟说，一切都好", ""),
        ("光明路晚报报道：今天从科技部了解到，历经14年研制的疫苗获得证书。", ""),
        ("（責任編輯：年小巍）", "duty_editor:年小巍"),
    ],
)
def test_short_lines_inside_the_text_are_captions_by_lines_or_sentences(line, people):
    assert said(inner=line) == people


@pytest.mark.parametrize(
    ("start", "people"),
    [
        ("本报讯（记者 王小明 通讯员 李大伟）", "reporter:王小明 correspondent:李大伟"),
        ("大河网讯 实习生吴小丽、记者喻云亮报道：", "intern:吴小丽 reporter:喻云亮"),
        ("新华网北京11月21日电（记者王小明、李大伟）", "reporter:王小明 reporter:李大伟"),
        ("中新社北京11月21日电 (记者 于立青 陈建)", "reporter:于立青 reporter:陈建"),
        ("中新网11月21日电 (杜小燕)", "reporter:杜小燕"),
        ("〔編譯陳小良／綜合報導〕", "translator:陳小良"),
        ("记者王小明从会上了解到，", ""),
        ("“我们很高兴。”市民王小明告诉记者，", ""),
    ],
)
def test_the_first_paragraph_may_open_with_a_by_line(start, people):
    assert said(lead=start + PROSE) == people


def test_a_by_line_below_the_text_is_read_and_a_teaser_is_not():
    teaser = "咸水网讯(通讯员石小俊)为促进公共事业发展,有限公司党支部和保健院联合举办了..."
    assert said(tail=("编辑:hushaopeng", "上一篇:", teaser)) == "editor:hushaopeng"


def test_a_particular_role_takes_the_place_of_the_plain_author():
    assert said(head="陳小凱", lead=("記者陳小凱／台北報導",)) == "reporter:陳小凱"


def test_a_person_may_be_reporter_photographer_and_editor():
    found = said(head="记者 王小明", inner="王小明 摄", tail="编辑：王小明")
    assert found == "reporter:王小明 photographer:王小明 editor:王小明"


def test_every_credit_says_in_which_zone_it_was_read_and_has_a_known_role():
    zones = lines_in(head="记者 王小明", inner="李大伟 摄", close=PROSE + "（通讯员 赵一）", tail="编辑：钱二")
    found = find_credits(head(), zones)
    assert [one.where for one in found] == ["head", "close", "caption", "tail"]
    assert {one.role for one in found} <= set(CREDIT_ROLES)


def test_declared_editors_count_where_the_page_prints_none():
    declared = {"editor": [{"@type": "Person", "name": "Mary Major"}]}
    assert [(one.name, one.where) for one in find_credits(head(things=[declared]), lines_in())] == [
        ("Mary Major", "json-ld")
    ]
    assert [one.name for one in find_credits(head(editor="责任编辑：王小明"), lines_in())] == ["王小明"]
    assert [one.name for one in find_credits(head(editor="王小明"), lines_in(tail="编辑：李大伟"))] == ["李大伟"]


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


@pytest.mark.parametrize(
    ("line", "authors"),
    [
        ("Von Grete Holm und Karl Au", ["Grete Holm", "Karl Au"]),
        ("Par Zoé Lacan, Éric Dumas et Luc Roy", ["Zoé Lacan", "Éric Dumas", "Luc Roy"]),
        ("Por Inés de la Cruz", ["Inés de la Cruz"]),
        ("Door Sanne van den Berg | 3 maart 2026", ["Sanne van den Berg"]),
        ("Von Montag an fährt der Bus wieder", []),
        ("Por qué no llueve", []),
    ],
)
def test_a_by_line_in_another_language_is_a_line_of_nothing_but_names(line, authors):
    assert [credit.name for credit in find_credits(head(), lines_in(head=line))] == authors
    assert find_credits(head(), lines_in(lead=line)) == ()


@pytest.mark.parametrize("line", ["原创苗小雨 山城发布", "原创 苗小雨", "原创苗小雨"])
def test_the_mark_of_an_original_article_stands_before_its_author(line):
    assert [credit.name for credit in find_credits(head(), lines_in(head=line))] == ["苗小雨"]


@pytest.mark.parametrize("line", ["原创文化 山城发布", "原创视频", "原创内容保护"])
def test_the_mark_of_an_original_article_before_other_words_names_nobody(line):
    assert find_credits(head(), lines_in(head=line)) == ()


CARD = '<span class="author vcard"><a class="url fn n" href="/author/7">{}</a></span> 2026年2月9日 20:41 乡村 34 次浏览'


@pytest.mark.parametrize("name", ["木鱼", "梁小山", "山里的风"])
def test_the_vcard_under_the_headline_names_the_author_even_by_a_pen_name(name):
    assert extracted(portal_page(above=f"<p>{CARD.format(name)}</p>")).authors == (name,)


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (CARD.format("小编"), ""),
        (CARD.format("管理员"), ""),
        (CARD.format("某某网"), ""),
        ("2026年2月9日 20:41", CARD.format("木鱼")),
        (CARD.format("木鱼"), CARD.format("青石")),
    ],
)
def test_a_vcard_of_nobody_of_the_site_or_of_neighbours_names_no_author(above, below):
    assert extracted(portal_page(above=f"<p>{above}</p>", below=f"<p>{below}</p>")).authors == ()


@pytest.mark.parametrize(
    ("title", "declared", "authors"),
    [
        ("我市部署冬季供暖工作_新闻频道_易安", "易安", ()),
        ("我市部署冬季供暖工作_新闻频道_易安网", "易安", ()),
        ("我市部署冬季供暖工作_易安", "易安", ("易安",)),
        ("我市部署冬季供暖工作_新闻频道_山城网", "易安", ("易安",)),
    ],
)
def test_a_site_that_signs_with_its_own_name_is_no_author(title, declared, authors):
    head = f'<meta name="author" content="{declared}">'
    assert extracted(portal_page(head=head, title=title)).authors == authors


def test_of_thousands_of_short_lines_the_first_and_the_last_are_read_for_credits():
    lines = ["天冷了，多穿衣服。"] * 3000
    zones = lines_in(inner=["图为会场。李楠 摄", *lines, "（责任编辑：王欲然）"])
    assert [credit.name for credit in find_credits(head(), zones)] == ["李楠", "王欲然"]


@pytest.mark.parametrize("place", ["lead", "inner", "close"])
@pytest.mark.parametrize(
    "line",
    ["作者：鲁迅的小说在课本里。", "作者：生活的意义在于奉献", "作者：一路走来不曾停歇", "摄影：我的一生所爱"],
)
def test_a_sentence_that_opens_as_a_label_names_nobody_inside_the_text(place, line):
    assert said(**{place: line}) == ""


@pytest.mark.parametrize("place", ["head", "tail"])
def test_a_sentence_with_a_full_stop_is_no_pen_name_anywhere(place):
    assert said(**{place: "作者：鲁迅的小说在课本里。"}) == ""


@pytest.mark.parametrize("place", ["head", "inner", "tail"])
def test_a_pen_name_behind_a_label_counts_everywhere(place):
    assert said(**{place: "作者：山城观察员"}) == "author:山城观察员!"
    assert said(**{place: "作者：五里夜行人"}) == "author:五里夜行人"


@pytest.mark.parametrize("word", ["高兴", "鼓掌", "笑声", "安静"])
def test_what_people_do_at_the_end_of_an_interview_is_no_pen_name(word):
    assert said(close=f"{PROSE}（{word}）") == ""


def test_a_bracket_in_the_last_paragraph_signs_and_one_before_it_does_not():
    assert said(close=(PROSE, PROSE + "（李楠）")) == "reporter:李楠"
    assert said(close=(PROSE + "（李楠）", PROSE)) == ""
    last = "责任编辑：王小明"
    assert said(close=(PROSE + "（李楠）", last), inner=last) == "reporter:李楠 duty_editor:王小明"


def test_a_name_that_the_text_tells_of_does_not_sign_it():
    told = "李娜当年从这里出发，走遍全国。"
    assert said(lead=told, close=PROSE + "（李娜）") == ""
    assert said(lead="记者李娜看到，现场一切正常。", close=PROSE + "（李娜）") == "reporter:李娜"
