"""What a run says of its failure (storage.runs), in the visitor's language.

It is stored as one English text for logs and commands: in Chinese its fixed parts are said in Chinese, the codes of
reasons in the words that the pages have for them, and the addresses and answers of a site as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from storage.web.pages.frame import Visit

_FORMS: Final = (
    ("entries", re.compile(r"(?P<failed>\d+) of (?P<all>\d+) entry points failed: (?P<rest>.*)", re.DOTALL)),
    ("pages", re.compile(r"(?P<failed>\d+) of (?P<all>\d+) pages failed: (?P<rest>.*)", re.DOTALL)),
    ("no_entry", re.compile(r"no entry point was asked; the job ended as (?P<rest>\w+)")),
    ("no_links", re.compile(r"no article links on (?P<rest>.*)", re.DOTALL)),
    ("stuck", re.compile(r"stuck(?:: nothing came of it .*)?(?P<rest>)", re.DOTALL)),
    ("ended", re.compile(r"(?P<rest>(?:stuck|timeout|crashed)(?:: .*)?)", re.DOTALL)),
)
"""A key of the words `run_error`, and what is stored."""
_CODE: Final = re.compile(r"(?<=\()[a-z][a-z0-9_]*(?=\))|(?:(?<=^)|(?<=, ))[a-z][a-z0-9_]*(?=$|: | \d+(?:, |$))")
"""The code of a reason: in parentheses after an address, or before its count."""


def said(error: str | None, visit: Visit) -> str:
    """The error of a run for the visitor; itself where its form is none that is known."""
    if not error or visit.words.lang == "en":
        return error or ""
    for key, form in _FORMS:
        found = form.fullmatch(error)
        if found is not None:
            values = found.groupdict()
            values["rest"] = _CODE.sub(lambda code: _reason(code[0], visit), values["rest"])
            return visit.words(f"run_error.{key}", None, **values)
    return error


def facts_said(facts: Mapping[str, Any], visit: Visit) -> dict[str, Any]:
    """The facts of a state or an incident, with their `error` for the visitor."""
    error = facts.get("error")
    return {**facts, "error": said(error, visit)} if isinstance(error, str) else dict(facts)


def _reason(code: str, visit: Visit) -> str:
    for key in (f"run_error.{code}", f"reason.{code}"):
        if visit.words.knows(key):
            return visit.words(key)
    http = re.fullmatch(r"http_(\d{3})", code)
    return code if http is None else visit.words("reason.http", status=http[1])
