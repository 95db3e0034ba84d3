"""Pages for who reads: search, articles and their revisions, stories, and what was refused."""
