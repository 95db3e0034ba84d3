"""Pagers that a script draws: pages of TRS, a system of many governments, call createPageHTML(3, 0, "t1", "html")."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from crawler.extraction.parts.addresses import Place, names_article
from crawler.extraction.parts.numbering import PartLinks
from storage.identity import BadUrl, canonical_url

_CALL = re.compile(
    r"createPage(?:HTML)?\(\s{0,4}(?:[\"'][\w-]{0,40}[\"']\s{0,4},\s{0,4})?(?P<count>\d{1,2})\s{0,4},\s{0,4}"
    r"(?P<index>\d{1,2})\s{0,4},\s{0,4}[\"'](?P<name>[\w-]{2,80})[\"']\s{0,4},\s{0,4}[\"']\.?(?P<end>\w{2,6})[\"']"
)


def scripted_links(markup: str, own: Place, url: str) -> PartLinks | None:
    """The pages that a call in the markup counts, or None where there is none or it is not of this page.

    The first page is name.html, the second name_1.html. A call with the name of a list page is not believed.
    """
    if "createPage" not in markup:
        return None
    call = _CALL.search(markup)
    if call is None or not names_article(f"/{call['name']}", "_"):
        return None
    count, index = int(call["count"]), int(call["index"])
    addresses = [_address(url, call, place) for place in range(count)]
    file = own.path.rpartition("/")[2]
    if count < 2 or index >= count or file != _file(call, index) or None in addresses:  # noqa: PLR2004 - of two pages
        return None
    parts = {place + 1: address for place, address in enumerate(addresses) if address and place not in (0, index)}
    return PartLinks(
        number=index + 1,
        parts=parts,
        next_url=parts.get(index + 2),
        first_url=addresses[0] if index else None,
        later=index > 0,
    )


def _file(call: re.Match[str], index: int) -> str:
    """The name of the file of a page, counted from 0."""
    number = f"_{index}" if index else ""
    return f"{call['name']}{number}.{call['end']}"


def _address(url: str, call: re.Match[str], index: int) -> str | None:
    """The canonical address of a page, counted from 0."""
    try:
        return canonical_url(urljoin(url, _file(call, index)))
    except (BadUrl, ValueError):
        return None
