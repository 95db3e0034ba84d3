"""What a block weighs for the words in it, where the word lists know it as chrome (research/extraction.md, step 5)."""

from __future__ import annotations

from crawler.extraction.markup.blocks import Block
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


def words_weight(block: Block, marks: int) -> float:
    """Weight of a block that the word lists know as chrome, or zero. `marks`: its strong punctuation."""
    if block.size >= _DISCLAIMER_CHARS.stop:
        return 0.0
    ends = words.SENTENCE_END.search(block.text[-12:]) is not None
    if block.size >= _DISCLAIMER_CHARS.start and is_disclaimer(block.text):
        return 2 * SURE_WEIGHT
    if block.size <= _LABEL_CHARS and words.ENDING.match(block.text) and not (ends and block.size > _LABEL_SENTENCE):
        return 4 * SURE_WEIGHT
    if _is_label(block, ends=ends) or _is_button(block, marks, ends=ends) or _is_other(block, ends=ends):
        return SURE_WEIGHT
    return _line_weight(block, marks, ends=ends)


def is_disclaimer(text: str) -> bool:
    """Whether a block says who is not liable, or who owns the rights."""
    return bool(words.DISCLAIMER_OPENING.match(text) or words.DISCLAIMER.search(text))


def _is_label(block: Block, *, ends: bool) -> bool:
    """Whether a block is a label with what it labels: an editor, a source, a list."""
    if block.size > _LABEL_CHARS or (ends and block.size > _LABEL_SENTENCE):
        return False
    return words.LABEL.match(block.text) is not None


def _is_button(block: Block, marks: int, *, ends: bool) -> bool:
    """Whether a block is a button or the caption of a box."""
    if block.size > _BUTTON_CHARS and (block.size > _BUTTON_LINE_CHARS or marks):
        return False
    return not (marks and ends and block.size > SHORT_SENTENCE) and bool(words.ANYWHERE.search(block.text))


def _is_other(block: Block, *, ends: bool) -> bool:
    """Whether a block is an address to write to, or an abstract that ends in a link."""
    if block.size <= _CONTACT_CHARS and not ends and words.CONTACT.search(block.text):
        return True
    return block.size < _TEASER_CHARS and bool(words.TEASER.search(block.text))


def _line_weight(block: Block, marks: int, *, ends: bool) -> float:
    """Weight of a by-line, an image's name or a dated line, or zero."""
    size, text = block.size, block.text
    if size < _LINE_CHARS and (words.BYLINE.match(text) or words.IMAGE_NAME.match(text)):
        return -1.0
    dated = size < _DATED_CHARS and not ends and words.FULL_DATE.search(text)
    listed = not marks and size < _LISTED_CHARS and words.LIST_DATE.search(text)
    return -6.0 if (dated or listed) and not words.BARE_DATE.match(text) else 0.0
