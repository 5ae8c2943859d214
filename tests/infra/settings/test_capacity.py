"""The settings of GPU capacity: what is refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from infra.instances import gpu_instances
from infra.settings.base import Problem, run_checks
from infra.settings.capacity import CapacitySettings
from infra.settings.parse import parse_area


def problems(pool: dict[str, Any], name: str = "gpu") -> list[Problem]:
    settings, usable, found = parse_area(CapacitySettings, {"pools": {name: pool}})
    return [*found, *run_checks(settings, usable, None)]


def only(pool: dict[str, Any], name: str = "gpu") -> Problem:
    (found,) = problems(pool, name)
    return found


def test_the_default_pool_is_spot_first_over_several_families_and_costs_nothing_while_idle():
    pool = CapacitySettings().pools["gpu-24gib"]
    assert list(pool.groups) == ["spot", "on-demand"], "spot is tried first, and there is a group to fall back on"
    assert len({name.split(".")[0] for name in pool.instance_types}) >= 2
    assert [(count.minimum, count.initial) for count in pool.groups.values()] == [(0, 0), (0, 0)]
    assert pool.zones == () and not pool.efa
    assert not list(run_checks(CapacitySettings(), frozenset({"pools"}), None))


def test_a_spot_pool_of_one_type_is_told_which_types_to_add():
    problem = only({"instance_types": ["g5.xlarge"]})
    assert problem.key == "pools.gpu.instance_types"
    assert problem.value == "g5.xlarge"
    assert "at least 2 types" in problem.limit
    assert problem.fix == "add one of g6.xlarge, g5.2xlarge, g6.2xlarge"


def test_a_type_without_a_like_may_go_without_spot_only():
    problem = only({"instance_types": ["p6-b300.48xlarge"]})
    assert problem.fix == "no other type has its GPU class: set spot to null"
    assert not problems({"instance_types": ["p6-b300.48xlarge"], "spot": None})


def test_an_unknown_type_is_told_the_nearest_ones():
    problem = only({"instance_types": ["g6.2xlarge", "g5.3xlarge"]})
    assert (problem.key, problem.value) == ("pools.gpu.instance_types[1]", "g5.3xlarge")
    assert problem.fix == "nearest: g5.xlarge, g5.8xlarge, g5.4xlarge"


@pytest.mark.parametrize("name", ["g5g.xlarge", "g4ad.xlarge", "p3.2xlarge", "g6f.large", "m5.large", "dl1.24xlarge"])
def test_types_that_the_node_image_does_not_run_are_unknown(name: str):
    assert name not in gpu_instances()
    assert only({"instance_types": ["g6.2xlarge", name]}).value == name


def test_a_type_named_twice_is_no_second_type():
    assert only({"instance_types": ["g6.2xlarge", "g6.2xlarge"]}).limit == "each type once"


def test_gpu_memory_classes_do_not_mix():
    problem = only({"instance_types": ["g6.xlarge", "g6e.xlarge"]})
    assert problem.key == "pools.gpu.instance_types[1]"
    assert problem.value == "g6e.xlarge with 1 x 44.7 GiB GPUs"
    assert problem.limit == "1 x 22.35 GiB GPUs, as on g6.xlarge"
    assert "pool of its own" in problem.fix


def test_gpu_counts_do_not_mix():
    assert "4 x 22.35 GiB" in str(only({"instance_types": ["g6.xlarge", "g6.12xlarge"]}).value)


def test_the_smallest_type_comes_first():
    problem = only({"instance_types": ["g6.4xlarge", "g5.2xlarge"]})
    assert problem.value == "g5.2xlarge with 8 vCPU and 32 GiB"
    assert problem.fix == "put g5.2xlarge first"


@pytest.mark.parametrize(
    ("count", "fix"),
    [
        ({"minimum": 3, "desired": 3, "maximum": 2}, "set desired to 3 or more, and maximum to 3 or more"),
        ({"minimum": 2, "desired": 0, "maximum": 4}, "set desired to 2 or more, and maximum to 2 or more"),
        ({"minimum": 0, "desired": 5, "maximum": 4}, "set desired to 0 or more, and maximum to 5 or more"),
    ],
)
def test_node_counts_are_in_order(count: dict[str, int], fix: str):
    problem = only({"instance_types": ["g6.2xlarge", "g5.2xlarge"], "on_demand": count})
    assert problem.key == "pools.gpu.on_demand"
    assert problem.value == f"minimum {count['minimum']}, desired {count['desired']}, maximum {count['maximum']}"
    assert problem.fix == fix


@pytest.mark.parametrize(("zones", "shown"), [([], "all zones"), (["us-east-1a", "us-east-1b", "us-east-1c"], "us-east-1a, us-east-1b, us-east-1c")])
def test_efa_stays_in_one_zone(zones: list[str], shown: str):
    problem = only({"instance_types": ["g6.8xlarge", "g5.8xlarge"], "efa": True, "zones": zones})
    assert (problem.key, problem.value) == ("pools.gpu.zones", shown)
    assert problem.limit.startswith("exactly 1 zone")


def test_efa_needs_types_that_have_it():
    problem = only({"instance_types": ["g6.2xlarge", "g6.8xlarge"], "efa": True, "zones": ["us-east-1a"]})
    assert problem.value == "g6.2xlarge with 0 EFA interfaces"


def test_efa_types_agree_on_the_number_of_interfaces():
    problem = only({"instance_types": ["p4de.24xlarge", "p5.48xlarge"], "efa": True, "zones": ["us-east-1a"]})
    assert (problem.value, problem.key) == ("p5.48xlarge with 32 EFA interfaces", "pools.gpu.instance_types[1]")
    assert problem.limit.startswith("4, the same on all types")


@pytest.mark.parametrize("name", ["spot", "no-spot-here", "on-demand"])
def test_a_pool_is_not_named_for_a_capacity_that_it_may_not_have(name: str):
    assert only({"instance_types": ["g6.2xlarge", "g5.2xlarge"]}, name).key == f"pools.{name}"


def test_a_pool_without_an_on_demand_group_can_not_be_written():
    (problem,) = problems({"instance_types": ["g6.2xlarge", "g5.2xlarge"], "on_demand": None})
    assert problem.key == "pools.gpu.on_demand"


def test_a_zone_that_the_network_lacks_is_told_the_ones_it_has():
    settings, _, _ = parse_area(CapacitySettings, {"pools": {"gpu": {"instance_types": ["g6.2xlarge", "g5.2xlarge"], "zones": ["us-east-1d"]}}})
    (problem,) = settings.zones_outside(("us-east-1a", "us-east-1b"))
    assert (problem.key, problem.value) == ("pools.gpu.zones[0]", "us-east-1d")
    assert problem.fix == "use one of us-east-1a, us-east-1b"


def test_several_problems_come_at_once():
    keys = [problem.key for problem in problems({"instance_types": ["g5.xlarge"], "efa": True, "on_demand": {"desired": 9, "maximum": 1}})]
    assert keys == ["pools.gpu.instance_types", "pools.gpu.on_demand", "pools.gpu.zones", "pools.gpu.instance_types[0]"]
