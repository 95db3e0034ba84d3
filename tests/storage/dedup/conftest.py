"""A newsroom: texts of any length, copies of them, and forms that are filled in, stored through the write path."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage.database import Database
from storage.records import Article, PublicationTime

MORNING = datetime(2026, 11, 21, 8, tzinfo=UTC)
# Characters that are common in news, so that texts have two or three in a row in common, as real ones do.
CHARACTERS = (
    "市县区乡镇村路街桥河山水田林天地人民政府会议工作部门负责同志群众企业项目建设发展经济社会文化教育卫生医院学校老师学生"
    "记者今日昨天上午下午晚间时间地点现场活动举行开展参加组织推进落实加强提高服务保障安全生产质量标准改革创新科技农业工业"
    "市场价格销售收入增长下降同比环比投资消费出口进口交通道路车辆铁路机场航班旅客天气气温降雨台风地震消防救援警方案件法院"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is to be stored. `name`: the end of its address."""

    name: str
    title: str
    text: str
    published: datetime | None = MORNING
    origin: str | None = None


class Newsroom:
    """Writes texts by a seed, and stores them by a desk."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self.database: Database = desk.database

    def text(self, seed: int | str, sentences: int = 24) -> str:
        chance = random.Random(f"text {seed}")
        return "\n".join(
            "".join(sentence(chance) for _ in range(min(3, sentences - at))) for at in range(0, sentences, 3)
        )

    def copy(self, text: str, seed: int | str, edits: int = 1) -> str:
        """The text with some of its sentences written anew."""
        chance = random.Random(f"copy {seed}")
        parts = text.split("。")
        for _ in range(edits):
            parts[chance.randrange(len(parts) - 1)] = sentence(chance).rstrip("。")
        return "。".join(parts)

    def form(self, seed: int | str, sentences: int = 12) -> Sequence[str]:
        """Sentences with a place for a number."""
        chance = random.Random(f"form {seed}")
        return [f"{sentence(chance)[:-1]}{{}}{sentence(chance)}" for _ in range(sentences)]

    def filled(self, form: Sequence[str], seed: int | str) -> str:
        """An instance of a form."""
        chance = random.Random(f"filled {seed}")
        return "".join(part.format(chance.randrange(1000, 10**9)) for part in form)

    def store(self, *items: Item) -> list[int]:
        """The ids of the articles, which come in one batch."""
        self.desk.begin()
        self.desk.take(
            self.desk.discovered(*(item.name for item in items)),
            *(self.desk.extracted(item.name, article(item)) for item in items),
        )
        self.desk.end()
        return [self.id(item.name) for item in items]

    def again(self, item: Item) -> None:
        """None; the article's address was asked again."""
        self.desk.now += timedelta(hours=36)  # twice in the 72 hours in which an article is asked for again
        self.desk.recheck(self.desk.extracted(item.name, article(item)))

    def id(self, name: str) -> int:
        return int(self.database.value("SELECT id FROM article_heads WHERE key = ?", (f"//a.cn/{name}",)))

    def stories(self) -> set[frozenset[str]]:
        """The stories, by the names of their articles."""
        found: dict[int, set[str]] = {}
        for name, story in self.database.rows(
            "SELECT substr(a.key, 8), s.story_id FROM article_story s JOIN article_heads a ON a.id = s.article_id"
        ):
            found.setdefault(story, set()).add(name)
        return {frozenset(names) for names in found.values()}

    def pairs(self) -> set[tuple[Any, ...]]:
        """All pairs, by the names of their articles."""
        return {
            (*sorted(row[:2]), *row[2:])
            for row in map(
                tuple,
                self.database.rows(
                    "SELECT substr(x.key, 8), substr(y.key, 8), verdict, jaccard, containment, veto, numbers_same,"
                    " numbers_differ FROM pairs p JOIN article_heads x ON x.id = p.a JOIN article_heads y ON y.id = p.b"
                ),
            )
        }

    def anchors(self) -> dict[str, set[int]]:
        """Under which keys each article stands."""
        found: dict[str, set[int]] = {}
        for name, key in self.database.rows(
            "SELECT substr(a.key, 8), n.hash FROM anchors n JOIN article_heads a ON a.id = n.article_id"
        ):
            found.setdefault(name, set()).add(key)
        return found


def sentence(chance: random.Random) -> str:
    return "".join(chance.choice(CHARACTERS) for _ in range(chance.randint(14, 24))) + "。"


def article(item: Item) -> Article:
    at = item.published
    published = at and PublicationTime(at=at, precision="minute", raw=at.isoformat(), where="meta")
    return Article(
        title=item.title, text=item.text, published=published, origin=item.origin, encoding="utf-8",
        encoding_evidence="meta", extractor="test",
    )  # fmt: skip


def batches(items: Sequence[Item], size: int) -> Iterable[Sequence[Item]]:
    return (items[at : at + size] for at in range(0, len(items), size))


@pytest.fixture
def newsroom(desk: Any) -> Newsroom:
    return Newsroom(desk)


@pytest.fixture
def make_newsroom(make_desk: Any) -> Any:
    return lambda: Newsroom(make_desk())


@pytest.fixture
def make_item() -> type[Item]:
    return Item


@pytest.fixture
def in_batches() -> Any:
    return batches
