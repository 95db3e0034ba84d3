"""What scheduler/README.md says of metrics, incidents, states, logs, signals, pages and files is what the code has."""

from __future__ import annotations

import ast
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest
from prometheus_client import Metric

from scheduler import signals
from scheduler.cli import ops
from scheduler.control import wishes
from scheduler.doctor import examining
from storage import runs
from storage.database import open_writer
from storage.watch import phrases
from storage.watch.lags import LAG_BUCKETS_SECONDS
from storage.web.pages import sheets
from tests.readmes import NAMED, ROOT, first_names, prose_of, rows, section, text_of
from tests.storage import every_metric

MANUAL = "scheduler/README.md"
PROBES = {"/-/health", "/-/metrics"}
OUTSIDE = {"/", "/NAME"}


# Metrics


@pytest.fixture
def metrics(tmp_path: Path) -> dict[str, Metric]:
    """Every metric that there can be, by its name without the endings of histograms."""
    with open_writer(tmp_path / "news.db") as database:
        every_metric.fill(database)
        families = every_metric.families(database)
    return {family.name if family.type == "histogram" else name: family for name, family in families.items()}


def test_every_metric_is_documented_with_its_type_and_labels(metrics: dict[str, Metric]) -> None:
    documented = {}
    for name, kind, labels, _ in rows(section(MANUAL, "Metrics")):
        documented[name.strip("`")] = (kind, set(NAMED.findall(labels)))
    assert documented == {name: (family.type, labels_of(family)) for name, family in metrics.items()}


def labels_of(family: Metric) -> set[str]:
    return {label for sample in family.samples for label in sample.labels} - {"le"}


def test_the_buckets_of_the_lag_are_the_documented_ones() -> None:
    said = " ".join(section(MANUAL, "Metrics").split())
    assert "Buckets: 1, 5, 15, 30 minutes, 1, 3, 6, 12 hours, 1, 3 days." in said
    assert [seconds / 60 for seconds in LAG_BUCKETS_SECONDS[:4]] == [1, 5, 15, 30]
    assert [seconds / 3600 for seconds in LAG_BUCKETS_SECONDS[4:10]] == [1, 3, 6, 12, 24, 72]


# Watch and incidents


def test_every_state_is_documented_in_the_order_in_which_it_is_told() -> None:
    table = section(MANUAL, "Watch")
    assert [name for name in first_names(table) if name in phrases.STATES] == list(phrases.STATES)
    assert set(first_names(table)) == set(phrases.STATES)
    newcomers = first_names(section(MANUAL, "From nothing to ten watched portals"))
    assert set(newcomers) == set(phrases.STATES)


def test_every_kind_of_incident_is_documented_with_what_to_do() -> None:
    kinds = set(phrases.KINDS)
    assert kinds <= set(first_names(section(MANUAL, "Incidents")))
    what_to_do = section(MANUAL, "When something goes wrong")
    assert set(re.findall(r"^\* `(\w+)`\.", what_to_do, re.MULTILINE)) == kinds


def test_every_fact_of_incidents_is_documented() -> None:
    named = set(first_names(section(MANUAL, "Facts")))
    assert {re.sub("^(before|after)_(share|value)$", r"\1", field) for field in fields()} <= named
    assert set(phrases.RESOLUTIONS) <= set(NAMED.findall(section(MANUAL, "Facts")))


def fields() -> Iterator[str]:
    """The facts that sentences on incidents name."""
    for clauses in phrases.CLAUSES.values():
        for form in (form for clause in clauses for form in clause):
            yield from (field for _, field, _, _ in Formatter().parse(form.en) if field)


def test_every_state_of_health_is_documented() -> None:
    code = (ROOT / "storage/alive.py").read_text(encoding="utf-8")
    states = set(re.findall(r'state="(\w+)"|return "(\w+)", Check', code))
    assert {one or other for one, other in states} == set(first_names(section(MANUAL, "Health")))


def test_every_line_of_the_doctor_is_documented() -> None:
    health = set(first_names(section(MANUAL, "Health")))
    documented = set(first_names(section(MANUAL, "What `dibao doctor` looks at"))) - health
    checks = (*examining.ALONE, *examining.OF_FILE, *examining.OF_CONFIGURATION)
    assert documented == {name for name, _ in checks} | {"left out"}


def test_every_line_of_the_doctor_on_a_cluster_is_documented_and_no_other() -> None:
    code = (ROOT / "scheduler/doctor/cluster.py").read_text(encoding="utf-8")
    text = section(MANUAL, "What `dibao doctor` looks at")
    listed = {name for line in re.findall(r"^\* (`.*?): ", text, re.MULTILINE) for name in NAMED.findall(line)}
    assert listed | {"engine"} == set(re.findall(r'check ?= ?"([a-z ]+)"', code))


