"""The copy of SQLite that this process works with: pysqlite3's where it is installed, else the platform's.

sqlite-utils chooses so too, and the two must be one: two copies of SQLite in one process break each other's file locks
(https://www.sqlite.org/howtocorrupt.html, section 2.2.1). It is not asked, for with it comes numpy, .15 s of start-up.
"""

from __future__ import annotations

try:
    import pysqlite3 as sqlite3
except ImportError:
    import sqlite3

__all__ = ["sqlite3"]
