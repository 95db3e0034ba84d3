"""Telling systemd that the daemon is ready, reloads, stops, and that its main loop turns (sd_notify(3)).

Only who turns the loop feeds the watchdog: a loop that hangs stops feeding it, whatever its threads go on doing, and
systemd ends the daemon and starts another (WatchdogSec=). Without systemd nothing is told and nothing is missed.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager

SHARE = 3
"""So many times the watchdog is fed in the time that it waits; two are asked for (sd_watchdog_enabled(3))."""
STATUS_SECONDS = 10.0


class Notifier:
    """Says so to the socket that systemd names. What cannot be told is not told: no crawl ends for it."""

    def __init__(
        self,
        address: str | None = None,
        watchdog_seconds: float | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = address
        self._watchdog = watchdog_seconds is not None
        self._every = STATUS_SECONDS if watchdog_seconds is None else watchdog_seconds / SHARE
        self._monotonic = monotonic
        self._next = float("-inf")
        self._status = ""

    def ready(self, status: str) -> None:
        """None; the daemon is at work."""
        self._status = status
        self._tell("READY=1", f"STATUS={_line(status)}")

    def turned(self, status: str) -> None:
        """None; the loop has turned. Of many turns a second few are told."""
        now = self._monotonic()
        if now < self._next:
            return
        self._next = now + self._every
        words = ["WATCHDOG=1"] if self._watchdog else []
        if status != self._status:
            self._status = status
            words.append(f"STATUS={_line(status)}")
        self._tell(*words)

    @contextmanager
    def reloading(self) -> Iterator[None]:
        """A block in which the configuration is read again; it is at work before and after, whatever was read."""
        # The time tells an answer to this reload from one to the last (systemd.service(5), Type=notify-reload).
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")
        try:
            yield
        finally:
            self._tell("READY=1")

    def stopping(self) -> None:
        """None; the daemon is ending, and needs no food any more."""
        self._tell("STOPPING=1", "STATUS=stopping")

    def _tell(self, *words: str) -> None:
        if self._address is None or not words:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as told:
                told.setblocking(False)  # noqa: FBT003 - its only argument
                told.sendto("\n".join(words).encode(), address)
        except OSError:
            return


def notifier(environment: MutableMapping[str, str] = os.environ) -> Notifier:
    """The one that systemd asks for; of a silent one nothing is heard. Programs that are started from here get none."""
    address = environment.pop("NOTIFY_SOCKET", None)
    asked, pid = environment.pop("WATCHDOG_USEC", ""), environment.pop("WATCHDOG_PID", "")
    is_ours = asked.isdigit() and int(asked) > 0 and pid in {"", str(os.getpid())}
    return Notifier(address or None, int(asked) / 1e6 if is_ours else None)


def _line(text: str) -> str:
    return " ".join(text.split())
