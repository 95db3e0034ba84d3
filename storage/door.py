"""What comes from outside, made fit for the file: the one place that every event passes before it is stored.

Extraction cleans what it reads; addresses, link titles, HTTP headers and error details come here as they were sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from storage.cleaning import cleaned
from storage.records import EntryChecked, Extracted, Unchanged, Validators

T = TypeVar("T")


def storable(value: T) -> T:
    """The value with each of its texts clean (`storage.cleaning`); one that needs no change is the very same object.

    What was made from a text that is another now is None, and made anew by whoever stores it: by its old terms an
    article could not be taken out of the index again. Of validators, half of one would ask for another page's change:
    they are dropped whole.
    """
    clean: Any = cleaned(value)
    if clean is value:
        return value
    if isinstance(clean, Extracted) and isinstance(value, Extracted) and clean.article is not value.article:
        clean = replace(clean, terms=None, signature=None, sentences=None)
    if isinstance(clean, Extracted | Unchanged | EntryChecked) and clean.validators is not _validators(value):
        clean = replace(clean, validators=Validators())
    made: T = clean
    return made


def _validators(value: Any) -> Any:
    return value.validators
