"""What a site repeats: blocks that stand on several pages of a host are chrome, whatever the extractor made of them.

What was learned travels in jobs (storage.records.HostChrome), observations come back in events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from storage import chrome_hosts, error_pages, observations, rereading
from storage.chrome_hosts import Seen
from storage.database import Database
from storage.observations import PageBlocks
from storage.records import HostChrome, Observation, utc_text

# A block is chrome on its second page while a host is hardly known, on its third from then on
# (research/extraction.md 3, step 6: one other page is enough, but two articles may quote one sentence).
FEW_PAGES = 5
PAGES_OF_FEW = 2
PAGES_OF_MANY = 3
# What no page has shown for so long is gone with a redesign; forgotten only if pages were looked at meanwhile.
FORGOTTEN_AFTER = timedelta(days=30)
# Of how many pages a job reports the blocks: of an unknown host until the window is full, then so few that the window
# turns over once in four crawls, and a redesign is known within the hour. An observation is ten to thirty kilobytes.
OBSERVE_MORE = 5
# What a job can carry: real hosts repeat 20 to 300 blocks; a host that repeats thousands is a trap.
MOST_BLOCKS = 2_000
# A platform with a host for each customer: those seen last.
MOST_HOSTS = 200


def for_job(database: Database, source_id: int) -> tuple[HostChrome, ...]:
    """What was learned of the hosts of a source, and of how many pages more is wanted to be known."""
    rows = database.rows(
        "SELECT host, (SELECT count(*) FROM chrome_pages p WHERE p.host = h.host) AS pages FROM chrome_hosts h"
        " WHERE source_id = ? ORDER BY seen_at DESC, host LIMIT ?",
        (source_id, MOST_HOSTS),
    )
    return tuple(
        HostChrome(
            host=row["host"],
            blocks=b"".join(sorted(_chrome(database, row["host"]))),
            error_pages=error_pages.of_host(database, row["host"]),
            observe=max(OBSERVE_MORE, observations.WINDOW - row["pages"]),
        )
        for row in rows
    )


def learn(database: Database, seen: Seen, article_id: int, entry_point_id: int | None, shown: Observation) -> None:
    """None; the page is remembered, and what it shows for the second or third time is chrome from now on.

    A copy of another page teaches nothing. Articles that have in their text what has become chrome are asked for again.
    """
    chrome_hosts.note(database, seen)
    verdicts = _verdicts(database, seen.host)
    window = observations.windows(database, seen.host, entry_point_id)
    known = [page for page in window if page.article_id != article_id]
    own = observations.weights(shown)
    if observations.is_copy(own, known, verdicts):
        return
    page = PageBlocks(
        article_id=article_id, entry_point_id=entry_point_id, seen_at=utc_text(seen.at), weights=own
    )
    observations.remember(database, seen.host, page)
    pages = [page, *known]
    counts = observations.counted(pages, entry_point_id, own.keys())
    needed = enough(observations.count(database, seen.host))
    texts = {block.key: block.text for block in shown.blocks}
    rising = [key for key in own if key not in verdicts and counts[key] >= needed]
    # What is text on one page only is the text of that page: the others show it as the abstract of a link.
    risen = {
        key: rereading.sample(texts[key])
        for key in rising
        if sum(1 for each in pages if each.weights.get(key)) != 1
    }
    _seen_again(database, seen, {key: counts[key] for key in own if key in verdicts})
    _add(database, seen, risen, pages)
    _forget_old(database, seen)
    if risen:
        rereading.again(database, keeping(database, seen.host, risen), seen.at)


def enough(pages: int) -> int:
    """On how many pages a block must stand to be chrome, where so many pages of the host are remembered."""
    return PAGES_OF_FEW if pages < FEW_PAGES else PAGES_OF_MANY


def keeping(database: Database, host: str, blocks: Mapping[bytes, str]) -> set[int]:
    """The articles that have one of these blocks (key: text) in their text, by what was observed and what is stored."""
    observed = {page.article_id for page in observations.of_host(database, host) if page.kept & blocks.keys()}
    return observed | rereading.saying(database, host, blocks.values())


def is_any(database: Database, host: str, lines: Sequence[str]) -> bool:
    """Whether one of these lines is chrome of the host."""
    rows = database.rows("SELECT sample FROM chrome_blocks WHERE host = ? AND verdict <> 'keep'", (host,))
    forms = {rereading.form(row["sample"]) for row in rows}
    return any(rereading.form(line) in forms for line in lines)


class Taught:
    """What jobs have taught of their hosts so far. It is asked of each page, so it is read once a transaction and host.

    Whoever makes something chrome, or nothing any more, says so with `forget`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._as_of = (-1, -1)
        self._blocks: dict[tuple[str, str], tuple[frozenset[bytes], frozenset[str]]] = {}

    def is_any(self, seen: Seen) -> bool:
        """Whether the job has taught anything of the host."""
        return bool(self._of(seen.host, seen.job_id)[0])

    def is_behind(self, seen: Seen, text: str, shown: Observation | None) -> bool:
        """Whether a page was read without what its own job has taught meanwhile, and has some of it in its text."""
        keys, forms = self._of(seen.host, seen.job_id)
        if not keys:
            return False
        kept = shown is not None and any(block.kept and block.key in keys for block in shown.blocks)
        return kept or rereading.says(text, forms)

    def forget(self, host: str) -> None:
        """None; what is chrome of the host is read anew."""
        self._blocks = {asked: blocks for asked, blocks in self._blocks.items() if asked[0] != host}

    def _of(self, host: str, job_id: str) -> tuple[frozenset[bytes], frozenset[str]]:
        """The keys of what is chrome of a host because of a job, and the forms of its lines."""
        as_of = (self._database.turn, self._database.era)
        if as_of != self._as_of:
            self._blocks.clear()
            self._as_of = as_of
        if (host, job_id) not in self._blocks:
            rows = self._database.rows(
                "SELECT key, sample FROM chrome_blocks WHERE host = ? AND job_id = ? AND verdict = 'learned'",
                (host, job_id),
            )
            forms = frozenset(rereading.form(row["sample"]) for row in rows) - {""}
            self._blocks[host, job_id] = frozenset(row["key"] for row in rows), forms
        return self._blocks[host, job_id]


