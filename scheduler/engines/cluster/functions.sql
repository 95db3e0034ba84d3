-- All that a worker may do, and what is told to whom. Run at every installation and upgrade, after the steps.
-- SECURITY DEFINER: the workers' role has EXECUTE on these and no right on any table. `SET search_path FROM CURRENT` fixes
-- the path to the one of the installation (schema.py), so that nobody's own objects are taken for ours.
-- The planner is told to walk the indexes: of a queue that was just filled it knows nothing, takes walks of the whole
-- table for cheap, and keeps that plan for the session. Measured at 20,000 jobs: 39 ms for one instead of 1.1; at
-- 100,000 jobs 11 ms for the end of one instead of .7.
-- Errors of our own: DB001 the format is not spoken here, DB002 the name is taken, DB003 no coordinator has been here.

CREATE OR REPLACE FUNCTION schema_version() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT s.version FROM settings AS s
$$;

-- Bytes of the events that wait; at most a second old where anybody asks more often.
CREATE OR REPLACE FUNCTION backlog_bytes() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET enable_seqscan = on AS $$
BEGIN
    PERFORM 1 FROM backlog AS b WHERE b.measured_at < clock_timestamp() - interval '1 second' FOR UPDATE SKIP LOCKED;
    IF FOUND THEN
        UPDATE backlog SET measured_at = clock_timestamp(),
            bytes = (SELECT coalesce(sum(octet_length(e.payload)), 0) FROM events AS e);
    END IF;
    RETURN (SELECT b.bytes FROM backlog AS b);
END
$$;

-- A worker comes. Its name is held by the session that says hello, until that session ends: a worker that was killed may
-- come again at once, one that is frozen is still there.
CREATE OR REPLACE FUNCTION hello(name text, host text, pid integer, version text, format integer, processes integer)
RETURNS TABLE (worker bigint, heartbeat_seconds double precision, stall_seconds double precision)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    s settings%ROWTYPE;
    other workers%ROWTYPE;
BEGIN
    SELECT * INTO s FROM settings;
    IF s.owner IS NULL OR cardinality(s.formats) = 0 THEN
        RAISE EXCEPTION 'no coordinator has used schema % yet: start `dibao run` with this [engine] url first',
            current_schema() USING ERRCODE = 'DB003';
    END IF;
    IF NOT hello.format = ANY (s.formats) THEN
        RAISE EXCEPTION 'this worker is dibao % (job format %), the coordinator is dibao % (formats %): '
            'install dibao % here', hello.version, hello.format, coalesce(s.coordinator_version, 'of unknown version'),
            array_to_string(s.formats, ', '), coalesce(s.coordinator_version, 'of the same version')
            USING ERRCODE = 'DB001';
    END IF;
    IF NOT pg_try_advisory_lock(hashtextextended('worker:' || current_schema() || ':' || hello.name, 0)) THEN
        SELECT * INTO other FROM workers AS w WHERE w.name = hello.name AND w.state <> 'lost'
            ORDER BY w.id DESC LIMIT 1;
        RAISE EXCEPTION 'a worker named % is there already (host %, process %): give this one another --name, '
            'or end that one, or `dibao cluster evict %` where its processes are surely dead',
            hello.name, coalesce(other.host, 'unknown'), coalesce(other.pid::text, 'unknown'), hello.name
            USING ERRCODE = 'DB002';
    END IF;
    UPDATE workers SET state = 'lost' WHERE workers.name = hello.name AND workers.state <> 'lost';
    SELECT r.worker_id INTO worker FROM procrastinate_register_worker_v1() AS r;
    -- Cut: the coordinator reads all of these every few seconds, whoever wrote them.
    INSERT INTO workers (id, name, host, pid, version, format, processes)
        VALUES (worker, left(hello.name, 100), left(hello.host, 255), hello.pid, left(hello.version, 50), hello.format,
            hello.processes);
    heartbeat_seconds := s.heartbeat_seconds;
    stall_seconds := s.stall_seconds;
    RETURN NEXT;
END
$$;

