"""What a block weighs for the words in it, where the word lists know it as chrome (research/extraction.md, step 5)."""

from __future__ import annotations

from crawler.extraction.text import lexicon as words

SURE_WEIGHT = -10.0
"""Of a block that the word lists are sure of. Lines with a date or a name weigh more: tables and texts hold such."""

# Lengths, in non-space characters, up to which a word list is asked: a longer block is a paragraph that uses the word.
_DISCLAIMER_CHARS = range(4, 400)
_LABEL_CHARS = 80
_LABEL_SENTENCE = 40
_BUTTON_CHARS = 40
_BUTTON_LINE_CHARS = 90
_CONTACT_CHARS = 90
_TEASER_CHARS = 160
_LINE_CHARS = 40
_DATED_CHARS = 80
_LISTED_CHARS = 60

SHORT_SENTENCE = 24
"""Characters of a sentence up to which it may be a button: `请先登录后再发表评论。`"""


def words_weight(text: str, size: int, marks: int) -> float:
    """Weight of a block that the word lists know as chrome, or zero.

    `size`: its characters but white space; `marks`: its strong punctuation.
    """
    if size >= _DISCLAIMER_CHARS.stop:
        return 0.0
    ends = words.SENTENCE_END.search(text[-12:]) is not None
    if size >= _DISCLAIMER_CHARS.start and is_disclaimer(text):
        return 2 * SURE_WEIGHT
    if size <= _LABEL_CHARS and words.ENDING.match(text) and not (ends and size > _LABEL_SENTENCE):
        return 4 * SURE_WEIGHT
    if _is_label(text, size, ends=ends) or _is_button(text, size, marks, ends=ends) or _is_other(text, size, ends=ends):
        return SURE_WEIGHT
    return _line_weight(text, size, marks, ends=ends)


def is_disclaimer(text: str) -> bool:
    """Whether a block says who is not liable, or who owns the rights."""
    return bool(words.DISCLAIMER_OPENING.match(text) or words.DISCLAIMER.search(text))


def _is_label(text: str, size: int, *, ends: bool) -> bool:
    """Whether a block is a label with what it labels: an editor, a source, a list."""
    if size > _LABEL_CHARS or (ends and size > _LABEL_SENTENCE):
        return False
    return words.LABEL.match(text) is not None


def _is_button(text: str, size: int, marks: int, *, ends: bool) -> bool:
    """Whether a block is a button or the caption of a box."""
    if size > _BUTTON_CHARS and (size > _BUTTON_LINE_CHARS or marks):
        return False
    return not (marks and ends and size > SHORT_SENTENCE) and bool(words.ANYWHERE.search(text))


def _is_other(text: str, size: int, *, ends: bool) -> bool:
    """Whether a block is an address to write to, or an abstract that ends in a link."""
    if size <= _CONTACT_CHARS and not ends and words.CONTACT.search(text):
        return True
    return size < _TEASER_CHARS and bool(words.TEASER.search(text))


def _line_weight(text: str, size: int, marks: int, *, ends: bool) -> float:
    """Weight of a by-line, an image's name or a dated line, or zero."""
    if size < _LINE_CHARS and (words.BYLINE.match(text) or words.IMAGE_NAME.match(text)):
        return -1.0
    dated = size < _DATED_CHARS and not ends and words.FULL_DATE.search(text)
    listed = not marks and size < _LISTED_CHARS and words.LIST_DATE.search(text)
    return -6.0 if (dated or listed) and not words.BARE_DATE.match(text) else 0.0
