"""The plugin uses only what Datasette 0.65 and 1.0 both have: hooks of a name, and what they are called with."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from storage.web import plugin

# datasette/hookspecs.py of 0.65.5 and of 1.0a19: what stands in both, as far as the plugin could use it.
BOTH = {
    "startup": {"datasette"},
    "asgi_wrapper": {"datasette"},
    "prepare_connection": {"conn", "database", "datasette"},
    "prepare_jinja2_environment": {"env", "datasette"},
    "render_cell": {"value", "column", "table", "database", "datasette"},
    "register_routes": {"datasette"},
    "register_commands": {"cli"},
    "register_output_renderer": {"datasette"},
    "actor_from_request": {"datasette", "request"},
    "menu_links": {"datasette", "actor", "request"},
    "table_actions": {"datasette", "actor", "database", "table", "request"},
    "database_actions": {"datasette", "actor", "database", "request"},
    "forbidden": {"datasette", "request", "message"},
    "handle_exception": {"datasette", "request", "exception"},
    "skip_csrf": {"datasette", "scope"},
}


def hooks() -> dict[str, Any]:
    """The functions of the plugin that Datasette calls."""
    return {name: made for name, made in vars(plugin).items() if hasattr(made, "datasette_impl")}


def test_every_hook_of_the_plugin_is_one_of_both_versions() -> None:
    used = {name: set(inspect.signature(hook).parameters) for name, hook in hooks().items()}
    assert len(used) >= 6
    assert {name: asked - BOTH.get(name, set()) for name, asked in used.items()} == {name: set() for name in used}
    assert used.keys() <= BOTH.keys()


@pytest.mark.parametrize("name", BOTH)
def test_the_list_is_right_for_the_datasette_that_is_installed(name: str) -> None:
    from datasette import hookspecs  # noqa: PLC0415 - a second of CPU

    assert BOTH[name] <= set(inspect.signature(getattr(hookspecs, name)).parameters)
