import pytest

from scheduler.bench.crawling import asking_ms
from scheduler.bench.processes import Cost


def cost(coordinator, worker, fork_server):
    roles = {"coordinator": coordinator, "worker": worker, "fork server": fork_server}
    return Cost(wall_seconds=1.0, cpu_seconds=sum(roles.values()), peak_bytes=1, roles=roles)


def test_what_a_source_costs_is_told_by_the_cheapest_runs_and_without_what_starting_costs():
    many = [cost(0.9, 0.9, 1.3), cost(0.6, 0.7, 1.0)]
    one = [cost(0.6, 0.5, 1.4), cost(0.8, 0.6, 1.2)]
    assert asking_ms(many, one, 20) == pytest.approx(10)


def test_what_is_lost_in_the_noise_is_nothing_and_not_less():
    assert asking_ms([cost(0.5, 0.5, 1.0)], [cost(0.6, 0.5, 1.0)], 31) == 0
