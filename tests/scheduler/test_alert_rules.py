"""The rules for Prometheus that are shipped: they name metrics and labels that there are."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml

from scheduler.config.alerting import KINDS_OF_INCIDENT
from storage.database import open_writer
from storage.watch.phrases import STATES
from tests.storage import every_metric

RULES = str(files("scheduler").joinpath("ops/alerts.rules.yml"))


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load(Path(RULES).read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


@pytest.fixture
def metrics(tmp_path: Path, quick_files: None) -> dict[str, Any]:
    with open_writer(tmp_path / "news.db") as database:
        every_metric.fill(database)
        return every_metric.families(database)


def test_every_metric_that_a_rule_names_exists(rules, metrics) -> None:
    named = {name for rule in rules for name in re.findall(r"\bdibao_\w+", rule["expr"])}
    assert len(named) > 8
    assert named <= set(metrics)


def test_every_label_that_a_rule_asks_for_exists(rules, metrics) -> None:
    for rule in rules:
        for name, asked in re.findall(r"\b(dibao_\w+)\{([^}]*)\}", rule["expr"]):
            labels = {label for sample in metrics[name].samples for label in sample.labels}
            assert set(re.findall(r"(\w+)\s*[=!]", asked)) <= labels


def test_every_state_that_a_rule_asks_for_exists(rules) -> None:
    asked = {
        word
        for rule in rules
        for words in re.findall(r'\bdibao_source_state\{state=~?"([^"]*)"', rule["expr"])
        for word in words.split("|")
    }
    assert asked
    assert asked <= set(STATES)
    assert any(not kind.startswith("source_") for kind in KINDS_OF_INCIDENT)


def test_every_rule_says_what_is_the_matter_and_how_grave_it_is(rules) -> None:
    names = [rule["alert"] for rule in rules]
    assert len(set(names)) == len(names)
    for rule in rules:
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"]["summary"]


@pytest.mark.faults
def test_promtool_takes_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("there is no promtool here (Debian's package prometheus)")
    done = subprocess.run([promtool, "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
