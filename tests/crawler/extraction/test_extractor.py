"""The extractor's name, which those who must not load it know too."""

from __future__ import annotations

import subprocess
import sys

import trafilatura

from crawler.extraction.extractor import EXTRACTOR


def test_the_name_tells_of_the_library_that_is_at_work() -> None:
    assert EXTRACTOR.startswith(f"trafilatura-{trafilatura.__version__}+")


def test_to_know_the_name_loads_no_extractor() -> None:
    program = "import sys, crawler.extraction.extractor; assert not {'trafilatura', 'lxml'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
