"""Templates, and the style sheet that all pages have: what is in a row is text in them and nothing else."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from storage.revisions.layout import shown
from storage.web.pages import icons, times

_SHEETS = ("style.css", "operator.css", "reading.css")


def rendered(template: str, **context: Any) -> str:
    """The page that a template makes. Raises what jinja2 raises where the template is wrong."""
    return _environment().get_template(template).render(**context)


@cache
def style() -> bytes:
    """The style sheet of all pages."""
    folder = files("storage.web.pages")
    return b"\n".join(folder.joinpath(name).read_bytes() for name in _SHEETS)


@cache
def style_digest() -> str:
    """What names this style sheet in its address, so that a browser may keep it for ever."""
    return sha256(style()).hexdigest()[:16]


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("storage.web.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    made.globals |= {"icon": icons.icon, "style_digest": style_digest}
    made.filters |= {
        "ago": times.ago,
        "moment": times.moment,
        "clock": times.clock,
        "is_past": times.is_past,
        "lasted": times.lasted,
        "number": _number,
        "bytes": _bytes,
        "host": _host,
        "outer": _outer,
        "path": _path,
        "cut": _cut,
    }
    return made


def _harmless(value: object) -> object:
    """What is shown of a value: of a text what cannot turn the page around or end it."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _host(url: str) -> str:
    """The host of an address, or what stands for it."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:  # a host in brackets that is no address
        return url


def _outer(url: str) -> Markup | str:
    """An address of the web as a link that tells its site nothing; another one as text."""
    if not url.startswith(("http://", "https://")):
        return url
    said = shown(_cut(url.partition("://")[2].rstrip("/"), 90))
    return Markup('<a class="outer" href="{}" rel="noreferrer nofollow noopener">{}</a>').format(url, said)


def _path(url: str) -> str:
    """An address without its scheme and host, as a list of one source shows it."""
    rest = url.partition("://")[2]
    return "/" + rest.partition("/")[2] if rest else url


def _cut(text: str, most: int) -> str:
    """A text that is no longer than so many characters."""
    return text if len(text) <= most else f"{text[:most]}…"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _bytes(value: float | None) -> str:
    """A size as people say it: 12 kB."""
    if value is None:
        return "–"
    units = ["B", "kB", "MB", "GB", "TB"]
    while value >= 1000 and len(units) > 1:  # noqa: PLR2004 - where the next unit begins
        value /= 1000
        units.pop(0)
    unit = units[0]
    return f"{value:.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"  # noqa: PLR2004