# Logs, signals, the socket


def test_every_key_of_the_logs_is_documented_and_no_other() -> None:
    formats = {"auto", "text", "json", "journal"}
    assert set(first_names(section(MANUAL, "Logs"))) - formats == set(keys_of_logs())


def keys_of_logs() -> Iterator[str]:
    """What the log calls of our modules give beside their sentence."""
    for folder in ("scheduler", "crawler", "storage"):
        for path in (ROOT / folder).rglob("*.py"):
            code = path.read_text(encoding="utf-8")
            if "extra=" in code and "logg" in code:
                yield from keys_of(ast.parse(code))


def keys_of(tree: ast.Module) -> Iterator[str]:
    given = {name for call in ast.walk(tree) if isinstance(call, ast.Call) for name in extras(call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict) and ast.unparse(node) in given:
            yield from keys(node)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict) and ast.unparse(node.targets[0]) in given:
            yield from keys(node.value)
        if isinstance(node, ast.FunctionDef) and any(each.startswith(f"{node.name}(") for each in given):
            yield from (key for inner in ast.walk(node) if isinstance(inner, ast.Dict) for key in keys(inner))


def extras(call: ast.Call) -> Iterator[str]:
    if "logger." in ast.unparse(call.func):
        yield from (ast.unparse(each.value) for each in call.keywords if each.arg == "extra")


def keys(literal: ast.Dict) -> Iterator[str]:
    for key, value in zip(literal.keys, literal.values, strict=True):
        if isinstance(key, ast.Constant):
            yield str(key.value)
        elif key is None and ast.unparse(value) == "counts":
            yield from ("discovered", "revised", *runs.COUNTED)


def test_every_signal_is_documented() -> None:
    documented = set(re.findall(r"SIG[A-Z]+", " ".join(" ".join(row[:1]) for row in signal_rows())))
    assert documented == {each.name for each in signals.WISHES} | {signal.SIGKILL.name}


def signal_rows() -> list[list[str]]:
    """The rows of the table of signals: their first cells are bare words."""
    lines = re.findall(r"^\| (SIG.*) \|$", section(MANUAL, "The daemon"), re.MULTILINE)
    return [line.split(" | ") for line in lines]


def test_every_command_that_the_daemon_hears_is_documented() -> None:
    text = section(MANUAL, "Beside a daemon")
    commands = {"Crawl": "dibao crawl", "Pause": "dibao pause", "Resume": "dibao resume", "Reload": "dibao reload"}
    commands["Acknowledge"] = "dibao incidents acknowledge"
    assert set(commands) == {each.__name__ for each in get_args(wishes.Wish)}
    assert all(re.search(rf"`{command}[ `]", text) for command in commands.values())


# Files and pages


def test_every_file_that_is_shipped_is_documented() -> None:
    lines = re.findall(r"^\* (.*):", section(MANUAL, "`dibao ops print`"), re.MULTILINE)
    assert {name for line in lines for name in NAMED.findall(line)} == set(ops.FILES)


def test_every_page_is_documented_and_no_other() -> None:
    lines = re.findall(r"^\* (`/.*?`): ", section(MANUAL, "Pages of the web page"), re.MULTILINE)
    documented = {name for line in lines for name in NAMED.findall(line)}
    patterns = [re.compile(pattern) for pattern, _ in sheets.sheets()]
    example = {name: re.sub("ID", "1", name) for name in documented - OUTSIDE - PROBES}
    for name, address in example.items():
        assert any(pattern.search(address) for pattern in patterns), name
    for pattern in patterns:
        assert any(pattern.search(address) for address in example.values()), pattern.pattern
    assert documented >= PROBES | OUTSIDE


def test_every_variable_of_the_environment_is_documented() -> None:
    documented = set(first_names(section(MANUAL, "Environment")))
    named: set[str] = set()
    for path in (ROOT / "scheduler/cli").glob("*.py"):
        named |= set(re.findall(r'"(DIBAO_[A-Z_]+)"', path.read_text(encoding="utf-8")))
    assert named <= documented


def test_the_contents_lead_to_every_section() -> None:
    top = text_of(MANUAL)[: text_of(MANUAL).index("\n## ")]
    linked = set(re.findall(r"\(#([\w-]+)\)", top))
    titles = re.findall(r"^## (.+)$", prose_of(MANUAL), re.MULTILINE)
    assert {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles} <= linked
