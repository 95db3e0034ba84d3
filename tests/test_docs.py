"""The documents are tested: what they name exists, what exists is named, and what they show runs."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import BaseModel

from crawler.config import Fetch, Listing, Source
from crawler.config_values import duration_text
from crawler.extraction.record import record
from scheduler.cli import exit_codes
from scheduler.cli.main import main
from scheduler.config.alerting import Alert, Alerts, Watch
from scheduler.config.engine import EngineSection
from scheduler.config.file import Archive, DibaoSection, Recheck, Retention, Schedule, Webhook, load_config
from scheduler.crawl import crawl
from scheduler.demo.server import WorldServer
from scheduler.demo.world import World
from storage import schema, tombstones
from storage.contract.views import views
from storage.database import Database, open_reader
from storage.header import APPLICATION_ID
from storage.records import AUTHOR_ROLES, EDITOR_ROLES, Rejection
from storage.runs import COUNTED
from tests.readmes import HEADING, NAMED, ROOT, blocks, first_names, prose_of, rows, section, text_of

LONG = ("storage/README.md", "crawler/README.md", "scheduler/README.md")
DOCUMENTS = ("README.md", "CHANGELOG.md", *LONG)
WIDEST_LINE = 120

# Where packages are published: a document that names one of these sends readers to what may not be there.
REGISTRY_HOSTS = re.compile(
    r"pypi\.org|pypi\.python\.org|pythonhosted\.org|npmjs\.(?:com|org)|crates\.io|rubygems\.org|anaconda\.org|docker\.io"
    r"|hub\.docker\.com|ghcr\.io|quay\.io",
    re.IGNORECASE,
)
# Folders of whoever wrote the document. /srv and /bin are examples that a reader adapts.
OWN_PATHS = re.compile(r"(?<![\w.~/-])/(?:work|root|home|tmp|opt|Users|var/folders|mnt)(?:/|\b)")

MODELS: dict[str, type[BaseModel]] = {
    "`[dibao]`": DibaoSection,
    "`[fetch]`": Fetch,
    "`[schedule]`": Schedule,
    "`[recheck]`": Recheck,
    "`[archive]`": Archive,
    "`[retention]`": Retention,
    "`[engine]`": EngineSection,
    "`[[webhook]]`": Webhook,
    "`[watch]`": Watch,
    "`[alerts]`": Alerts,
    "`[[alert]]`": Alert,
    "`[[source]]`": Source,
    "`listings`": Listing,
}
PUBLIC = [view.name for view in views() if view.name != "sources"]
LINK = re.compile(r"\]\(([^()\s]+)\)")


# Commands and exit codes


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every subcommand with its whole name, groups too."""
    context = click.Context(command)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield " ".join(("dibao", *path, name)), found
            yield from commands(found, (*path, name))


COMMANDS = dict(commands(main))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_its_options_are_documented(name: str) -> None:
    wanted = {option for each in COMMANDS[name].params if isinstance(each, click.Option) for option in each.opts}
    documented = {found.split()[0] for found in first_names(section("scheduler/README.md", f"`{name}`"))}
    assert documented == wanted


def test_no_command_is_documented_that_does_not_exist() -> None:
    headings = [title for _, title in HEADING.findall(section("scheduler/README.md", "Commands"))]
    assert {heading.strip("`") for heading in headings} == set(COMMANDS)


@pytest.mark.parametrize("name", ["README.md", "scheduler/README.md"])
def test_every_exit_code_is_documented(name: str) -> None:
    text = prose_of(name)
    codes = {value for key, value in vars(exit_codes).items() if key.isupper()}
    assert {int(cells[0]) for cells in rows(text) if cells[0].isdigit()} == codes


@pytest.mark.parametrize("name", [name for name in COMMANDS if not isinstance(COMMANDS[name], click.Group)])
def test_every_command_says_its_exit_codes_and_those_of_its_help(name: str) -> None:
    said = codes_of(section("scheduler/README.md", f"`{name}`"))
    assert said is not None
    assert said <= {value for key, value in vars(exit_codes).items() if key.isupper()}
    assert (codes_of(COMMANDS[name].help or "") or set()) <= said


def codes_of(text: str) -> set[int] | None:
    """The exit codes that a paragraph tells; none where it refers to another command's, None where there is none."""
    _, heading, told = text.rpartition("Exit codes:")
    paragraph = told.split("\n\n")[0]
    return {int(code) for code in re.findall(r"(?<![\w.`-])(\d+)(?= |,|;|\.|:|$)", paragraph)} if heading else None


