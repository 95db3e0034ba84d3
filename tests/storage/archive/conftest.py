"""A desk whose events bring raw pages along, and what its archive holds."""

from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from storage import warc
from storage.archive.folder import archive_folder
from storage.archive.keeping import Archive
from storage.archive.reading import read_page
from storage.database import Database
from storage.ingest import Ingest
from storage.records import RawPage
from tests.storage.conftest import POLICY, Desk, url

FILE_BYTES = 2_000


def body(name: str) -> bytes:
    """A page of some size, another one for each name."""
    text = "、".join(f"{name}第{n}段" for n in range(60))
    return f"<html><title>{name}</title><p>{text}</p></html>".encode("gb18030")


class Keeper(Desk):
    """A desk that keeps raw pages."""

    def __init__(self, database: Database, file_bytes: int = FILE_BYTES) -> None:
        super().__init__(database)
        self.folder = archive_folder(database.path)
        self.archive = Archive(database, self.folder, file_bytes)
        self.ingest = Ingest(database, self.leases, POLICY, archive=self.archive)

    def raw(self, name: str, part: int = 1, **more: Any) -> RawPage:
        """The raw page of a name, as a worker makes it."""
        at = url(name)
        headers = [("Content-Type", "text/html; charset=gb18030")]
        return RawPage(
            record=warc.response_record(at, self.now, "200 OK", headers, body(name)),
            url=at,
            part=part,
            fetched_at=self.now,
            http_status=200,
            content_type="text/html; charset=gb18030",
            **more,
        )

    def kept(self, name: str, text: str | None = None) -> int:
        """The id of an article that was stored with its raw page."""
        self.begin()
        self.take(self.discovered(name), self.extracted(name, text or f"{name}。", raw=(self.raw(name),)))
        self.end()
        return int(self.database.value("SELECT article_id FROM urls WHERE url = ?", (url(name),)))

    def files(self) -> list[Path]:
        """The WARC files, in the order of their names."""
        return sorted(self.folder.glob("*")) if self.folder.exists() else []

    def check(self) -> int:
        """How many raw pages there are: each can be read, and the files hold nothing but them and their heads."""
        rows = self.database.rows("SELECT * FROM raw_pages")
        for row in rows:
            page = read_page(self.database, row["article_id"], row["revision"], row["part"])
            assert page is not None
            assert page.body == body(page.url.rpartition("/")[2])
        known = {row["name"]: row["bytes"] for row in self.database.rows("SELECT name, bytes FROM archive_files")}
        assert known == {path.name: path.stat().st_size for path in self.files()}
        stored = {(row["warc_file"], row["warc_offset"], row["warc_length"], row["url"]) for row in rows}
        assert {record for path in self.files() for record in records(path)} == stored
        return len(rows)


def records(path: Path) -> list[tuple[str, int, int, str]]:
    """(file, offset, length, address) of the records of a WARC file, by warcio, behind that which says who wrote it."""
    found = []
    with path.open("rb") as file:
        archive = ArchiveIterator(file, check_digests="raise")
        for number, record in enumerate(archive):
            assert (record.rec_type == "warcinfo") == (number == 0)
            record.content_stream().read()
            address = record.rec_headers.get_header("WARC-Target-URI")
            if number:
                found.append((path.name, archive.get_record_offset(), archive.get_record_length(), address))
            else:
                assert record.rec_headers.get_header("WARC-Filename") == path.name
        assert archive.err_count == 0
    return found


@pytest.fixture
def keeper(database: Database) -> Keeper:
    return Keeper(database)