-- The heartbeat, and all that a worker must know. `known` false: it was declared lost, and ends all its jobs at once.
-- `backlog_full`: more than max_backlog_bytes wait, nothing is fetched. `backlog_overfull`: more than twice that, and what
-- its jobs have found waits in the worker.
CREATE OR REPLACE FUNCTION beat(worker bigint, jobs integer, room integer, resident_bytes bigint, state text, detail text)
RETURNS TABLE (known boolean, wanted text, paused boolean, backlog_full boolean, format_accepted boolean,
    stop_jobs text[], backlog_overfull boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off
SET enable_mergejoin = off AS $$
DECLARE
    s settings%ROWTYPE;
    w workers%ROWTYPE;
    waiting bigint;
BEGIN
    SELECT * INTO s FROM settings;
    UPDATE workers SET seen_at = clock_timestamp(), jobs = beat.jobs, room = beat.room, state = beat.state,
            resident_bytes = beat.resident_bytes, detail = left(beat.detail, 300)
        WHERE workers.id = beat.worker AND workers.state <> 'lost'
        RETURNING * INTO w;
    known := FOUND;
    IF known THEN
        PERFORM procrastinate_update_heartbeat_v1(beat.worker);
    END IF;
    waiting := backlog_bytes();
    wanted := coalesce(w.wanted, 'drain');
    paused := s.paused;
    backlog_full := waiting > s.max_backlog_bytes;
    backlog_overfull := waiting > 2 * s.max_backlog_bytes;
    format_accepted := coalesce(w.format = ANY (s.formats), false);
    stop_jobs := ARRAY(
        SELECT j.id FROM jobs AS j JOIN procrastinate_jobs AS q ON q.id = j.queue_job
        WHERE q.worker_id = beat.worker AND q.status = 'doing' AND j.stop_wanted);
    RETURN NEXT;
END
$$;

-- One job, or no row: nothing may be fetched now, or nothing waits whose lock is free. (`fetch` is a reserved word.)
-- Of the jobs that workers may have died of (coordinator/reaper.py) a worker has one at a time: two never die together,
-- so that it is known which one was to blame.
CREATE OR REPLACE FUNCTION take(worker bigint, format integer)
RETURNS TABLE (queue_job bigint, job_id text, source text, sites text[], payload bytea, waited_seconds double precision)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off
SET enable_mergejoin = off AS $$
DECLARE
    s settings%ROWTYPE;
    taken procrastinate_jobs%ROWTYPE;
    queues varchar[] := ARRAY['crawl.v' || take.format];
    suspects varchar := queues[1] || '.suspect';
BEGIN
    SELECT * INTO s FROM settings;
    IF s.paused OR NOT take.format = ANY (s.formats) OR backlog_bytes() > s.max_backlog_bytes THEN
        RETURN;
    END IF;
    -- Shared with others that read the row, but not with the one that declares this worker lost.
    PERFORM 1 FROM workers AS w
        WHERE w.id = take.worker AND w.wanted = 'work' AND w.state <> 'lost' AND w.format = take.format FOR SHARE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM procrastinate_jobs AS q
            WHERE q.worker_id = take.worker AND q.status = 'doing' AND q.queue_name = suspects) THEN
        queues := queues || suspects;
    END IF;
    BEGIN
        taken := procrastinate_fetch_job_v2(queues, take.worker);
    EXCEPTION WHEN unique_violation THEN
        -- Another worker took a job of the same lock meanwhile, and the index said so: the next call sees it.
        RETURN;
    END;
    IF taken.id IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT taken.id, j.id, j.source, j.sites, j.payload,
            extract(epoch FROM clock_timestamp() - j.created_at)::double precision
        FROM jobs AS j WHERE j.queue_job = taken.id;
    IF NOT FOUND THEN
        -- Nobody's job: not of ours, or the coordinator has let it go. It must not hold its lock.
        PERFORM procrastinate_finish_job_v1(taken.id, 'failed', true);
    END IF;
END
$$;

-- Whether the batch is safe. False, and nothing written, where the job is no longer this worker's: a worker that was
-- frozen and wakes up can tell nothing. Nor is what is larger than any batch (batches.MOST_BYTES), which would be read
-- into the coordinator's memory. `ends`: the job ends in the same transaction.
CREATE OR REPLACE FUNCTION tell(worker bigint, queue_job bigint, job_id text, first bigint, last bigint, events integer,
    format integer, payload bytea, ends boolean)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off
SET enable_mergejoin = off AS $$
DECLARE
    held text;
