"""Owns how articles are found by words: spellings, terms, the index, queries and what of a text is shown.

`spelling` and `terms` are pure and may be used by whoever reads pages; the others work on the file.
"""
