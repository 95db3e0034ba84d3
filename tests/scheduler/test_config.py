import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import BaseModel

from crawler.config import Fetch, Listing, Source
from crawler.config_errors import ConfigError
from scheduler.config import Config, DibaoSection, Recheck, Schedule, load_config, template_text

SECTIONS: dict[str, type[BaseModel]] = {
    "dibao": DibaoSection,
    "fetch": Fetch,
    "schedule": Schedule,
    "recheck": Recheck,
    "source": Source,
}
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
        ("[sources]", 'sources: no such section; did you mean "source"?'),
        ("[source]", "source: expected a list in [brackets]; got {}"),
        ("[recheck]\nafter = ['1d', '1h']", 'recheck.after: expected ages that grow, such as ["1h", "6h", "1d"]'),
        ("[recheck]\nafter = [3600]", "recheck.after[0]: expected a duration with units d, h, m or s"),
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
    }
    for name, settings in documented().items():
        model = SECTIONS[name]
        own = {"max_requests_per_hour"} if name == "fetch" else examples if name == "source" else set()
        values = {key: value for key, value in settings.items() if key not in own}
        required = {"contact": "ops@example.org"} if name == "dibao" else {}
        required |= {"name": "example", "home": "https://news.example.org/"} if name == "source" else {}
        shown = tomllib.loads("\n".join(f"{key} = {value}" for key, value in values.items() if key != "contact"))
        assert model.model_validate(required | shown) == model.model_validate(required), name


def test_the_template_with_everything_switched_on_is_valid(tmp_path: Path) -> None:
    lines = [
        line.removeprefix("#") if SETTING.match(line) or HEADER.match(line) else line
        for line in template_text().replace("you@your-domain.org", "ops@example.org").splitlines()
        if not line.startswith(("#cron", '#interval_floor = "10m', '#interval_ceiling = "1d'))  # others of three
    ]
    config = load_config(write(tmp_path, "\n".join(lines)))
    assert [source.name for source in config.source] == ["example"]
    assert len(config.source[0].entry_points) == 4


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
    }
    durations = {"every", "after", "interval_floor", "interval_ceiling", "gone_after"}
    for model in SECTIONS.values():
        for name, field in model.model_fields.items():
            if any(kind in str(field.annotation) for kind in ("int", "float")) and name not in durations:
                assert name.endswith(("_seconds", "_bytes")) or name in counted, name
