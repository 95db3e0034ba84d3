"""From pydantic's findings to sentences that name file, line and key, and say what was meant or what is allowed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from crawler.config_errors import ConfigError, Problem
from crawler.toml_file import KeyPath, TomlFile

Model = TypeVar("Model", bound=BaseModel)

# What people write for a key of ours that is spelled quite differently.
_SYNONYMS: Mapping[str, str] = MappingProxyType({
    "interval": "every", "period": "every", "frequency": "every",
    "schedule": "cron", "crontab": "cron",
    "url": "home", "homepage": "home", "site": "home",
    "rss": "feeds", "atom": "feeds", "lists": "listings", "pages": "listings",
    "domains": "hosts", "allowed_domains": "hosts",
    "tz": "timezone", "id": "name", "title": "name", "disabled": "enabled",
    "pattern": "links", "selector": "links",
    "to": "mail_to", "from": "mail_from", "sender": "mail_from", "type": "kind", "lang": "language",
    "db": "database", "path": "database", "email": "contact", "user_agent": "contact",
    "timeout": "timeout_seconds", "download_delay": "delay_seconds", "max_size": "max_body_bytes",
    "robots": "obey_robots", "respect_robots": "obey_robots", "robotstxt_obey": "obey_robots",
})  # fmt: skip

_SHOWN_CHARACTERS = 60

_NAMED_TABLES = ("source", "webhook", "alert")
"""Sections that there may be several of, each with a name."""

# pydantic's error types, for the kinds of field that our models have; numbers and formats word their own errors.
_EXPECTED: Mapping[str, str] = MappingProxyType({
    "string_type": "expected text in quotes",
    "bool_type": "expected true or false",
    "tuple_type": "expected a list in [brackets]",
    "list_type": "expected a list in [brackets]",
    "model_type": "expected a table",
    "dict_type": "expected a table",
    "model_attributes_type": "expected a table",
})  # fmt: skip


def validated(model: type[Model], toml: TomlFile, also: Iterable[Problem] = ()) -> Model:
    """The model filled from the file. Raises ConfigError with all that pydantic found, and the problems of `also`."""
    problems = list(also)
    try:
        result = model.model_validate(toml.data)
    except ValidationError as error:
        problems += (_problem(details, model, toml) for details in error.errors(include_url=False))
        raise ConfigError(problems) from error
    if problems:
        raise ConfigError(problems)
    return result


def shown(value: object) -> str:
    """A value as its owner wrote it, more or less, cut to a length that fits on a line."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """`did you mean "every"?` for a word near an allowed one, else all that is allowed."""
    allowed = sorted(allowed)
    known = {synonym: target for synonym, target in _SYNONYMS.items() if target in allowed}
    near = get_close_matches(word.lower(), [*allowed, *known], n=1, cutoff=0.6)
    if near:
        return f'did you mean "{known.get(near[0], near[0])}"?'
    return f"allowed: {', '.join(allowed)}"


def spoken_key(location: KeyPath, data: Mapping[str, Any]) -> str:
    """A key path as a person says it: `fetch.delay_seconds`, `source "enshi" listings[0].url`."""
    if len(location) > 1 and location[0] in _NAMED_TABLES and isinstance(number := location[1], int):
        name = _value_at(data, (location[0], number, "name"))
        label = f'"{name}"' if isinstance(name, str) and name else f"number {number + 1}"
        return f"{location[0]} {label} {_dotted(location[2:])}".strip()
    return _dotted(location)


def _dotted(location: KeyPath) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _value_at(data: Any, location: KeyPath) -> Any:
    for part in location:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _problem(details: ErrorDetails, model: type[BaseModel], toml: TomlFile) -> Problem:
    location = details["loc"]
    return Problem(
        file=str(toml.path),
        line=toml.line_of(location),
        key=spoken_key(location, toml.data),
        message=_message(details, model),
    )


def _message(details: ErrorDetails, model: type[BaseModel]) -> str:
    kind, location = details["type"], details["loc"]
    if kind == "extra_forbidden":
        return _unknown_key(location, model)
    if kind == "missing":
        around = _model_at(model, location[:-1])
        meaning = around.model_fields[str(location[-1])].description if around else None
        return f"required: {meaning}" if meaning else "required"
    if kind == "value_error":
        return str(details["ctx"]["error"])
    expected = _EXPECTED.get(kind, details["msg"][:1].lower() + details["msg"][1:])
    return f"{expected}; got {shown(details['input'])}"


def _unknown_key(location: KeyPath, model: type[BaseModel]) -> str:
    key = str(location[-1])
    around = _model_at(model, location[:-1])
    allowed = list(around.model_fields) if around else []
    refused: Mapping[str, str] = getattr(around, "REFUSED", {})
    if key in refused:
        return refused[key]
    elsewhere = [
        name
        for name, field in model.model_fields.items()
        if (section := _model_in(field.annotation)) and section is not around and key in section.model_fields
    ]
    # `[sources]` means [[source]], and a source's `url` its home, though a webhook has keys of these names.
    is_meant = _SYNONYMS.get(key) in allowed or (len(location) == 1 and get_close_matches(key, allowed))
    if elsewhere and not is_meant:
        headers = " or ".join(f"[[{name}]]" if name in _NAMED_TABLES else f"[{name}]" for name in elsewhere)
        return f"no such key here; it belongs in {headers}"
    return f"no such {'key' if len(location) > 1 else 'section'}; {suggestion(key, allowed)}"


def _model_at(model: type[BaseModel], location: KeyPath) -> type[BaseModel] | None:
    """The model that describes the table at that path."""
    found: type[BaseModel] | None = model
    for part in location:
        if found is None:
            return None
        if isinstance(part, str):
            found = _model_in(found.model_fields[part].annotation) if part in found.model_fields else None
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model within an annotation such as `tuple[Source, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
