"""An archive by months and days that has no end in either direction, with pages of events that are no articles."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta

from scheduler.demo.portals import front
from scheduler.demo.portals.page import items
from scheduler.demo.window import Made, Window

EVENTS_A_DAY = 2
_MONTH = re.compile(r"/archive/(\d{4})/(\d\d)/")
_DAY = re.compile(r"/archive/(\d{4})/(\d\d)/(\d\d)/")
_EVENT = re.compile(r"/events/(\d{8})/(\d)\.html")
_WHAT = ("社区读书会", "公益健康讲座", "亲子手工坊", "广场电影放映", "老年大学开放日", "周末跳蚤市场", "书法临帖课")


def page(window: Window, path: str) -> Made | None:
    """The page of a month, a day or an event, of any year that a calendar has; None for any other path."""
    if not window.site.way.calendar:
        return None
    if found := _MONTH.fullmatch(path):
        first = _date(found[1], found[2], "01")
        return None if first is None else Made(_month(window, first))
    if found := _DAY.fullmatch(path):
        day = _date(found[1], found[2], found[3])
        return None if day is None else Made(_day(window, day))
    if found := _EVENT.fullmatch(path):
        day = _date(found[1][:4], found[1][4:6], found[1][6:])
        inside = day is not None and 1 <= int(found[2]) <= EVENTS_A_DAY
        return Made(_event(window, day, int(found[2]))) if day is not None and inside else None
    return None


def is_event(path: str) -> bool:
    """True for the path of an event's page."""
    return _EVENT.fullmatch(path) is not None


def oldest_month(window: Window) -> str:
    """The path of the month in which the site's first article appeared."""
    live = window.view.live
    return _month_path(window.view.shelf.published(live[-1]).date() if live else window.view.changed.date())


def widget(window: Window) -> str:
    """The calendar of the current month that stands beside the site's lists, with the events of the day."""
    today = window.view.changed.date()
    days = " ".join(f'<a href="{_day_path(day)}">{day.day}</a>' for day in _days(today.replace(day=1)))
    return f"""<div class="calendar"><h3>{today:%Y年%m月}</h3>
<a href="{_month_path(_before(today))}">上个月</a> <a href="{_month_path(_after(today))}">下个月</a>
<p>{days}</p>
<ul>{_events(today)}</ul></div>
"""


def _month(window: Window, first: date) -> str:
    shown = [
        number for number in window.view.live if window.view.shelf.published(number).date().replace(day=1) == first
    ]
    days = list(_days(first))
    main = f"""<div class="archive"><h2>{first:%Y年%m月}新闻</h2><ul>
{items(window.row(shown))}
{_events(days[0])}{_events(days[14])}</ul>
<p class="days">{" ".join(f'<a href="{_day_path(day)}">{day.day}日</a>' for day in days)}</p>
<div class="pages"><a href="{_month_path(_after(first))}">上一页</a> <a href="{_month_path(_before(first))}">下一页</a>
<a href="{_month_path(_before(first))}">上个月</a> <a href="{_month_path(_after(first))}">下个月</a></div></div>"""
    return front.plain(window.site, f"{first:%Y年%m月}", main)


def _day(window: Window, day: date) -> str:
    shown = [number for number in window.view.live if window.view.shelf.published(number).date() == day]
    main = f"""<div class="archive"><h2>{day:%Y年%m月%d日}新闻</h2><ul>
{items(window.row(shown))}
{_events(day)}</ul>
<div class="pages"><a href="{_day_path(_next(day, -1))}">前一天</a> <a href="{_day_path(_next(day, 1))}">后一天</a>
<a href="{_month_path(day)}">本月</a></div></div>"""
    return front.plain(window.site, f"{day:%Y年%m月%d日}", main)


def _event(window: Window, day: date, number: int) -> str:
    what = _what(day, number)
    main = f"""<div class="event"><h1>{day.month}月{day.day}日 {what}</h1>
<table><tr><th>时间</th><td>{day:%Y-%m-%d} {8 + number * 3}:30</td></tr>
<tr><th>地点</th><td>{window.site.town}文化馆{number}楼</td></tr><tr><th>费用</th><td>免费</td></tr></table>
<p>{what}欢迎参加，请提前报名，名额有限。</p>
<div class="pages"><a href="{_event_path(_next(day, -1), number)}">前一天活动</a>
<a href="{_event_path(_next(day, 1), number)}">后一天活动</a> <a href="{_day_path(day)}">当天</a></div></div>"""
    return front.plain(window.site, f"{day.month}月{day.day}日{what}", main)


def _events(day: date) -> str:
    """Links to the events of a day, which look like those to articles."""
    return "".join(
        f'<li><a href="{_event_path(day, number)}">{day.month}月{day.day}日{_what(day, number)}报名开始</a></li>\n'
        for number in range(1, EVENTS_A_DAY + 1)
    )


def _what(day: date, number: int) -> str:
    return _WHAT[(day.toordinal() * 3 + number) % len(_WHAT)]


def _days(first: date) -> Iterable[date]:
    """The days of the month that begins with this one."""
    return (first.replace(day=at + 1) for at in range(monthrange(first.year, first.month)[1]))


def _after(day: date) -> date:
    """The first day of the next month; that of the same month at the end of all calendars."""
    first = day.replace(day=1)
    return first if (first.year, first.month) == (9999, 12) else (first + timedelta(days=31)).replace(day=1)


def _before(day: date) -> date:
    """The first day of the month before; that of the same month at the beginning of all calendars."""
    return _next(day.replace(day=1), -1).replace(day=1)


def _next(day: date, days: int) -> date:
    """A day later or earlier, as far as there are calendars."""
    return date.fromordinal(min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal()))


def _month_path(day: date) -> str:
    return f"/archive/{day.year:04}/{day.month:02}/"


def _day_path(day: date) -> str:
    return f"{_month_path(day)}{day.day:02}/"


def _event_path(day: date, number: int) -> str:
    return f"/events/{day.year:04}{day.month:02}{day.day:02}/{number}.html"


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
