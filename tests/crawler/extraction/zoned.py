"""Zones as a page of a few lines has them."""

from crawler.extraction.text.zones import Zones


def zoned(headline="我市部署冬季供暖工作", *, sure=True, linked=(), **lines):
    """Zones with these lines; short ones have no link unless they are named in `linked`."""
    places = ("banner", "above", "head", "lead", "inner", "close", "tail", "below")
    texts = {place: tuple(lines.get(place, ())) for place in places}
    short = (line for zone in texts.values() for line in zone if len(line) <= 40 and line not in linked)
    return Zones(headline=headline, sure=sure, unlinked=frozenset(short), **texts)
