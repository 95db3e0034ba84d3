"""`dibao sources`: listed, exported and imported, with nothing written by half."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scheduler.cli.sources import sources
from scheduler.config.file import load_config
from scheduler.demo.sourcefile import head

BLOCKS = """
[[source]]
name = "a"
home = "https://a.test/"
feeds = ["https://a.test/1.xml"]
every = "15m"

[[source]]
name = "b"
home = "https://b.test/"
enabled = false
max_pages = 9
"""
GOOD = "name,home,feeds\r\nb,https://b.test/,\r\nc,https://c.test/,https://c.test/f.xml\r\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "dibao.toml"
    path.write_text(head("news.db", 0.0) + BLOCKS)
    return path


def run(config: Path, *arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(sources, [*arguments, "--config", str(config)], input=given)


def test_the_list_names_every_source_for_people_and_programs(config: Path) -> None:
    shown = run(config, "list").output
    assert all(word in shown for word in ("a ", "1 feed; every 15m", "its home as a listing", "switched off"))
    document = json.loads(run(config, "list", "--json").output)
    assert [source["every"] for source in document["sources"]] == ["15m", None]


@pytest.mark.parametrize("form", ["csv", "opml"])
def test_what_was_exported_is_imported_again(form: str, config: Path, tmp_path: Path) -> None:
    file = tmp_path / f"sources.{form}"
    exported = run(config, "export", "--format", form, str(file))
    assert exported.exit_code == 0
    assert "b: not exported: " in exported.stderr
    fresh = tmp_path / "fresh.toml"
    fresh.write_text(head("news.db", 0.0))
    done = run(fresh, "import", str(file), "--yes")
    assert done.exit_code == 0, done.output
    before, after = load_config(config).source, load_config(fresh).source
    assert [(one.name, one.home, one.feeds) for one in after] == [(one.name, one.home, one.feeds) for one in before]
    if form == "csv":
        assert after[0] == before[0]
    again = run(fresh, "import", str(file), "--yes")
    assert (again.exit_code, again.stdout) == (0, "Nothing to add.\n")
    assert again.stderr.count("passed over") == 2


def test_standard_output_and_input_are_files_too(config: Path, tmp_path: Path) -> None:
    exported = run(config, "export", "--format", "csv").stdout_bytes
    assert exported.count(b"\r\n") == 3
    fresh = tmp_path / "fresh.toml"
    fresh.write_text(head("news.db", 0.0))
    assert run(fresh, "import", "-", "--yes", given=exported.decode()).exit_code == 0
    assert len(load_config(fresh).source) == 2


def test_without_consent_nothing_is_written(config: Path, tmp_path: Path) -> None:
    file, before = tmp_path / "in.csv", config.read_bytes()
    file.write_text(GOOD)
    for option in ("--dry-run", None):
        done = run(config, "import", str(file), *filter(None, [option]))
        assert done.exit_code == 0
        assert 'name = "c"' in done.stdout
        assert config.read_bytes() == before
    assert "--yes" in done.stderr


def test_one_wrong_row_keeps_all_out_unless_it_is_to_be_skipped(config: Path, tmp_path: Path) -> None:
    file, before = tmp_path / "in.csv", config.read_bytes()
    file.write_text(GOOD + "d,nowhere,\r\n")
    done = run(config, "import", str(file), "--yes")
    assert done.exit_code == 2
    assert f"{file}:4: wrong: home: expected a http:// or https:// address" in done.stderr
    assert config.read_bytes() == before
    assert run(config, "import", str(file), "--yes", "--skip-bad").exit_code == 0
    assert [source.name for source in load_config(config).source] == ["a", "b", "c"]
    assert config.read_bytes().startswith(before)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><opml>&e;</opml>", "DOCTYPE"),
        (b"<opml>", "not valid XML"),
        (b"just,words\n", "no header"),
        (None, "no such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_exit_code_2(
    content: bytes | None, said: str, config: Path, tmp_path: Path
) -> None:
    file = tmp_path / "in"
    if content is not None:
        file.write_bytes(content)
    done = run(config, "import", str(file), "--yes")
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize(("key", "names"), [(b"y", ["a", "b", "c"]), (b"\r", ["a", "b"])])
def test_at_a_terminal_only_the_key_y_writes(
    key: bytes, names: list[str], config: Path, tmp_path: Path, dibao_command: str
) -> None:
    (tmp_path / "in.csv").write_text(GOOD)
    ours, theirs = pty.openpty()
    with subprocess.Popen([dibao_command, "sources", "import", "in.csv"], cwd=tmp_path,
                          stdin=theirs, stdout=theirs, stderr=theirs) as command:  # fmt: skip
        os.close(theirs)
        shown = b""
        while b"[y/N]" not in shown:
            shown += os.read(ours, 4096)
        deadline = time.monotonic() + 15
        while command.poll() is None and time.monotonic() < deadline:
            os.write(ours, key)  # again, because a terminal that changes its mode forgets what was typed before
            time.sleep(0.05)
        command.kill()
    os.close(ours)
    assert command.returncode == 0
    assert [source.name for source in load_config(config).source] == names
