"""`python named_side.py NAMES.json MODULE ARGUMENT...`: runs the `main` of a module, to which only these names lead.

NAMES is {"host": "127.0.0.2"}: for programs that refuse bare addresses.
"""

from __future__ import annotations

import importlib
import json
import socket
import sys
from pathlib import Path


def resolve(names):
    """None; these names lead to their addresses, and no other name anywhere."""
    real = socket.getaddrinfo

    def getaddrinfo(host, *arguments, **more):
        if host not in names:
            raise socket.gaierror(f"no such host here: {host}")
        return real(names[host], *arguments, **more)

    socket.getaddrinfo = getaddrinfo


if __name__ == "__main__":
    _, names, module, *arguments = sys.argv
    resolve(json.loads(Path(names).read_text(encoding="utf-8")))
    sys.argv = [module, *arguments]
    importlib.import_module(module).main()
