"""Owns what a revision changed: its kinds, and how two revisions read side by side."""
