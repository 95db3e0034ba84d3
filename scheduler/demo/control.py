"""The control address of a demo world that runs as a process of its own: the world's script as JSON over HTTP.

POST /publish, /move_on, /edit, /repost, /take_down, /fail, /stall, /redirect, /lie, /heal and /reset_counts take the
keyword arguments of the world's methods as a JSON object; articles are named by their ids, times are in ISO 8601 with
an offset. GET /articles and /stats read.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from scheduler.demo.server import WorldServer
from scheduler.demo.shelf import WorldArticle

_ACTIONS = frozenset({"publish", "move_on", "edit", "repost", "take_down", "fail", "stall", "redirect", "lie", "heal"})
_TIMES = ("at", "now")


def facts(server: WorldServer, article: WorldArticle) -> dict[str, Any]:
    """An article as JSON: the fields of remote.RemoteArticle."""
    return {
        "id": article.id,
        "site": article.site,
        "url": server.url_of(article),
        "path": article.path,
        "title": article.title,
        "paragraphs": article.paragraphs,
        "published": article.published.isoformat(),
        "modified": article.modified.isoformat(),
        "origin": article.origin,
        "reposted": article.reposted,
        "reporters": article.reporters,
        "correspondents": article.correspondents,
        "photographer": article.photographer,
        "editors": article.editors,
        "state": article.state,
        "status": article.status,
    }


def stats(server: WorldServer) -> dict[str, Any]:
    """Counts of requests by site: each path and status, and the highest number at once."""
    return {
        name: {
            "requests": [list(request) for request in server.requests(name)],
            "max_concurrent": server.max_concurrent(name),
        }
        for name in server.names
    }


def control_app(server: WorldServer) -> web.Application:
    """The aiohttp application of the control address."""

    async def act(request: web.Request) -> web.Response:
        arguments = json.loads(await request.text() or "{}")
        return _answered(lambda: _act(server, request.match_info["action"], arguments))

    async def read_articles(request: web.Request) -> web.Response:
        site = request.query.get("site")
        return _answered(lambda: [facts(server, article) for article in server.world.articles(site)])

    async def read_stats(_: web.Request) -> web.Response:
        return _answered(lambda: stats(server))

    app = web.Application()
    app.router.add_post("/{action}", act)
    app.router.add_get("/articles", read_articles)
    app.router.add_get("/stats", read_stats)
    return app


def _act(server: WorldServer, action: str, arguments: dict[str, Any]) -> Any:
    """What the world's method gave, as JSON; raises KeyError for an action that does not exist."""
    if action == "reset_counts":
        return server.reset_counts()
    if action not in _ACTIONS:
        raise KeyError(f"no action is called {action!r}; there are {', '.join(sorted(_ACTIONS))}")
    times = {key: datetime.fromisoformat(arguments[key]) for key in _TIMES if arguments.get(key) is not None}
    found = getattr(server.world, action)(**arguments | times)
    if isinstance(found, list):
        return [facts(server, article) for article in found]
    return facts(server, found) if isinstance(found, WorldArticle) else None


def _answered(make: Callable[[], Any]) -> web.Response:
    """The value as JSON; status 400 with a sentence where the request makes no sense."""
    try:
        return web.json_response(make())
    except (KeyError, TypeError, ValueError) as error:
        return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
