"""How surely a text is the article and all of it."""

from __future__ import annotations

from crawler.extraction.cleaning import squeezed
from crawler.extraction.text.segment import Segment

LONG_ENOUGH = 400.0
"""Weight of a segment from which on more text makes nothing surer."""


def segment_confidence(segment: Segment, text: str) -> float:
    """0 to 1, of four signs: a sure headline, weight, share of the page's weight, and all kept blocks in the text."""
    kept = sum(len(segment.blocks[index].key) for index in segment.kept)
    whole = min(1.0, len(squeezed(text)) / kept) if kept else 0.0
    weight = min(1.0, max(0.0, segment.score) / LONG_ENOUGH)
    sure = 0.35 * min(1.0, segment.likeness) + 0.25 * weight**0.5 + 0.4 * min(1.0, max(0.0, segment.share))
    return round(float(sure * whole * (0.7 if segment.copied else 1.0)), 3)
