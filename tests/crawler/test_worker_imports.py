"""What the worker loads: its entry nothing that each process of the pool would load again, its loop no parser."""

from __future__ import annotations

import subprocess
import sys

import pytest

EVERYTHING = ("scrapy", "twisted", "lxml", "trafilatura", "pydantic", "aiohttp", "numpy")
PARSERS = ("trafilatura", "feedparser", "aiohttp", "pydantic", "warcio", "numpy", "crawler.extraction")


def loaded(program: str, names: tuple[str, ...]) -> list[str]:
    """Those of the modules that a new process has after a program."""
    told = f"{program}\nimport sys; print(*(name for name in {names!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-P", "-c", told], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("module", ["crawler.worker", "crawler.page_work"])
def test_the_entry_of_the_worker_is_light(module: str) -> None:
    assert loaded(f"import {module}", EVERYTHING) == []


def test_the_loop_has_nothing_that_only_reading_pages_needs() -> None:
    install = "from scrapy.utils.reactor import install_reactor\nfrom crawler import settings\n"
    program = f"{install}install_reactor(settings.TWISTED_REACTOR)\nimport crawler.job_runner"
    assert loaded(program, PARSERS) == []
