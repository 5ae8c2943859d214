"""An estimate with a comparison, of hostile names and of many resources."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cost.estimate import compare, estimate
from cost.estimate.model import Estimate
from plinth.stack import Stack

NAT = "aws:ec2/natGateway:NatGateway"
VOLUME = "aws:ebs/volume:Volume"
UNHEARD_OF = "aws:example/thing:Thing"
HOSTILE = "<img src=x onerror=alert(1)>|`code`[link](http://evil.example)@team\u202e\x1b[31m</details>"


@pytest.fixture
def compared(stack_of: Callable[..., Stack]) -> Callable[..., Estimate]:
    """The estimate of `after` with its comparison against `before`."""

    def make(before: Any, after: Any, against: str = "before.json") -> Estimate:
        result = estimate(stack_of(*after))
        return result.model_copy(update={"comparison": compare(estimate(stack_of(*before)), result, against=against)})

    return make


@pytest.fixture
def volumes() -> Callable[..., list[Any]]:
    """So many gp3 volumes (0.08 USD a GB-month), the first the largest."""

    def make(number: int, *, step: int = 10, name: str = "volume", tags: dict[str, str] | None = None) -> list[Any]:
        return [(VOLUME, f"{name}-{index:04}", {"type": "gp3", "size": step * (number - index), "tags": tags or {}}) for index in range(number)]

    return make


@pytest.fixture
def mixed(compared: Callable[..., Estimate], volumes: Callable[..., list[Any]]) -> Estimate:
    """Twelve volumes grown, a gateway gone, a hostile one come, and a resource that nothing prices."""
    after = [*volumes(12, step=20), (NAT, HOSTILE, {"tags": {"team": HOSTILE}}), (UNHEARD_OF, "thing", {})]
    return compared([*volumes(12), (NAT, "old", {})], after, against=HOSTILE)
