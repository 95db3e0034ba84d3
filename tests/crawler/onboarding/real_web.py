"""The program that test_web.py runs, for Scrapy's loop starts once in a process: answers as JSON lines on stdout.

Reads {"allow": [networks], "urls": [...]} from standard input.
"""

import dataclasses
import json
import sys

from crawler.config import Fetch
from crawler.logs import configure
from crawler.onboarding.web import with_web

asked = json.load(sys.stdin)


async def work(web):
    return [await web.get(url) for url in asked["urls"]]


configure("text", "CRITICAL")
fetch = Fetch(allow_networks=asked["allow"], max_body_bytes=100_000, max_feed_bytes=100_000, timeout_seconds=5)
for answer in with_web(work, fetch, "dibao"):
    said = dataclasses.asdict(answer)
    print(json.dumps(said | {"body": len(said.get("body", b""))}), flush=True)
