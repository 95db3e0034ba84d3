"""`dibao cluster`: a PostgreSQL server made ready for several machines, how they are, and how they are told to rest."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scheduler.cli import exit_codes, terminal
from scheduler.cli.cluster_place import VARIABLE, place_of, place_options, session
from scheduler.cli.options import ConfigurationError, json_option

if TYPE_CHECKING:
    from scheduler.cli.cluster_place import Place
    from scheduler.engines.cluster.connecting import Session
    from scheduler.engines.cluster.initialising import Initialised, Member
    from scheduler.engines.cluster.overview import Overview, Worker

BY_NETWORK = "SERVER"
"""Stands for a machine's name in an address that was reached by a socket."""
PASSWORDS = {"coordinator": "DIBAO_COORDINATOR_PASSWORD", "worker": "DIBAO_WORKER_PASSWORD"}


@click.group()
def cluster() -> None:
    """Look after the machines that crawl together, and the PostgreSQL server between them (extra [cluster]).

    The server is that of [engine] in dibao.toml, or --engine. One that cannot be reached ends a command with code 75.
    """


@cluster.command()
@place_options
@click.option("--coordinator-role", metavar="NAME", help="The role of `dibao run`. [default: SCHEMA_coordinator]")
@click.option("--worker-role", metavar="NAME", help="The role of `dibao worker`. [default: SCHEMA_worker]")
@click.option("--print-passwords", is_flag=True, help="Print passwords that are made also where no person reads them.")
@click.option("--take-over", is_flag=True, help="Let another database file be served from now on, after a move.")
def init(
    engine: str | None,
    schema: str | None,
    config_path: Path,
    coordinator_role: str | None,
    worker_role: str | None,
    *,
    allow_plaintext: bool,
    print_passwords: bool,
    take_over: bool,
) -> None:
    """Make the schema and the two roles, or bring them up to date; with the address of an administrator in --engine.

    It may be run again at any time, and is to be after an upgrade of Dibao. Passwords are those of
    DIBAO_COORDINATOR_PASSWORD and DIBAO_WORKER_PASSWORD; a role that is new and has none gets one, which is printed.
    """
    place = place_of(config_path, engine, schema, allow_plaintext=allow_plaintext)
    with session(place) as _:
        from scheduler.engines.cluster.initialising import initialise  # noqa: PLC0415
        from scheduler.engines.cluster.schema import NewerSchema  # noqa: PLC0415

        try:
            done = initialise(
                place.address,
                schema=place.schema,
                coordinator_role=coordinator_role,
                worker_role=worker_role,
                coordinator_password=os.environ.get(PASSWORDS["coordinator"]) or None,
                worker_password=os.environ.get(PASSWORDS["worker"]) or None,
                take_over=take_over,
            )
        except (NewerSchema, ValueError) as error:
            raise ConfigurationError(str(error)) from error
    _tell_initialised(place, done, shown=print_passwords or sys.stdout.isatty())


@cluster.command()
@place_options
@json_option
def status(
    engine: str | None, schema: str | None, config_path: Path, *, allow_plaintext: bool, as_json: bool
) -> None:
    """Show the coordinator, the workers, the jobs and what waits to be taken in; first of all whether it is well.

    Exit codes: 0 it works, is paused, or all workers are draining; 1 somebody must look after it.
    """
    from scheduler.cli import cluster_showing  # noqa: PLC0415
    from scheduler.engines.cluster.verdict import is_well  # noqa: PLC0415

    place = place_of(config_path, engine, schema, allow_plaintext=allow_plaintext)
    with session(place) as connection:
        found = _overview(connection)
    if as_json:
        terminal.print_json(cluster_showing.document(place, found))
    else:
        terminal.echo("".join(f"{line}\n" for line in cluster_showing.lines(place, found)))
    sys.exit(exit_codes.OK if is_well(found) else exit_codes.SOURCES_FAILED)


@cluster.command()
@place_options
def pause(engine: str | None, schema: str | None, config_path: Path, *, allow_plaintext: bool) -> None:
    """Let no worker begin a job until `dibao cluster resume`. What runs comes to an end."""
    _set_paused(place_of(config_path, engine, schema, allow_plaintext=allow_plaintext), paused=True)


@cluster.command()
@place_options
def resume(engine: str | None, schema: str | None, config_path: Path, *, allow_plaintext: bool) -> None:
    """Let workers begin jobs again."""
    _set_paused(place_of(config_path, engine, schema, allow_plaintext=allow_plaintext), paused=False)


@cluster.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everybody", is_flag=True, help="Every worker that is alive.")
@place_options
def drain(
    names: tuple[str, ...],
    engine: str | None,
    schema: str | None,
    config_path: Path,
    *,
    everybody: bool,
    allow_plaintext: bool,
) -> None:
    """Have the workers of these NAMEs begin no job, end those they have, and leave: for an upgrade or a repair.

    A worker that is started again works again.
    """
    if bool(names) == everybody:
        raise click.UsageError("name workers, or say --all; `dibao cluster status` lists them")
    place = place_of(config_path, engine, schema, allow_plaintext=allow_plaintext)
    with session(place) as connection:
        found = _overview(connection)
        chosen = found.alive if everybody else tuple(_named(found, name) for name in dict.fromkeys(names))
        ids = [worker.id for worker in chosen if worker.is_alive]
        connection.execute("UPDATE workers SET wanted = 'drain' WHERE id = ANY(%s)", (ids,))
    _say("draining", [worker.name for worker in chosen if worker.is_alive])
    _say("not alive, so there is nothing to drain", [worker.name for worker in chosen if not worker.is_alive])
    if not chosen:
        click.echo("no worker is alive")


