"""Whether the hosts of the sources have addresses here, and such as may be asked."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from crawler.fetching.addresses import Network, networks, verdict
from scheduler.config.file import Config
from scheduler.doctor.case import Case, Finding, Resolve

SECONDS = 5.0
"""For all names together, asked side by side: a resolver that does not answer takes thirty seconds for each."""
AT_ONCE = 16
TOLD = 5
NO_ANSWER = f"no answer within {SECONDS:.0f} s"


def resolve(case: Case) -> Iterator[Finding]:
    """Whether each has an address, and one of them is none that is refused."""
    assert case.config is not None, "asked for where there is one"
    check, hosts = "names", _hosts(case.config)
    found = resolved(hosts, case.resolve)
    lacking = {host: why for host, why in found.items() if isinstance(why, str)}
    if lacking:
        says = f"{len(lacking)} of {len(hosts)} hosts have no address: {_told(lacking.items())}"
        step = "compare their names with the site; a site that moved: `home` in its [[source]]"
        if len(lacking) == len(hosts) > 1:
            step = "see the network of this machine and its resolver: /etc/resolv.conf, `getent hosts NAME`"
        yield Finding(check=check, level="fail" if len(lacking) == len(hosts) else "warn", says=says, step=step)
    refused = _all_refused(case.config, found)
    if refused:
        says = f"{len(refused)} hosts have only addresses that are refused: {_told(refused.items())}"
        step = "a public site has none such: see the resolver; for one of your own network: `allow_networks` in [fetch]"
        yield Finding(check=check, level="warn", says=says, step=step)
    if not lacking and not refused:
        yield Finding(check=check, level="ok", says=f"{len(hosts)} hosts have addresses")


def resolved(hosts: Sequence[str], ask: Resolve, seconds: float = SECONDS) -> dict[str, tuple[str, ...] | str]:
    """The addresses of each host, or why it has none. A resolver that hangs keeps nobody longer than that."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    answers: queue.SimpleQueue[tuple[str, tuple[str, ...] | str]] = queue.SimpleQueue()
    for host in hosts:
        waiting.put(host)
    for _ in range(min(AT_ONCE, len(hosts))):
        # A daemon's thread: one that hangs is left behind when the program ends.
        threading.Thread(target=_ask, args=(ask, waiting, answers), daemon=True).start()
    found: dict[str, tuple[str, ...] | str] = dict.fromkeys(hosts, NO_ANSWER)
    deadline = time.monotonic() + seconds
    for _ in hosts:
        try:
            host, answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[host] = answer
    return found


def _ask(
    ask: Resolve, waiting: queue.SimpleQueue[str], answers: queue.SimpleQueue[tuple[str, tuple[str, ...] | str]]
) -> None:
    while True:
        try:
            host = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            answers.put((host, ask(host)))
        except (OSError, UnicodeError) as error:
            answers.put((host, str(getattr(error, "strerror", None) or error)))


def _hosts(config: Config) -> tuple[str, ...]:
    """The hosts that this machine has to resolve: those of what is switched on, or of the proxy that does it."""
    if config.fetch.proxy is not None:
        return _named([config.fetch.proxy])
    urls = [url for source in config.enabled_sources for url in (source.home, *(e.url for e in source.entry_points))]
    return _named(urls)


def _named(urls: Iterable[str]) -> tuple[str, ...]:
    """The names in addresses, each once; what is an address already needs none to be found."""
    hosts = (urlsplit(url).hostname or "" for url in urls)
    return tuple(dict.fromkeys(host for host in hosts if host and not _is_literal(host)))


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _all_refused(config: Config, found: Mapping[str, tuple[str, ...] | str]) -> dict[str, str]:
    """Why each host cannot be asked that has only addresses which are refused; a proxy may have any."""
    if config.fetch.proxy is not None:
        return {}
    allowed = networks(config.fetch.allow_networks)
    known = {host: there for host, there in found.items() if not isinstance(there, str)}
    return {host: why for host, there in known.items() if (why := _refused(there, allowed))}


def _refused(there: tuple[str, ...], allowed: Sequence[Network]) -> str | None:
    """Why the first of its addresses is refused, where each of them is."""
    whys = [verdict(one.partition("%")[0], allowed) for one in there]
    return f"{there[0]} is {whys[0]}" if whys and all(whys) else None


def _told(found: Iterable[tuple[str, str]]) -> str:
    pairs = [f"{host} ({why})" for host, why in found]
    return ", ".join(pairs[:TOLD]) + (f" and {len(pairs) - TOLD} more" if len(pairs) > TOLD else "")
