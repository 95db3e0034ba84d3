-- The queries in the documents of the version whose files have schema 8; they go on working.

-- storage/README.md
SELECT revision, fetched_at, title, text
  FROM revisions
 WHERE article_id = :id
 ORDER BY revision;

-- storage/README.md
SELECT name, role, count(*) AS articles
  FROM credits
 WHERE organisation = 0
 GROUP BY name, role
 ORDER BY articles DESC
 LIMIT 20;

-- storage/README.md
SELECT article_id, value, raw, found_in, chosen
  FROM facts
 WHERE fact = 'published'
   AND article_id IN (SELECT article_id FROM facts WHERE fact = 'published' AND NOT chosen)
 ORDER BY article_id, chosen DESC;

-- storage/README.md
SELECT seq, article_id, op, revision, at
  FROM changes
 WHERE seq > :last
 ORDER BY seq
 LIMIT 500;

-- storage/README.md
SELECT run_id, source_id
  FROM run_sources
 WHERE finished_at IS NOT NULL
   AND discovered <> stored + unchanged + duplicate + rejected + failed + pending;

-- storage/README.md
SELECT source, title, origin, coalesce(published_at, first_seen_at) AS shown_at
  FROM articles
 WHERE duplicate_of IS NULL AND status = 'live'
 ORDER BY shown_at DESC
 LIMIT 20;

-- storage/README.md
SELECT substr(published_local, 1, 10) AS day, source, count(*) AS articles
  FROM articles
 WHERE published_local IS NOT NULL
 GROUP BY day, source
 ORDER BY day DESC, source;

-- storage/README.md
SELECT a.id, a.title, a.published_local
  FROM articles a JOIN credits c ON c.article_id = a.id
 WHERE c.name = :name AND c.role = 'reporter';

-- storage/README.md
SELECT first.title, first.source, count(*) AS copies, group_concat(DISTINCT copy.source) AS taken_by
  FROM articles copy JOIN articles first ON first.id = copy.duplicate_of
 GROUP BY first.id
 ORDER BY copies DESC
 LIMIT 20;

-- storage/README.md
SELECT source, state, reason, count(*) AS addresses, max(last_checked_at) AS last
  FROM rejections
 GROUP BY source, state, reason
 ORDER BY addresses DESC;

-- storage/README.md
SELECT s.name, sum(r.stored - r.revised) AS new, sum(r.revised) AS revised, sum(r.rejected) AS rejected,
       sum(r.failed) AS failed
  FROM run_sources r JOIN sources s ON s.id = r.source_id
 WHERE r.started_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 day')
 GROUP BY s.name;
