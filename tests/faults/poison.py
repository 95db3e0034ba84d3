"""Pages that do what they say to the program that reads them, and the worker in which they can.

A page with `<!-- poison: WHERE WHAT -->` does WHAT (hang, exit, crash, memory, raise, deep, lose, wait, parent) where
it is read: in the extraction pool (`pool`), in the worker's event loop (`worker`), or as a feed in the loop (`feed`).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Run by each Python that starts with this folder in PYTHONPATH; the coordinator under test has started without it.
SITE = """
import asyncio, ctypes, functools, importlib.machinery, os, re, sys, time

MARK = re.compile(rb"<!-- poison: (\\w+) (\\w+) -->")

def what(where, body):
    found = MARK.search(body[:2000])
    return found[2].decode() if found and found[1].decode() == where else None

def act(deed):
    if deed == "hang":
        time.sleep(3600)
    if deed == "exit":
        os._exit(3)
    if deed == "crash":
        os.kill(os.getpid(), 11)
    if deed == "memory":
        bytearray(3 << 30)
    if deed == "raise":
        raise KeyError("a fault of ours")
    if deed == "deep":
        act(deed)
    if deed == "parent":
        os.kill(os.getppid(), 9)

def arm_pool(module):
    real = module.read_page
    @functools.wraps(real)
    def read_page(page, *more, **named):
        act(what("pool", page.body))
        return real(page, *more, **named)
    module.read_page = read_page

def arm_pages(module):
    real = module.Pages.outcome
    async def outcome(self, response, page):
        deed = what("worker", response.body)
        act(deed)
        if deed == "wait":
            await asyncio.sleep(3600)
        return await real(self, response, page)
    module.Pages.outcome = outcome

def arm_walk(module):
    walk = module.Walker._read
    async def _read(self, response, entry):
        async with self._means.reports.holding(entry.url, suspect=self._means.job.suspect):
            act(what("feed", response.body))
        return await walk(self, response, entry)
    module.Walker._read = _read

def arm_spider(module):
    real = module.NewsSpider.parse_page
    async def parse_page(self, response, page):
        if what("worker", response.body) == "lose":
            return
        async for item in real(self, response, page):
            yield item
    module.NewsSpider.parse_page = parse_page

ARMS = {
    "crawler.extraction.page": arm_pool,
    "crawler.crawling.pages": arm_pages,
    "crawler.crawling.walk": arm_walk,
    "crawler.spiders.news": arm_spider,
}

class Finder:
    def find_spec(self, name, path, target=None):
        if name not in ARMS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        execute = spec.loader.exec_module
        def exec_module(module):
            execute(module)
            ARMS[name](module)
        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Finder())
"""


def arm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None; pages do in the workers that start from now on what they say."""
    (folder / "sitecustomize.py").write_text(SITE, encoding="utf-8")
    others = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(folder), others))))


def marked(page: str, where: str, deed: str) -> str:
    """The page, poisoned."""
    return f"<!-- poison: {where} {deed} -->{page}"


def config(folder: Path, *bases: str, **fetch: object) -> Path:
    """A dibao.toml for sources `a`, `b` ..., each with a sitemap of its own."""
    more = "\n".join(f"{name} = {value}" for name, value in fetch.items())
    sources = "\n".join(
        f'[[source]]\nname = "{name}"\nhome = "{base}/"\nsitemaps = ["{base}/sitemap.xml"]\n'
        for name, base in zip("abcdefgh", bases, strict=False)
    )
    path = folder / "dibao.toml"
    fetch_section = f'[fetch]\ndelay_seconds = 0.0\nallow_networks = ["127.0.0.0/8"]\n{more}\n'
    dibao_section = '[dibao]\ndatabase = "news.db"\ncontact = "test@example.org"\n'
    path.write_text(f"{dibao_section}{fetch_section}{sources}", encoding="utf-8")
    return path
