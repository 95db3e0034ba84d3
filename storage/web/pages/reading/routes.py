"""The pages of those who read: search, articles, stories, and what was refused."""

from __future__ import annotations

from storage.web.pages.frame import Sheet
from storage.web.pages.reading.articles import article, difference
from storage.web.pages.reading.refused import quarantine, rejected
from storage.web.pages.reading.searching import search
from storage.web.pages.reading.stories import story

ROUTES: tuple[Sheet, ...] = (
    (r"^/-/dibao/search$", search),
    (r"^/-/dibao/article/(?P<id>[0-9]+)$", article),
    (r"^/-/dibao/article/(?P<id>[0-9]+)/diff$", difference),
    (r"^/-/dibao/story/(?P<id>[0-9]+)$", story),
    (r"^/-/dibao/rejected$", rejected),
    (r"^/-/dibao/quarantine$", quarantine),
)