# Settings


@pytest.mark.parametrize("heading", MODELS)
def test_every_setting_is_documented_with_its_default(heading: str) -> None:
    documented = {NAMED.findall(cells[0])[0]: cells[2] for cells in rows(section("scheduler/README.md", heading))}
    assert documented == {key: default(key, field) for key, field in MODELS[heading].model_fields.items()}


def default(key: str, field: Any) -> str:
    """A default as the table has it: a TOML value in backticks, `required` or `none`."""
    if field.is_required():
        return "required"
    value = field.default
    if value is None:
        return "none"
    if key in {"interval_floor", "interval_ceiling", "gone_after", "keep_for", "keep_runs_for"}:
        value = duration_text(value)
    if key == "after":
        value = [duration_text(age) for age in value]
    written = json.dumps(str(value) if isinstance(value, Path) else value)
    assert tomllib.loads(f"x = {written}")
    return f"`{written}`"


@pytest.mark.parametrize("name", ["README.md", "scheduler/README.md", "crawler/README.md"])
def test_configurations_in_the_documents_are_valid(tmp_path: Path, name: str) -> None:
    written = blocks(name, "toml")
    assert written
    for block in written:
        before = "" if "[dibao]" in block else '[dibao]\ncontact = "ops@example.org"\n'
        before += '[[source]]\nname = "a"\nhome = "https://a.example/"\n' if block.startswith("[[source.") else ""
        (tmp_path / "dibao.toml").write_text(before + block, encoding="utf-8")
        load_config(tmp_path / "dibao.toml")


