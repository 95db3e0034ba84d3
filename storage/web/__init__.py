"""What a Dibao file needs in a viewer: a plugin that Datasette finds by itself (extra `[web]`), and its rules.

It sleeps where Datasette shows no file of ours. May import storage.export and storage.header; of storage, only this
package imports datasette.
"""
