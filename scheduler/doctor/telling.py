"""Whether anybody hears of incidents and changes: that somebody is to be told, and that it arrives."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.doctor.case import Case, Finding
from storage.outbox import caring
from storage.watch import alerts


def somebody_is_told(case: Case) -> Iterator[Finding]:
    """Whether there is an alert: who never looks would not learn that a source has died."""
    assert case.config is not None, "asked for where there is one"
    if case.config.alert:
        names = ", ".join(alert.name for alert in case.config.alert)
        yield Finding(check="alerts", level="ok", says=f"incidents are told to {names}")
    elif not case.config.watch.enabled:
        step = "set `enabled = true` in [watch]"
        yield Finding(check="alerts", level="warn", says="nobody watches the sources", step=step)
    else:
        step = "name one in an [[alert]]; else look at `dibao status --problems` by yourself"
        yield Finding(check="alerts", level="warn", says="nobody is told of incidents", step=step)


def are_delivered(case: Case) -> Iterator[Finding]:
    """Whether alerts and webhooks arrive."""
    with case.file() as database:
        dead = {sink: number for (sink, state), number in alerts.counts(database).items() if state == "dead"}
        failing = [hook for hook in caring.states(database) if hook.failures or hook.gone_at]
    for sink, number in sorted(dead.items()):
        says = f"{number} alerts could not be told to {sink}"
        yield Finding(check="deliveries", level="warn", says=says, step=f"dibao alerts test {sink}")
    for hook in failing:
        says = f"the webhook {hook.name} has failed {hook.failures} times: {hook.error or 'it answered 410'}"
        yield Finding(check="deliveries", level="warn", says=says, step="dibao webhooks list")
    if not dead and not failing:
        yield Finding(check="deliveries", level="ok", says="no alert and no webhook has failed")
