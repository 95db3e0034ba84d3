import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import BaseModel

from crawler.config import Fetch, Listing, Source
from crawler.config_errors import ConfigError
from scheduler.config.alerting import Alert, Alerts, Watch
from scheduler.config.engine import EngineSection
from scheduler.config.file import (
    OPS,
    Archive,
    Config,
    DibaoSection,
    Recheck,
    Retention,
    Schedule,
    Webhook,
    load_config,
    template_text,
)

SECTIONS: dict[str, type[BaseModel]] = {
    "dibao": DibaoSection,
    "fetch": Fetch,
    "schedule": Schedule,
    "recheck": Recheck,
    "archive": Archive,
    "retention": Retention,
    "engine": EngineSection,
    "webhook": Webhook,
    "watch": Watch,
    "alerts": Alerts,
    "alert": Alert,
    "source": Source,
}
HOOK = '[[webhook]]\nname = "newsroom"\nurl = "https://example.org/hook"\n'
SETTING = re.compile(r"^#?(?P<key>[a-z_]+) = (?P<value>.+)$")
HEADER = re.compile(r"^#?\[{1,2}(?P<section>[a-z]+)\]{1,2}$")


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "dibao.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text))
    return [line.removeprefix(f"{tmp_path}/") for line in str(caught.value).splitlines()]


def documented() -> dict[str, dict[str, str]]:
    """The settings of the template, switched on or not, by section: key to value as text."""
    sections: dict[str, dict[str, str]] = {}
    section = ""
    for line in template_text().splitlines():
        if header := HEADER.match(line):
            section = header["section"]
        elif setting := SETTING.match(line):
            sections.setdefault(section, {})[setting["key"]] = setting["value"]
    return sections


def test_the_shortest_configuration_is_a_contact(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, '[dibao]\ncontact = "ops@example.org"\n'))
    assert config.source == ()
    assert config.fetch == Fetch()
    assert config.recheck.after == (3_600, 21_600, 86_400, 259_200, 604_800)
    assert config.dibao == DibaoSection(contact="ops@example.org", database=tmp_path / "news.db")


def test_a_relative_database_starts_at_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, '[dibao]\ndatabase = "data/news.db"\ncontact = "ops@example.org"\n')
    monkeypatch.chdir(tmp_path.parent)
    assert load_config(Path(tmp_path.name) / "dibao.toml").dibao.database == tmp_path / "data/news.db"


def test_an_absolute_database_and_one_at_home_are_taken_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ops")
    for written, meant in (("/srv/news.db", "/srv/news.db"), ("~/news.db", "/home/ops/news.db")):
        config = load_config(write(tmp_path, f'[dibao]\ndatabase = "{written}"\ncontact = "ops@example.org"\n'))
        assert config.dibao.database == Path(meant)


def test_disabled_sources_are_kept_but_not_crawled(tmp_path: Path) -> None:
    text = '[dibao]\ncontact = "ops@example.org"\n'
    for name, enabled in (("a", "true"), ("b", "false")):
        text += f'[[source]]\nname = "{name}"\nhome = "https://{name}.cn/"\nenabled = {enabled}\n'
    config = load_config(write(tmp_path, text))
    assert [source.name for source in config.source] == ["a", "b"]
    assert [source.name for source in config.enabled_sources] == ["a"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("database = ''", 'dibao.database: expected the path of a file, such as "news.db"; got ""'),
        ("database = 'data/'", "dibao.database: expected the path of a file"),
        ("database = 3", "dibao.database: expected the path of a file"),
        ("database = '~no-such-user/x'", "dibao.database: there is no such user's home on this machine"),
        ("workers = 0", "dibao.workers: expected a whole number of processes, 1 to 64; got 0"),
        ("workers = 1.5", "dibao.workers: expected a whole number of processes, 1 to 64; got 1.5"),
        ("tick_seconds = 0", "dibao.tick_seconds: expected a number of seconds, 0.05 to 3,600; got 0"),
        ("delay_seconds = 1", "dibao.delay_seconds: no such key here; it belongs in [fetch] or [[source]]"),
        ("worker = 1", 'dibao.worker: no such key; did you mean "workers"?'),
        ("timeout_seconds = 1", "dibao.timeout_seconds: no such key here; it belongs in [fetch] or [[webhook]]"),
        ("[sources]", 'sources: no such section; did you mean "source"?'),
        ("[source]", "source: expected a list in [brackets]; got {}"),
        ("[recheck]\nafter = ['1d', '1h']", 'recheck.after: expected ages that grow, such as ["1h", "6h", "1d"]'),
        ("[recheck]\nafter = [3600]", "recheck.after[0]: expected a duration with units d, h, m or s"),
        ("[archives]", 'archives: no such section; did you mean "archive"?'),
        ("[archive]\nkeep_for = 90", "archive.keep_for: expected a duration with units d, h, m or s"),
        ("[archive]\nkeeps_for = '90d'", 'archive.keeps_for: no such key; did you mean "keep_for"?'),
        ("contacts = 1", 'dibao.contacts: no such key; did you mean "contact"?'),
        ("[archive]\nenabled = 'yes'", "archive.enabled: expected true or false"),
        ("[archive]\nmax_bytes = 1.5", "archive.max_bytes: expected a whole number of bytes, 1,000,000 to"),
        ("[retention]\nkeep_bytes = 5", "retention.keep_bytes: expected a whole number of bytes, 1,000,000 to"),
        ("[retention]\nkeep_for = '40000d'", 'retention.keep_for: expected "36600d" or less'),
        ("[webhook]", "webhook: expected a list in [brackets]; got {}"),
    ],
)
def test_a_wrong_setting_is_told_with_what_is_allowed(tmp_path: Path, line: str, message: str) -> None:
    (found,) = problems(tmp_path, f'[dibao]\ncontact = "ops@example.org"\n{line}\n')
    assert found.startswith(f"dibao.toml:{3 + line.count(chr(10))}: {message}")


