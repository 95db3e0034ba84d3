import pytest

from storage.stories.publishers import Namings, imprint, naming, outlet, outlets, shown_outlet

PAPER = imprint(url="https://www.enshi.example/a.html", source="恩施日报", home="https://enshi.example")


@pytest.mark.parametrize(
    "name",
    ["恩施日报", "恩施日報", "恩施日报社", "据恩施日报报道", "《恩施日报》", "来源：恩施日报", "恩施日报客户端"],
)
def test_an_outlet_is_known_by_its_name_however_it_is_written(name):
    assert outlet(name) == outlet("恩施日报")


@pytest.mark.parametrize("name", ["恩施晚报", "湖北日报", "恩施", "", "。", "网", "讯"])
def test_another_name_is_another_outlet(name):
    assert outlet(name) != outlet("恩施日报")


def test_an_agency_keeps_its_name_where_nothing_else_is_left_of_it():
    assert outlet("新华社") == outlet("新华网") == outlet("据新华社电")
    assert outlet("央视网") == outlet("央视")
    assert outlet("AP") == "ap"
    assert outlet("The Associated Press") == outlet("Associated Press")


def test_an_origin_may_name_several_outlets():
    assert {outlet("湖北日报"), outlet("恩施日报")} <= outlets("湖北日报-恩施日报")
    assert {outlet("湖北日报"), outlet("恩施日报")} <= outlets("湖北日报 恩施日报")
    assert outlet("york") not in outlets("New York Times")


def test_an_article_names_another_by_its_outlet_by_a_link_or_by_its_canonical_address():
    portal = "https://portal.example/b.html"
    assert naming(imprint(url=portal, origin="恩施日報社"), PAPER) == "origin"
    assert naming(imprint(url=portal, origin="某报", origin_url="https://enshi.example/"), PAPER) == "address"
    assert naming(imprint(url=portal, canonical_url="https://m.enshi.example/a"), PAPER) == "canonical"
    assert naming(imprint(url=portal, origin="湖北日报"), PAPER) is None
    assert naming(PAPER, imprint(url=portal, origin="恩施日報社")) is None


def test_a_site_is_known_by_the_name_that_its_own_articles_give():
    own = imprint(url="https://local.example/1", source="local", origin="某县融媒", origin_kind="own")
    assert naming(imprint(url="https://portal.example/2", origin="某县融媒"), own) == "origin"
    assert not own.said


def test_an_agency_is_known_by_its_site():
    agency = imprint(url="http://www.news.cn/2026/c.htm", source="xinhua")
    assert naming(imprint(url="https://portal.example/2", origin="新华社"), agency) == "origin"


def test_no_article_names_one_of_its_own_site():
    assert naming(imprint(url="https://news.enshi.example/x", origin="恩施日报"), PAPER) is None
    home = "https://enshi.example/"
    assert not imprint(url="https://news.enshi.example/x", source="恩施日报", home=home, origin="恩施日報").said


def test_a_source_of_imported_articles_names_the_outlet_of_its_own_site_only():
    assert imprint(url="https://a.example/1", source="恩施日报", home="https://a.example/").names
    assert not imprint(url="https://b.example/1", source="恩施日报", home="https://a.example/").names


@pytest.mark.parametrize("url", ["", "not an address", "http://[", "import:a/b.txt", "//x", "http://" + "a" * 10_000])
def test_an_address_that_is_none_makes_no_fault(url):
    found = imprint(url=url, origin_url=url, canonical_url=url, origin="x" * 100_000)
    assert found.linked == found.canonical == ""


def test_whoever_names_an_outlet_is_counted_once():
    twice = {"origin": "恩施日报", "origin_url": "https://enshi.example"}
    said = [imprint(url=f"https://p{number}.example/", **twice) for number in range(5)]
    own = imprint(url="https://news.enshi.example/x", origin="恩施日报", source="别的")
    assert Namings([*said, own, PAPER]).of(PAPER) == 5


def test_what_the_operator_calls_the_outlet_is_its_name_beside_that_of_the_source() -> None:
    home = "https://enshi.example/"
    paper = imprint(url="https://www.enshi.example/a", source="enshi", home=home, called=("恩施日报", "Enshi Daily"))
    for origin in ("恩施日报社", "据恩施日報報道", "Enshi Daily", "enshi"):
        assert naming(imprint(url="https://portal.example/1", origin=origin), paper) == "origin", origin
    assert not imprint(url="https://enshi.example/b", home=home, called=("恩施日报",), origin="恩施日报").said


def test_what_is_imported_from_another_site_is_not_the_outlet_s() -> None:
    home, called = "https://enshi.example/", ("恩施日报",)
    assert not imprint(url="https://portal.example/1", source="enshi", home=home, called=called).names
    assert shown_outlet(url="https://portal.example/1", home=home, called=called) is None


def test_a_file_without_an_address_is_its_outlet_s_where_the_operator_names_one() -> None:
    home, called = "https://enshi.example/", ("恩施日报",)
    text = imprint(url="import:enshi/files/a.txt", source="enshi", home=home, called=called)
    assert text.site == "enshi.example"
    assert naming(imprint(url="import:archive/b.txt", source="archive", origin="恩施日报"), text) == "origin"
    assert shown_outlet(url="import:enshi/files/a.txt", home=home, called=called) == "恩施日报"
    unnamed = imprint(url="import:enshi/files/a.txt", source="enshi", home=home)
    assert (unnamed.site, unnamed.names) == ("import", frozenset())


def test_a_name_of_which_nothing_is_left_and_a_source_without_a_home_name_nobody() -> None:
    assert not imprint(url="https://a.example/1", home="https://a.example/", called=("——", "  ")).names
    assert not imprint(url="https://a.example/1", source="恩施日报", called=("恩施日报",)).names
    assert imprint(url="import:a/1.txt", home=None, called=("恩施日报",)).site == "import"
    assert shown_outlet(url="https://a.example/1", home="https://a.example/", called=()) is None
