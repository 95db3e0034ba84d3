"""Who crawls makes no difference to the file: this machine's workers, or one, two or four elsewhere."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.initialising import initialise
from tests.scheduler.engines.cluster import play
from tests.scheduler.engines.cluster.machines import engine_section, worker
from tests.scheduler.engines.cluster.stage import Cluster
from tests.scheduler.engines.cluster.supervisor import Supervisor

pytestmark = pytest.mark.cluster

COUNTS = (4, 2, 1)
END_SECONDS = 60.0


def test_four_two_and_one_workers_make_the_file_that_this_machine_makes(cluster: Cluster, tmp_path: Path) -> None:
    port = play.play(tmp_path / "here")
    here = play.told(tmp_path / "here" / "news.db")
    section = engine_section(cluster.coordinator_url, cluster.schema)
    with Supervisor() as supervisor:
        # One job each at a time, so that all of them get some.
        hands = [
            supervisor.add(worker(tmp_path, cluster.worker_url, cluster.schema, f"machine-{number}", jobs=1))
            for number in range(max(COUNTS))
        ]
        for count in COUNTS:
            while len(hands) > count:
                assert supervisor.end(hands.pop(), signal.SIGTERM, END_SECONDS) == 0
            play.play(tmp_path / f"by {count}", section, port=port)
            assert [hand.name for hand in hands if not hand.workers()] == [], "each of them has crawled"
            there = play.told(tmp_path / f"by {count}" / "news.db")
            assert here.keys() == there.keys()
            assert {name for name, rows in here.items() if there[name] != rows} == set(), count
            # The next file is another one.
            initialise(Address.of(cluster.admin_url), schema=cluster.schema, take_over=True)
