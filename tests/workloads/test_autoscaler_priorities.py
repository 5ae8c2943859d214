from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import yaml

from plinth.stack import Resource


@pytest.fixture
def priorities(named: Callable[[str], Resource]) -> dict[int, list[str]]:
    return yaml.safe_load(named("autoscaler-priorities").inputs["data"]["priorities"])


def _priority(priorities: dict[int, list[str]], group: str) -> int:
    return max(priority for priority, patterns in priorities.items() if any(re.search(pattern, group) for pattern in patterns))


def test_the_config_map_has_the_name_that_the_autoscaler_looks_for(named: Callable[[str], Resource]) -> None:
    assert named("autoscaler-priorities").inputs["metadata"] == {"name": "cluster-autoscaler-priority-expander", "namespace": "kube-system"}


def test_spot_groups_come_before_on_demand_groups_and_every_group_has_a_priority(priorities: dict[int, list[str]]) -> None:
    spot = _priority(priorities, "eks-plinth-dev-gpu-24gib-spot-20260101-8ac1f0e2")
    on_demand = _priority(priorities, "eks-plinth-dev-gpu-24gib-on-demand-20260101-8ac1f0e2")
    system = _priority(priorities, "eks-plinth-dev-system-8ac1f0e2")
    assert spot > on_demand > system > 0


def test_priorities_are_whole_numbers_with_lists_of_patterns(priorities: dict[int, list[str]]) -> None:
    assert all(isinstance(priority, int) and isinstance(patterns, list) for priority, patterns in priorities.items())
