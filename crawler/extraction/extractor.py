"""The name of what reads pages, for those who must not load it (trafilatura takes a second)."""

from __future__ import annotations

from importlib.metadata import version

EXTRACTOR = f"trafilatura-{version('trafilatura')}+steered-2+facts-3"
"""Goes into every article. The last number of a part grows with every change of its rules that changes values.

A page that broke it is asked for again under another name (storage.quarantine).
"""
