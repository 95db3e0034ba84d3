"""Datelines of agencies and papers."""

import pytest

from crawler.extraction.facts.dateline import find_dateline


@pytest.mark.parametrize(
    ("line", "agency", "place", "date"),
    [
        ("新华社北京4月11日电（记者甲乙）今天", "新华社", "北京", "4月11日"),
        ("新华社华盛顿１月５日电 当地时间", "新华社", "华盛顿", "1月5日"),
        ("中新网12月15日电 据报道", "中新网", None, "12月15日"),
        ("本报讯（记者 甲乙）昨日", None, None, None),
        ("本报北京1月5日电 记者", None, "北京", "1月5日"),
        ("【明報專訊】政府", "明報", None, None),
        ("〔中央社台北12日電〕行政院", "中央社", "台北", "12日"),
        ("（中央社記者王大明台北11日電）某人", "中央社", "台北", "11日"),
        ("某某晚报讯 今天", "某某晚报", None, None),
        ("WASHINGTON (AP) — The council", "AP", "WASHINGTON", None),
        ("(Reuters) - Oil prices", "Reuters", None, None),
        ("BERLIN, Jan 5 (Xinhua) -- German", "Xinhua", "BERLIN", "Jan 5"),
        ("SANTA FE, N.M. (AP) — A judge", "AP", "SANTA FE, N.M.", None),
        ("LONDON — The council", None, "LONDON", None),
    ],
)
def test_a_dateline_names_agency_place_and_date(line, agency, place, date):
    found = find_dateline([line])
    assert (found.agency, found.place, found.date) == (agency, place, date)
    assert line.startswith(found.raw)


@pytest.mark.parametrize(
    "line",
    [
        "据某某日报报道：今天",
        "记者从市政府获悉，本报电话",
        "市长12日在电视讲话中说",
        "DEAR ABBY: My husband",
        "BREAKING — The council",
        "US - the best",
        "",
    ],
)
def test_other_beginnings_are_none(line):
    assert find_dateline([line]) is None


def test_the_dateline_may_stand_in_the_second_paragraph():
    assert find_dateline(["摘要：供暖工作", "新华社北京4月11日电 今天"]).agency == "新华社"
