"""What ends a measurement before its end."""

from __future__ import annotations


class BenchFault(Exception):
    """This machine cannot be measured; the message says why, and the next step."""
