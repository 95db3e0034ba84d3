"""What a Dibao file needs in a viewer: a plugin that Datasette finds by itself (extra `[web]`), its rules, and pages.

It sleeps where Datasette shows no file of ours. `serving` starts it for `dibao serve`, behind a guard where others than
this machine can reach it. May import all of storage that reads; of storage, only this package imports datasette.
"""
