"""What a page of Datasette may do in a browser: run the scripts that Datasette ships, and nothing that a row says.

Datasette 0.65 has a few scripts in its pages. Each is allowed by its digest (Content Security Policy Level 3, section
6.7.2.3), taken from the installed templates, so that text which came to be a script by a fault would still not run.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

OURS: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The value of the header of a page of ours: it may be read, and send its forms home."""
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_FACET = "{{ datasette_allow_facet }}"
"""The one value that a script of a template takes; it is a word of Datasette's own."""


@cache
def policy() -> str:
    """The value of the header. Other sites are neither asked nor allowed to show the pages in theirs."""
    scripts = " ".join(("'self'", *(f"'sha256-{_digest(script)}'" for script in _scripts())))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            # Styles of the metadata stand in a data: address, and templates have some of their own.
            "style-src 'self' 'unsafe-inline' data:",
            "img-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


def _scripts() -> Iterator[str]:
    """The scripts in Datasette's templates, as browsers get them."""
    for template in sorted(files("datasette").joinpath("templates").iterdir(), key=lambda file: file.name):
        if template.name.endswith(".html"):
            for script in _SCRIPT.findall(template.read_text(encoding="utf-8")):
                yield from {script.replace(_FACET, "true"): None, script.replace(_FACET, "false"): None}


def _digest(script: str) -> str:
    return base64.b64encode(sha256(script.encode()).digest()).decode("ascii")
