"""The JSON Schema for editors: it knows every setting, and refuses nothing that the loader takes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from crawler.config_errors import ConfigError
from scheduler.config.file import load_config, template_text
from scheduler.config.schema import descriptions, schema
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World

SCHEMA = schema()
START = '[dibao]\ncontact = "ops@example.org"\n'
SOURCE = f'{START}[[source]]\nname = "a"\nhome = "https://a.cn/"\n'
HOOK = f'{START}[[webhook]]\nname = "a"\nurl = "https://a.cn/"\nsecret_env = "A"\n'
ROOT = Path(__file__).resolve().parents[3]


def refused(text: str) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(tomllib.loads(text))]


def loads(folder: Path, text: str) -> bool:
    path = folder / "dibao.toml"
    path.write_text(text, encoding="utf-8")
    try:
        load_config(path)
    except ConfigError:
        return False
    return True


def switched_on() -> str:
    """The template with all settings; two of one table that exclude each other are left out."""
    lines = []
    for line in template_text().splitlines():
        is_setting = line.startswith("#") and not line.startswith("# ") and ("=" in line or line.startswith("#["))
        exclusive = ("#cron", "#secret_file", "#url_file", '#url_env = "DIBAO_ENGINE', "#password_file")
        left_out = line.startswith(exclusive)
        lines.append(line.removeprefix("#") if is_setting and not left_out else line)
    return "\n".join(lines)


def test_it_is_a_schema_of_2020_12() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_setting_has_a_description_and_no_other_key_may_stand_anywhere() -> None:
    tables = {"Config": SCHEMA, **SCHEMA["$defs"]}
    for name, table in tables.items():
        assert table["additionalProperties"] is False, name
        for key, value in table["properties"].items():
            assert name == "Config" or len(value["description"]) > 3, (name, key)
            assert "x-expected" not in str(value)
    assert SCHEMA["$defs"]["Fetch"]["properties"]["delay_seconds"]["default"] == 1.0
    assert SCHEMA["$defs"]["Schedule"]["properties"]["interval_floor"]["default"] == "5m"
    assert "a number of seconds, 0 to 3,600" in SCHEMA["$defs"]["Fetch"]["properties"]["delay_seconds"]["description"]
    assert descriptions()["dibao"]["workers"].startswith("Processes that fetch.")


def examples() -> Iterator[str]:
    yield switched_on()
    yield template_text().replace('#contact = "you@your-domain.org"', 'contact = "ops@example.org"')
    with WorldServer(World(sites=4, articles=1)) as server:
        yield server.config_toml("news.db")
    for path in (ROOT / "README.md", ROOT / "scheduler/README.md", ROOT / "crawler/README.md"):
        for block in path.read_text(encoding="utf-8").split("```toml\n")[1:]:
            text = block.partition("```")[0]
            above = SOURCE if text.lstrip().startswith("[[source.") else START
            yield text if "[dibao]" in text else above + text


def test_the_template_and_all_examples_are_valid() -> None:
    found = list(examples())
    assert len(found) > 4
    for text in found:
        assert refused(text) == [], text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[dibao]\n",
        f"{START}speed = 9\n",
        f"{START}[fecth]\n",
        f"{START}workers = 0\n",
        f"{START}workers = 1.5\n",
        f"{START}workers = true\n",
        f'{START}workers = "2"\n',
        f"{START}allow_old_sqlite = 1\n",
        f'{START}[fetch]\nrobots_forbidden = "maybe"\n',
        f"{START}[fetch]\nallow_ports = [70000]\n",
        f"{START}[recheck]\nafter = [3600]\n",
        f'{START}[schedule]\ninterval_floor = "5 minutes"\n',
        f"{START}[schedule]\ninterval_floor = 300\n",
        f'{SOURCE}every = "1h"\ncron = "5 * * * *"\n',
        f'{SOURCE}feeds = "https://a.cn/feed"\n',
        f'{SOURCE}feeds = ["ftp://a.cn/feed"]\n',
        f'{SOURCE}outlet = ["A"]\n',
        f'{SOURCE}listings = [{{ links = "/{{id}}" }}]\n',
        f'{SOURCE}listings = [{{ url = "https://a.cn/", pattern = "/" }}]\n',
        SOURCE.replace('"a"', '"A b"'),
        SOURCE.replace('name = "a"\n', ""),
        f'{HOOK}secret_file = "x"\n',
        f'{HOOK}ops = ["delete"]\n',
        HOOK.replace('secret_env = "A"\n', ""),
        f'{START}[[alert]]\nname = "a"\nkind = "pigeon"\n',
        f'{START}[[alert]]\nname = "a"\nkind = "log"\nkinds = ["boredom"]\n',
    ],
)
def test_what_it_refuses_the_loader_refuses(text: str, tmp_path: Path) -> None:
    assert refused(text)
    assert not loads(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        f'{START}[schedule]\ninterval_floor = "1s"\n',  # shorter than any duration may be
        f'{START}[schedule]\ninterval_floor = "2h"\ninterval_ceiling = "1h"\n',
        f'{SOURCE}timezone = "Asia/Shangai"\n',
        f'{SOURCE}cron = "61 * * * *"\n',
        SOURCE + SOURCE.removeprefix(START),
        f'{HOOK}sources = ["nobody"]\n',
        START.replace("ops@example.org", "nobody"),
        f"{START}workers = 1.0\n",  # to JSON Schema that is a whole number
    ],
)
def test_where_the_loader_is_stricter(text: str, tmp_path: Path) -> None:
    assert refused(text) == []
    assert not loads(tmp_path, text)


SCALARS = st.one_of(
    st.booleans(), st.integers(-5, 10**7), st.floats(-5, 1e7), st.text(max_size=8),
    st.sampled_from(["15m", "1h30m", "https://a.cn/x", "HTTP://a.cn", "a", "allow", "UTC", "10.0.0.0/8"]),
)  # fmt: skip
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3))
SECTIONS = ("dibao", "fetch", "schedule", "recheck", "archive", "retention", "watch", "alerts", "source")
KEYS = st.sampled_from(sorted((name, key) for name in SECTIONS for key in descriptions()[name]))


@given(KEYS, VALUES)
def test_any_value_that_the_loader_takes_passes(place: tuple[str, str], value: Any) -> None:
    from scheduler.config.file import Config  # noqa: PLC0415

    section, key = place
    data: dict[str, Any] = {"dibao": {"contact": "ops@example.org"}}
    if section == "source":
        data["source"] = [{"name": "a", "home": "https://a.cn/", key: value}]
    else:
        data.setdefault(section, {})[key] = value
    try:
        Config.model_validate(data)
    except ValueError:
        return
    assert list(Draft202012Validator(SCHEMA).iter_errors(data)) == []
