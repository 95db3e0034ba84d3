"""What the watch over the sources rests on, and what it has found: samples, sums, states, incidents, alerts, pauses.

What is counted here is counted in the transaction that stores the pages (storage.ingest); what is found is written by
whoever watches (scheduler.watching), and read by the commands, the web page and the metrics.
"""
