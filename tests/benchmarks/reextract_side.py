"""`python reextract_side.py FOLDER [COUNT]`: reads pages of a folder over all cores; prints how many are articles."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from crawler.extraction.batch import PageFile, extract_files
from storage.records import Article


def main(folder: Path, count: int | None) -> None:
    found = extract_files(islice(_files(folder), count), now=datetime.now(UTC), timezone="Asia/Shanghai")
    print(sum(isinstance(result, Article) for _, result in found))


def _files(folder: Path) -> Iterator[PageFile]:
    for path in sorted(folder.iterdir()):
        yield PageFile(id=path.name, path=str(path), content_type="text/html")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else None)
