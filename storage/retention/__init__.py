"""Owns what the file gives up: articles that are too old, too many or asked back, and the log of old runs."""
