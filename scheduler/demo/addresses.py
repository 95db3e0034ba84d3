"""Addresses for the demo world's sites: one loopback address each where the system has them, else one port each."""

from __future__ import annotations

import socket
from contextlib import suppress

_TRIES = 20
_A_NET, _NETS = 250, 250
"""Addresses that are taken of a net 127.0.N.0, and nets."""


def listeners(count: int, port: int) -> list[socket.socket]:
    """`count` sockets that listen: on 127.0.0.2, .3 … and one port, or on ports of 127.0.0.1 where there is only that.

    After 127.0.0.251 comes 127.0.1.2.
    `port` 0 takes a free one. Raises OSError where a given port is taken.
    """
    step = 0 if count <= _A_NET * _NETS and _many_loopbacks() else 1
    hosts = ["127.0.0.1" if step else f"127.0.{n // _A_NET}.{n % _A_NET + 2}" for n in range(count)]
    for _ in range(0 if port else _TRIES):
        with suppress(OSError):
            return _open(hosts, 0, step)
    return _open(hosts, port, step)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on the address."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(256)
        opened.setblocking(False)  # noqa: FBT003  # the standard library takes it by position only
    except OSError:
        opened.close()
        raise
    return opened


def _open(hosts: list[str], port: int, step: int) -> list[socket.socket]:
    """Sockets on these hosts, each port `step` above the one before; none stays open if one of them cannot be had."""
    opened: list[socket.socket] = []
    try:
        for host in hosts:
            opened.append(listen(host, port))
            port = opened[-1].getsockname()[1] + step
    except OSError:
        for each in opened:
            each.close()
        raise
    return opened


def _many_loopbacks() -> bool:
    """True if 127.0.0.2 is an address of this machine (macOS has 127.0.0.1 only)."""
    try:
        listen("127.0.0.2", 0).close()
    except OSError:
        return False
    return True
