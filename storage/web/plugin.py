"""The hooks that Datasette calls (0.65; those of the same name in 1.0). Nothing of it is seen but in what it refuses.

Datasette finds it by the entry point `datasette` of this distribution. Files of others are shown as ever: where none of
the files is ours, nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from datasette import hookimpl
from markupsafe import Markup

from storage.header import HEADER_BYTES, is_ours
from storage.web.doorway import App, Doorway
from storage.web.settings import SETTINGS, Wishes, read_wishes

PLUGIN = "dibao"
"""The name under `plugins` of the metadata."""
HEAP_BYTES = 256 * 1024**2
"""What SQLite may allocate in the whole process: `zeroblob(500000000)` took 12.5 s and half a gigabyte without."""
NOTHING = '""'
"""A phrase of no words, which no article has (FTS5, section 3.2)."""
_WEB = ("http://", "https://")

Hook = TypeVar("Hook", bound=Callable[..., Any])


def _hook(function: Hook) -> Hook:
    """The function, marked for Datasette, and still typed."""
    hookimpl(function)
    return function


def _last(function: Hook) -> Hook:
    """The same, called after those of Datasette itself."""
    hookimpl(function, trylast=True)
    return function


@_hook
def startup(datasette: Any) -> None:
    """None; settings that nobody changed are as safe as they can be. Raises StartupError for wishes that make no sense.

    What the operator gives with `--setting` holds where it differs from Datasette's own default.
    """
    if not _shows_ours(datasette):
        return
    # Only here: it loads the plugins of Datasette, and this one would be found half made, without its hooks.
    from datasette import handle_exception as errors  # noqa: PLC0415

    # With rich, which Dibao brings, each error page would print all that Datasette holds: a second of CPU, megabytes.
    errors.rich = None
    wishes = _wishes(datasette)
    for name, (default, safe) in SETTINGS.items():
        if name not in wishes.allow and datasette.setting(name) == default:
            datasette._settings[name] = safe  # noqa: SLF001 - there is no other door to it


@_hook
def asgi_wrapper(datasette: Any) -> Callable[[App], App]:
    """The application behind a doorway, where a file of ours is shown."""
    if not _shows_ours(datasette):
        return lambda app: app
    hosts = _wishes(datasette).hosts
    return lambda app: Doorway(app, hosts)


@_hook
def register_routes(datasette: Any) -> list[tuple[str, Any]]:
    """Our pages of the first file of ours that is shown."""
    for name, database in datasette.databases.items():
        if _is_of_ours(database):
            from storage.web.pages.sheets import routes  # noqa: PLC0415 - for those who show a file of ours

            wishes = _wishes(datasette)
            return routes(name, Path(database.path), wishes.zone, home=wishes.home)
    return []


@_hook
def menu_links(datasette: Any) -> list[dict[str, str]]:
    """The way from Datasette's pages to ours."""
    return [{"href": datasette.urls.path("/-/dibao"), "label": "Dibao"}] if _shows_ours(datasette) else []


@_last
def prepare_connection(conn: Any, database: str, datasette: Any) -> None:
    """None; what is asked in SQL, by whoever may, cannot take all memory, and no search ends in an error.

    The search box asks by `escape_fts`, which Datasette's own function of that name answers with phrases, for which
    our index has no places: "1.00" is an error page. The files of others are searched as Datasette does it.
    """
    if not _shows_ours(datasette):
        return
    conn.execute(f"PRAGMA hard_heap_limit = {HEAP_BYTES}").close()
    shown = datasette.databases.get(database)
    if shown is not None and _is_of_ours(shown):
        conn.create_function("escape_fts", 1, _asked)


@_hook
def render_cell(value: Any, database: str, datasette: Any) -> Markup | None:
    """An address of the web as a link that tells its site nothing; None for all else."""
    if not isinstance(value, str) or not value.startswith(_WEB) or len(value.split()) != 1:
        return None
    if not _is_of_ours(datasette.get_database(database)):
        return None
    longest = datasette.setting("truncate_cells_html")
    shown = value if not longest or len(value) <= longest else f"{value[:longest]}…"
    return Markup('<a href="{}" rel="noreferrer nofollow noopener">{}</a>').format(value, shown)


def _asked(words: Any) -> str:
    """What to ask the index for words that were typed; NOTHING where there is nothing to look for.

    Every article that says them is found, whatever their length; a few may be that only have all their parts.
    """
    from storage.search.query import BadQuery, parse  # noqa: PLC0415 - numpy, for those who search

    try:
        return parse(str(words)).match
    except BadQuery:
        return NOTHING


def _wishes(datasette: Any) -> Wishes:
    from datasette.utils import StartupError  # noqa: PLC0415 - where Datasette keeps it in all versions

    try:
        return read_wishes(datasette.plugin_config(PLUGIN))
    except ValueError as error:
        raise StartupError(f"plugins.{PLUGIN} in the metadata: {error}") from None


def _shows_ours(datasette: Any) -> bool:
    return any(_is_of_ours(database) for database in datasette.databases.values())


def _is_of_ours(database: Any) -> bool:
    return database.path is not None and _says_ours(str(database.path))


@lru_cache(maxsize=64)
def _says_ours(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return is_ours(file.read(HEADER_BYTES))
    except OSError:
        return False


