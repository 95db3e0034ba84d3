"""Datasette with the plugin over a file of attacks, asked in this process; and the plugin as Datasette finds it."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from storage.contract.datasette_metadata import metadata
from storage.database import open_reader
from tests.storage import hostile_rows


class Viewer:
    """Datasette over files, with the plugin. `more`: of the metadata."""

    def __init__(self, *paths: Path, settings: dict[str, Any] | None = None, **more: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its own libraries deprecate what it uses
            from datasette.app import Datasette  # noqa: PLC0415
            from datasette.plugins import pm  # noqa: PLC0415

            from storage.web import plugin  # noqa: PLC0415
        if not pm.is_registered(plugin):  # as an installation does it, by its entry point
            pm.register(plugin, "dibao-of-the-tests")
        self.metadata = described(paths[0]) | more
        self.datasette = Datasette(files=[*map(str, paths)], metadata=self.metadata, settings=settings)
        self.loop = asyncio.new_event_loop()
        self.run(self.datasette.invoke_startup())

    def run(self, work: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.loop.run_until_complete(work)

    def get(self, path: str, headers: dict[str, str] | None = None, **asked: Any) -> Any:
        query = f"?{urlencode(asked)}" if asked else ""
        return self.run(self.datasette.client.get(f"{path}{query}", headers=headers))

    def close(self) -> None:
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.datasette.executor.shutdown()
        self.loop.close()


def described(path: Path) -> dict[str, Any]:
    """The metadata of a file of ours; none of another."""
    try:
        with open_reader(path) as database:
            tables = [row[0] for row in database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    except Exception:  # noqa: BLE001 - a file of somebody else's
        return {}
    return metadata(path.stem, tables)


@pytest.fixture(scope="session")
def attacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("attacks") / "news.db"
    hostile_rows.make(path)
    return path


@pytest.fixture(scope="module")
def viewer(attacks: Path) -> Iterator[Viewer]:
    made = Viewer(attacks)
    yield made
    made.close()
