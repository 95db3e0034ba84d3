"""Under which address an article is kept: its own, or the one that its page names as its own (`rel=canonical`).

A page may claim any address, and many claim a wrong one: the front page, their section, one address for all. So a claim
must look right, and it may be wrong at no loss: an article that came by a claim gives way when the page at that address
comes itself and says something else. What stands at the claimed address decides:

| the page | the article at the claimed address | what is done | `why` |
|---|---|---|---|
| has its article already | any | stays there | `own` |
| names no other address, or one that looks wrong | | its own address | `own`, or what is wrong |
| claims an address that was no article, or is an alias | none | its own address | `dead` |
| claims an address | none | a new article under it, shown with the page's own address | `claimed` |
| claims an address | says the same | an alias of that article | `twin` |
| claims an address | says the same and is gone | that article is back, with the page's own address | `moved` |
| claims an address | says something else | its own address; whoever claims that one is compared | `shared` |
| comes itself to where another page's article is | says the same | that article gets its real address | `arrived` |
| comes itself to where another page's article is | says something else | that one moves to its own | `evicted` |
| comes to where an article was pruned, or claims it with its title | | nothing is kept of it | `pruned` |

So one address has one article at any time, no text replaces another as if it were its revision, and it makes no
difference whether the page or its twin came first. Nothing beside the articles has to be remembered.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from storage import articles, tombstones
from storage.database import Database, Row
from storage.identity import BadUrl, canonical_url, host_of_canonical, key_of_canonical, letters, site_of, url_key
from storage.records import Article, Extracted, utc_text
from storage.twins import carries_id

# How much of the shorter text is in the longer one, in runs of eight letters, for both to be one article: a mobile
# edition leaves out captions and boxes, a correction changes a sentence. Where it is less, there are two articles, and
# nothing is lost. A title alone proves nothing: 天气预报 comes daily, so another day counts as another title.
SHINGLE = 8
SHARED_WITH_TITLE = 0.7
SHARED_WITHOUT_TITLE = 0.9
COMPARED_CHARACTERS = 20_000
"""Of each text."""

LEAST_SLUG_CHARACTERS = 8
"""Of a last part of a path that says the same in two addresses, where neither has an id."""

# Ledger states of an address that leads to no article.
_NO_ARTICLE = frozenset({"rejected", "failed", "gone"})
_PAGE_NUMBER = re.compile(
    r"(?<=\d)[_-]\d{1,2}(?:\.s?html?)?$|/page/\d+|/\d{5,}/\d{1,2}$"
    r"|[?&](?:page|pn|page_?no)=\d{1,3}(?:&|$)|[?&]p=\d\d?(?:&|$)",
    re.IGNORECASE,
)
_ERROR_PAGE = re.compile(r"(?:^|[/_-])(?:404|50\d|error|not[_-]?found|deleted|offline)(?:[/._-]|$)", re.IGNORECASE)
_DATE_LIST = re.compile(r".*/(?:19|20)\d\d(?:[01]\d(?:[0-3]\d)?|[-/_.][01]?\d(?:[-/_.]?[0-3]\d|[-/_.]\d)?)?/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """The address under which an article is kept (`key`) and shown (`url`), and `why` (the table above).

    `head`: the article that is there, as from `articles.by_key`, or None. `alias`: the page is another address of it.
    """

    key: str
    url: str
    why: str
    head: Row | None = None
    alias: bool = False


def believed(
    database: Database,
    event: Extracted,
    *,
    article_id: int | None,
    home: str,
    entries: Collection[str] = (),
    claims: bool = True,
) -> Belief:
    """Under which address the article of an event is kept; called in the transaction that stores it.

    `article_id`: the article that the ledger knows at the event's key; `home`, `entries`: URLs of the source that are
    no articles; `claims`: whether the page's canonical address is listened to. An article that was at the page's own
    address by a claim has moved to its own, or is shown with this one from now on.
    """
    stays = _same_as_ever(database, event, article_id)
    if stays is not None:
        return stays
    head = articles.by_key(database, event.final_key)
    if head is not None:
        return _arrived(database, event, head, article_id)
    claimed, why = _claim(event, (home, *entries)) if claims else (None, "own")
    if claimed is None:
        return Belief(key=event.final_key, url=event.final_url, why=why)
    return _claimed(database, event, claimed)


def says_same(database: Database, article_id: int, article: Article) -> bool:
    """Whether a stored article, as it is now, and one that was just read are the same article, edited at most."""
    row = database.row(
        "SELECT r.title, r.published_local, t.text FROM article_heads a JOIN article_revisions r"
        " ON r.article_id = a.id AND r.revision = a.revision JOIN article_texts t ON t.revision_id = r.id"
        " WHERE a.id = ?",
        (article_id,),
    )
    if row is None:
        return False
    day, other_day = (row["published_local"] or "")[:10], article.published.local[:10] if article.published else ""
    title, other_title = letters(row["title"] or ""), letters(article.title or "")
    titled = title == other_title != "" and (day == other_day or "" in {day, other_day})
    return _shared(row["text"], article.text) >= (SHARED_WITH_TITLE if titled else SHARED_WITHOUT_TITLE)


def _shared(one: str, other: str) -> float:
    """How much of the shorter text is in the longer one, from 0 to 1."""
    texts = sorted((letters(text[:COMPARED_CHARACTERS]) for text in (one, other)), key=len)
    shorter, longer = map(_shingles, texts)
    return len(shorter & longer) / len(shorter)


def _shingles(text: str) -> set[str]:
    return {text[at : at + SHINGLE] for at in range(max(1, len(text) - SHINGLE + 1))}


def _same_as_ever(database: Database, event: Extracted, article_id: int | None) -> Belief | None:
    """Where the page has its article, whatever it claims; None for one that has none of its own yet."""
    if article_id is None:
        return None
    key = database.value("SELECT key FROM article_heads WHERE id = ?", (article_id,))
    head = articles.by_key(database, key)
    if head is None or _key_of(head["url"]) != event.final_key:
        return None
    return Belief(key=head["key"], url=head["url"], why="own", head=head)


def _arrived(database: Database, event: Extracted, head: Row, article_id: int | None) -> Belief:
    """The page at an address where an article is: its own, a copy that came by a redirect, or one that claimed it."""
    own = Belief(key=event.final_key, url=event.final_url, why="own")
    is_home = _key_of(head["url"]) == event.final_key
    if head["pruned_at"] is not None and (is_home or tombstones.may_be(head, event.article.title)):
        return _at(own, head, why=tombstones.PRUNED)
    if is_home:
        alias = event.final_key != event.key and head["id"] != article_id
        return _at(own, head, alias=alias)
    if head["pruned_at"] is None and _is_same(database, head, event):
        _show_with(database, head, event)
        return _at(own, head, why="arrived")
    _send_home(database, head)
    return _at(own, None, why="evicted")


def _claimed(database: Database, event: Extracted, key: str) -> Belief:
    """What becomes of a page that claims an address of which nothing wrong can be seen."""
    own = Belief(key=event.final_key, url=event.final_url, why="shared")
    row = database.row("SELECT state, article_id FROM urls WHERE key = ?", (key,))
    head = articles.by_key(database, key) or (_by_id(database, row["article_id"]) if row is not None else None)
    if head is None:
        dead = row is not None and row["state"] in _NO_ARTICLE | {"alias"}
        return _at(own, None, why="dead") if dead else Belief(key=key, url=event.final_url, why="claimed")
    if head["pruned_at"] is not None:
        same = tombstones.may_be(head, event.article.title)
        return _at(own, head, why=tombstones.PRUNED) if same else own
    if not _is_same(database, head, event):
        return own
    if head["status"] == "gone":
        _show_with(database, head, event)
        return Belief(key=head["key"], url=event.final_url, why="moved", head=head)
    return Belief(key=head["key"], url=head["url"], why="twin", head=head, alias=True)


def _at(own: Belief, head: Row | None, *, why: str = "own", alias: bool = False) -> Belief:
    return Belief(key=own.key, url=own.url, why=why, head=head, alias=alias)


def _claim(event: Extracted, lists: Iterable[str]) -> tuple[str | None, str]:
    """The key of the address that the page names as its own, or None where it is not to be believed; and why."""
    if not event.article.canonical_url:
        return None, "own"
    try:
        url = canonical_url(event.article.canonical_url)
    except BadUrl as error:
        return None, error.reason
    key = key_of_canonical(url)
    if key == event.final_key:
        return None, "own"
    if site_of(host_of_canonical(url)) != site_of(host_of_canonical(event.final_url)):
        return None, "off_site"
    if any(_key_of(page) == key for page in lists):
        return None, "entry_point"
    wrong = _wrong(key, event.final_key)
    return (None, wrong) if wrong else (key, "claimed")


def _wrong(key: str, own: str) -> str | None:
    """What is wrong with a claimed key, by its looks, beside the page's own."""
    path, tail, own_tail = _path(key), _tail(key), _tail(own)
    if tail == "/":
        return "home"
    if _ERROR_PAGE.search(path):
        return "error_page"
    if _PAGE_NUMBER.search(tail) or _PAGE_NUMBER.search(own_tail):
        return "page_number"
    if not (_names_content(path, tail) or _same_slug(path, _path(own))):
        return "no_content"
    return None


