"""What is done to a siege amid its crawl: each takes it and its PostgreSQL, and gives back the hosts that it hits.

Each ends when nothing more is done to it: what was stopped goes on, what was cut is open, PostgreSQL runs again.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

from tests.scheduler.engines.cluster.postgres import Postgres
from tests.scheduler.engines.cluster.siege import STALL_SECONDS, Siege
from tests.scheduler.engines.cluster.supervisor import Program

FALSE_STALL_SECONDS = STALL_SECONDS + 11
"""So long a worker is frozen: it is declared lost meanwhile, and its jobs have begun elsewhere."""
OUTAGE_SECONDS = 12.0
PAUSE_SECONDS = 8.0
PARTITION_SECONDS = 25.0
"""Longer than it takes both sides to see that the other one is gone: 8 s the worker, about 15 s the server."""
DOWN_SECONDS = 2.0

Disturb = Callable[[Siege, Postgres], set[str]]
KINDS: dict[str, Disturb] = {}


def _kind(disturb: Disturb) -> Disturb:
    KINDS[disturb.__name__] = disturb
    return disturb


def _busy(siege: Siege) -> Program:
    """The first worker that has jobs."""

    def found() -> Program | None:
        return next((worker for worker in siege.workers if worker.is_up and siege.hosts_of(worker.name)), None)

    worker = siege.until(found, "a worker has jobs")
    assert isinstance(worker, Program)
    return worker


@contextmanager
def _frozen(processes: list[psutil.Process]) -> Iterator[None]:
    try:
        for process in processes:
            process.suspend()
        yield
    finally:
        for process in processes:
            if process.is_running():
                process.resume()


@_kind
def worker_killed(siege: Siege, _: Postgres) -> set[str]:
    """kill -9 of a `dibao worker`, whose own processes find out by themselves."""
    worker = _busy(siege)
    hosts = siege.hosts_of(worker.name)
    worker.send(signal.SIGKILL)
    return hosts


@_kind
def worker_group_killed(siege: Siege, _: Postgres) -> set[str]:
    """kill -9 of a `dibao worker` and of all below it, as when its machine is switched off."""
    worker = _busy(siege)
    hosts = siege.hosts_of(worker.name)
    worker.send_group(signal.SIGKILL)
    return hosts


@_kind
def worker_frozen(siege: Siege, _: Postgres) -> set[str]:
    """SIGSTOP of a `dibao worker` until others have its jobs, and SIGCONT: they are its own no longer."""
    worker = _busy(siege)
    hosts = siege.hosts_of(worker.name)
    with _frozen([psutil.Process(worker.pid)]):
        time.sleep(FALSE_STALL_SECONDS)
    return hosts


@_kind
def worker_group_frozen(siege: Siege, _: Postgres) -> set[str]:
    """SIGSTOP and SIGCONT of a `dibao worker` and of all below it, as when its machine sleeps."""
    worker = _busy(siege)
    hosts = siege.hosts_of(worker.name)
    with _frozen([psutil.Process(worker.pid), *worker.family()]):
        time.sleep(FALSE_STALL_SECONDS)
    return hosts


@_kind
def crawler_frozen(siege: Siege, _: Postgres) -> set[str]:
    """SIGSTOP and SIGCONT of the process below a `dibao worker` that crawls: its jobs wait, nobody else takes them."""
    worker = _busy(siege)
    hosts = siege.hosts_of(worker.name)
    with _frozen(worker.workers()):
        time.sleep(FALSE_STALL_SECONDS)
    return hosts


@_kind
def coordinator_killed(siege: Siege, _: Postgres) -> set[str]:
    """kill -9 of the coordinator."""
    hosts = siege.hosts_at_work()
    siege.coordinator.send(signal.SIGKILL)
    return hosts


@_kind
def coordinator_frozen(siege: Siege, _: Postgres) -> set[str]:
    """SIGSTOP and SIGCONT of the coordinator."""
    hosts = siege.hosts_at_work()
    with _frozen([psutil.Process(siege.coordinator.pid)]):
        time.sleep(PAUSE_SECONDS)
    return hosts


@_kind
def coordinator_restarted(siege: Siege, _: Postgres) -> set[str]:
    """SIGTERM of the coordinator and a new one a while later: jobs go on meanwhile, and it leaves at once."""
    hosts = siege.hosts_at_work()
    began = time.monotonic()
    assert siege.supervisor.end(siege.coordinator, signal.SIGTERM, 30) == 0
    ended = time.monotonic()
    time.sleep(DOWN_SECONDS)
    went_on = [asked for asked in siege.world.asked() if asked.at > ended]
    siege.supervisor.begin(siege.coordinator)
    assert ended - began < DOWN_SECONDS + STALL_SECONDS, "it waited for its jobs"
    assert went_on, "no job went on without it"
    return hosts


@_kind
def postgres_killed(siege: Siege, postgres: Postgres) -> set[str]:
    """PostgreSQL ends as by `pg_ctl stop -m immediate`, and is started again."""
    hosts = siege.hosts_at_work()
    postgres.kill_immediate()
    time.sleep(DOWN_SECONDS)
    postgres.start()
    return hosts


@_kind
def postgres_frozen(siege: Siege, postgres: Postgres) -> set[str]:
    """All of PostgreSQL's processes stand still for a while: its connections stay, and nothing is answered."""
    hosts = siege.hosts_at_work()
    postgres.pause()
    try:
        time.sleep(OUTAGE_SECONDS)
    finally:
        postgres.resume()
    return hosts


