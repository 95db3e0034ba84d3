"""The JSON Schema of dibao.toml, for editors: what may stand where, with the template's comments as descriptions.

It refuses nothing that the loader takes. The loader is stricter: what a text must mean (an address, a time zone, a
crontab line), the shortest and longest durations, names that must be unique, and what one setting says of another.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any, get_args

from pydantic import BaseModel

from crawler.config import Listing
from crawler.config_values import EXPECTED
from scheduler.config.engine import ADDRESS_SETTINGS
from scheduler.config.file import Config, template_text

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_HEADER = re.compile(r"#?\[{1,2}(\w+)\]{1,2}$")
_SETTING = re.compile(r"#?(\w+) = ")
_ELLIPSIS = re.compile(r"^As above\.$|^\.\.\. |\s*\.\.\.$")

_LISTING = {
    "url": "The page.",
    "links": "Tells article addresses by their path: {id} is digits, {date} a date, {any} anything but a slash.",
    "items": "The listing is JSON, and its list is there.",
    "link": "In an item, its link: `url` if not named.",
    "title": "In an item, its title: `title` if not named.",
    "date": "In an item, its date: `date` if not named.",
}
# What one key says of another, where a schema can say it.
_RULES: dict[str, dict[str, Any]] = {
    "Source": {"not": {"required": ["every", "cron"]}},
    "EngineSection": {"not": {"anyOf": [{"required": list(two)} for two in combinations(ADDRESS_SETTINGS, 2)]}},
    "Webhook": {"oneOf": [{"required": ["secret_env"]}, {"required": ["secret_file"]}]},
}


def schema() -> dict[str, Any]:
    """The schema (2020-12) of the whole file."""
    made = Config.model_json_schema()
    told = descriptions()
    models = _models()
    for name, described in (("Config", made), *made["$defs"].items()):
        model = models[name]
        described.pop("title", None)
        described["description"] = _first_paragraph(described.get("description", ""))
        described.update(_RULES.get(name, {}))
        own = _LISTING if model is Listing else told.get(_section_of(model), {})
        for key, value in described["properties"].items():
            described["properties"][key] = _property(value, own.get(key, ""), _default(model, key))
    return {"$schema": DIALECT, "title": "dibao.toml", **made, "description": "The configuration of Dibao."}


def descriptions() -> dict[str, dict[str, str]]:
    """What the template says of each setting, by section and key."""
    found: dict[str, dict[str, str]] = {}
    section, comment = "", list[str]()
    for line in template_text().splitlines():
        if header := _HEADER.match(line):
            section, comment = header[1], []
        elif setting := _SETTING.match(line):
            found.setdefault(section, {}).setdefault(setting[1], " ".join(comment))
            comment = []
        elif line.startswith("# "):
            comment.append(line.removeprefix("# "))
        else:
            comment = []
    return found


def _models() -> dict[str, type[BaseModel]]:
    """The models of the tables, by name."""
    found: dict[str, type[BaseModel]] = {"Config": Config, "Listing": Listing}
    for field in Config.model_fields.values():
        model = _model_in(field.annotation)
        found[model.__name__] = model
    return found


def _model_in(annotation: Any) -> type[BaseModel]:
    while not isinstance(annotation, type) or not issubclass(annotation, BaseModel):
        annotation = get_args(annotation)[0]
    return annotation


def _section_of(model: type[BaseModel]) -> str:
    return next((name for name, field in Config.model_fields.items() if _model_in(field.annotation) is model), "")


def _default(model: type[BaseModel], key: str) -> Any:
    """The default as it would be written; None for none, and for tables."""
    field = model.model_fields[key]
    if model is Config or field.is_required() or field.default is None:
        return None
    dumped: dict[str, Any] = model.model_construct().model_dump(mode="json", include={key}, warnings=False)
    return dumped[key]


def _property(given: dict[str, Any], comment: str, default: Any) -> dict[str, Any]:
    """A setting as editors show it: no null, which TOML has not; with what it means, and what is expected of it."""
    value = _without_null(given)
    for needless in ("title", "default", "format"):
        value.pop(needless, None)
    meaning = _ELLIPSIS.sub("", comment).strip() or value.get("description", "")
    expected = value.pop(EXPECTED, None) or value.get("items", {}).pop(EXPECTED, None)
    said = [meaning, f"Expected: {expected}." if expected else ""]
    if description := " ".join(filter(None, said)):
        value["description"] = description
    if default is not None:
        value["default"] = default
    return value


def _without_null(value: dict[str, Any]) -> dict[str, Any]:
    kinds = [kind for kind in value.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        return {name: part for name, part in value.items() if name != "anyOf"} | dict(kinds[0])
    return value


def _first_paragraph(text: str) -> str:
    return " ".join(text.partition("\n\n")[0].split())
