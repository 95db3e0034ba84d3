"""Which files of the paths that were named are pages, and what each is called."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

TEXT_TYPES = {".txt": "text/plain", ".text": "text/plain", ".md": "text/markdown", ".markdown": "text/markdown"}
"""Content types of files that are text by their name; all others are told by what is in them."""

PAGE_ENDINGS = frozenset((".html", ".htm", ".xhtml", ".shtml", *TEXT_TYPES))
WARC_ENDINGS = (".warc", ".warc.gz")

SAVED_PARTS = ("_files", ".files", "_Files")
"""Endings of the folder in which browsers put the pictures and frames of a saved page."""

OTHER_FILE = "other_file"
"""Under which files in folders are counted that are no pages by their name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file to import. `name`: its place below what was named, with slashes; the same wherever the folder lies."""

    path: Path
    name: str

    @property
    def is_warc(self) -> bool:
        """Whether it is a WARC file by its name."""
        return self.path.name.lower().endswith(WARC_ENDINGS)

    @property
    def content_type(self) -> str | None:
        """The content type that the name tells; None where what is in the file must tell."""
        return TEXT_TYPES.get(self.path.suffix.lower())


def found_files(paths: Sequence[Path], passed: Counter[str]) -> Iterator[FoundFile]:
    """Files of the paths, in the order of their names: those named, and all pages below the folders named.

    Folders are walked as they are read, links to folders are not followed; what is no page by its name is counted in
    `passed`. A path that is named is always taken.
    """
    for path in paths:
        folder = Path(os.path.abspath(path))  # noqa: PTH100 - without following links, the names in it are what counts
        if path.is_dir():
            yield from _below(folder, folder.name, passed)
        else:
            yield FoundFile(path=path, name=f"{folder.parent.name}/{folder.name}")


def _below(folder: Path, name: str, passed: Counter[str]) -> Iterator[FoundFile]:
    """Pages in a folder and below it, depth first. A folder that cannot be read stands for itself, to be refused."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        yield FoundFile(path=folder, name=name)
        return
    names = {entry.name for entry in entries}
    for entry in entries:
        path, below = folder / entry.name, f"{name}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            if not _is_part(entry.name, names):
                yield from _below(path, below, passed)
        elif path.suffix.lower() in PAGE_ENDINGS or entry.name.lower().endswith(WARC_ENDINGS):
            yield FoundFile(path=path, name=below)
        else:
            passed[OTHER_FILE] += 1


def _is_part(name: str, beside: set[str]) -> bool:
    """Whether a folder belongs to a page that a browser saved beside it."""
    bare = next((name.removesuffix(ending) for ending in SAVED_PARTS if name.endswith(ending)), None)
    return bare is not None and any(f"{bare}{ending}" in beside for ending in (".html", ".htm"))


def quoted(name: str) -> str:
    """A name as part of an address: every byte that an address cannot have is escaped (RFC 3986, section 2.1)."""
    return quote(os.fsencode(name))