def test_two_sources_of_one_name_are_told_with_both_lines(tmp_path: Path) -> None:
    text = '[dibao]\ncontact = "ops@example.org"\n' + '[[source]]\nname = "a"\nhome = "https://a.cn/"\n' * 2
    assert problems(tmp_path, text) == [
        'dibao.toml:7: source "a" name: the source on line 4 has this name too; names must be unique'
    ]


def test_an_archive_of_which_one_file_is_larger_than_all_may_be_is_refused(tmp_path: Path) -> None:
    text = '[dibao]\ncontact = "ops@example.org"\n[archive]\nmax_bytes = 1_000_000\n'
    (found,) = problems(tmp_path, text)
    assert '"file_bytes" is larger than "max_bytes"' in found
    assert load_config(write(tmp_path, f"{text}file_bytes = 1_000_000\n")).archive.file_bytes == 1_000_000


def test_a_webhook_is_told_of_all_but_links_and_prunings_and_its_secret_is_beside_the_file(tmp_path: Path) -> None:
    text = f'[dibao]\ncontact = "ops@example.org"\n{HOOK}secret_file = "hook.secret"\n'
    (hook,) = load_config(write(tmp_path, text)).webhook
    assert hook.ops == ("insert", "revise", "gone", "back", "prune")
    assert hook.secret_file == tmp_path / "hook.secret"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", 'a webhook names its secret with either "secret_env" or "secret_file"'),
        ('secret_env = "A"\nsecret_file = "b"', 'either "secret_env" or "secret_file"'),
        ('secret_env = "A B"', "expected the name of an environment variable of A-Z, 0-9 and _"),
        ('secret_env = "whsec_c2VjcmV0"', "this is the secret itself; name a variable that holds it"),
        ('secret_file = "~no-such-user/x"', "there is no such user's home on this machine"),
        ('secret_env = "A"\nops = ["insert", "edit"]', f'no such change: "edit"; allowed: {", ".join(sorted(OPS))}'),
        ('secret_env = "A"\nops = ["inserts"]', 'no such change: "inserts"; did you mean "insert"?'),
        ('secret_env = "A"\nops = []', "expected at least one change of insert, revise, link, gone, back, prune"),
        ('secret_env = "A"\nsources = ["enshj"]', 'no source "enshj" in this file; did you mean "enshi"?'),
        ('secret_env = "A"\nmax_attempt = 3', 'no such key; did you mean "max_attempts"?'),
        ('secret_env = "A"\nmax_attempts = 0', "expected a whole number of attempts, 1 to 100; got 0"),
        ('secret_env = "A"\ntimeout = 3', 'no such key; did you mean "timeout_seconds"?'),
    ],
)
def test_a_wrong_webhook_is_told_by_its_name_and_without_its_secret(tmp_path: Path, line: str, message: str) -> None:
    source = '[[source]]\nname = "enshi"\nhome = "https://enshi.cn/"\n'
    (found,) = problems(tmp_path, f'[dibao]\ncontact = "ops@example.org"\n{source}{HOOK}{line}\n')
    place, said = found.split(" ", maxsplit=1)
    assert 6 <= int(place.removeprefix("dibao.toml:").rstrip(":")) <= 10
    assert said.startswith('webhook "newsroom"')
    assert message in said
    assert "c2VjcmV0" not in said


