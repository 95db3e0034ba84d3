"""Zones and heads made of a few lines, for the tests of what is read from lines."""

from crawler.extraction.declared.head import Head
from crawler.extraction.text.zones import Zones

PROSE = "市政府昨天召开会议，部署冬季供暖工作。会议要求各区县做好准备，确保居民温暖过冬。"


def lines_in(**places):
    """Zones with the named lines; short ones have no link."""
    empty = dict.fromkeys(("banner", "above", "head", "lead", "inner", "close", "tail", "below"), ())
    given = {place: (said,) if isinstance(said, str) else tuple(said) for place, said in places.items()}
    unlinked = frozenset(line for said in given.values() for line in said if len(line) <= 40)
    return Zones(headline="我市部署冬季供暖工作", sure=True, unlinked=unlinked, **(empty | given))


def head(*, title="我市部署冬季供暖工作_本地新闻_山城在线", things=(), **meta):
    """A page's declared facts."""
    return Head(title=title, meta=meta, things=tuple(things))
