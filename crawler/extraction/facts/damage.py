"""Text that was damaged before it came: characters lost or changed by conversions that nobody can undo now."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from crawler.decoding import Decoded

SUSPICIOUS = "charset_suspect"
"""What the damage of a page begins with whose characters may be of another charset than the one it was read in."""

MOST_REPLACED = 0.005
"""Share of a page's characters that could not be decoded, from which on its charset is in doubt. A stray byte in an
advertisement is far below that (research/reliability.md 2.3); above .1 nobody can read it (page_kind.MOST_REPLACED)."""

MAX_SAMPLES = 3
CONTEXT_CHARS = 4
"""Characters on each side of a sample: enough to find the place, too few to quote."""

# Text converted from GBK to Big5 loses a byte here and there, which shifts those behind it: 學校、社區 becomes
# 學?！鐓^. What is left is a question mark where no sentence can ask, a line-drawing character or a caret in a word.
_HAN = "[\u3400-\u9fff\uf900-\ufaff]"
_BROKEN = re.compile(
    "\ufffd{1,64}"
    # Two things that never meet in writing.
    rf"|(?<={_HAN})\?[，、；：。,;:](?!\))"
    rf"|(?<=[{_HAN[1:-1]}”’」』])\?[!！](?={_HAN}[\u2500-\u259f^]|{_HAN}\?[,，]|{_HAN}{{2}}[a-z]{_HAN}|\?{_HAN}\d)"
    rf"|(?<={_HAN})[\u2500-\u259f](?={_HAN})"
    rf"|(?<={_HAN})[\^](?=[{_HAN[1:-1]}”」』])"
    # Private characters between Han: a glyph of a font that nobody else has.
    rf"|(?<={_HAN})[\ue000-\uf8ff](?={_HAN})"
    # What decoders leave of undecodable bytes, read once more: U+FFFD as GBK, UTF-8 as GBK, UTF-8 as Latin-1.
    "|锟斤拷|(?:锛|銆|鈥)[\u3400-\u9fff\ue000-\uf8ff?]|[ÃÂ][\u0080-\u00bf]|â€[\u0080-\u00bf™œ\u201c\u201d]"
)


# One of these is in all of them, and hardly a whole text has one: a tenth of the time of the search itself.
_SIGN = re.compile("[?^\ufffd\u2500-\u259f\ue000-\uf8ffÃÂâ锟锛銆鈥]")


def damage_of_page(text: str, decoded: Decoded) -> str | None:
    """What is damaged in the text of a page: places of it, and whether the page may be of another charset."""
    suspicion = None
    if decoded.replaced > MOST_REPLACED * len(decoded.text):
        share = 100 * decoded.replaced / len(decoded.text)
        suspicion = f"{SUSPICIOUS}: {share:.1f} % of the page is no {decoded.encoding}"
    return _told(suspicion, find_damage(text))


def damage_of_pages(text: str, damages: Iterable[str | None]) -> str | None:
    """The same of an article whose pages have these: places of all its text, the first suspicion of any page."""
    suspicions = (damage.partition("; ")[0] for damage in damages if damage and damage.startswith(SUSPICIOUS))
    return _told(next(suspicions, None), find_damage(text))


def _told(*parts: str | None) -> str | None:
    return "; ".join(filter(None, parts)) or None


def find_damage(text: str) -> str | None:
    """How many places of a text are damaged, with up to three of them; None for a text that is whole."""
    places = list(_BROKEN.finditer(text)) if _SIGN.search(text) else ()
    if not places:
        return None
    samples = (
        " ".join(text[max(0, place.start() - CONTEXT_CHARS) : place.end() + CONTEXT_CHARS].split())
        for place in islice(places, MAX_SAMPLES)
    )
    noun = "place" if len(places) == 1 else "places"
    return f"{len(places)} {noun}: {'; '.join(samples)}"
