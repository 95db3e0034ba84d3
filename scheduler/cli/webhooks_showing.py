"""How `dibao webhooks` shows webhooks and dead deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from scheduler.cli.terminal import headline, plain, show_table
from scheduler.config.file import Webhook

if TYPE_CHECKING:
    from storage.outbox.caring import Dead, HookState


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A webhook as it is listed. `state`: new, ok, failing, dead (it answered 410 Gone) or not configured.

    `lag`: changes that were not looked at for it yet; None and noughts for one that the file does not know yet.
    """

    name: str
    state: str
    lag: int | None
    pending: int
    delivered: int
    dead: int
    failures: int
    last_seq: int | None
    last_at: str | None
    http_status: int | None
    error: str | None
    not_before: str | None


def listed(configured: Iterable[Webhook], known: Iterable[HookState]) -> list[Listed]:
    """The configured webhooks in their order, then those that the file alone remembers."""
    by_name = {state.name: state for state in known}
    rows = [_listed(hook.name, by_name.pop(hook.name, None), configured=True) for hook in configured]
    return rows + [_listed(name, state, configured=False) for name, state in by_name.items()]


def show(rows: Sequence[Listed]) -> None:
    """None; the webhooks are on standard output as a table."""
    show_table(
        map(_cells, rows),
        names=("webhook", "state"),
        numbers=("behind", "waiting", "delivered", "dead"),
        texts=("last attempt", "answer"),
    )


def show_dead(rows: Sequence[Dead]) -> None:
    """None; the dead deliveries are on standard output as a table, or that there are none on standard error."""
    if not rows:
        click.echo("no delivery was given up", err=True)
        return
    cells = (
        (row.id, row.webhook, row.seq, row.op, row.attempts, row.last_at or "", plain(row.error), headline(row.title))
        for row in rows
    )
    show_table(cells, names=("id", "webhook", "seq", "change", "tries", "last attempt"), texts=("error", "title"))


def _cells(row: Listed) -> tuple[object, ...]:
    lag = "-" if row.lag is None else row.lag
    answer = row.error or ("" if row.http_status is None else f"HTTP {row.http_status}")
    return (row.name, row.state, lag, row.pending, row.delivered, row.dead, row.last_at or "never", plain(answer))


def _listed(name: str, state: HookState | None, *, configured: bool) -> Listed:
    if state is None:
        return Listed(
            name=name, state="new", lag=None, pending=0, delivered=0, dead=0, failures=0, last_seq=None, last_at=None,
            http_status=None, error=None, not_before=None,
        )  # fmt: skip
    said = "dead" if state.gone_at else "failing" if state.failures else "ok"
    return Listed(
        name=name,
        state=said if configured else "not configured",
        lag=state.lag,
        pending=state.pending,
        delivered=state.delivered,
        dead=state.dead,
        failures=state.failures,
        last_seq=state.last_seq,
        last_at=state.last_at,
        http_status=state.http_status,
        error=state.error,
        not_before=state.not_before,
    )
