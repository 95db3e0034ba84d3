"""Which states of sources `dibao status --problems` tells."""

from __future__ import annotations

import pytest

from scheduler.cli.status_watch import end_with_problems, needs_attention


@pytest.mark.parametrize(
    ("state", "reason", "failures", "told"),
    [
        ("ok", None, 0, False),
        (None, None, 0, False),
        ("partial", "failing_lately", 2, False),
        ("partial", "failing_lately", 3, True),
        ("partial", "entries_failing", 0, True),
        ("silent", None, 0, True),
    ],
)
def test_a_third_failure_in_a_row_is_told_before_it_is_an_incident(
    state: str | None, reason: str | None, failures: int, *, told: bool
) -> None:
    row = {"state": state, "state_reason": reason, "failures_in_a_row": failures}
    assert needs_attention(row) is told


def test_what_is_wrong_and_the_next_step_are_two_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    stopped = {"ok": False, "says": "the daemon was stopped", "step": "run"}
    alive = {"ok": False, "state": "stopped", "checks": [stopped]}
    document: dict[str, object] = {"alive": alive, "incidents": [], "sources": [], "file": None}
    with pytest.raises(SystemExit):
        end_with_problems(document, as_json=False)
    assert "the daemon was stopped. Next: run" in capsys.readouterr().out