def test_two_webhooks_of_one_name_are_told_with_both_lines(tmp_path: Path) -> None:
    text = '[dibao]\ncontact = "ops@example.org"\n' + f'{HOOK}secret_env = "A"\n' * 2
    assert problems(tmp_path, text) == [
        'dibao.toml:8: webhook "newsroom" name: the webhook on line 4 has this name too; names must be unique'
    ]


def test_the_template_wants_only_a_contact(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, template_text())
    assert "dibao.contact: required" in found


def test_the_template_documents_every_setting_and_no_other() -> None:
    listing = tomllib.loads(f"x = {documented()['source']['listings']}")["x"]
    assert {key for item in listing for key in item} == set(Listing.model_fields)
    assert {name: set(settings) for name, settings in documented().items()} == {
        name: set(model.model_fields) for name, model in SECTIONS.items()
    }
    assert set(SECTIONS) == set(Config.model_fields)


def test_the_template_shows_the_defaults() -> None:
    """What stands behind a # is what holds without it; examples stand only where there is no default worth showing."""
    examples = {
        "contact",
        "name",
        "home",
        "outlet",
        "every",
        "cron",
        "interval_floor",
        "interval_ceiling",
        "max_requests_per_hour",
        "feeds",
        "sitemaps",
        "listings",
        "hosts",
        "delay_seconds",
        "max_pages",
        "keep_for",
        "keep_bytes",
    }
    shared = {"kinds", "sources", "timeout_seconds", "max_attempts", "allow_networks"}
    shown_examples = {
        "fetch": {"max_requests_per_hour", "proxy"},
        "retention": {"keep_for", "keep_bytes"},
        "engine": {"url", "url_env", "url_file"},
        "webhook": {"name", "url", "secret_env", "secret_file"},
        "watch": {"country"},
        "alerts": {"quiet_hours", "page_url"},
        "alert": set(Alert.model_fields) - shared,
        "source": examples,
    }
    needed = {
        "dibao": {"contact": "ops@example.org"},
        "webhook": {"name": "newsroom", "url": "https://example.org/", "secret_env": "SECRET"},
        "alert": {"name": "duty", "kind": "email", "mail_to": ["a@b.cn"], "mail_from": "a@b.cn", "smtp_host": "b.cn"},
        "source": {"name": "example", "home": "https://news.example.org/"},
    }
    for name, settings in documented().items():
        model = SECTIONS[name]
        own = shown_examples.get(name, set())
        values = {key: value for key, value in settings.items() if key not in own}
        required = needed.get(name, {})
        shown = tomllib.loads("\n".join(f"{key} = {value}" for key, value in values.items() if key != "contact"))
        assert model.model_validate(required | shown) == model.model_validate(required), name


def test_the_template_with_everything_switched_on_is_valid(tmp_path: Path) -> None:
    # Without the settings of which a table has but one of several, or that other kinds of alert have.
    left_out = ("#cron", '#interval_floor = "10m', '#interval_ceiling = "1d', "#secret_", "#url_file", "#password_file",
                '#url_env = "DIBAO_ENGINE')  # fmt: skip
    lines = [
        line.removeprefix("#") if SETTING.match(line) or HEADER.match(line) else line
        for line in template_text().replace("you@your-domain.org", "ops@example.org").splitlines()
        if not line.startswith(left_out) or "WEBHOOK" in line
    ]
    config = load_config(write(tmp_path, "\n".join(lines)))
    assert [source.name for source in config.source] == ["example"]
    assert len(config.source[0].entry_points) == 4
    assert [hook.name for hook in config.webhook] == ["newsroom"]
    assert [alert.kind for alert in config.alert] == ["wecom", "email"]


def test_every_setting_of_the_template_has_a_comment_above_it() -> None:
    lines = template_text().splitlines()
    for above, line in pairwise(lines):
        if SETTING.match(line):
            assert above.startswith("# "), line


def test_every_number_has_its_unit_in_its_name() -> None:
    counted = {
        "workers",
        "extract_processes",
        "concurrency_per_host",
        "max_pages",
        "max_pages_per_run",
        "worker_recycle_pages",
        "max_requests_per_hour",
        "max_listing_pages",
        "share",
        "gone_times",
        "max_attempts",
        "allow_ports",
        "smtp_port",
    }
    durations = {"every", "after", "interval_floor", "interval_ceiling", "gone_after", "keep_for", "keep_runs_for"}
    for model in SECTIONS.values():
        for name, field in model.model_fields.items():
            if any(kind in str(field.annotation) for kind in ("int", "float")) and name not in durations:
                assert name == "seconds" or name.endswith(("_seconds", "_bytes")) or name in counted, name
