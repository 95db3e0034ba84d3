"""A page of any language made ready for trafilatura: without boxes that are no article, with plain paragraphs."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from itertools import islice
from typing import Any

from lxml import html

from crawler.extraction.cleaning import clean_line
from crawler.extraction.markup.blocks import with_plain_verbatim
from crawler.extraction.text.general_teasers import drop, drop_teasers, size_of

# What HTML itself calls beside the article (HTML standard 4.3) and ARIA landmarks (WAI-ARIA 1.2, 5.3.4).
_SIDE_TAGS = ("nav", "aside", "footer", "menu", "dialog")
_SIDE_ROLE_NAMES = "navigation complementary contentinfo dialog alertdialog search banner menu"
_SIDE_ROLES = frozenset(_SIDE_ROLE_NAMES.split())

# Whole words of class and id that name boxes, the same for pages of all languages, for class names are English: other
# articles; what the site wants of its reader; tools and frames.
_BOX_NAMES = (
    "related relatedarticles recommended recommendations recirc recirculation trending popular outbrain taboola"
    " readmore morenews newsletter newsletters promo promos promotion sponsor sponsored advert advertisement ads adslot"
    " subscribe subscription signup cookie cookies consent gdpr popup modal tooltip rollover share shares sharing"
    " sharebar sharetools social comments comment disqus sidebar breadcrumb breadcrumbs footer nav navigation menu"
    " toolbar credit"
)
_BOX_WORDS = frozenset(_BOX_NAMES.split())
_BODY_WORDS = frozenset(("article", "entry", "post", "content", "body", "story", "text"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_HIDDEN = re.compile(r"display\s{0,3}:\s{0,3}none", re.IGNORECASE)
_RUN_NAMES = "a abbr b bdi bdo br cite code em font i ins kbd mark q s small span strong sub sup time u var"
_RUN = frozenset(_RUN_NAMES.split())
_BOX_TAG_NAMES = "div section ul ol li dl p span table tr td form header figure h2 h3 h4 h5 strong em a"
# What browsers that show frames, run scripts and embed pictures never show.
_UNSHOWN = ("noembed", "noframes", "noscript")
_TABLE_PARTS = frozenset(("table", "tbody", "thead", "tfoot", "tr", "td", "th"))
_BOX_TAGS = (*_SIDE_TAGS, *_BOX_TAG_NAMES.split())

LARGEST_SHARE = 0.3
"""Share of the page's prose above which a box is kept, whatever its name: a body in `class="promo"` is a body."""

PARAGRAPH = 80
"""Characters of a paragraph of prose: captions, teasers and menu items are shorter, two lines of a column longer."""

LONGEST_CAPTION = 1500
"""Characters of a caption: a box of that name which holds more holds the article."""

LONGEST_NAME = 500
"""Characters of class and id that are read: more is a dump of styles."""

MOST_HEADS = 20
"""Main headings that keep the elements around them: a page has one, a broken template some."""

MOST_IN_EMBED = 8
"""Elements beside a quoted post in its box: a script, a link, a caption."""

LAYOUT_CELL = 200
"""Characters of a cell that holds an article, or the whole page: cells of data hold a paragraph or two."""

LOOSE_TEXT = 40
"""Characters of text right in a div that make it a paragraph; less is a label."""


