"""Owns the raw pages: WARC files beside the database, the rows that say where each page stands, and their end."""
