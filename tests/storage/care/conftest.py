"""A file of five articles, of which the last is a copy of the first; made once, for that takes a while."""

from pathlib import Path

import pytest

from storage.database import open_writer
from tests.storage.conftest import Desk


@pytest.fixture(scope="session")
def five(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("five") / "news.db"
    with open_writer(path) as database:
        database.execute("PRAGMA synchronous = OFF")
        desk = Desk(database)
        for number in range(4):
            desk.stored(f"{number}.html", f"第{number}篇的正文，说的是一座桥。" * 3)
        desk.stored("copy.html", "第0篇的正文，说的是一座桥。" * 3)
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, five: bytes) -> Path:
    made = tmp_path / "news.db"
    made.write_bytes(five)
    return made


@pytest.fixture
def filled(path: Path) -> Path:
    return path