def parse_page(markup: str) -> Any | None:
    """lxml.html tree, which trafilatura takes as it is, without notices to old browsers; None without any element."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    body = markup.encode("utf-8", "replace")
    root = html.document_fromstring(body, parser=parser) if body.strip() else None
    for element in list(root.iter(*_UNSHOWN)) if root is not None else ():
        drop(element)
    return with_plain_verbatim(root)


def prepared(root: Any) -> Any:
    """The tree, changed in place: see the module. Returns it."""
    _free_embedded_posts(root)
    sizes = _prose_sizes(root)
    most = LARGEST_SHARE * sizes.get(root, 0)
    heads = _headed(root)
    for element in list(root.iter(*_BOX_TAGS)):
        if _is_box(element) and sizes.get(element, 0) <= most and element not in heads:
            drop(element)
    drop_teasers(root, heads)
    _name_captions(root, heads)
    _join_repeated_bodies(root)
    _flatten_layout(root)
    _wrap_loose_text(root)
    return root


def _prose_sizes(root: Any) -> dict[Any, int]:
    """Characters in p elements, of each element that holds some. The elements are kept alive by the keys."""
    sizes: dict[Any, int] = defaultdict(int)
    elements = list(root.iter("*"))
    for element in reversed(elements):
        if element.tag == "p":
            sizes[element] = size_of(element)
        if element in sizes and element is not root:
            sizes[element.getparent()] += sizes[element]
    return sizes


def _headed(root: Any) -> set[Any]:
    """Elements that hold a main heading: none of them is a box beside the article."""
    heads = islice(root.iter("h1"), MOST_HEADS)
    return {around for head in heads for around in (head, *head.iterancestors())}


def _is_box(element: Any) -> bool:
    """Whether tag, role, style or name tell that an element is beside the article."""
    if element.tag in _SIDE_TAGS:
        return True
    attributes = element.attrib
    if not attributes:
        return False
    if attributes.get("role") in _SIDE_ROLES or "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    style = attributes.get("style")
    return bool(style and _HIDDEN.search(style)) or not _BOX_WORDS.isdisjoint(_words(element))


def _words(element: Any) -> frozenset[str]:
    """Words of class and id, lower case: `articleShare-bar` is article, share, bar."""
    name, key = element.get("class"), element.get("id")
    return _split(f"{name or ''} {key or ''}"[:LONGEST_NAME]) if name or key else frozenset()


@lru_cache(maxsize=4096)
def _split(names: str) -> frozenset[str]:
    """Words of names; remembered, for a page repeats them."""
    return frozenset(word.lower() for word in _WORD.findall(names))


def _name_captions(root: Any, heads: set[Any]) -> None:
    """Captions become the titles of their images, where tei.py looks for them, and leave the text."""
    for image in root.iter("img"):
        image.attrib.pop("title", None)
    for figure in root.iter("figure"):
        _caption(figure, list(figure.iter("figcaption")))
    for element in list(root.iter(*_BOX_TAGS)):
        name = f"{element.get('class')} {element.get('id')}"
        if ("caption" in name or "Caption" in name) and element not in heads:
            _caption(element if element.find(".//img") is not None else element.getparent(), [element])


def _caption(around: Any, captions: list[Any]) -> None:
    """Gives the words of captions to the images around them that have none, and drops the captions."""
    words = clean_line(" ".join(" ".join(caption.itertext()) for caption in captions))
    if around is None or len(words) > LONGEST_CAPTION:
        return
    images = [image for image in around.iter("img") if not image.get("title")]
    for image in images:
        image.set("title", words)
    for caption in captions:
        held = list(caption.iter("img"))
        if caption.getparent() is None:
            continue
        for image in held:
            image.tail = None
            caption.addprevious(image)
        caption.drop_tree()


def _free_embedded_posts(root: Any) -> None:
    """Posts quoted from a social network stand as plain quotes: their boxes are named like adverts."""
    for quote in list(root.iterfind(".//blockquote[@class]")):
        if _words(quote).isdisjoint(("twitter", "tweet", "instagram")):
            continue
        size = size_of(quote)
        for link in list(quote.iter("a")):
            link.drop_tag()
        for around in [quote, *islice(quote.iterancestors(), 3)]:
            if around.tag == "body" or len(around) > MOST_IN_EMBED or size_of(around) > size:
                break
            around.attrib.clear()


def _join_repeated_bodies(root: Any) -> None:
    """Bodies in several boxes of one class lose the class: trafilatura would take the first of them for all."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for element in root.iter("div", "section"):
        name = element.get("class")
        named = name and not _BODY_WORDS.isdisjoint(_words(element))
        if named and any(_is_prose(child) for child in element.iterchildren("p")):
            groups[name].append(element)
    for elements in groups.values():
        if len(elements) > 1:
            for element in elements:
                del element.attrib["class"]


def _is_prose(paragraph: Any) -> bool:
    """Whether a paragraph is one of running text."""
    return size_of(paragraph) >= PARAGRAPH


def _flatten_layout(root: Any) -> None:
    """Tables that place an article, not data, are boxes: the extractor gives the whole page as a table of one cell."""
    if next(root.iter("td"), None) is None:
        return
    elements = list(root.iter("*"))
    sizes: dict[Any, int] = defaultdict(int)
    for element in reversed(elements):
        sizes[element] += len((element.text or "").strip())
        sizes[element.getparent()] += sizes[element] + len((element.tail or "").strip())
    tables: dict[Any, Any] = {}
    for element in elements:
        tables[element] = element if element.tag == "table" else tables.get(element.getparent())
    placing = {tables[cell] for cell in root.iter("td") if sizes[cell] >= LAYOUT_CELL} - {None}
    for element, table in tables.items():
        if table in placing and element.tag in _TABLE_PARTS:
            element.tag = "div"


def _wrap_loose_text(root: Any) -> None:
    """Long text right in a box that also holds blocks becomes a paragraph, with the inline elements beside it."""
    for box in list(root.iter("div", "section", "article", "td", "main")):
        if any(child.tag not in _RUN for child in box):
            _wrap_runs(box)


def _wrap_runs(box: Any) -> None:
    """Wraps the runs of text and inline elements of a box that are long enough; line breaks end a run."""
    before, run = None, []
    for child in [*box, None]:
        if child is not None and child.tag in _RUN and child.tag != "br":
            run.append(child)
            continue
        _wrap(box, before, run)
        before, run = child, []


def _wrap(box: Any, before: Any | None, run: list[Any]) -> None:
    """Puts the text after `before`, or the first text of the box, and a run of inline elements into a paragraph."""
    opening = (box.text if before is None else before.tail) or ""
    size = len(opening.strip()) + sum(size_of(part) + len(part.tail or "") for part in run)
    if size < LOOSE_TEXT:
        return
    paragraph = box.makeelement("p")
    paragraph.text = opening
    paragraph.extend(run)
    if before is None:
        box.text = None
        box.insert(0, paragraph)
    else:
        before.tail = None
        before.addnext(paragraph)
