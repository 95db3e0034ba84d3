"""Owns how alike two articles are: fingerprints, exact overlap, and the rule that tells copies from templates. Pure.

May import storage.records only. Needs numpy; so whoever only reads the file imports nothing from here.
"""
