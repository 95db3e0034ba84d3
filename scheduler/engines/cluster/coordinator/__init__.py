"""The coordinator's side: the engine that it plays, and the thread that talks with PostgreSQL for it."""