@cluster.command()
@click.argument("name", metavar="NAME")
@click.option("--yes", "-y", is_flag=True, help="Without asking: its processes are dead, somebody has looked.")
@place_options
def evict(
    name: str, engine: str | None, schema: str | None, config_path: Path, *, yes: bool, allow_plaintext: bool
) -> None:
    """End the sessions of the worker NAME, which is frozen or on a machine that is gone, so that its hosts are free.

    Only where its processes are surely dead, or its machine is off: else two workers may ask one host at a time.
    """
    place = place_of(config_path, engine, schema, allow_plaintext=allow_plaintext)
    with session(place) as connection:
        worker = _named(_overview(connection), name)
        if worker.is_alive:
            raise click.UsageError(
                f"{name} gave a sign of life {worker.silent_seconds:.0f} s ago; `dibao cluster drain {name}` lets it go"
            )
        if not _sure(worker, yes=yes):
            sys.exit(exit_codes.CONFIGURATION)
        ended = _end_sessions(connection, place.schema, worker)
    click.echo(f"{name}: {terminal.many(ended, 'session')} ended; its jobs begin again elsewhere by themselves")


def _overview(connection: Session) -> Overview:
    from scheduler.engines.cluster.overview import overview  # noqa: PLC0415 - loads psycopg

    return overview(connection)


def _set_paused(place: Place, *, paused: bool) -> None:
    with session(place) as connection:
        changed = connection.execute(
            "UPDATE settings SET paused = %s WHERE paused <> %s RETURNING 1", (paused, paused)
        ).fetchone()
    if changed is None:
        click.echo("it is paused already" if paused else "it was not paused")
    else:
        click.echo("paused: what runs comes to an end" if paused else "resumed")


def _named(found: Overview, name: str) -> Worker:
    """The worker of that name. Ends the command with code 2 where there is none."""
    from crawler.config_problems import suggestion  # noqa: PLC0415

    there = {worker.name: worker for worker in found.workers}
    if name not in there:
        hint = suggestion(name, there) if there else "there is none"
        raise click.UsageError(f"no worker is called {terminal.plain(name)}; {hint}")
    return there[name]


def _sure(worker: Worker, *, yes: bool) -> bool:
    """Whether its sessions are to be ended: said with --yes, or by the key y at a terminal."""
    if yes:
        return True
    where = f"process {worker.pid} on {terminal.plain(worker.host)}, and its children,"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        click.echo(f"Nothing was done: see that {where} are dead, and run it again with --yes.", err=True)
        return False
    return click.confirm(f"Are {where} surely dead?", default=False, err=True)


def _end_sessions(connection: Session, schema: str, worker: Worker) -> int:
    """How many sessions of the worker were ended; it is lost from now on."""
    from scheduler.engines.cluster.overview import session_name  # noqa: PLC0415

    connection.execute("UPDATE workers SET state = 'lost' WHERE name = %s AND id <= %s", (worker.name, worker.id))
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name = %s AND datname = current_database()",
        (session_name(schema, worker.name),),
    ).fetchone()
    return 0 if row is None else int(row[0])


def _say(what: str, names: list[str]) -> None:
    if names:
        click.echo(f"{what}: {', '.join(map(terminal.plain, names))}")


def _tell_initialised(place: Place, done: Initialised, *, shown: bool) -> None:
    """None; what was made, and how to go on, stands on standard output."""
    from scheduler.config.engine import DEFAULT_SCHEMA  # noqa: PLC0415

    was = {None: "is made", done.version: "was up to date"}.get(done.before, "is brought up to date")
    click.echo(f"schema {done.schema} of version {done.version} {was}: {place.address.shown}")
    if done.released:
        click.echo("the file that it served is let go: the next `dibao run` takes its place")
    for kind, member in (("coordinator", done.coordinator), ("worker", done.worker)):
        click.echo(f"role {member.role} {_password(kind, member, shown=shown)}")
    address = place.address.at_host(BY_NETWORK) if place.address.is_socket else place.address
    mine, theirs = (address.signed_in_as(one.role, None).shown for one in (done.coordinator, done.worker))
    click.echo(f'\n[engine] in dibao.toml:\n  url = "{mine}"')
    if done.schema != DEFAULT_SCHEMA:
        click.echo(f'  schema = "{done.schema}"')
    option = "" if done.schema == DEFAULT_SCHEMA else f" --schema {done.schema}"
    click.echo(f"each worker: dibao worker{option}, with\n  {VARIABLE}={theirs}")
    if place.address.is_socket:
        click.echo(f"{BY_NETWORK}: the name of this machine; for programs on itself, localhost")
    click.echo(
        "Passwords stand best in a file that only the service's user can read: see `url_file`, or PGPASSFILE.", err=True
    )


def _password(kind: str, member: Member, *, shown: bool) -> str:
    made = "is made" if member.made else "is there"
    if member.password is None:
        return f"{made}; its password is as it was"
    if os.environ.get(PASSWORDS[kind]):
        return f"{made}; its password is that of {PASSWORDS[kind]}"
    if shown:
        return f"{made}; its password, which is shown only now: {member.password}"
    return f"{made}, with a password that is not shown here; run it again with {PASSWORDS[kind]} set"
