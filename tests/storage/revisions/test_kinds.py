"""What is a change, of which kind, and what is none."""

import random
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from storage.records import Credit, Image, PublicationTime
from storage.revisions import kinds
from storage.revisions.kinds import Said, changed, is_stealth, said_by
from storage.revisions.steady import steady

BODY = "消防部门调集八个中队赶赴现场。\n\n截至昨晚十时，明火已被扑灭。"


def said(text: str = BODY, title: str | None = "仓库起火", **other: Any) -> Said:
    return Said(title=title, text=text, **other)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"{BODY}\n\n3小时前", f"{BODY}\n\n2天前"),
        (f"{BODY}\n\n发布于 刚刚", f"{BODY}\n\n发布于 5 分钟前"),
        (f"阅读 1024\n\n{BODY}", f"阅读 1.2万\n\n{BODY}"),
        (f"本文已被阅读12次。\n\n{BODY}", f"本文已被阅读907次。\n\n{BODY}"),
        (f"来源：城东日报 2026-11-22 阅读：12 评论(3)\n\n{BODY}", f"来源：城东日报 2026-11-22 阅读：99\n\n{BODY}"),
        (f"{BODY}（阅读：12）", f"{BODY}（阅读：13）"),
        (f"1,234 views\n\n{BODY}", f"{BODY}\n\n1,307 views\n\n12 comments"),
        (f"Updated 3 hours ago\n\n{BODY}", f"Updated 2 days ago\n\n{BODY}"),
        (f"{BODY}\n\n相关阅读\n\n区里开了运动会\n\n今日天气", f"{BODY}\n\n相关阅读：\n\n市场菜价平稳"),
        (f"{BODY}\n\n上一篇：区里开了运动会", f"{BODY}\n\n上一篇：市场菜价平稳\n\n下一篇：今日天气"),
        (f"图为火灾现场。\n\n{BODY}", f"{BODY}\n\n图为火灾现场。"),
        (f"{BODY}\n\n仓库外的消防车。王五 摄", f"仓库外的消防车。王五 摄\n\n{BODY}"),
        (f"{BODY}\n\nhttps://img.a.cn/1.jpg?v=1", f"{BODY}\n\nhttps://img.a.cn/2.png"),
        (f"{BODY}见 https://a.cn/x;jsessionid=1?id=7&sid=ab", f"{BODY}见 https://a.cn/x?id=7&sid=cd&utm_source=x"),
        ("经济增长5.1%，好于预期。", "经济增长５.１％, 好于预期。"),
        ("他说“可以”。——记者", "他说「可以」。—— 记者"),
        ("第一句。第二句。", "第一句。\n\n第二句。\u200b"),
        ("今年 GDP 增长", "今年GDP增长"),
    ],
)
def test_what_no_editor_has_touched_is_no_change(old: str, new: str) -> None:
    assert changed(said(old), said(new)) == ()
    assert changed(said(new), said(old)) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("事故造成3人死亡。", "事故造成5人死亡。"),
        ("他3小时前离开了现场。", "他5小时前离开了现场。"),
        ("全国播放 5000 场", "全国播放 6000 场"),
        ("正文。", "正文！"),
        ("now here", "nowhere"),
        ("图为火灾现场。", "图为救援现场。"),
        ("见 https://a.cn/x?id=7", "见 https://a.cn/x?id=8"),
        (BODY, BODY.split("\n\n", maxsplit=1)[0]),
        ("甲方说的话在前面。\n\n乙方说的话在后面。", "乙方说的话在后面。\n\n甲方说的话在前面。"),
        ("相关阅读\n\n运动会\n\n火灾又起，三人受伤。", "相关阅读\n\n运动会\n\n火灾又起，五人受伤。"),
        ("热点\n" + "\n".join(map(str, range(40))), "热点\n" + "\n".join(map(str, range(41)))),
    ],
)
def test_a_change_of_what_the_text_says_is_one_of_the_body(old: str, new: str) -> None:
    assert changed(said(old), said(new)) == ("body",)


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ({"title": "仓库大火"}, "title"),
        ({"title": None}, "title"),
        ({"kicker": "城东"}, "title"),
        ({"subheadline": "三人受伤"}, "title"),
        ({"origin": "新华社"}, "facts"),
        ({"published": "2026-11-22"}, "facts"),
        ({"credits": frozenset({("reporter", "张三")})}, "facts"),
        ({"correction": "更正：死亡人数应为三人。"}, "correction"),
    ],
)
def test_each_change_has_its_kind(other: dict[str, Any], kind: str) -> None:
    assert changed(said(), said(**other)) == (kind,)
    assert changed(said(**other), said()) == (kind,)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"modified": "2026-11-22T09:00:00Z"}, {"modified": "2026-11-22T10:00:00Z"}),
        ({"origin": "新华社"}, {"origin": " 新华社\u200b"}),
        ({"title": "Ａ股：收涨"}, {"title": "A股:收涨"}),
        ({"published": "T09:00", "published_raw": "3小时前"}, {"published": "T10:00", "published_raw": "2小时前"}),
        ({"captions": ("说明一", "说明二")}, {"captions": ("说明二",)}),
    ],
)
def test_facts_that_pass_or_differ_in_form_only_are_no_change(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert changed(said(**old), said(**new)) == ()


def test_a_time_told_from_now_that_becomes_a_date_is_a_change() -> None:
    old = said(published="2026-11-22T09:00", published_raw="3小时前")
    assert changed(old, said(published="2026-11-22T08:51", published_raw="2026-11-22 08:51")) == ("facts",)


def test_a_caption_that_moves_from_the_text_under_its_picture_is_no_change() -> None:
    old = said(f"远处的厂房仍在冒烟\n\n{BODY}", captions=("远处的厂房仍在冒烟",))
    new = said(BODY, captions=("远处的厂房仍在冒烟",))
    assert changed(old, new) == changed(new, old) == ()
    assert changed(old, said(BODY)) == ("body",)


def test_kinds_come_in_one_order() -> None:
    new = said("另文。", "另题", origin="新华社", correction="更正：错了。")
    assert changed(said(), new) == ("title", "body", "facts", "correction")


def test_what_was_read_and_what_is_stored_say_the_same_of_credits_in_any_order(make_article) -> None:
    one, other = Credit(role="editor", name="张三"), Credit(role="reporter", name="李四")
    first = said_by(make_article(credits=(one, other), images=(Image(url="https://a.cn/1.jpg", caption="图"),)))
    assert changed(first, said_by(make_article(credits=(other, one, other)))) == ()


@pytest.mark.parametrize(
    ("old", "new", "stealth"),
    [
        ({}, {"text": "另文。"}, True),
        ({}, {"title": "另题"}, True),
        ({}, {"origin": "新华社"}, False),
        ({}, {"text": "另文。", "correction": "更正：错了。"}, False),
        ({"correction": "更正：错了。"}, {"text": "另文。", "correction": "更正：错了。"}, True),
        ({"correction": "更正：错了。"}, {"text": "另文。"}, True),
        ({}, {"text": "另文。", "modified": "2026-11-22T10:00:00Z"}, False),
        ({"modified": "2026-11-22T10:00:00Z"}, {"text": "另文。", "modified": "2026-11-22T10:00:00Z"}, True),
        ({"modified": "2026-11-22T10:00:00Z"}, {"text": "另文。"}, True),
        ({}, {"text": "另文。", "parts_missing": (2,)}, False),
    ],
)
def test_an_edit_without_a_note_and_without_a_new_time_is_a_stealth_edit(old, new, *, stealth: bool) -> None:
    before, after = said(**old), said(**new)
    assert is_stealth(before, after, changed(before, after)) is stealth


def test_a_published_time_is_taken_as_it_is_stored(make_article) -> None:
    time_of = PublicationTime(at=datetime(2026, 11, 22, tzinfo=UTC), precision="day", raw="昨天", where="head")
    assert said_by(make_article(published=time_of)).published == "2026-11-22"
    assert kinds.to_the_letter(said(modified="a"), said(modified="b"))


@pytest.mark.parametrize(
    "text",
    [
        "阅读" * 50_000, "1" * 100_000, "(" * 100_000, "https://" + "a?&" * 30_000, "\ufdfa" * 5_000, " \n" * 50_000,
        "相关阅读\n" * 20_000, "图" * 100_000, "3小时前\n" * 20_000, "a " * 50_000, "https://a?" + "sess" * 30_000,
        "".join(random.Random(1).choices("阅读()12: \n小时前。a", k=70_000)),
    ],
)  # fmt: skip
def test_no_text_can_make_it_slow(text: str) -> None:
    begun = time.process_time()
    steady(text, ["图"])
    assert time.process_time() - begun < 10
