"""A file with changes, a clock that tests move, and dispatchers of webhooks."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scheduler.config.file import Webhook
from scheduler.webhooks.dispatch import Dispatcher
from scheduler.webhooks.targets import Target
from storage.database import open_writer
from tests.scheduler.stage import ClockedStage
from tests.scheduler.webhooks.receiver import SECRET, Behaviour, Receiver
from tests.storage.conftest import Desk

KEY = base64.b64decode(SECRET.removeprefix("whsec_"))


def target(name: str, url: str, **settings: Any) -> Target:
    settings = {"timeout_seconds": 0.5, "secret_env": "SECRET", **settings}
    return Target(hook=Webhook(name=name, url=url, **settings), keys=(KEY,))


@dataclass
class Stage(ClockedStage):
    """A database at work, its desk, and a clock that goes with the real one, so many seconds ahead."""

    def __post_init__(self) -> None:
        self.desk = Desk(self.database)

    def receiver(self, behave: Behaviour | None = None, **settings: Any) -> Receiver:
        return self.stack.enter_context(Receiver(behave, **settings) if behave else Receiver(**settings))

    def dispatcher(self, *targets: Target) -> Dispatcher:
        """A dispatcher whose webhooks are known to the file, at the end of the feed."""
        made = Dispatcher(targets, self.clock, chance=random.Random(1))
        self.stack.callback(made._sender.close)
        made.tick(self.database)
        return made

    def changes(self, count: int, text: str = "正文。", source: str = "a") -> list[int]:
        """The numbers of so many new changes: articles that were stored in one batch."""
        before = self.value("SELECT coalesce(max(seq), 0) FROM change_log")
        names = [f"{source}{self.number + at}" for at in range(count)]
        self.number += count
        self.desk.begin(source=source)
        self.desk.take(
            self.desk.discovered(*names), *(self.desk.extracted(name, f"{name} {text}") for name in names)
        )
        self.desk.end()
        return [row[0] for row in self.database.rows("SELECT seq FROM change_log WHERE seq > ? ORDER BY 1", (before,))]

    def value(self, sql: str, *values: object) -> Any:
        return self.database.value(sql, values)

    def states(self) -> dict[str, int]:
        rows = self.database.rows("SELECT state, count(*) FROM deliveries GROUP BY state")
        return {row[0]: row[1] for row in rows}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as stack, open_writer(tmp_path / "news.db") as database:
        yield Stage(database, stack)
