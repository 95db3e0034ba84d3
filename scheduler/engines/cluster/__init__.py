"""Crawls on more than one machine: jobs, locks and events in PostgreSQL, on Procrastinate's tables.

The only package that imports psycopg and procrastinate (the extra `[cluster]`), and imported itself only where
`[engine] url` is set. No article stays in PostgreSQL: the coordinator is the one writer of the SQLite file, as with the
engine of one machine. `coordinator` and `worker` know nothing of each other; here is what both speak.
"""
