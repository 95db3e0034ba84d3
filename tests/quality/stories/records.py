"""One record of the labelled world: what an outlet printed, and to which story it belongs."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.quality.stories import damage
from tests.quality.stories.bases import Base, Half
from tests.quality.stories.chance import chance
from tests.quality.stories.changes import Body
from tests.quality.stories.edits import sentences_of

SITES = tuple(
    f"{first}{last}" for first in ("qing", "shi", "bai", "jin", "long", "he", "yun", "hai") for last in
    ("chuan", "men", "zhou", "ping", "jiang", "ling", "tai", "xing", "wan", "shan")
)  # fmt: skip
"""Eighty made-up sites."""

OUTLETS = tuple(
    f"{place}{kind}" for place in ("青川", "石门", "白洲", "金坪", "龙江", "鹤岭", "云台", "海星") for kind in
    ("日报", "晚报", "新闻网", "在线", "发布", "都市报", "融媒", "网", "广播电视台", "时报")
)  # fmt: skip
"""What their outlets are called, in the same order."""


UNDATED = 0.06
"""The share of records whose page says no date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An article as one outlet shows it.

    `story`: its label; records of one label are copies of one text. `kind`: what was done to it. `of`: the key of the
    record that it was made from, or its own family's name. `day_only`: its page tells no time of day.
    """

    key: str
    story: str
    kind: str
    of: str
    half: Half
    language: str
    title: str
    body: Body
    published_at: datetime | None
    day_only: bool
    url: str
    source: str | None

    @property
    def text(self) -> str:
        """All lines, those of the chrome among them."""
        return self.body.text


def record(
    base: Base, body: Body, kind: str, *, of: str, title: str | None = None, at: datetime | None = None,
    site: str | None = None, traditional: bool = False,
) -> Record:  # fmt: skip
    """A record of a base; where it stands and who is named as its source is drawn by its name."""
    key = base.key if kind == "base" else f"{base.key}:{kind}"
    luck = chance("record", key)
    number = luck.randrange(len(SITES))
    moment = at or base.published_at
    heading = base.title if title is None else title
    host = f"{luck.choice(('www', 'news', 'epaper', 'm'))}.{site or SITES[number]}.example"
    digits = int.from_bytes(key.encode()[-6:], "big") % 10**6
    own, undated = luck.random() < 0.5, luck.random() < UNDATED
    return Record(
        key=key, story=base.story, kind=kind, of=of, half=base.half, language=base.language,
        title=damage.converted(heading, "s2t") if traditional else heading, body=body,
        published_at=None if undated else moment,
        day_only=luck.random() < 0.25, source=OUTLETS[number] if own else None,
        url=f"http://{host}/{moment:%Y-%m}/{moment:%d}/content_{luck.randrange(10**4)}{digits:06}.shtml",
    )  # fmt: skip


def headline(base: Base, luck: random.Random) -> str:
    """What a copy's outlet writes above it: the same (60 %), cut and with its name (20 %), or a new one (20 %)."""
    toss = luck.random()
    if toss < 0.6:
        return base.title
    if toss < 0.7:
        return damage.converted(base.title, "s2t")
    if toss < 0.8:
        kept = base.title[: max(6, int(len(base.title) * luck.uniform(0.6, 1.0)))]
        return f"{kept}{luck.choice(('-', '_', ' | ', ' - '))}{luck.choice(OUTLETS)}"
    sentences = [part for line in base.paragraphs[:4] for part in sentences_of(line)]
    chosen = luck.choice(sentences[:4] or [base.title])
    words = chosen.split()
    if base.language == "other" and len(words) > 4:
        return " ".join(words[: luck.randint(6, 11)])
    return chosen.strip("“”。，　 ")[: luck.randint(12, 24)]


def republished(at: datetime, luck: random.Random) -> datetime:
    """When a copy came out: within a day (70 %), a week (20 %), or 8 to 400 days later (10 %)."""
    toss = luck.random()
    if toss < 0.7:
        return at + timedelta(minutes=luck.randrange(24 * 60))
    if toss < 0.9:
        return at + timedelta(minutes=luck.randrange(24 * 60, 7 * 24 * 60))
    return at + timedelta(days=luck.randint(8, 400))
