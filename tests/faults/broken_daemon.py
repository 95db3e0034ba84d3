"""`dibao run`, of which all that a crawl does without is broken: watch, alerts, webhooks, control, heartbeat."""

from __future__ import annotations

import sys

from scheduler.cli.main import main
from scheduler.control.granting import Control
from scheduler.control.progress import Followers
from scheduler.watching.watching import Watching
from scheduler.webhooks.telling import Telling
from storage import alive


def broken(*_arguments: object, **_more: object) -> None:
    """None; it breaks."""
    raise KeyError("broken")


if __name__ == "__main__":
    for one, name in (
        (Watching, "tick"),
        (Telling, "tick"),
        (Telling, "close"),
        (Control, "turn"),
        (Followers, "started"),
        (Followers, "finished"),
        (alive, "beat"),
        (alive, "stopped"),
    ):
        setattr(one, name, broken)
    sys.argv = ["dibao", "run", *sys.argv[1:]]
    main()
