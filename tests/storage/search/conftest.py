"""A shelf of articles that are only stored and indexed, and texts to put on it."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from storage.database import Database
from storage.search import index
from storage.search.spelling import spelled

REFERENCE = Path(os.environ.get("DIBAO_SHARED", Path(__file__).parents[4] / "shared")) / "corpus/zh-dev/reference"

OWN = (
    "清河镇党建工作会议召开。镇长说，2024年的防汛工作从4月开始，5G基站要建到每个村，APP上线后24小时有人值班。",
    "清河鎮黨建工作會議召開。鎮長說，2024年的防汛工作從4月開始，5G基站要建到每個村；發展後，颱風與麵粉價格無關。",
    "乾隆年间的著名作家写过这里的茶馆。他看着云，说：“后来的人未必知道。”",
    "乾淨的街道，他看著雲：『後來的人未必知道。』 The Mayor's election—held in Ｑ３—cost ￥1,200.50 per café.",
    "ニュースの東京大学でオリンピックが開かれた。대통령은 서울에서 연설했다. ข่าวการเมืองไทยวันนี้",
    "一\u200b二\u00ad三，零宽字符不算数；e\u0301le\u0301gant 也一样。",
    "科技C++与C#，A股B股，3.14与1/2；电话010-12345678，邮箱news@example.org。",
    "党",
)
"""Both scripts, letters beside characters, other scripts, and what is not seen."""


class Shelf:
    """Articles in a file, with the index in step."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.texts: dict[int, tuple[str | None, str]] = {}
        self.seen: dict[int, tuple[str, str]] = {}
        """As they are compared."""
        self.entries: index.Entries | None = None
        """Where articles are put, for whoever enters many of them together."""
        now = "2026-11-01T00:00:00Z"
        for name in ("a", "b"):
            database.execute("INSERT INTO sources (name, home, created_at) VALUES (?, 'https://a.cn/', ?)", (name, now))

    def put(self, title: str | None, text: str, shown_at: str = "2026-11-01T00:00:00Z", source: int = 1) -> int:
        """The id of a new article."""
        database = self.database
        article_id = int(
            database.execute(
                "INSERT INTO article_heads (key, url, source_id, revision, first_seen_at, checked_at, text_digest,"
                " shown_at) VALUES (?1, 'https:' || ?1, ?2, 1, ?3, ?3, '', ?3)",
                (f"//a.cn/{self.database.value('SELECT count(*) FROM article_heads')}", source, shown_at),
            ).lastrowid
        )
        self._revise(article_id, 1, title, text)
        return article_id

    def revise(self, article_id: int, title: str | None, text: str) -> None:
        """None; the article says something else."""
        revision = int(self.database.value("SELECT revision FROM article_heads WHERE id = ?", (article_id,))) + 1
        self.database.execute("UPDATE article_heads SET revision = ? WHERE id = ?", (revision, article_id))
        self._revise(article_id, revision, title, text)

    def prune(self, article_id: int) -> None:
        """None; the article's texts are gone, and it is found no more."""
        index.remove(self.database, article_id)
        self.database.execute(
            "DELETE FROM article_texts WHERE revision_id IN (SELECT id FROM article_revisions WHERE article_id = ?)",
            (article_id,),
        )
        self.database.execute("DELETE FROM article_revisions WHERE article_id = ?", (article_id,))
        self.database.execute("UPDATE article_heads SET pruned_at = shown_at WHERE id = ?", (article_id,))
        del self.texts[article_id], self.seen[article_id]

    def _revise(self, article_id: int, revision: int, title: str | None, text: str) -> None:
        revision_id = self.database.execute(
            "INSERT INTO article_revisions (article_id, revision, fetched_at, title, authors, editors, credits,"
            " encoding, encoding_evidence, extractor, content_digest)"
            " VALUES (?, ?, '2026-11-01T00:00:00Z', ?, '[]', '[]', '[]', 'utf-8', 'meta', 'test', '')",
            (article_id, revision, title),
        ).lastrowid
        self.database.execute("INSERT INTO article_texts (revision_id, text) VALUES (?, ?)", (revision_id, text))
        entries = self.entries or index.Entries(self.database)
        entries.put(article_id, revision, title, text, terms=None)
        if self.entries is None:
            entries.write()
        self.texts[article_id] = (title, text)
        self.seen[article_id] = (spelled(title or "").text, spelled(text).text)

    def saying(self, *strings: str) -> set[int]:
        """The articles whose title or text has all of these strings, by looking at every one."""
        wanted = [spelled(string).text for string in strings]
        return {id_ for id_, said in self.seen.items() if all(any(one in part for part in said) for one in wanted)}


@pytest.fixture
def shelf(database: Database) -> Shelf:
    with database.transaction():
        return Shelf(database)


def news_texts() -> Sequence[tuple[str, str]]:
    """Titles and texts of real articles from the shared corpus; none where it is not here."""
    found: list[tuple[str, str]] = []
    for path in sorted(REFERENCE.iterdir()) if REFERENCE.is_dir() else ():
        lines = [line for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        if lines:
            found.append((lines[0], "\n".join(lines[1:])))
    return found


def strings_of(texts: Sequence[str], luck: random.Random, count: int, longest: int = 8) -> list[str]:
    """Strings that some of the texts have, of 1 to `longest` characters."""
    found: list[str] = []
    while len(found) < count:
        text = luck.choice(texts)
        if text:
            start = luck.randrange(len(text))
            found.append(text[start : start + luck.randint(1, longest)])
    return found
