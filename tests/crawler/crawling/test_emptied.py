"""An entry point that names nothing where it named articles is suspect: a failure, and what is known of it stays."""

from __future__ import annotations

import pytest

from scheduler.engines.local import LocalEngine
from storage.records import EntryKind, EntryPoint, Validators
from tests.crawler.crawling.portal import Portal, checked, feed, links, news, run, sitemap

MAINTENANCE = "<html><head><title>维护中</title></head><body><p>系统维护中，请稍后再来。</p></body></html>"
KNOWN = Validators(etag='"v1"')


def told_of(engine: LocalEngine, portal: Portal, kind: EntryKind, body: str, *, shown: bool) -> tuple[object, ...]:
    """What is told of an entry point that answers so: its status, reason, links and ETag."""
    portal.routes["/entry"] = body
    entry = EntryPoint(kind=kind, url=f"{portal.base}/entry", shown=shown, seen=shown, validators=KNOWN)
    told = checked(run(engine, portal.job(entry, limits={"max_pages": 0})), entry.url)
    return told.status, told.reason, told.links


@pytest.mark.parametrize(
    ("kind", "body"),
    [("feed", feed()), ("sitemap", sitemap()), ("listing", links()), ("listing", MAINTENANCE)],
    ids=["feed", "sitemap", "listing", "maintenance"],
)
def test_what_named_articles_and_names_none_has_failed(
    engine: LocalEngine, portal: Portal, kind: EntryKind, body: str
) -> None:
    assert told_of(engine, portal, kind, body, shown=True) == ("failed", "emptied", 0)
    assert told_of(engine, portal, kind, body, shown=False) == ("ok", "", 0)


def test_what_names_articles_is_not_suspect(engine: LocalEngine, portal: Portal) -> None:
    assert told_of(engine, portal, "feed", feed(*news(1, 2)), shown=True) == ("ok", "", 2)


def test_an_index_names_parts_and_no_articles(engine: LocalEngine, portal: Portal) -> None:
    index = sitemap(f"{portal.base}/part.xml", index=True)
    assert told_of(engine, portal, "sitemap", index, shown=True)[:2] == ("ok", "")
