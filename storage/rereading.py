"""Which stored articles would be read otherwise today, and asking for them again without validators.

To be read again an article is asked for at the source's next crawl, and once, because whoever asks does so when
something becomes chrome, or is so no longer. Kept raw pages are read again where the operator asks for it: that is
storage/reextraction.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import datetime

from storage.database import Database, Row
from storage.records import utc_text

# Of a source, the articles that are looked through for what has just become chrome: some days of a large portal.
# Nobody waits for older ones, and a portal of a million pages is not to be crawled anew because it has a new footer.
NEWEST_ARTICLES = 500
# Longest part of a block that is kept and compared: enough to know it by, and to show it.
SAMPLE_CHARACTERS = 160
_DIGITS = re.compile(r"\d+")


def sample(text: str) -> str:
    """What is kept of a block's text: one line, cut."""
    return " ".join(text.split())[:SAMPLE_CHARACTERS]


def form(line: str) -> str:
    """A line as it is compared: cut, and any number as any other."""
    return _DIGITS.sub("0", sample(line))


def again(database: Database, articles: Iterable[int], at: datetime) -> int:
    """How many addresses are asked for again without validators, at the next crawl of their source."""
    cursor = database.executemany(
        # What no crawl has found (`dibao import`) has no next time, and is never asked for.
        "UPDATE urls SET etag = NULL, last_modified = NULL, next_at = ? WHERE article_id = ? AND state = 'stored'"
        " AND (next_at IS NOT NULL OR entry_point_id IS NOT NULL)"
        " AND NOT EXISTS (SELECT 1 FROM article_heads a WHERE a.id = urls.article_id AND a.pruned_at IS NOT NULL)",
        [(utc_text(at), article_id) for article_id in sorted(set(articles))],
    )
    return max(0, int(cursor.rowcount))


def saying(database: Database, host: str, samples: Iterable[str]) -> set[int]:
    """The newest articles of a host whose text has one of these blocks as a line."""
    forms = {form(one) for one in samples} - {""}
    return {row["id"] for row in _newest(database, host) if says(row["text"], forms)}


def left_out(whole: str, part: str) -> list[str]:
    """The lines of `whole` that are not in `part`, where it is `whole` with lines left out; else none."""
    wanted = [line for line in part.splitlines() if line.strip()]
    missing, at = [], 0
    for line in (line for line in whole.splitlines() if line.strip()):
        if at < len(wanted) and line == wanted[at]:
            at += 1
        else:
            missing.append(line)
    return missing if at == len(wanted) else []


def says(text: str, forms: AbstractSet[str]) -> bool:
    """Whether a text has one of these as a line."""
    return any(form(line) in forms for line in text.splitlines())


def shortened(database: Database, host: str) -> set[int]:
    """The newest articles of a host of whose text something was left out because the host repeats it."""
    return {row["id"] for row in _newest(database, host) if row["learned"] or row["cause"] == "chrome"}


def _newest(database: Database, host: str) -> Iterable[Row]:
    """The newest live articles of a host under each of its sources: id, text, what was left out, and why."""
    for (source_id,) in database.rows("SELECT source_id FROM chrome_hosts WHERE host = ?", (host,)):
        yield from database.rows(
            "SELECT a.id, r.learned, r.cause, t.text FROM article_heads a"
            " JOIN article_revisions r ON r.article_id = a.id AND r.revision = a.revision"
            " JOIN article_texts t ON t.revision_id = r.id"
            # '0' comes after '/', and ';' after ':': all addresses of the host, with and without a port.
            " WHERE a.source_id = ? AND a.status = 'live' AND a.pruned_at IS NULL"
            # The key would not do: its host is that of all editions of the page.
            " AND (substr(a.url, instr(a.url, '//')) >= ? AND substr(a.url, instr(a.url, '//')) < ?"
            " OR substr(a.url, instr(a.url, '//')) >= ? AND substr(a.url, instr(a.url, '//')) < ?)"
            " ORDER BY a.first_seen_at DESC LIMIT ?",
            (source_id, f"//{host}/", f"//{host}0", f"//{host}:", f"//{host};", NEWEST_ARTICLES),
        )
