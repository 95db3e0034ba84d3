"""A small file of today's code that the tests of the contract only read."""

from pathlib import Path

import pytest

from tests.storage.contract import make_file

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def news(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """news.db with nine articles, a revision, copies, a gap, a decision: what make_file.py says."""
    path = tmp_path_factory.mktemp("contract") / "news.db"
    make_file.make(ROOT, path)
    return path