def _names_content(path: str, tail: str) -> bool:
    return carries_id(tail) and not (path == tail and _DATE_LIST.fullmatch(path))


def _same_slug(path: str, own: str) -> bool:
    last = path.rpartition("/")[2]
    return len(last) >= LEAST_SLUG_CHARACTERS and last == own.rpartition("/")[2]


def _is_same(database: Database, head: Row, event: Extracted) -> bool:
    return head["content_digest"] == event.digest or says_same(database, head["id"], event.article)


def _show_with(database: Database, head: Row, event: Extracted) -> None:
    """None; the article is shown with the address of the page that was read now, and followers of the feed hear it."""
    database.execute("UPDATE article_heads SET url = ? WHERE id = ?", (event.final_url, head["id"]))
    database.execute(
        "INSERT INTO change_log (article_id, op, revision, at) VALUES (?, 'link', ?, ?)",
        (head["id"], head["revision"], utc_text(event.fetched_at)),
    )


def _send_home(database: Database, head: Row) -> None:
    """None; the article is under the address at which it was read."""
    key = free_key(database, _key_of(head["url"]), head["id"])
    database.execute("UPDATE article_heads SET key = ? WHERE id = ?", (key, head["id"]))


def free_key(database: Database, key: str, article_id: int) -> str:
    """The key, or where another article has it one that no address has: a key never holds a `#`."""
    taken = database.row("SELECT 1 FROM article_heads WHERE key = ? AND id <> ?", (key, article_id))
    return key if taken is None else f"{key}#{article_id}"


def _by_id(database: Database, article_id: int | None) -> Any | None:
    key = database.value("SELECT key FROM article_heads WHERE id = ?", (article_id,))
    return None if key is None else articles.by_key(database, key)


@lru_cache(maxsize=4096)
def _key_of(url: str) -> str:
    """The key of a stored address; the addresses of imported files are their own keys."""
    try:
        return url_key(url)
    except BadUrl:
        return url


def _tail(key: str) -> str:
    start = key.find("/", 2)
    return key[start:] if start > 0 else key


def _path(key: str) -> str:
    return _tail(key).partition("?")[0]
