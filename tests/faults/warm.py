"""Imported by the server that processes are forked from: it has then loaded all that storing an article needs."""

import tempfile
from pathlib import Path

from storage.database import open_writer
from tests.storage.conftest import Desk

with tempfile.TemporaryDirectory() as folder, open_writer(Path(folder) / "warm.db") as database:
    Desk(database).stored("1.html", "今天的报道说，这座桥已经建成。" * 20)