# The database


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a news.db that a small crawl has made."""
    folder = tmp_path_factory.mktemp("docs")
    with WorldServer(World(sites=2, articles=3, seed=5)) as server:
        toml = folder / "dibao.toml"
        toml.write_text(server.config_toml("news.db", delay_seconds=0.0), encoding="utf-8")
        result = crawl(load_config(toml), clock=lambda: datetime.now(UTC))
    assert result.total("stored") == 6
    return folder


@pytest.fixture
def database(newsroom: Path) -> Iterator[Database]:
    with open_reader(newsroom / "news.db") as opened:
        yield opened


@pytest.mark.parametrize("name", PUBLIC)
def test_the_public_columns_are_the_documented_ones(database: Database, name: str) -> None:
    (heading,) = (title for _, title in HEADING.findall(text_of("storage/README.md")) if title.endswith(f" `{name}`"))
    table = section("storage/README.md", heading)
    columns = [NAMED.findall(cells[0])[0] for cells in rows(table) if cells[1] in {"integer", "real", "text"}]
    found = [row["name"] for row in database.rows(f"PRAGMA table_info({name})")]
    assert sorted(columns) == sorted(found)


def test_every_table_is_public_or_said_to_be_private(database: Database) -> None:
    private = section("storage/README.md", "What is private")
    names = {row[0] for row in database.rows("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")}
    assert {name for name in names if not name.startswith("sqlite_")} <= set(NAMED.findall(private))


def test_words_that_columns_may_hold_are_documented(database: Database) -> None:
    text = text_of("storage/README.md")
    statuses = [(table, "status") for table in ("run_log", "run_source_log", "article_heads")]
    for table, column in (("change_log", "op"), *statuses):
        (sql,) = database.row("SELECT sql FROM sqlite_schema WHERE name = ?", (table,))
        (words,) = re.findall(rf"\b{column} IN \(([^)]+)\)", sql)
        for word in re.findall(r"'(\w+)'", words):
            assert f"`{word}`" in text, (table, column, word)
    for role in AUTHOR_ROLES | EDITOR_ROLES:
        assert f"`{role}`" in text


def test_the_numbers_of_the_file_are_documented(database: Database) -> None:
    text = section("storage/README.md", "Versions of the file")
    assert f"is {APPLICATION_ID}," in text
    assert re.search(rf"has {schema.VERSION}\.", text)
    assert database.value("PRAGMA user_version") == schema.VERSION


def test_the_conservation_rule_names_every_outcome() -> None:
    assert f"discovered <> {' + '.join(COUNTED)}" in text_of("storage/README.md")


@pytest.mark.parametrize("name", ["README.md", "storage/README.md"])
def test_sql_in_the_documents_runs(database: Database, name: str) -> None:
    for sql in blocks(name, "sql"):
        values = dict.fromkeys(re.findall(r":([a-z]+)\b", sql), 1)
        database.rows(sql, values)


def test_the_feed_recipe_gives_every_change_once(database: Database) -> None:
    (sql,) = (sql for sql in blocks("storage/README.md", "sql") if ":last" in sql)
    changes = database.rows(sql, {"last": 0})
    assert [row["op"] for row in changes].count("insert") == 6
    assert database.rows(sql, {"last": changes[-1]["seq"]}) == []


@pytest.mark.parametrize("name", ["README.md", "storage/README.md"])
def test_python_in_the_documents_runs(newsroom: Path, tmp_path: Path, name: str) -> None:
    shutil.copy(newsroom / "news.db", tmp_path)
    shutil.copytree(newsroom / "news.db.archive", tmp_path / "news.db.archive")
    for code in blocks(name, "python"):
        if "pandas" in code:
            compile(code, name, "exec")  # it is no dependency of ours
            continue
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize("name", ["README.md", "storage/README.md"])
def test_sqlite_utils_commands_in_the_documents_run(newsroom: Path, tmp_path: Path, name: str) -> None:
    shutil.copy(newsroom / "news.db", tmp_path)
    lines = [line for code in blocks(name, "sh") for line in code.splitlines() if line.startswith("sqlite-utils ")]
    assert lines
    for line in lines:
        program = f"{Path(sys.executable).with_name('sqlite-utils')}{line.removeprefix('sqlite-utils')}"
        subprocess.run(program, shell=True, cwd=tmp_path, check=True, capture_output=True, timeout=60)  # noqa: S602


# Reasons


def reasons_of_code() -> set[str]:
    """The words that crawler and storage give as the reason of a page or an entry point."""
    found: set[str] = set()
    for path in (*(ROOT / "crawler").rglob("*.py"), ROOT / "storage/outcomes.py", ROOT / "storage/unstorable.py"):
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        named = {ast.unparse(each.targets[0]): each.value for each in tree.body if isinstance(each, ast.Assign)}
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) != "JobFinished":
                values = [keyword.value for keyword in call.keywords if keyword.arg == "reason"]
                values += [call.args[1]] if ast.unparse(call.func) == "failure" else []
                values += [call.args[0]] if ast.unparse(call.func) == "BadBody" else []
                found |= {word for value in values for word in words_of(named.get(ast.unparse(value), value))}
        found |= set(re.findall(r"\(_[A-Z0-9_]+, \"([a-z0-9_]+)\"\)", source))  # a pattern, and the reason it gives
    return found


def words_of(value: ast.expr) -> set[str]:
    if isinstance(value, ast.IfExp):
        return words_of(value.body) | words_of(value.orelse)
    if isinstance(value, ast.JoinedStr):
        return {"".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in value.values)}
    return {value.value} if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value else set()


def test_reasons_are_found_in_the_code() -> None:
    assert {"http_…", "soft_404", "fetch_error", "too_short", "same_text", "unstorable"} <= reasons_of_code()


def test_every_reason_is_documented_and_no_other() -> None:
    documented = set(first_names(section("crawler/README.md", "Reasons")))
    of_http = {"http_404", "http_410"}  # these two are of http_…
    assert documented - of_http == reasons_of_code() | {tombstones.PRUNED}


def test_the_fields_of_dibao_extract_are_the_documented_ones() -> None:
    text = section("crawler/README.md", "`dibao extract`")
    answers = text[text.index("with exactly these fields") :]
    assert first_names(answers) == list(record("1", Rejection(reason="empty")))


# All documents


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_names_a_registry_or_a_path_of_this_machine(name: str) -> None:
    text = text_of(name)
    assert REGISTRY_HOSTS.findall(text) == []
    assert OWN_PATHS.findall(text) == []
    assert str(ROOT) not in text


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_between_documents_lead_somewhere(name: str) -> None:
    for target in LINK.findall(prose_of(name)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / name).parent / path if path else ROOT / name
        assert file.exists(), target
        if anchor:
            titles = HEADING.findall(prose_of(str(file.resolve().relative_to(ROOT))))
            assert anchor in {slug(title) for _, title in titles}, target


def slug(title: str) -> str:
    """The anchor that forges give a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


@pytest.mark.parametrize("name", LONG)
def test_lines_fit_a_screen(name: str) -> None:
    assert [line for line in text_of(name).splitlines() if len(line) > WIDEST_LINE] == []
