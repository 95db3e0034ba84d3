"""Owns which articles may be copies of which: anchors, candidates, and the pairs that were compared."""
