import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scheduler.cli import exit_codes
from scheduler.cli.init import CONTACT_LINE, init
from scheduler.cli.validate import seam_fault, validate
from scheduler.config.file import template_text

SOURCES = """
[[source]]
name = "a"
home = "https://a.cn/"
[[source]]
name = "b"
home = "https://b.cn/"
feeds = ["https://b.cn/1.xml", "https://b.cn/2.xml"]
enabled = false
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DIBAO_CONFIG", raising=False)
    return tmp_path


@pytest.fixture(autouse=True)
def seams(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """What is installed is looked at by one test, and by `dibao validate` in test_main: it takes a second."""
    if "real_seams" not in request.node.name:
        monkeypatch.setattr("scheduler.cli.validate.seam_fault", lambda: None)


def run_init(*arguments: str) -> Result:
    return CliRunner().invoke(init, arguments)


def run_validate(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(validate, arguments, env=env)


def test_init_with_a_contact_writes_a_file_that_is_valid(here: Path) -> None:
    result = run_init("--contact", "ops@example.org")
    assert result.exit_code == exit_codes.OK
    assert result.stdout.startswith("Wrote dibao.toml. Next:")
    assert tomllib.loads((here / "dibao.toml").read_text("utf-8"))["dibao"]["contact"] == "ops@example.org"
    result = run_validate()
    assert result.exit_code == exit_codes.OK
    assert result.stdout == f"dibao.toml is valid: 0 sources, 0 entry points, database {here}/news.db.\n"
    assert result.stderr.endswith("add a site: dibao add URL\n")


def test_init_without_a_contact_says_that_it_must_be_filled_in_and_so_does_validate(here: Path) -> None:
    result = run_init()
    assert "1. fill in contact" in result.stdout
    assert (here / "dibao.toml").read_text("utf-8") == template_text()
    result = run_validate()
    assert result.exit_code == exit_codes.CONFIGURATION
    assert "dibao.contact: required" in result.stderr


def test_the_line_that_init_fills_in_stands_once_in_the_template() -> None:
    assert template_text().splitlines().count(CONTACT_LINE) == 1


def test_the_placeholder_of_the_template_is_no_contact(here: Path) -> None:
    (here / "dibao.toml").write_text(template_text().replace(CONTACT_LINE, CONTACT_LINE[1:]), "utf-8")
    result = run_validate()
    assert result.exit_code == exit_codes.CONFIGURATION
    assert "still the placeholder" in result.stderr


def test_init_leaves_a_file_that_exists_as_it_is(here: Path) -> None:
    (here / "dibao.toml").write_text("mine")
    result = run_init("--contact", "ops@example.org")
    assert result.exit_code == exit_codes.CONFIGURATION
    assert result.stderr == "dibao.toml: exists already, and is left as it is; name another file\n"
    assert (here / "dibao.toml").read_text() == "mine"


def test_init_writes_where_it_is_told(here: Path) -> None:
    (here / "etc").mkdir()
    assert run_init("etc").exit_code == exit_codes.OK
    assert (here / "etc/dibao.toml").is_file()
    result = run_init("news.toml", "--contact", "https://example.org/")
    assert "dibao add URL --config news.toml\n" in result.stdout
    assert "dibao validate --config news.toml\n" in result.stdout
    assert (here / "news.toml").is_file()


def test_init_does_not_make_folders(here: Path) -> None:
    result = run_init("no/dibao.toml")
    assert result.exit_code == exit_codes.CONFIGURATION
    assert result.stderr == "no/dibao.toml: there is no folder no; make it first\n"


def test_init_refuses_a_contact_that_reaches_nobody_and_writes_nothing(here: Path) -> None:
    result = run_init("--contact", "nobody")
    assert result.exit_code == exit_codes.CONFIGURATION
    assert "expected an e-mail address" in result.stderr
    assert list(here.iterdir()) == []


def test_validate_counts_what_it_found(here: Path) -> None:
    run_init("--contact", "ops@example.org")
    with (here / "dibao.toml").open("a") as file:
        file.write(SOURCES)
    assert run_validate().stdout == (
        f"dibao.toml is valid: 2 sources, 1 of them disabled, 3 entry points, database {here}/news.db.\n"
    )


def test_validate_prints_every_problem_with_its_line_on_stderr(here: Path) -> None:
    (here / "dibao.toml").write_text('[dibao]\ncontact = "x"\n[fetch]\ntimeout = 3\n')
    result = run_validate()
    assert result.exit_code == exit_codes.CONFIGURATION
    assert result.stdout == ""
    assert [line.split(": ")[0] for line in result.stderr.splitlines()] == ["dibao.toml:2", "dibao.toml:4"]


def test_validate_without_a_file_says_how_to_get_one(here: Path) -> None:
    result = run_validate()
    assert result.exit_code == exit_codes.CONFIGURATION
    assert result.stderr == 'dibao.toml: no such file; run "dibao init" to write one, or name another with --config\n'
    assert 'run "dibao init x.toml"' in run_validate("-c", "x.toml").stderr
    assert f"{here}: a folder" in run_validate("-c", str(here)).stderr


def test_the_environment_may_name_the_file_and_the_option_comes_first(here: Path) -> None:
    run_init("one.toml", "--contact", "ops@example.org")
    run_init("two.toml", "--contact", "ops@example.org")
    assert run_validate(env={"DIBAO_CONFIG": "one.toml"}).stdout.startswith("one.toml is valid")
    assert run_validate("-c", "two.toml", env={"DIBAO_CONFIG": "one.toml"}).stdout.startswith("two.toml is valid")


def test_the_exit_codes_are_told_apart_and_explained() -> None:
    codes = {name: value for name, value in vars(exit_codes).items() if name.isupper()}
    assert len(set(codes.values())) == len(codes)
    assert all(f"\n{name}: " in (exit_codes.__doc__ or "") for name in codes)


def test_validate_says_where_the_address_guard_has_no_place(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "dibao.toml").write_text("[dibao]\ncontact = 'a@b.org'\n" + SOURCES)
    monkeypatch.setattr("scheduler.cli.validate.seam_fault", lambda: "Agent.request does not use it any more")
    result = run_validate()
    assert (result.exit_code, result.stdout) == (exit_codes.CONFIGURATION, "")
    assert result.stderr == (
        "nothing can be fetched with what is installed: Agent.request does not use it any more\n"
    )


def test_real_seams_that_are_gone_are_told_in_one_line_whatever_the_process_says(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "sitecustomize.py").write_text(
        "import sys, types\nsys.modules['twisted.web.client'] = types.ModuleType('twisted.web.client')\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(here))
    fault = seam_fault()
    assert fault is not None
    assert fault.startswith("ImportError: cannot import name ")
    assert "\n" not in fault
