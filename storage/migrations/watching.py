"""What tells an operator that something is wrong: samples, sums by day and hour, states, incidents, alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.migrations.columns import time

if TYPE_CHECKING:
    from sqlite_utils import Database

_DAY = "'[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'"
_HOUR = "'[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:00:00Z'"

_OUTCOMES = ("stored", "revised", "unchanged", "duplicate", "rejected", "failed")
_COSTS = ("polls_ok", "polls_failed", "requests", "body_bytes")
_FACTS = ("articles", "titles", "times", "origins", "credits", "characters")
_UNKNOWN = ("polls_empty", "links", "new_links")


def m013_watching(db: Database) -> None:
    """What the watch over the sources needs to know and has to say, and what an older file can tell it at once."""
    # An operator's pause; NULL: it is asked when it is due.
    db.execute(f"ALTER TABLE sources ADD COLUMN {time('paused_at')}")
    db.execute("ALTER TABLE sources ADD COLUMN paused_why TEXT")
    _samples(db)
    _sums(db)
    _states(db)
    _incidents(db)
    # What was refused, newest first. The condition is that of the view `rejections`, word for word; what it asks for is
    # in the index too: else each of 20,000 rows would be looked up to see what the index says of it already.
    db.execute("""
        CREATE INDEX urls_refused ON urls (last_checked_at, id, source_id, reason, state, attempts)
         WHERE state IN ('rejected', 'failed', 'gone') OR (state = 'pending' AND attempts > 0)""")
    # Who left a story is on its page too; without it, that reads the moves of all stories.
    db.execute("CREATE INDEX story_log_by_origin ON story_log (from_id) WHERE from_id IS NOT NULL")
    _views(db)
    _fill(db)


def _samples(db: Database) -> None:
    """What the newest pages of each source were like that were looked at for the first time."""
    # `url_id`: of `urls`, from which nothing goes that a crawl has asked for; a reference that SQLite checks would want
    # an index more. `has_...`, `characters`, `repeated`: of the article, NULL where the page is none.
    has = ",\n            ".join(
        f"has_{name} INTEGER CHECK (has_{name} IN (0, 1))" for name in ("title", "time", "origin", "credits")
    )
    db.execute(f"""
        CREATE TABLE sample_log (
            id INTEGER PRIMARY KEY,
            source_id INTEGER NOT NULL REFERENCES sources(id),
            url_id INTEGER NOT NULL,
            {time("at")} NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('stored', 'duplicate', 'rejected', 'failed')),
            reason TEXT,
            article_id INTEGER REFERENCES article_heads(id),
            {has},
            characters INTEGER,
            repeated REAL CHECK (repeated BETWEEN 0 AND 1)
        ) STRICT""")
    db.execute("CREATE INDEX sample_log_by_source ON sample_log (source_id, id)")
    # The sentences of the newest articles, in one value for all of them (storage.watch.sentences).
    db.execute("""
        CREATE TABLE said_log (
            source_id INTEGER PRIMARY KEY REFERENCES sources(id),
            sentences BLOB NOT NULL
        ) STRICT""")


def _sums(db: Database) -> None:
    """What was counted of each source: by day, by hour, and since ever."""
    counted = "".join(f"{name} INTEGER NOT NULL DEFAULT 0, " for name in (*_COSTS, *_OUTCOMES))
    facts = "".join(f"{name} INTEGER NOT NULL DEFAULT 0, " for name in _FACTS)
    # NULL: of a day before the file had this table, or of that day itself.
    unknown = "".join(f"{name} INTEGER, " for name in _UNKNOWN)
    db.execute(f"""
        CREATE TABLE day_log (
            source_id INTEGER NOT NULL REFERENCES sources(id),
            day TEXT NOT NULL CHECK (day GLOB {_DAY}),
            {counted}
            {facts}
            {unknown}
            repeated REAL,
            PRIMARY KEY (source_id, day)
        ) STRICT, WITHOUT ROWID""")
    db.execute(f"""
        CREATE TABLE hour_log (
            source_id INTEGER NOT NULL REFERENCES sources(id),
            hour TEXT NOT NULL CHECK (hour GLOB {_HOUR}),
            polls INTEGER NOT NULL DEFAULT 0,
            new INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (source_id, hour)
        ) STRICT, WITHOUT ROWID""")
    # The newest of all sources first, for lists; and the oldest, which are given up.
    db.execute("CREATE INDEX day_log_by_day ON day_log (day)")
    db.execute("CREATE INDEX hour_log_by_hour ON hour_log (hour)")
    # `lag_buckets`: how many articles came within each bound of storage.watch.lags, and after the last; `[]` for none.
    db.execute(f"""
        CREATE TABLE total_log (
            source_id INTEGER PRIMARY KEY REFERENCES sources(id),
            {counted}
            lag_buckets TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(lag_buckets)),
            lag_seconds REAL NOT NULL DEFAULT 0,
            lag_count INTEGER NOT NULL DEFAULT 0
        ) STRICT""")


def _states(db: Database) -> None:
    """How each source was when it was last looked at."""
    # `expected_new`: the articles that were expected since the last new one came. `zone`: the source's, whose clock on
    # the wall the hours of `source_memory.week` are.
    db.execute(f"""
        CREATE TABLE source_watch (
            source_id INTEGER PRIMARY KEY REFERENCES sources(id),
            {time("at")} NOT NULL,
            state TEXT NOT NULL,
            reason TEXT,
            facts TEXT NOT NULL DEFAULT '{{}}' CHECK (json_valid(facts)),
            {time("next_run_at")},
            next_run_kind TEXT,
            next_run_why TEXT,
            expected_new REAL,
            zone TEXT
        ) STRICT""")
    # Apart, because it is long and seldom another: `source_watch` is written each minute. `week`: JSON list of 168
    # numbers, the new articles that each local hour of the week is expected to bring, from Monday's first on.
    # `memory`: the detectors' own.
    db.execute("""
        CREATE TABLE source_memory (
            source_id INTEGER PRIMARY KEY REFERENCES sources(id),
            week TEXT CHECK (json_valid(week)),
            memory TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(memory))
        ) STRICT""")


def _incidents(db: Database) -> None:
    """What went wrong and when it was over, and who was told of it."""
    # `key`: what it is about; of one key, one is open at a time. `source_id` NULL: of the machine, or of many sources.
    db.execute(f"""
        CREATE TABLE incident_log (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            key TEXT NOT NULL,
            kind TEXT NOT NULL,
            severity TEXT NOT NULL CHECK (severity IN ('warning', 'error')),
            source_id INTEGER REFERENCES sources(id),
            {time("opened_at")} NOT NULL,
            {time("updated_at")} NOT NULL,
            {time("resolved_at")},
            updates INTEGER NOT NULL DEFAULT 0,
            facts TEXT NOT NULL DEFAULT '{{}}' CHECK (json_valid(facts)),
            sample TEXT CHECK (json_valid(sample)),
            {time("acknowledged_at")}
        ) STRICT""")
    db.execute("CREATE UNIQUE INDEX incident_log_open ON incident_log (key) WHERE resolved_at IS NULL")
    db.execute("CREATE INDEX incident_log_by_time ON incident_log (opened_at)")
    db.execute("CREATE INDEX incident_log_by_key ON incident_log (key, resolved_at)")
    db.execute("CREATE INDEX incident_log_by_source ON incident_log (source_id, id) WHERE source_id IS NOT NULL")
    db.execute("""
        CREATE TABLE incident_source_log (
            incident_id INTEGER NOT NULL REFERENCES incident_log(id),
            source_id INTEGER NOT NULL REFERENCES sources(id),
            PRIMARY KEY (incident_id, source_id)
        ) STRICT, WITHOUT ROWID""")
    db.execute("CREATE INDEX incident_source_log_by_source ON incident_source_log (source_id)")
    # `dropped`: what it would have told was over before it could be told.
    db.execute(f"""
        CREATE TABLE alert_log (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            incident_id INTEGER NOT NULL REFERENCES incident_log(id),
            sink TEXT NOT NULL,
            event TEXT NOT NULL CHECK (event IN ('opened', 'escalated', 'resolved')),
            state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'dead', 'dropped')),
            {time("created_at")} NOT NULL,
            {time("next_at")},
            attempts INTEGER NOT NULL DEFAULT 0,
            {time("sent_at")},
            error TEXT
        ) STRICT""")
    db.execute("CREATE INDEX alert_log_due ON alert_log (next_at, id) WHERE state = 'pending'")
    db.execute("CREATE INDEX alert_log_by_incident ON alert_log (incident_id)")
    # Each round of the watch asks for what was given up, and for the last that a sink took.
    db.execute("CREATE INDEX alert_log_dead ON alert_log (id) WHERE state = 'dead'")
    db.execute("CREATE INDEX alert_log_sent ON alert_log (sink, sent_at) WHERE state = 'sent'")


def _views(db: Database) -> None:
    """What readers see of it."""
    db.execute("""
        CREATE VIEW page_samples AS
        SELECT p.id, s.name AS source, u.url, p.at, p.outcome, p.reason, p.article_id, p.has_title, p.has_time,
               p.has_origin, p.has_credits, p.characters, p.repeated
          FROM sample_log p
          JOIN sources s ON s.id = p.source_id
          JOIN urls u ON u.id = p.url_id""")
    counted = ", ".join(f"d.{name}" for name in (*_COSTS, *_OUTCOMES))
    db.execute(f"""
        CREATE VIEW source_days AS
        SELECT s.name AS source, d.day, {counted},
               {", ".join(f"d.{name}" for name in (*_FACTS, *_UNKNOWN))}, d.repeated
          FROM day_log d
          JOIN sources s ON s.id = d.source_id""")
    db.execute("""
        CREATE VIEW source_hours AS
        SELECT s.name AS source, h.hour, h.polls, h.new
          FROM hour_log h
          JOIN sources s ON s.id = h.source_id""")
    db.execute(f"""
        CREATE VIEW source_totals AS
        SELECT s.name AS source, {counted}, d.lag_buckets, d.lag_seconds, d.lag_count
          FROM total_log d
          JOIN sources s ON s.id = d.source_id""")
    db.execute("""
        CREATE VIEW source_states AS
        SELECT s.id AS source_id, s.name AS source, w.state, w.reason, w.facts, w.at, w.next_run_at, w.next_run_kind,
               w.next_run_why, w.expected_new, s.paused_at, s.paused_why, w.zone
          FROM source_watch w
          JOIN sources s ON s.id = w.source_id""")
    db.execute("""
        CREATE VIEW incidents AS
        SELECT i.id, i.kind, i.severity, s.name AS source, i.opened_at, i.updated_at, i.resolved_at, i.updates,
               i.facts, i.sample, i.acknowledged_at,
               CASE WHEN i.source_id IS NOT NULL THEN 1
                    ELSE (SELECT count(*) FROM incident_source_log x WHERE x.incident_id = i.id) END AS n_sources
          FROM incident_log i
          LEFT JOIN sources s ON s.id = i.source_id""")
    db.execute("""
        CREATE VIEW incident_sources AS
        SELECT i.id AS incident_id, s.name AS source
          FROM incident_log i
          JOIN sources s ON s.id = i.source_id
        UNION ALL
        SELECT x.incident_id, s.name
          FROM incident_source_log x
          JOIN sources s ON s.id = x.source_id""")
    db.execute("""
        CREATE VIEW alerts AS
        SELECT id, incident_id, sink, event, state, created_at, next_at, attempts, sent_at, error
          FROM alert_log""")


def _fill(db: Database) -> None:
    """What an older file can tell at once, so that the watch need not begin with nothing."""
    names = ", ".join((*_COSTS, *_OUTCOMES))
    sums = ", ".join(f"sum(r.{name})" for name in ("entries_ok", "entries_failed", *_COSTS[2:], *_OUTCOMES))
    db.execute(f"""
        INSERT INTO day_log (source_id, day, {names})
        SELECT r.source_id, substr(r.started_at, 1, 10), {sums} FROM run_source_log r GROUP BY 1, 2""")
    db.execute(f"""
        INSERT INTO total_log (source_id, {names})
        SELECT source_id, {", ".join(f"sum({name})" for name in (*_COSTS, *_OUTCOMES))} FROM day_log GROUP BY 1""")
    # Three months of articles are what a baseline is made of; to read all that a file has would take minutes.
    db.execute(f"""
        INSERT INTO day_log (source_id, day, {", ".join(_FACTS)})
        SELECT h.source_id, substr(h.first_seen_at, 1, 10), count(*), sum(r.title IS NOT NULL),
               sum(r.published_at IS NOT NULL AND coalesce(r.published_where, '') NOT IN ('url', 'link')),
               sum(r.origin IS NOT NULL), sum(r.credits <> '[]'), sum(r.characters)
          FROM sources s
          JOIN article_heads h ON h.source_id = s.id AND h.pruned_at IS NULL
               AND h.first_seen_at >= strftime('%Y-%m-%dT%H:%M:%SZ', {_NEWEST}, '-90 days')
          JOIN article_revisions r ON r.article_id = h.id AND r.revision = 1
         GROUP BY 1, 2
            ON CONFLICT DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _FACTS)}""")
    _fill_hours(db)


_NEWEST = "(SELECT max(started_at) FROM run_log)"


def _fill_hours(db: Database) -> None:
    """The hours of the last ten weeks in which entry points answered, and what they brought."""
    for columns, found in (
        (
            "polls",
            """SELECT r.source_id, substr(r.started_at, 1, 13) || ':00:00Z', sum(r.entries_ok)
                 FROM run_source_log r WHERE r.entries_ok > 0 AND r.started_at""",
        ),
        (
            "new",
            """SELECT h.source_id, substr(h.first_seen_at, 1, 13) || ':00:00Z', count(*)
                 FROM sources s JOIN article_heads h ON h.source_id = s.id
                WHERE h.pruned_at IS NULL AND h.first_seen_at""",
        ),
    ):
        db.execute(f"""
            INSERT INTO hour_log (source_id, hour, {columns})
            {found} >= strftime('%Y-%m-%dT%H:%M:%SZ', {_NEWEST}, '-70 days') GROUP BY 1, 2
                ON CONFLICT DO UPDATE SET {columns} = excluded.{columns}""")
