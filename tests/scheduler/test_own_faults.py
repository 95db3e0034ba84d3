"""What a crawl does without may break: each kind of fault is told once, and only those of the file are raised."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scheduler.control import granting
from scheduler.control.granting import BROKEN, Control
from scheduler.control.wishes import Answer, Resume
from scheduler.listeners import Several, Silent
from scheduler.own_faults import OwnFaults
from storage.faults import StorageFault
from storage.records import CrawlJob


def test_each_kind_of_fault_of_each_part_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    faults = OwnFaults()
    for what, kind in (("watch", KeyError), ("watch", KeyError), ("watch", ValueError), ("alerts", KeyError)):
        with faults.outlived(what):
            raise kind
    assert [(one.args[0], one.exc_info[0]) for one in caplog.records if one.args and one.exc_info] == [  # type: ignore[index]
        ("watch", KeyError), ("watch", ValueError), ("alerts", KeyError),
    ]  # fmt: skip


def test_a_fault_of_the_file_is_raised() -> None:
    with pytest.raises(StorageFault), OwnFaults().outlived("watch"):
        raise StorageFault


def test_a_listener_that_breaks_keeps_nobody_from_being_told() -> None:
    told: list[str] = []

    class Broken(Silent):
        def started(self, source: str, job: CrawlJob) -> None:
            raise KeyError(source)

    class Told(Silent):
        def started(self, source: str, job: CrawlJob) -> None:
            told.append(source)

    Several(Broken(), Told()).started("a", None)  # type: ignore[arg-type]
    assert told == ["a"]


def test_a_wish_that_breaks_is_refused_and_those_after_it_are_granted(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[int, Answer]] = []

    class Heard:
        def wishes(self) -> dict[int, Any]:
            return {1: Resume(names=("a",)), 2: Resume(names=("b",))}

        def send(self, client: int, answer: Answer, *, last: bool = False) -> None:
            said.append((client, answer))

    def broken(*_arguments: object) -> None:
        raise KeyError("a")

    heard: Any = Control(lambda: datetime.now(UTC), lambda: None)
    heard._server = Heard()
    monkeypatch.setattr(granting, "configured", broken)
    nothing: Any = type("Coordinator", (), {"config": type("Config", (), {"source": ()})})
    assert not heard.turn(nothing, None, None)
    assert said == [(1, BROKEN), (2, BROKEN)]
