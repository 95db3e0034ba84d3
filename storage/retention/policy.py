"""How long articles are kept, and how much of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from storage.database import Database
from storage.selection import source_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """What is kept of a source. `seconds`: articles seen first within that time; `text_bytes`: of the newest of them.

    Bytes are those of the texts of all revisions, in UTF-8. None: for ever, and all.
    """

    seconds: int | None = None
    text_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is kept of each source by its name, and of one that is not named (`default`).

    `only`: sources that are looked at; none named: all that the file has, also those that are crawled no more.
    """

    default: Keep = Keep()
    sources: Mapping[str, Keep] = field(default_factory=dict)
    only: tuple[str, ...] = ()

    @property
    def is_idle(self) -> bool:
        """Whether all of every source is kept for ever."""
        return all(keep == Keep() for keep in (self.default, *self.sources.values()))

    def in_file(self, database: Database) -> list[tuple[int, str, Keep]]:
        """The sources of a file of which something may be given up: id, name, what is kept. Raises UnknownSource."""
        names = self.only or [row["name"] for row in database.rows("SELECT name FROM sources ORDER BY name")]
        kept = [(source_id(database, name), name, self.sources.get(name, self.default)) for name in names]
        return [one for one in kept if one[2] != Keep()]
