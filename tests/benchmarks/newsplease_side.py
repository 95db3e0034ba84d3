"""`python newsplease_side.py URLS.json DATABASE`: news-please as a library, told of all addresses at once.

It runs in an environment of its own. `timeout` has to be given: without it the library raises for every page, and says
nothing of it. Pictures are not fetched.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path

from newsplease import NewsPlease


def main(urls, database):
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE articles (url TEXT PRIMARY KEY, title TEXT, date TEXT, author TEXT, text TEXT)")
    wanted = json.loads(Path(urls).read_text(encoding="utf-8"))
    found = NewsPlease.from_urls(wanted, request_args={"timeout": 10}, fetch_images=False)
    for url, article in found.items():
        text = getattr(article, "maintext", None)
        if text:
            authors = json.dumps(article.authors, ensure_ascii=False)
            row = (url, article.title, str(article.date_publish), authors, text)
            connection.execute("INSERT OR IGNORE INTO articles VALUES (?, ?, ?, ?, ?)", row)
    connection.commit()
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
