-- Step 1 of the schema in PostgreSQL (schema.py). It stands beside Procrastinate's own tables, in the same schema, and is
-- run with the search_path on that schema alone. The functions are in functions.sql.

-- One row: what the coordinator has set for all. No coordinator has been here while `owner` is NULL.
CREATE TABLE settings (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version integer NOT NULL,                -- of this schema; changed by `dibao cluster init` only
    procrastinate text NOT NULL,             -- the release that its tables are from
    formats integer[] NOT NULL DEFAULT '{}', -- of jobs and events: what the coordinator reads
    owner text,                              -- id of the one SQLite file that this schema serves
    paused boolean NOT NULL DEFAULT false,
    max_backlog_bytes bigint NOT NULL DEFAULT 1073741824,
    heartbeat_seconds double precision NOT NULL DEFAULT 10,
    stall_seconds double precision NOT NULL DEFAULT 30,
    coordinator_seen_at timestamptz,
    coordinator_host text,
    coordinator_version text
);

-- What the events that wait weigh, measured at most once a second, whoever asks. Not a sum that each batch adds to:
-- all workers would wait for that one row.
CREATE TABLE backlog (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    bytes bigint NOT NULL DEFAULT 0,
    measured_at timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO backlog DEFAULT VALUES;

-- What a job carries. Procrastinate's row has the locks and the state; it goes when the job has ended, this one when the
-- coordinator has taken the end in.
CREATE TABLE jobs (
    id text PRIMARY KEY,
    queue_job bigint NOT NULL UNIQUE,        -- procrastinate_jobs.id; another one after each giving back
    source text NOT NULL,
    lock text NOT NULL,
    sites text[] NOT NULL,                   -- what no other job may ask meanwhile
    format integer NOT NULL,
    payload bytea NOT NULL,
    memo bytea NOT NULL DEFAULT '',          -- what the coordinator keeps there for itself
    created_at timestamptz NOT NULL DEFAULT now(),
    stop_wanted boolean NOT NULL DEFAULT false,
    given_back integer NOT NULL DEFAULT 0    -- times that a worker could not have its hosts
);

-- Batches of events. They are taken with FOR UPDATE SKIP LOCKED and deleted when SQLite has them; never "id > last":
-- ids are given in one order and committed in another.
CREATE TABLE events (
    id bigserial PRIMARY KEY,
    job_id text NOT NULL,
    first bigint NOT NULL,                   -- the worker's own count of this job's events, 1.. without gaps
    last bigint NOT NULL,
    events integer NOT NULL,
    format integer NOT NULL,
    payload bytea NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    worker text NOT NULL,
    CONSTRAINT events_once UNIQUE (job_id, first)
);

-- Batches that the coordinator could not read: set aside whole, for somebody to look at.
CREATE TABLE damaged (
    id bigint PRIMARY KEY,                   -- as it was in events
    job_id text NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    events integer NOT NULL,
    format integer NOT NULL,
    payload bytea NOT NULL,
    written_at timestamptz NOT NULL,
    worker text NOT NULL,
    reason text NOT NULL,
    set_aside_at timestamptz NOT NULL DEFAULT now()
);

-- One row for each `dibao worker`, also for one that was lost a short while ago.
CREATE TABLE workers (
    id bigint PRIMARY KEY,                   -- procrastinate_workers.id
    name text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL,
    format integer NOT NULL,
    processes integer NOT NULL,
    jobs integer NOT NULL DEFAULT 0,
    room integer NOT NULL DEFAULT 0,
    resident_bytes bigint NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'working' CHECK (state IN ('working', 'draining', 'backlogged', 'lost')),
    wanted text NOT NULL DEFAULT 'work' CHECK (wanted IN ('work', 'drain')),
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    detail text NOT NULL DEFAULT ''
);
CREATE INDEX workers_name ON workers (name);

-- Already packed by zstd: PostgreSQL need not try again.
ALTER TABLE jobs ALTER COLUMN payload SET STORAGE EXTERNAL;
ALTER TABLE events ALTER COLUMN payload SET STORAGE EXTERNAL;
ALTER TABLE damaged ALTER COLUMN payload SET STORAGE EXTERNAL;

-- Procrastinate's fetch asks for each candidate whether an older job of its lock waits; its own index starts with the id
-- and makes that a scan. Measured at 100,000 jobs: 171 fetches a second without, 856 with.
CREATE INDEX dibao_jobs_lock ON procrastinate_jobs (lock, priority DESC, id) WHERE status IN ('todo', 'doing');

-- Rows live for seconds to minutes: what is dead is swept by count, not by share of a table that is mostly empty.
ALTER TABLE procrastinate_jobs SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE procrastinate_events SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
    autovacuum_vacuum_cost_delay = 0);
ALTER TABLE jobs SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0, toast.autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_threshold = 2000, toast.autovacuum_vacuum_cost_delay = 0);
ALTER TABLE events SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
    autovacuum_vacuum_cost_delay = 0, toast.autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_threshold = 5000, toast.autovacuum_vacuum_cost_delay = 0);