@_kind
def worker_cut_off(siege: Siege, _: Postgres) -> set[str]:
    """The connections of a worker are reset, and it may connect again."""
    worker = _busy(siege)
    hosts = siege.hosts_of(worker.name)
    siege.wires[worker.name].cut()
    return hosts


@_kind
def worker_refused(siege: Siege, _: Postgres) -> set[str]:
    """The connections of a worker are reset, and for a while it cannot connect again."""
    worker = _busy(siege)
    hosts = siege.hosts_of(worker.name)
    wire = siege.wires[worker.name]
    wire.set("refused")
    time.sleep(FALSE_STALL_SECONDS)
    wire.set("open")
    return hosts


@_kind
def worker_unheard(siege: Siege, _: Postgres) -> set[str]:
    """Nothing comes through to a worker or from it, its connections stay; late, what was said meanwhile arrives."""
    worker = _busy(siege)
    hosts = siege.hosts_of(worker.name)
    wire = siege.wires[worker.name]
    wire.set("silent")
    time.sleep(OUTAGE_SECONDS)
    wire.set("open")
    return hosts


def worker_without_a_way(siege: Siege, _: Postgres) -> set[str]:
    """The packets of a worker to the server are dropped, as where a network is split: neither side is told."""
    (worker,) = [one for one in siege.workers if one.name in siege.far]
    hosts = siege.until(lambda: siege.hosts_of(worker.name), "it has jobs")
    with no_way_to(siege.far[worker.name]):
        time.sleep(PARTITION_SECONDS)
    return set(hosts)


@contextmanager
def no_way_to(address: str) -> Iterator[None]:
    """A context in which nothing that is sent to this address of this machine gets there. Needs root and iproute2."""
    route = ["blackhole", f"{address}/32", "table", "local"]
    subprocess.run(["ip", "route", "add", *route], check=True)
    try:
        yield
    finally:
        subprocess.run(["ip", "route", "del", *route], check=True)


@_kind
def coordinator_unheard(siege: Siege, _: Postgres) -> set[str]:
    """Nothing comes through to the coordinator or from it."""
    hosts = siege.hosts_at_work()
    wire = siege.wires["coordinator"]
    wire.set("silent")
    time.sleep(OUTAGE_SECONDS)
    wire.set("open")
    return hosts


@_kind
def coordinator_cut_off(siege: Siege, _: Postgres) -> set[str]:
    """The connections of the coordinator are reset, and for a while it cannot connect again."""
    hosts = siege.hosts_at_work()
    wire = siege.wires["coordinator"]
    wire.set("refused")
    time.sleep(PAUSE_SECONDS)
    wire.set("open")
    return hosts


@_kind
def worker_and_postgres_killed(siege: Siege, postgres: Postgres) -> set[str]:
    """kill -9 of a worker, and PostgreSQL ends at once as well."""
    return worker_killed(siege, postgres) | postgres_killed(siege, postgres)


@_kind
def worker_frozen_and_coordinator_killed(siege: Siege, _: Postgres) -> set[str]:
    """The one who would declare a frozen worker lost is killed."""
    worker = _busy(siege)
    hosts = siege.hosts_of(worker.name)
    with _frozen([psutil.Process(worker.pid)]):
        siege.coordinator.send(signal.SIGKILL)
        time.sleep(FALSE_STALL_SECONDS)
    return hosts


@_kind
def coordinator_and_postgres_killed(siege: Siege, postgres: Postgres) -> set[str]:
    """Events may have come in and not been deleted."""
    siege.coordinator.send(signal.SIGKILL)
    return postgres_killed(siege, postgres)


@_kind
def all_killed(siege: Siege, postgres: Postgres) -> set[str]:
    """The power fails for everything at once."""
    hosts = siege.hosts_at_work()
    for program in (siege.coordinator, *siege.workers):
        program.send_group(signal.SIGKILL)
    postgres.kill_immediate()
    postgres.start()
    return hosts
