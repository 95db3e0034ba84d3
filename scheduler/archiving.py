"""From the [archive] section to the archive that a writer keeps raw pages in."""

from __future__ import annotations

from scheduler.config.file import Archive as Section
from storage.archive.folder import archive_folder
from storage.archive.keeping import Archive
from storage.database import Database

FILES_AT_LEAST = 4
"""Files that `max_bytes` has room for: only whole files are deleted, and never the one that is written."""


def archive_of(section: Section, database: Database) -> Archive | None:
    """The archive beside a database, or None where raw pages are not kept."""
    if not section.enabled:
        return None
    return Archive(database, archive_folder(database.path), file_bytes(section))


def file_bytes(section: Section) -> int:
    """The size from which on a WARC file is closed."""
    return min(section.file_bytes, section.max_bytes // FILES_AT_LEAST)
