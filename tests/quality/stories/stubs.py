"""Pages with next to no text of their own: magnets, where one text is told from another by what they share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.quality.stories.bases import Base, Half
from tests.quality.stories.chance import chance
from tests.quality.stories.changes import Body
from tests.quality.stories.chromes import disclaimer, footer, teasers
from tests.quality.stories.records import Record, record

STUBS = 24
_LINES = (
    "点击观看视频，更多精彩内容请下载青河通客户端，在首页搜索栏输入栏目名称即可收看全部往期的内容。",
    "本文共有两页，当前显示的是第二页。上一页的内容请返回查看，图片由本报记者拍摄，制图由美编完成。",
    "图片加载需要一些时间，请您耐心等候。更多图片请点击下一页查看，单击图片可以放大浏览或者下载。",
    "Watch the video above. More stories like this one are on our channel, where you can also sign up for alerts.",
)
_TITLES = ("视频：{a}", "图集：{a}", "{a}（组图）", "直播回看 {a}")


def stubs(half: Half) -> Iterator[Record]:
    """Video pages, galleries and second pages on which nothing is but a line, a disclaimer and a foot."""
    for number in range(STUBS):
        luck = chance("stub", half, number)
        (headline,) = teasers(luck, 1)
        title = luck.choice(_TITLES).format(a=f"{headline}（{number + 1}）")
        line = luck.choice(_LINES)
        key = f"stub-{half}-{number}"
        base = Base(
            key=key, story=key, half=half, language="zh", title=title, paragraphs=(line,),
            published_at=datetime(2024, 3, 1, 3, tzinfo=UTC) + timedelta(days=number // 4),
        )  # fmt: skip
        after = (*footer(luck), "相关阅读：", *teasers(luck, 3))
        body = Body(paragraphs=(line, disclaimer(luck)), after=after)
        yield record(replace(base, key=f"{key}@stubs"), body, "stub", of="", site=f"stub{half}")
