"""Telling other programs of changes, as standardwebhooks.com says: secrets, signatures, requests, and when to retry.

A thread does the requests; the database belongs to whoever calls the dispatcher. May import storage.
"""
