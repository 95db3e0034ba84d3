"""The engine of many machines keeps what every engine promises, and what only such a one can break."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from scheduler.demo.server import WorldServer
from scheduler.engines.cluster.address import Address
from scheduler.engines.cluster.coordinator.engine import ClusterEngine
from scheduler.engines.cluster.coordinator.line import Terms
from scheduler.engines.engine import EngineFault
from tests.faults.poison import arm
from tests.scheduler.engines.cluster.machines import workers
from tests.scheduler.engines.cluster.postgres import Postgres
from tests.scheduler.engines.cluster.stage import Cluster, fresh_cluster
from tests.scheduler.engines.contract import EngineContract, Stage
from tests.scheduler.engines.jobs import collected, end, short

pytestmark = pytest.mark.cluster

OWNER = "a newsroom"
SESSIONS = "SELECT application_name FROM pg_stat_activity WHERE usename = %s"


class ClusterStage(Stage):
    """An engine with workers that have an address only."""

    engine: ClusterEngine

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.engine = self.begun()

    def begun(self, owner: str = OWNER) -> ClusterEngine:
        """An engine for this schema, which has taken up what an earlier one has left."""
        address = Address.of(self.cluster.coordinator_url)
        made = ClusterEngine(address, schema=self.cluster.schema, terms=Terms(owner=lambda: owner))
        try:
            self.left = made.jobs_out()
        except BaseException:
            made.close()
            raise
        return made

    def close(self) -> None:
        """None; the engine that is there now is closed."""
        self.engine.close()

    def restart(self) -> list[str]:
        """The sessions of the engine that live on."""
        self.engine.close()
        with self.cluster.postgres.connect() as session:
            role = Address.of(self.cluster.coordinator_url).user
            left = [name for (name,) in session.execute(SESSIONS, (role,))]
        self.engine = self.begun()
        return left


Make = Callable[..., ClusterStage]


@pytest.fixture(scope="module")
def stages(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Makes stages, each with a schema and machines of its own."""
    with ExitStack() as stack:

        def make(count: int = 1, **env: str) -> ClusterStage:
            cluster = stack.enter_context(fresh_cluster(postgres))
            stage = ClusterStage(cluster)
            stack.callback(stage.close)
            folder = tmp_path_factory.mktemp("machines")
            names = [f"machine-{number}" for number in range(count)]
            stack.enter_context(workers(folder, cluster.worker_url, cluster.schema, names, env))
            return stage

        yield make


@pytest.fixture(scope="module")
def stage(stages: Make) -> ClusterStage:
    """One engine with two machines, for the tests of this file."""
    return stages(2)


@pytest.fixture
def own_stage(stage: ClusterStage) -> ClusterStage:
    """The same: its engine may be closed, the machines do not mind."""
    return stage


@pytest.fixture
def poisoned_stage(stages: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClusterStage:
    """An engine with one machine, in whose processes pages do what they say."""
    arm(tmp_path, monkeypatch)
    return stages(1, PYTHONPATH=os.environ["PYTHONPATH"])


class TestClusterEngine(EngineContract):
    """The contract, with machines that have an address only."""

    def test_jobs_of_one_site_never_ask_it_at_the_same_time(self, stage: ClusterStage, sites: WorldServer) -> None:
        """A coordinator would not send them out together; that they stay apart here is PostgreSQL's lock."""
        sites.reset_counts()
        jobs = [short(sites, f"one site {number}", 3, delay_seconds=0.1) for number in range(4)]
        stage.submit(*jobs)
        events = collected(stage.engine, *(job.id for job in jobs))
        assert {end(events, job.id).reason for job in jobs} == {"finished"}
        assert sites.max_concurrent(sites.world.sites[3]) == 1

    def test_a_job_that_nobody_can_read_ends_and_the_others_go_on(
        self, stage: ClusterStage, sites: WorldServer
    ) -> None:
        with stage.cluster.admin() as session:
            session.execute(
                "CREATE FUNCTION garble() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN IF NEW.id = 'garbled' THEN NEW.payload := 'zoops'; END IF; RETURN NEW; END $$"
            )
            session.execute("CREATE TRIGGER garble BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION garble()")
        stage.submit(short(sites, "garbled", 1), short(sites, "readable", 2))
        events = collected(stage.engine, "garbled", "readable")
        assert (end(events, "garbled").reason, end(events, "readable").reason) == ("crashed", "finished")

    def test_a_second_engine_is_refused_while_the_first_is_there(self, stage: ClusterStage) -> None:
        with pytest.raises(EngineFault, match="coordinator"):
            stage.begun()

    def test_an_engine_of_another_file_is_refused_in_words(self, stage: ClusterStage) -> None:
        stage.restart()
        stage.engine.close()
        try:
            with pytest.raises(EngineFault, match="take-over"):
                stage.begun("another newsroom")
        finally:
            stage.engine = stage.begun()
