"""Whether the server that several machines crawl by can be reached, is trusted rightly and fit, and who is at work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

from crawler.config_errors import ConfigError
from scheduler.doctor.case import Case, Finding
from storage.faults import StorageFault

if TYPE_CHECKING:
    from scheduler.engines.cluster.address import Address
    from scheduler.engines.cluster.overview import Overview
    from scheduler.engines.cluster.probing import Probed

SKEW = timedelta(seconds=5)
"""All ages are measured by the server's clock, so more does no harm to the work; but logs of two machines disagree."""
MOST_DEAD_ROWS = 500_000
LONG_TRANSACTION_SECONDS = 3_600.0
"""What is open for so long keeps the server from sweeping the queue, which becomes slow."""
INIT = "run `dibao cluster init` with an administrator's address"


def is_fit(case: Case) -> Iterator[Finding]:
    """How the cluster is, if there is one."""
    assert case.config is not None, "asked for where there is one"
    if not case.config.engine.is_elsewhere:
        yield Finding(check="engine", level="ok", says="crawls run on this machine alone")
        return
    from scheduler.engines.cluster.address import address_of, warnings_of  # noqa: PLC0415

    for sentence in warnings_of(case.config.engine, case.config_path):
        says, _, step = sentence.partition("; ")
        yield Finding(check="engine secret", level="warn", says=says, step=step)
    missing = [name for name in ("psycopg", "procrastinate") if find_spec(name) is None]
    if missing:
        says = f"[engine] names a server, and {' and '.join(missing)} is not installed"
        yield Finding(check="engine", level="fail", says=says, step="pip install 'dibao[cluster]'")
        return
    try:
        address = address_of(case.config, case.config_path, case.environment)
    except ConfigError as error:
        yield Finding(check="engine", level="fail", says=str(error), step="see `dibao validate`")
        return
    assert address is not None, "the section names one"
    yield from _reached(case, address, case.config.engine.schema)


def _reached(case: Case, address: Address, schema: str) -> Iterator[Finding]:
    from scheduler.engines.cluster.connecting import Refused, Unreachable, connect  # noqa: PLC0415
    from scheduler.engines.cluster.overview import NotInstalled, overview  # noqa: PLC0415
    from scheduler.engines.cluster.probing import probe  # noqa: PLC0415

    try:
        with connect(address, schema=schema, name="dibao doctor") as connection:
            probed = probe(connection, case.clock)
            found = overview(connection)
    except Unreachable as error:
        step = "see that it runs and that nothing is between; fetching goes on by itself"
        yield Finding(check="engine", level="fail", says=str(error), step=step)
        return
    except Refused as error:
        yield Finding(check="engine", level="fail", says=str(error), step="put that right in [engine] or on the server")
        return
    except NotInstalled as error:
        yield Finding(check="engine", level="fail", says=f"{address.shown}: {error}", step=INIT)
        return
    version = f"PostgreSQL {found.server_version}, schema {schema} of version {found.schema_version}"
    yield Finding(check="engine", level="ok", says=f"{address.shown}: {version}")
    yield from _of_server(address, probed)
    yield from _of_machines(found)
    if found.has_coordinator:
        yield from _of_coordinator(case)


def _of_coordinator(case: Case) -> Iterator[Finding]:
    """What this file's coordinator has noted: a server may answer who looks, and take no job, for its disk is full."""
    from storage import engine_seen  # noqa: PLC0415

    try:
        with case.file() as database:
            seen = engine_seen.noted(database)
    except (StorageFault, OSError):
        return  # other checks tell of it
    if seen is not None and seen.unreachable_since is not None:
        says = f"the coordinator cannot work with it since {seen.unreachable_since:%Y-%m-%d %H:%M} UTC: {seen.error}"
        step = "put that right on the server, whose own log says more; fetching goes on by itself"
        yield Finding(check="cluster work", level="fail", says=says, step=step)


def _of_server(address: Address, probed: Probed) -> Iterator[Finding]:
    yield _line(address, probed)
    yield _role(probed)
    yield _clock(probed)
    yield _queue(probed)


def _line(address: Address, probed: Probed) -> Finding:
    check = "engine line"
    if probed.has_tls:
        return Finding(check=check, level="ok", says=f"{probed.tls_version}, sslmode {address.words.get('sslmode')}")
    if address.is_local:
        return Finding(check=check, level="ok", says="it does not leave this machine")
    step = "give the server a certificate (`ssl = on`), and take allow_plaintext out of [engine]"
    return Finding(check=check, level="warn", says="what is sent can be read on the way: no TLS", step=step)


def _role(probed: Probed) -> Finding:
    check = "engine role"
    if probed.is_superuser:
        says = f"{probed.role} is an administrator, and need not be"
        step = "use the coordinator's role: see `dibao cluster init`"
        return Finding(check=check, level="warn", says=says, step=step)
    if probed.lacking:
        says = f"{probed.role} may not use {', '.join(probed.lacking)}"
        return Finding(check=check, level="fail", says=says, step=INIT)
    return Finding(check=check, level="ok", says=f"{probed.role} may do what it must")


def _clock(probed: Probed) -> Finding:
    ahead = probed.clock_ahead
    way = "ahead of" if ahead > timedelta(0) else "behind"
    says = f"the server's is {abs(ahead.total_seconds()):.1f} s {way} this machine's"
    if abs(ahead) > SKEW + probed.round_trip:
        return Finding(check="engine clock", level="warn", says=says, step="let NTP keep the clocks of all machines")
    return Finding(check="engine clock", level="ok", says=says)


def _queue(probed: Probed) -> Finding:
    """Whether the queue stays quick: by its index, and by what sweeps it."""
    check = "engine queue"
    if not probed.has_index:
        says = "the index of the queue is not there: with many jobs each fetch takes long"
        return Finding(check=check, level="fail", says=says, step=INIT)
    if not probed.has_autovacuum:
        says = "autovacuum is off, so the queue grows without end"
        return Finding(check=check, level="fail", says=says, step="switch it on in postgresql.conf")
    longest = probed.longest_transaction_seconds
    if longest is not None and longest > LONG_TRANSACTION_SECONDS:
        says = f"a transaction is open for {longest / 3_600:.0f} h, so nothing can be swept"
        step = "find it in pg_stat_activity (xact_start), and end it"
        return Finding(check=check, level="warn", says=says, step=step)
    if probed.dead_rows > MOST_DEAD_ROWS:
        says = f"{probed.dead_rows:,} dead rows in a table wait to be swept"
        return Finding(check=check, level="warn", says=says, step="see that autovacuum keeps up (pg_stat_user_tables)")
    return Finding(check=check, level="ok", says="its index is there, and what is done is swept away")


def _of_machines(found: Overview) -> Iterator[Finding]:
    from scheduler.engines.cluster.verdict import is_well, sentence  # noqa: PLC0415

    yield Finding(check="cluster", level="ok", says=sentence(found)) if is_well(found) else Finding(
        check="cluster", level="warn", says=sentence(found), step="see `dibao cluster status`"
    )
    other = [f"{one.name} {one.version}" for one in found.alive if one.version != found.coordinator_version]
    if other and found.coordinator_version is not None:
        says = f"the coordinator is dibao {found.coordinator_version}; others: {', '.join(other)}"
        step = "install that release there, one after the other: `dibao cluster drain NAME`, upgrade, start"
        yield Finding(check="cluster release", level="warn", says=says, step=step)
