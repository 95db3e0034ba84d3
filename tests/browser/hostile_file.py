"""The file of attacks (tests.storage.hostile_rows), with what only operators look at: every text there is one too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from storage.database import Database, open_writer
from tests.storage import hostile_rows
from tests.storage.hostile_rows import ATTACKS

KINDS = ("source_failing", "source_drift", "disk_low", "sources_many", "source_silent")
_AT = "2026-11-22T09:30:00Z"


def make(path: Path) -> None:
    """None; the file is there."""
    hostile_rows.make(path)
    with open_writer(path) as database, database.transaction():
        _revisions(database)
        for at, attack in enumerate(ATTACKS):
            said = attack.encode("utf-8", "replace").decode()
            _watched(database, at, said)
            _told(database, at, said)
        _stories(database)


def _revisions(database: Database) -> None:
    """Each article's further texts, in the columns that hostile_rows leaves as they are cleaned."""
    for at, attack in enumerate(ATTACKS, 1):
        said = attack.encode("utf-8", "replace").decode()
        listed: dict[str, Any] = {
            "credits": [{"role": said, "name": said, "raw": said, "found_in": said, "organisation": False}],
            "images": [{"url": said, "caption": said, "photographer": said}],
            "evidence": [{"fact": said, "value": said, "raw": said, "found_in": said, "chosen": True}],
            "missing_parts": [said],
        }
        texts = (
            "subheadline", "origin_url", "dateline_place", "dateline_agency", "dateline_date", "dateline_raw",
            "print_page", "correction", "damage", "canonical_url", "found_by", "published_local", "published_where",
            "modified_local", "extractor", "encoding", "encoding_evidence", "origin_kind", "lang", "script",
        )  # fmt: skip
        columns = [f"{name} = :{name}" for name in listed] + [f"{name} = :said" for name in texts]
        values = {name: json.dumps(value) for name, value in listed.items()}
        database.execute(
            f"UPDATE article_revisions SET {', '.join(columns)} WHERE article_id = :id",
            {**values, "said": said, "id": at},
        )
        database.execute(
            "UPDATE urls SET link_title = :said, link_published = :said, detail = :said WHERE article_id = :id",
            {"said": said, "id": at},
        )


def _watched(database: Database, at: int, said: str) -> None:
    """What is said of the source, its entry points and runs, where attacks share the rows that there are."""
    if at == 0:
        database.execute(
            "UPDATE sources SET last_error = :said, paused_at = :at, paused_why = :said", {"said": said, "at": _AT}
        )
        database.execute(
            "INSERT OR REPLACE INTO source_watch (source_id, at, state, reason, facts) VALUES (1, ?, 'failing',"
            " 'source_failing', ?)",
            (_AT, json.dumps({"failures": 3, "error": said, "since_at": said})),
        )
        database.execute("UPDATE run_source_log SET error = ?, reasons = ?", (said, json.dumps({f"failed:{said}": 1})))
    database.execute(
        "INSERT INTO entry_points (source_id, kind, url, last_checked_at, last_status, last_reason, last_detail,"
        " failures) VALUES (1, 'feed', ?, ?, 'failed', ?, ?, 1)",
        (f"{said}#{at}", _AT, said, said),
    )
    database.execute("UPDATE sources SET home = ? WHERE id = 1", (said,))


def _told(database: Database, at: int, said: str) -> None:
    """An incident, its alert, and a page of the ledger that brought nothing."""
    facts = json.dumps({
        "failures": 3, "error": said, "entry_url": said, "folder": said, "place": said, "names": [said], "cause": said,
        "measure": "title", "reason": said, "since_at": said, "shared": "host", "free_bytes": 5, "sources": 2,
    })  # fmt: skip
    sample = json.dumps({"before": [at + 1], "after": [at + 2], "pages": [said]})
    kind = KINDS[at % len(KINDS)]
    database.execute(
        "INSERT INTO incident_log (key, kind, severity, source_id, opened_at, updated_at, updates, facts, sample)"
        " VALUES (?, ?, 'error', ?, ?, ?, 1, ?, ?)",
        (f"{kind}:{at}", kind, 1 if kind.startswith("source_") else None, _AT, _AT, facts, sample),
    )
    number = database.value("SELECT max(id) FROM incident_log")
    database.execute(
        "INSERT INTO alert_log (incident_id, sink, event, state, created_at, attempts, error)"
        " VALUES (?, ?, 'opened', 'dead', ?, 1, ?)",
        (number, said, _AT, said),
    )
    database.execute(
        "INSERT INTO urls (key, key_hash, site, url, source_id, state, reason, detail, link_title, discovered_at,"
        " last_checked_at) VALUES (?, x'00', 'a.cn', ?, 1, 'rejected', ?, ?, ?, ?, ?)",
        (f"refused-{at}", said, said, said, said, _AT, _AT),
    )
    database.execute(
        "INSERT INTO quarantine (url_id, quarantined_at, reason, detail, extractor, strikes)"
        " VALUES ((SELECT max(id) FROM urls), ?, ?, ?, ?, 2)",
        (_AT, said, said, said),
    )


def _stories(database: Database) -> None:
    """All articles are one story, and somebody has decided so in words of an attack."""
    database.execute("UPDATE fingerprints SET story_id = 1")
    database.execute("DELETE FROM story_heads WHERE id <> 1")
    database.execute("UPDATE story_heads SET articles = (SELECT count(*) FROM fingerprints)")
    database.execute(
        "INSERT INTO story_decisions (a, b, verdict, command, at) VALUES (1, 2, 'same', ?, ?)", (ATTACKS[0], _AT)
    )
