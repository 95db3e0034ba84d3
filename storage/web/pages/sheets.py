"""All pages of ours with their addresses, and what stands before each: permission, and faults told as a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from datasette.utils.asgi import Forbidden, Response

from storage.faults import StorageFault
from storage.web import policy
from storage.web.pages import frame, icons, rendering, words
from storage.web.pages.frame import ROOT, Sheet, TooLong, View, Visit
from storage.web.pages.operating import incidents, probes, runs, source, sources
from storage.web.pages.reading.routes import ROUTES

Answering = Callable[[Any, Any], Awaitable[Response]]

_FOREVER = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}


def sheets() -> tuple[Sheet, ...]:
    """All pages: a pattern of addresses and what answers them."""
    return (*sources.SHEETS, *source.SHEETS, *runs.SHEETS, *incidents.SHEETS, *ROUTES)


def routes(name: str, path: Path, zone: ZoneInfo, *, home: bool) -> list[tuple[str, Answering]]:
    """What Datasette is to answer with our pages of a file that it shows under a name. `home`: at `/` too."""
    made = [(pattern, _answered(view, name, path, zone)) for pattern, view in sheets()]
    made += [(r"^/-/dibao/style-[0-9a-f]+\.css$", _style), (r"^/-/dibao/icon\.svg$", _icon)]
    made += probes.routes(path, lambda datasette, request: _permit(datasette, request, name))
    return [*made, (r"^/$", _home)] if home else made


def _answered(view: View, name: str, path: Path, zone: ZoneInfo) -> Answering:
    async def answer(datasette: Any, request: Any) -> Response:
        await _permit(datasette, request, name)
        accepted = request.headers.get("accept-language")
        said = words.chosen(request.args.get("lang"), request.cookies.get(words.COOKIE), accepted)
        visit = Visit(
            datasette=datasette, request=request, words=said, now=frame.now(), zone=zone, name=name, path=path
        )
        try:
            return await view(visit)
        except TooLong:
            return visit.page("told.html", status=503, title=said("frame.too_long_title"), told=said("frame.too_long"))
        except StorageFault as fault:
            return visit.page("told.html", status=503, title=said("frame.unread_title"), told=str(fault))

    return answer


async def _permit(datasette: Any, request: Any, name: str) -> None:
    """None; who asks may see the file. Raises Forbidden."""
    if hasattr(datasette, "allowed"):  # 1.0
        from datasette.resources import DatabaseResource  # noqa: PLC0415 - is not in 0.65

        if not await datasette.allowed(action="view-database", resource=DatabaseResource(name), actor=request.actor):
            raise Forbidden("view-database")
        return
    await datasette.ensure_permissions(request.actor, [("view-database", name), "view-instance"])


async def _style(datasette: Any, request: Any) -> Response:  # noqa: ARG001 - as Datasette calls it
    return Response(rendering.style(), headers=_FOREVER, content_type="text/css; charset=utf-8")


async def _icon(datasette: Any, request: Any) -> Response:  # noqa: ARG001 - as Datasette calls it
    headers = {"cache-control": "public, max-age=86400", "content-security-policy": policy.OURS}
    return Response(icons.PLATE, headers=headers, content_type="image/svg+xml")


# Datasette forbids browsers to keep what was asked for with a cookie, but for files; these say nothing of anybody.
for _file in (_style, _icon):
    _file._datasette_static = True  # type: ignore[attr-defined]  # noqa: SLF001


async def _home(datasette: Any, request: Any) -> Response:  # noqa: ARG001 - as Datasette calls it
    return Response.redirect(str(datasette.urls.path(ROOT)))
