"""What holds, and where it comes from; what keeps others out is never shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scheduler.config.file import load_config
from scheduler.config.origin import settings

START = '[dibao]\ncontact = "ops@example.org"\n'
FULL = f"""{START}workers = 2

[fetch]
delay_seconds = 2

[[webhook]]
name = "hook"
url = "https://hooks.example.org/services/T012AB34CD56EF78/incoming?key=topsecret&v=1"
secret_env = "HOOK_SECRET"

[[alert]]
name = "chat"
kind = "wecom"
url_env = "WECOM_URL"

[[source]]
name = "enshi"
home = "https://a.cn/"
outlet = "恩施日报"
every = "90m"
feeds = ["https://a.cn/feed?access_token=topsecret&page=1"]
listings = [{{ url = "https://a.cn/list\\u007f", links = "/{{id}}.html" }}]

[[source]]
name = "bay"
home = "https://b.cn/"
delay_seconds = 0.5
"""
Run = Callable[..., Any]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "dibao.toml"
    found.write_text(FULL.replace("\\u007f", ""), encoding="utf-8")
    return found


def test_each_setting_has_its_line_or_is_a_default_and_says_what_holds_in_its_place(path: Path) -> None:
    found = {(one.section, one.number, one.key): one for one in settings(path)}
    assert (found["dibao", None, "workers"].value, found["dibao", None, "workers"].line) == (2, 3)
    assert (found["dibao", None, "tick_seconds"].value, found["dibao", None, "tick_seconds"].line) == (5.0, None)
    assert (found["source", 0, "every"].value, found["source", 0, "every"].line) == ("1h30m", 22)
    assert found["source", 0, "delay_seconds"].inherits == "delay_seconds in [fetch]"
    assert found["source", 1, "delay_seconds"].inherits is None
    assert found["source", 1, "max_requests_per_hour"].inherits is None  # there is none in [fetch] either
    assert found["alert", 0, "language"].inherits == "language in [alerts]"
    of_the_first = {key for section, number, key in found if (section, number) == ("source", 0)}
    assert set(load_config(path).source[0].model_dump()) == of_the_first


def test_no_secret_is_shown(path: Path, dibao_here: Run) -> None:
    for arguments in ([], ["--origin"], ["--json"]):
        shown = dibao_here("config", "show", *arguments).stdout
        assert "topsecret" not in shown
        assert "T012AB34CD56EF78" not in shown
        assert "HOOK_SECRET" in shown
        assert "***" in shown


def test_what_is_shown_is_a_configuration_that_says_the_same(
    path: Path, dibao_here: Run, tmp_path: Path
) -> None:
    path.write_text(FULL.replace("?key=topsecret&v=1", "").replace("T012AB34CD56EF78/", "").replace(
        "?access_token=topsecret&page=1", "").replace("\\u007f", ""), encoding="utf-8")  # fmt: skip
    again = tmp_path / "again.toml"
    again.write_text(dibao_here("config", "show", "--origin").stdout, encoding="utf-8")
    assert load_config(again) == load_config(path)


def test_options_say_whether_the_command_line_or_the_environment_gave_them(
    path: Path, dibao_here: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIBAO_LOG_LEVEL", "error")
    command = json.loads(dibao_here("config", "show", "--json", "-c", str(path)).stdout)["command"]
    assert [(one["option"], one["value"], one["origin"], one["variable"]) for one in command] == [
        ("--config", str(path), "command line", None),
        ("--log-format", command[1]["value"], "default", None),
        ("--log-level", "ERROR", "environment", "DIBAO_LOG_LEVEL"),
    ]


def test_a_bad_configuration_is_told_as_ever(path: Path, dibao_here: Run) -> None:
    path.write_text("[dibao]\nspeed = 1\n")
    done = dibao_here("config", "show")
    assert (done.returncode, done.stdout) == (2, "")
    assert "dibao.toml:2" in done.stderr


def test_the_schema_is_one_json_document(dibao_here: Run) -> None:
    done = dibao_here("config", "schema")
    assert done.returncode == 0
    assert json.loads(done.stdout)["properties"]["dibao"] == {"$ref": "#/$defs/DibaoSection"}
