"""Who is to be told of changes: a cursor for each webhook, and rows of what is still to be sent. Knows no HTTP.

The storing transaction writes `change_log`; from there each webhook's cursor moves on at its own pace, so nothing is
lost whatever dies. May import storage.
"""
