"""What other programs ask: is it well (`/-/health`), and the numbers for Prometheus (`/-/metrics`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from datasette.utils.asgi import Response

from storage.database import open_reader, refuse_older
from storage.faults import StorageFault
from storage.web.pages import frame

Answering = Callable[[Any, Any], Awaitable[Response]]
Permit = Callable[[Any, Any], Awaitable[None]]

OPENED: Final = "dibao_open"
"""In the scope of who has said no token (storage.web.guard), and is told whether all is well and nothing else."""
_NO_STORE: Final = {"cache-control": "no-store"}


def routes(path: Path, permit: Permit) -> list[tuple[str, Answering]]:
    """What Datasette is to answer for that file. `permit` raises where who asks may not see it."""

    async def health(datasette: Any, request: Any) -> Response:
        if not request.scope.get(OPENED):
            await permit(datasette, request)
        return await _health(datasette, request, path)

    async def metrics(datasette: Any, request: Any) -> Response:
        await permit(datasette, request)
        return await _metrics(datasette, path)

    return [(r"^/-/health$", health), (r"^/-/metrics$", metrics)]


async def _health(datasette: Any, request: Any, path: Path) -> Response:
    """Whether all goes on, by the file's own word: 200 or 503; to whom has said no token nothing else."""
    from storage.alive import verdict_of  # noqa: PLC0415 - for who asks

    found = await _in_thread(datasette, lambda: verdict_of(path, frame.now()))
    said = {"ok": found.ok} if request.scope.get(OPENED) else found.as_document()
    return Response.json(said, status=200 if found.ok else 503, headers=dict(_NO_STORE))


async def _metrics(datasette: Any, path: Path) -> Response:
    from storage import metrics  # noqa: PLC0415 - for who asks
    from storage.prometheus_text import CONTENT_TYPE  # noqa: PLC0415

    def read() -> bytes:
        with open_reader(path) as database:
            refuse_older(database)
            return metrics.exposition(database, frame.now())

    try:
        body = await _in_thread(datasette, read)
    except StorageFault as fault:
        return Response.text(f"{fault}\n", status=503, headers=dict(_NO_STORE))
    return Response(body, headers=dict(_NO_STORE), content_type=CONTENT_TYPE)


async def _in_thread(datasette: Any, work: Callable[[], Any]) -> Any:
    return await asyncio.get_running_loop().run_in_executor(datasette.executor, work)
