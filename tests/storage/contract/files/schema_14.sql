-- What the documents of the version show whose files have schema 14; it goes on working.

-- a query
SELECT title, source, n_articles, n_sites, first_published_at FROM stories ORDER BY n_sites DESC LIMIT 20;

-- a query
SELECT id, source, title, shown_at
  FROM article_list
 ORDER BY shown_at DESC
 LIMIT 20;

-- a query
SELECT fetched_at, source, title, changed, url
  FROM revisions
 WHERE stealth = 1 AND fetched_at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-7 days')
 ORDER BY fetched_at DESC;

-- a query
SELECT revision, fetched_at, title, text
  FROM revisions
 WHERE article_id = :id
 ORDER BY revision;

-- a query
SELECT s.id, s.title, s.source, s.n_articles, s.n_sites, s.first_published_at
  FROM stories s
 ORDER BY s.n_sites DESC, s.first_published_at
 LIMIT 20;

-- a query
SELECT a.id, a.source, a.title, a.published_local, a.origin, a.is_canonical
  FROM articles a
 WHERE a.story_id = (SELECT story_id FROM article_story WHERE article_id = :id)
 ORDER BY coalesce(a.published_at, a.first_seen_at);

-- a query
SELECT name, role, count(*) AS articles
  FROM credits
 WHERE organisation = 0
 GROUP BY name, role
 ORDER BY articles DESC
 LIMIT 20;

-- a query
SELECT article_id, value, raw, found_in, chosen
  FROM facts
 WHERE fact = 'published'
   AND article_id IN (SELECT article_id FROM facts WHERE fact = 'published' AND NOT chosen)
 ORDER BY article_id, chosen DESC;

-- a query
SELECT seq, article_id, op, revision, at
  FROM changes
 WHERE seq > :last
 ORDER BY seq
 LIMIT 500;

-- a query
SELECT DISTINCT h.value ->> 'authority' AS host
  FROM run_sources r, json_each(r.hosts) h
 WHERE r.started_at > strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 day') AND h.value ->> 'silent';

-- a query
SELECT run_id, source_id
  FROM run_sources
 WHERE finished_at IS NOT NULL
   AND discovered <> stored + unchanged + duplicate + rejected + failed + pending;

-- a query
SELECT source, state, failures, last_success_at, new_24h, n_gaps_open, last_error
  FROM source_health
 ORDER BY state = 'failing' DESC, state = 'never' DESC, state = 'partial' DESC, last_new_at;

-- a query
SELECT id, shown_at, title
  FROM article_list
 WHERE id IN (SELECT rowid FROM article_fts WHERE article_fts MATCH :words)
 ORDER BY shown_at DESC
 LIMIT 20;

-- a query
SELECT id, title, substr(text, max(1, instr(text, '大桥') - 30), 90) AS excerpt
  FROM articles
 WHERE id IN (SELECT rowid FROM article_fts WHERE article_fts MATCH '大桥 通车')
 ORDER BY shown_at DESC
 LIMIT 20;

-- a query
SELECT id, title
  FROM article_list
 WHERE id IN (SELECT rowid FROM article_fts WHERE article_fts MATCH '"桥"*')
 ORDER BY shown_at DESC
 LIMIT 20;

-- a query
WITH RECURSIVE asked (q) AS (SELECT :q),
     pairs (at, pair) AS (
         SELECT 1, substr(q, 1, 2) FROM asked
          UNION ALL
         SELECT at + 1, substr(q, at + 1, 2) FROM pairs, asked WHERE at + 2 <= length(q))
SELECT a.id, a.shown_at, a.title, substr(a.text, max(1, instr(a.text, q) - 30), 90) AS excerpt
  FROM articles a, asked
 WHERE a.id IN (SELECT rowid FROM article_fts
                 WHERE article_fts MATCH (SELECT '"' || group_concat(pair, '" AND "') || '"' ||
                                                 iif(length(:q) = 1, '*', '') FROM pairs))
   AND (instr(a.title, q) OR instr(a.text, q))
 ORDER BY a.shown_at DESC
 LIMIT 20;

-- a query
-- What needs attention
SELECT source, state, reason, facts FROM source_states WHERE state NOT IN ('ok', 'new', 'off', 'paused');

-- a query
-- Share of pages without a time, by week
SELECT strftime('%Y-%W', day) AS week, 1 - sum(times) * 1.0 / sum(articles) AS without_time
  FROM source_days WHERE source = :source AND articles > 0 GROUP BY 1;

-- a query
-- How long each kind lasted
SELECT kind, count(*) AS times, avg(julianday(resolved_at) - julianday(opened_at)) * 24 AS hours
  FROM incidents WHERE resolved_at IS NOT NULL GROUP BY kind;

-- a query
SELECT "column", type, meaning, null_when
  FROM column_docs
 WHERE view = 'stories'
 ORDER BY position;

-- a query
SELECT source, title, origin, coalesce(published_at, first_seen_at) AS shown_at
  FROM articles
 WHERE is_canonical AND status = 'live'
 ORDER BY shown_at DESC
 LIMIT 20;

-- a query
SELECT substr(published_local, 1, 10) AS day, source, count(*) AS articles
  FROM articles
 WHERE published_local IS NOT NULL
 GROUP BY day, source
 ORDER BY day DESC, source;

-- a query
SELECT a.id, a.title, a.published_local
  FROM articles a JOIN credits c ON c.article_id = a.id
 WHERE c.name = :name AND c.role = 'reporter';

-- a query
SELECT s.title, s.source, s.n_articles - 1 AS copies, group_concat(DISTINCT copy.source) AS taken_by
  FROM stories s JOIN articles copy ON copy.story_id = s.id AND copy.id <> s.canonical_article_id
 GROUP BY s.id
 ORDER BY copies DESC
 LIMIT 20;

-- a query
SELECT source, state, reason, count(*) AS addresses, max(last_checked_at) AS last
  FROM rejections
 GROUP BY source, state, reason
 ORDER BY addresses DESC;

-- a query
SELECT s.name, sum(r.stored - r.revised) AS new, sum(r.revised) AS revised, sum(r.rejected) AS rejected,
       sum(r.failed) AS failed
  FROM run_sources r JOIN sources s ON s.id = r.source_id
 WHERE r.started_at >= strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-1 day')
 GROUP BY s.name;

-- a query
SELECT source, entry_kind, entry_url, count(article_id) AS articles, count(*) AS addresses
  FROM discoveries
 GROUP BY source, entry_url
 ORDER BY source, articles DESC;

-- a query
SELECT r.started_at, h.value ->> 'authority' AS host, h.value ->> 'robots' AS robots,
       h.value ->> 'delay_seconds' AS delay, h.value ->> 'requests' AS requests, h.value ->> 'throttled' AS throttled
  FROM run_sources r, json_each(r.hosts) h
 ORDER BY r.started_at DESC
 LIMIT 20;
