"""Telling people of incidents: chat robots, e-mail, any program over HTTP, the log. What waits stands in the database.

A thread does the requests, that of `scheduler.webhooks`; the database belongs to whoever calls. May import storage.
"""
