"""The queries of the documents, typed into the plain `sqlite3` shell."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.storage.contract.recipes import PARAMETERS, finds_nothing, names, recipes

SHELL = shutil.which("sqlite3")


@pytest.fixture
def shell() -> str:
    if SHELL is None:
        assert not os.environ.get("CI"), "CI must have the sqlite3 shell (package sqlite3)"
        pytest.skip("there is no sqlite3 shell here")
    return SHELL


def typed(shell: str, path: Path, lines: str) -> subprocess.CompletedProcess[str]:
    """What the shell says to lines on its standard input; it opens the file as the README tells readers to."""
    return subprocess.run(
        [shell, "-bail", "-batch", f"{path.resolve().as_uri()}?mode=ro"],
        input=lines,
        capture_output=True,
        text=True,
        check=False,
    )


def filled_in(sql: str) -> str:
    told = ((name, PARAMETERS[name]) for name in names(sql))
    return "".join(f""".parameter set :{name} "{_literal(value)}"\n""" for name, value in told)


def _literal(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def test_every_query_of_the_documents_runs_in_the_shell_and_finds_rows(shell: str, news: Path) -> None:
    for sql in recipes():
        # `.parameter` keeps its values in a table of its own, which a read-only file may have in memory only.
        answer = typed(shell, news, f"{filled_in(sql)}{sql}\n")
        assert (answer.returncode, answer.stderr) == (0, ""), (sql, answer.stderr)
        assert answer.stdout or finds_nothing(sql), sql


def test_the_shell_finds_two_character_words_without_our_code(shell: str, news: Path) -> None:
    answer = typed(shell, news, "SELECT count(*) FROM article_fts WHERE article_fts MATCH '大桥';\n")
    assert answer.stdout == "3\n", answer.stderr


def test_the_shell_is_told_what_each_column_means(shell: str, news: Path) -> None:
    asked = "SELECT meaning FROM column_docs WHERE view = 'articles' AND \"column\" = 'characters';\n"
    assert typed(shell, news, asked).stdout == "length of text\n"