def _verdicts(database: Database, host: str) -> dict[bytes, str]:
    rows = database.rows("SELECT key, verdict FROM chrome_blocks WHERE host = ?", (host,))
    return {row["key"]: row["verdict"] for row in rows}


def _chrome(database: Database, host: str) -> list[bytes]:
    rows = database.rows(
        "SELECT key FROM chrome_blocks WHERE host = ? AND verdict <> 'keep'"
        " ORDER BY verdict = 'drop' DESC, last_seen_at DESC, id DESC LIMIT ?",
        (host, MOST_BLOCKS),
    )
    return [row["key"] for row in rows]


def _seen_again(database: Database, seen: Seen, pages: Mapping[bytes, int]) -> None:
    at = utc_text(seen.at)
    database.executemany(
        "UPDATE chrome_blocks SET pages = ?, first_seen_at = coalesce(first_seen_at, ?), last_seen_at = ?"
        " WHERE host = ? AND key = ?",
        [(count, at, at, seen.host, key) for key, count in pages.items()],
    )


def _add(database: Database, seen: Seen, risen: Mapping[bytes, str], pages: Sequence[PageBlocks]) -> None:
    on = {key: [page.seen_at for page in pages if key in page.weights] for key in risen}
    database.executemany(
        "INSERT INTO chrome_blocks (host, key, sample, pages, first_seen_at, last_seen_at, verdict, since, job_id)"
        " VALUES (?, ?, ?, ?, ?, ?, 'learned', ?, ?)",
        [
            (seen.host, key, text, len(on[key]), min(on[key]), utc_text(seen.at), utc_text(seen.at), seen.job_id)
            for key, text in risen.items()
        ],
    )


def _forget_old(database: Database, seen: Seen) -> None:
    """None; what was not seen for long is chrome no more, if that many other pages were seen since."""
    database.execute(
        "DELETE FROM chrome_blocks WHERE host = ? AND verdict = 'learned' AND last_seen_at < ? AND"
        " (SELECT count(*) FROM chrome_pages p WHERE p.host = chrome_blocks.host"
        "   AND p.seen_at > chrome_blocks.last_seen_at) >= ?",
        (seen.host, utc_text(seen.at - FORGOTTEN_AFTER), FEW_PAGES),
    )
