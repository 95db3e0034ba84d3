"""From what a person types to an article: its id, or any address that leads to it."""

from __future__ import annotations

from storage.database import Database
from storage.identity import BadUrl, url_key

LARGEST_ID = 2**63 - 1
"""That SQLite has."""


def number_in(word: str) -> int | None:
    """The number that a word is; None where it is none. Of one that no id can be, some other that none can be."""
    return int(word[: len(str(LARGEST_ID)) + 1]) if word.isascii() and word.isdigit() else None


def article_of(database: Database, word: str) -> int | None:
    """The article that a word names; None where there is none."""
    number = number_in(word)
    if number is not None:
        within = 0 < number <= LARGEST_ID
        found = database.value("SELECT id FROM article_heads WHERE id = ?", (number,)) if within else None
        return None if found is None else int(found)
    for key in _keys(word):
        found = database.value(
            "SELECT id FROM article_heads WHERE key = ?1"
            " UNION ALL SELECT article_id FROM urls WHERE key = ?1 AND article_id IS NOT NULL",
            (key,),
        )
        if found is not None:
            return int(found)
    return None


def _keys(word: str) -> list[str]:
    """The keys that an address may have. That of an imported file is the address itself."""
    keys = [word]
    for address in (word, f"https://{word.strip().lstrip('/')}"):
        try:
            keys.append(url_key(address))
        except BadUrl:
            continue
    return [key for key in keys if "\0" not in key and key.isprintable()]
