import json
from pathlib import Path

import pytest

from storage.contract import readme
from storage.contract.views import views
from storage.database import open_writer


@pytest.fixture
def news(tmp_path: Path) -> str:
    open_writer(tmp_path / "news.db").close()
    return "news.db"


def test_without_a_view_all_are_listed_with_what_they_are(dibao_here, news: str) -> None:
    done = dibao_here("db", "describe", "--database", news)
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()[: len(views())]] == [view.name for view in views()]


def test_a_view_is_told_column_by_column(dibao_here, news: str) -> None:
    done = dibao_here("db", "describe", "changes", "gaps", "--database", news)
    assert done.returncode == 0
    assert "insert, revise, link, gone, back or prune" in done.stdout
    assert done.stdout.index("changes") < done.stdout.index("gaps")
    assert "`" not in done.stdout


def test_json_is_the_whole_contract(dibao_here, news: str) -> None:
    told = json.loads(dibao_here("db", "describe", "--format", "json", "--database", news).stdout)
    assert list(told) == [view.name for view in views()]
    assert told["articles"]["columns"][0] == {
        "name": "id",
        "type": "INTEGER",
        "meaning": "the article's number; never used again, never changed",
        "example": "44",
        "null_when": "never",
    }


def test_markdown_has_the_tables_of_the_readme(dibao_here, news: str) -> None:
    told = dibao_here("db", "describe", "stories", "--format", "markdown", "--database", news).stdout
    (view,) = (view for view in views() if view.name == "stories")
    assert readme.table(view) in told


def test_the_metadata_of_datasette_is_of_that_file_and_hides_what_is_private(dibao_here, tmp_path: Path) -> None:
    open_writer(tmp_path / "my news.db").close()
    told = json.loads(dibao_here("db", "describe", "--format", "datasette", "--database", "my news.db").stdout)
    tables = told["databases"]["my news"]["tables"]
    assert {view.name for view in views()} <= set(tables)
    for private in ("article_heads", "urls", "meta", "_sqlite_migrations", "article_fts", "sources"):
        assert tables[private]["hidden"] is True
    assert tables["article_list"]["fts_table"] == "article_fts"
    assert tables["article_list"]["sort_desc"] == "shown_at"


def test_the_configuration_names_the_file_too(dibao_here, tmp_path: Path, news: str) -> None:
    toml = '[dibao]\ncontact = "https://a.cn/"\ndatabase = "news.db"\n[[source]]\nname = "a"\nhome = "https://a.cn/"\n'
    (tmp_path / "dibao.toml").write_text(toml, encoding="utf-8")
    assert dibao_here("db", "describe", "runs").returncode == 0


def test_a_view_that_is_not_there_is_a_mistake_with_the_nearest_name(dibao_here, news: str) -> None:
    done = dibao_here("db", "describe", "article", "--database", news)
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean 'articles'?" in done.stderr
    assert "lists all" in dibao_here("db", "describe", "\x1b[2J", "--database", news).stderr


def test_a_file_of_an_older_schema_is_not_described(dibao_here, tmp_path: Path, news: str) -> None:
    with open_writer(tmp_path / news) as database:
        database.execute("PRAGMA user_version = 10")
    done = dibao_here("db", "describe", "--database", news)
    assert (done.returncode, done.stdout) == (4, "")
    assert "dibao db migrate" in done.stderr
