"""Names of people told from other words, from each other and from organisations."""

import pytest

from crawler.extraction.people.names import is_bare_name, is_surely_name, logins_in, names_in
from crawler.extraction.people.organisations import is_organisation
from crawler.extraction.people.surnames import split_run


@pytest.mark.parametrize(
    ("segment", "names"),
    [
        ("张三、李四", ["张三", "李四"]),
        ("张 航 李小楠", ["张航", "李小楠"]),
        ("李 小 明", ["李小明"]),
        ("张三和李小四", ["张三", "李小四"]),
        ("阿卜杜拉·买买提", ["阿卜杜拉·买买提"]),
        ("By John Smith and Mary Jones", ["John Smith", "Mary Jones"]),
        ("JANE DOE", ["JANE DOE"]),
        ("Ludwig van Dyke", ["Ludwig van Dyke"]),
        ("By Friday", []),
        ("本报评论员", []),
        ("来源网络", []),
        ("", []),
    ],
)
def test_names_are_told_from_other_words(segment, names):
    assert names_in(segment) == names


@pytest.mark.parametrize(
    ("run", "names"),
    [
        ("李小莎黎史青王进雨程磊", ["李小莎", "黎史青", "王进雨", "程磊"]),
        ("彭晗侯婷婷", ["彭晗", "侯婷婷"]),
        ("王飞舟许雄", ["王飞舟", "许雄"]),
        ("司马光远王五", ["司马光远", "王五"]),
        ("欧阳小娜", ["欧阳小娜"]),
        ("王小明", []),
        ("从市政府获悉", []),
        ("王" * 31, []),
    ],
)
def test_a_run_of_names_is_split_at_the_likeliest_surnames(run, names):
    assert split_run(run) == names


@pytest.mark.parametrize("word", ["于立青", "于大海", "向小琴", "那小英", "时小光", "欧阳小娜"])
def test_surnames_that_are_words_as_well_begin_names(word):
    assert is_surely_name(word)


@pytest.mark.parametrize("word", ["于昨日", "于北京", "向全市", "从昨天", "时下午", "那么", "于明日", "欧阳"])
def test_a_preposition_with_what_follows_it_is_no_name(word):
    assert not is_surely_name(word)


@pytest.mark.parametrize("word", ["时尚", "房产", "高考", "文化"])
def test_the_name_of_a_section_is_no_name_of_a_person(word):
    assert not is_bare_name(word)


@pytest.mark.parametrize(
    "name",
    ["五里社区", "和平路街道五里社区", "县委宣传部", "州融媒体中心", "团市委", "要闻部", "市检察院", "山城日报社"],
)
def test_organisations_are_known_by_how_they_end(name):
    assert is_organisation(name)


@pytest.mark.parametrize("name", ["宣组轩", "王新社", "李国部", "陈思远", "张三"])
def test_people_whose_names_end_like_organisations_stay_people(name):
    assert not is_organisation(name)


@pytest.mark.parametrize(("segment", "logins"), [("wenxd", ["wenxd"]), ("AP0015）", ["AP0015"]), ("admin", [])])
def test_an_account_stands_for_an_editor(segment, logins):
    assert logins_in(segment) == logins
