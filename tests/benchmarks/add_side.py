"""What `dibao add` proposes for many sites at once: `python add_side.py SPEC.json`.

SPEC is {"config": "dibao.toml", "homes": {"name": "http://127.0.0.2:8000/"}, "now": time in ISO 8601}; prints
{"name": block or null}. It is the work of the command, in one process for all sites: the start of a process, of Scrapy
and of an extraction pool for each of them would cost a minute.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path

from crawler.jobs import user_agent
from crawler.logs import configure
from crawler.onboarding.survey import survey
from crawler.onboarding.web import with_web
from crawler.pool import ExtractionPool
from scheduler.config.file import load_config
from scheduler.sources.proposal import propose

AT_ONCE = 4


def main(specification):
    spec = json.loads(Path(specification).read_text(encoding="utf-8"))
    config = load_config(Path(spec["config"]))
    now = datetime.fromisoformat(spec["now"])
    configure("text", "CRITICAL")

    async def work(web):
        turn = asyncio.Semaphore(AT_ONCE)
        async with ExtractionPool(2) as pool:

            async def look(name, home):
                async with turn:
                    found = await survey(home, web=web, pool=pool, fetch=config.fetch, now=now)
                if found.failure is not None:
                    return None
                return propose(found, config.schedule, (), now=now, name=name, every=None).block

            return await asyncio.gather(*(look(name, home) for name, home in spec["homes"].items()))

    blocks = with_web(work, config.fetch, user_agent(config.dibao.contact))
    json.dump(dict(zip(spec["homes"], blocks, strict=True)), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
