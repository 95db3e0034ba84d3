"""Sources by the names that people give them, and what they may have meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crawler.config import Source
from crawler.config_problems import suggestion


class UnknownSource(ValueError):
    """A source was named that the configuration does not have, or has switched off."""


def switched_on(sources: Iterable[Source], names: Sequence[str]) -> tuple[Source, ...]:
    """The enabled sources of these names, each once; all of them for no names. Raises UnknownSource."""
    return _named([source for source in sources if source.enabled], names, "no source {!r} is switched on")


def configured(sources: Iterable[Source], names: Sequence[str]) -> tuple[Source, ...]:
    """The sources of these names, each once, enabled or not; all of them for no names. Raises UnknownSource."""
    return _named(sources, names, "no source {!r}")


def _named(sources: Iterable[Source], names: Sequence[str], unknown: str) -> tuple[Source, ...]:
    """Those of the sources that are named; `unknown` is said of a name that none has. Raises UnknownSource."""
    by_name = {source.name: source for source in sources}
    for name in names:
        if name not in by_name:
            raise UnknownSource(f"{unknown.format(name)}; {meant(name, by_name)}")
    return tuple(by_name[name] for name in dict.fromkeys(names)) or tuple(by_name.values())


def meant(name: str, known: Iterable[str]) -> str:
    """`did you mean "enshi"?` for a name near a known one, else all that are known."""
    known = tuple(known)
    hint = suggestion(name, known)
    return hint if hint.startswith("did") else f"there are: {', '.join(known) or 'none'}"
