"""Patterns of dates and times. Each is linear in its text: no repeat stands inside another unbounded one."""

from __future__ import annotations

import re

from crawler.extraction.facts.date_words import ZONE_NAMES

WIDE = str.maketrans("０１２３４５６７８９：／－．　＋", "0123456789:/-. +")
HAN_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_HAN_BELOW_100 = r"([二三]?十?[一二三四五六七八九]|[二三]?十)"
HAN_DATE = re.compile(rf"([二一][〇○零一二三四五六七八九]{{3}})年{_HAN_BELOW_100}月{_HAN_BELOW_100}日")

_FOUR = r"(?P<year>(?:19|20)\d\d)"
_YEAR = (
    rf"(?:民[國国]\s?(?P<rocyear>\d{{2,3}})|(?P<era>令和|平成)\s?(?P<erayear>\d{{1,2}})|{_FOUR}"
    r"|(?P<rocslash>9\d|1[0-4]\d)(?=/\d\d/\d\d(?!\d)))"
)
_DAY = (
    r"(?:\s?(?:年|년|[-/.])\s?|\s(?=\d\d/\d\d))(?P<month>\d{1,2})\s?(?:月|월|[-/.])\s?(?P<day>\d{1,2})(?!\d)"
    r"\s?(?:[日号號일]|\.(?=\s))?"
)
_BETWEEN = (
    r"[\sT,，|(（\[]{0,6}(?:(?:星期|[周週]|[禮礼]拜)[一二三四五六日天]|[日月火水木金土월화수목금토일](?:曜日|요일)?"
    r"(?=[)）]))?"
    r"[\s)）\]|,，·•-]{0,4}(?:@\s?|北京时间\s?)?"
)
_ZONE = (
    rf"(?P<zone>Z\b|(?:UTC|GMT)?\s?[+-]\d{{1,2}}:?\d{{2}}(?!\d)|(?:UTC|GMT)[+-]\d{{1,2}}(?!\d)|UTC|GMT|"
    rf"(?:{ZONE_NAMES})\b)?"
)
_CLOCK = (
    r"(?P<half>上午|下午|凌晨|清晨|早上|中午|晚上|晚[间間]|傍晚|午[前後后]|오전|오후"
    r"|[AaPp]\.?[Mm]\.?)?\s{0,3}(?P<hour>\d{1,2})\s?[:：时時點点시]\s?(?P<minute>\d{1,2})(?!\d)"
    r"(?:\s?[:：分분]\s?(?P<second>\d{2}))?(?!\d)(?:[.,]\d{1,9})?[分분]?\s{0,2}(?P<half2>[AaPp]\.?[Mm]\b)?\.?\s{0,2}\(?"
    + _ZONE
)
NUMERIC = re.compile(rf"(?<![\d.]){_YEAR}{_DAY}(?:{_BETWEEN}{_CLOCK})?")
COMPACT = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])"
    r"(?:T?(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)(?P<second>[0-5]\d)?(?P<zone>Z|[+-]\d{4})?)?(?!\d)"
)
_WORD_CLOCK = (
    r"(?:\s?г\.?)?(?:[\s,|·•@/–—-]{0,5}(?:(?:(?:Mon|Tues?|Wed|Wednes|Thu|Thurs?|Fri|Sat|Satur|Sun)(?:day)?[\s,]{1,3})"
    r"|(?:at|um|à|às|alle|ore|a\slas|в|om|kl)\.?\s){0,2}"
    r"(?P<hour>\d{1,2})(?:\s?[:.hH]\s?(?P<minute>\d{2}))?(?::(?P<second>\d{2}))?(?![\d:])\s?"
    r"(?P<half2>[ap]\.?\s?m\b)?\.?"
    rf"(?:\s?Uhr)?\s{{0,2}}\(?{_ZONE})?"
)
DAY_FIRST = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|er|º)?[\s./-]{1,2}(?:de\s)?(?P<name>[^\W\d_]{3,10})[\s.,/-]{1,3}(?:del?\s)?"
    rf"{_FOUR}(?!\d){_WORD_CLOCK}",
    re.IGNORECASE,
)
MONTH_FIRST = re.compile(
    rf"\b(?P<name>[^\W\d_]{{3,10}})\.?\s?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s{{1,2}}{_FOUR}(?!\d){_WORD_CLOCK}",
    re.IGNORECASE,
)
SYSTEM = re.compile(
    r"\b(?P<name>[A-Z][a-z]{2})\s{1,2}(?P<day>\d{1,2})\s(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)\s"
    rf"(?:{_ZONE}\s)?{_FOUR}(?!\d)"
)
YEAR_LAST = re.compile(
    rf"(?<![\d.])(?P<first>\d{{1,2}})(?P<sep>[./-])(?P<other>\d{{1,2}})(?P=sep){_FOUR}(?!\d)(?:{_BETWEEN}"
    rf"(?:um\s)?{_CLOCK})?"
)
CLOCK_BEFORE = re.compile(
    r"(?<!\d)(?P<half>上午|下午)?\s?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?\s?"
    r"(?P<half2>[ap]\.?m\b)?\.?"
    rf"\s?{_ZONE}[\s,|]{{1,3}}(?:on\s)?(?:[a-z]{{3,9}},?\s{{1,2}})?$",
    re.IGNORECASE,
)
YEARLESS = re.compile(
    rf"(?<![\d年/.-])(?P<month>\d{{1,2}})\s?(?P<mark>[月/-])\s?(?P<day>\d{{1,2}})(?![\d/.-])\s?[日号]?"
    rf"(?:{_BETWEEN}{_CLOCK})?"
)
EPOCH = re.compile(r"^\s*(1\d{9})(\d{3})?\s*$")
URL_DAY = re.compile(
    r"(?<![\d])(?P<year>(?:19|20)\d\d)(?P<sep>[-/_]?)(?P<month>0[1-9]|1[0-2])(?:[-/_]?)(?P<day>0[1-9]|[12]\d"
    r"|3[01])(?!\d(?!\d{3}))"
)
CLOCK_ALONE = re.compile(rf"^\W{{0,3}}{_CLOCK}\W{{0,3}}$")
LETTERS = re.compile(r"[A-Za-zÀ-ɏ\u0400-\u04ff]{3}")
DIGITS = re.compile(r"\d|[〇○零一二三四五六七八九]年")
UPDATED = re.compile(
    r"(?:更新|修改|修订|修訂|수정|mis\sà\sjour|aktualisiert|updated?|modified|edited|revised)[^\d，。]{0,12}$",
    re.IGNORECASE,
)
PUBLISHED = re.compile(
    r"(?:发布|發布|发表|發表|刊发|时间|時間|日期|입력|published|posted|first\spublished|publié)[^\d，。]{0,10}$",
    re.IGNORECASE,
)
OTHER = re.compile(
    r"(?:报名|考试|活动|会议|比赛|开播|上映|开庭|开奖|播出|截止|截至|有效期|注册|成立|出生|registered|copyright|©|since"
    r"|expires?)[^\d，。]{0,8}$",
    re.IGNORECASE,
)