BEGIN
    IF octet_length(tell.payload) > 80 * 1024 * 1024 THEN
        RETURN false;
    END IF;
    -- UPDATE, not SHARE: it ends the job perhaps, and two that share a row and both want more would wait for each other.
    SELECT q.lock INTO held FROM procrastinate_jobs AS q JOIN jobs AS j ON j.queue_job = q.id
        WHERE q.id = tell.queue_job AND q.status = 'doing' AND q.worker_id = tell.worker AND j.id = tell.job_id
        FOR UPDATE OF q;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO events (job_id, first, last, events, format, payload, worker)
        SELECT tell.job_id, tell.first, tell.last, tell.events, tell.format, tell.payload, w.name
        FROM workers AS w WHERE w.id = tell.worker
        ON CONFLICT ON CONSTRAINT events_once DO NOTHING;
    IF tell.ends THEN
        PERFORM procrastinate_finish_job_v1(tell.queue_job, 'succeeded', true);
        -- In the order of dibao_jobs_lock, so that no other index serves; the job's own row is gone.
        IF EXISTS (SELECT 1 FROM procrastinate_jobs AS q WHERE q.lock = held AND q.status IN ('todo', 'doing')
                ORDER BY q.priority DESC, q.id LIMIT 1) THEN
            PERFORM pg_notify(current_schema() || '_workers', 'jobs');
        END IF;
    END IF;
    PERFORM pg_notify(current_schema() || '_events', '');
    RETURN true;
END
$$;

-- Whether the job waits again: its hosts are still asked by another. Never Procrastinate's retry: with a queueing lock that
-- can leave the job `doing` for ever. Not before `seconds` from now, 120 at most: what is scheduled holds its lock.
CREATE OR REPLACE FUNCTION give_back(worker bigint, queue_job bigint, job_id text, seconds double precision)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_hashjoin = off
SET enable_mergejoin = off AS $$
DECLARE
    old procrastinate_jobs%ROWTYPE;
    at timestamptz := clock_timestamp() + make_interval(secs => greatest(0, least(120, give_back.seconds)));
    fresh bigint[];
    stopped boolean;
BEGIN
    SELECT q.* INTO old FROM procrastinate_jobs AS q JOIN jobs AS j ON j.queue_job = q.id
        WHERE q.id = give_back.queue_job AND q.status = 'doing' AND q.worker_id = give_back.worker
            AND j.id = give_back.job_id
        FOR UPDATE OF q;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM procrastinate_finish_job_v1(old.id, 'failed', true);
    SELECT j.stop_wanted INTO stopped FROM jobs AS j WHERE j.id = give_back.job_id FOR UPDATE;
    IF stopped THEN
        -- It does not wait again: it is in no queue now, and the coordinator ends it.
        RETURN true;
    END IF;
    BEGIN
        fresh := procrastinate_defer_jobs_v1(ARRAY[ROW(old.queue_name, old.task_name, old.priority, old.lock,
            old.queueing_lock, old.args, at)]::procrastinate_job_to_defer_v1[]);
    EXCEPTION WHEN unique_violation THEN
        -- Another job of the source waits. This one has begun to be somebody's, so it must end by itself: it waits too.
        fresh := procrastinate_defer_jobs_v1(ARRAY[ROW(old.queue_name, old.task_name, old.priority, old.lock,
            NULL, old.args, at)]::procrastinate_job_to_defer_v1[]);
    END;
    UPDATE jobs SET queue_job = fresh[1], given_back = jobs.given_back + 1 WHERE jobs.id = give_back.job_id;
    RETURN true;
END
$$;

-- A worker goes by itself. What is still its own is nobody's then, and ends as interrupted.
CREATE OR REPLACE FUNCTION goodbye(worker bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM workers AS w WHERE w.id = goodbye.worker;
    PERFORM procrastinate_unregister_worker_v1(goodbye.worker);
END
$$;

-- Workers wake when there is something to do or to heed; the word says which. They read the rest by `beat` and `take`.
CREATE OR REPLACE FUNCTION tell_workers() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_notify(current_schema() || '_workers', TG_ARGV[0]);
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER dibao_jobs_queued AFTER INSERT ON jobs
    FOR EACH STATEMENT EXECUTE FUNCTION tell_workers('jobs');
CREATE OR REPLACE TRIGGER dibao_jobs_stopped AFTER UPDATE OF stop_wanted ON jobs
    FOR EACH STATEMENT EXECUTE FUNCTION tell_workers('stop');
CREATE OR REPLACE TRIGGER dibao_paused AFTER UPDATE OF paused, formats ON settings
    FOR EACH STATEMENT EXECUTE FUNCTION tell_workers('pause');
CREATE OR REPLACE TRIGGER dibao_wanted AFTER UPDATE OF wanted ON workers
    FOR EACH STATEMENT EXECUTE FUNCTION tell_workers('drain');
