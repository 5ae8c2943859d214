"""The GPUs' part of an instance's price: AWS's weights, the residual of prices, or what a person gives.

An instance's price does not say what its GPUs are. AWS's split cost data weighs GPU : vCPU : GiB as 9 : 0.9 : 0.1, which gives the eight
GPUs of a p3.16xlarge 40 %; DataDog takes 95/3/2 (facts/cost.md 3.5). `residual` is the instance's price less what its vCPUs and memory
cost in instances without GPUs: the one that prices can defend.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

from cost.allocate.container_model import AWS_WEIGHTS
from cost.allocate.containers_capacity import value_shares
from cost.allocate.instance_specs import SAGEMAKER_PREFIX, Shape
from plinth.errors import UsageError

Weight = Literal["aws", "residual"] | float | Mapping[str, float]
GENERAL_TYPE: Final = re.compile(r"^[mcr]\d+[agi]?\.")
"""Types without disks, fast networks or GPUs, whose prices are vCPU and memory and nothing else."""


def aws_share(shape: Shape) -> float:
    """The GPUs' part of an instance by AWS's split cost weights."""
    return value_shares(shape, AWS_WEIGHTS.of(shape.gpus))[2]


def residual_shares(prices: Mapping[str, float], table: Mapping[str, Shape]) -> Mapping[str, float]:
    """Per GPU type of `prices` that `table` has the shape of: (its price - what its vCPUs and memory cost elsewhere) / its price.

    A vCPU's and a GiB's price are fitted to the m, c and r types of the same architecture in `prices`, by least squares of the relative
    error. A type is left out where there are no two such types to fit, or where nothing remains for the GPU: unknown, not 0.
    """
    units = {each: _unit_prices(each, prices, table) for each in {shape.architecture for shape in table.values()}}
    shares: dict[str, float] = {}
    for name, price in prices.items():
        shape = table.get(name)
        unit = units.get(shape.architecture) if shape else None
        if shape and unit and shape.gpus > 0 and price > 0:
            rest = shape.vcpu * unit[0] + shape.memory_gib * unit[1]
            shares |= {name: 1 - rest / price} if 0 <= rest < price else {}
    return shares


def _unit_prices(architecture: str, prices: Mapping[str, float], table: Mapping[str, Shape]) -> tuple[float, float] | None:
    """USD an hour of a vCPU and of a GiB: the normal equations of two unknowns, each row divided by its price."""
    rows = [
        (shape.vcpu / price, shape.memory_gib / price)
        for name, price in prices.items()
        if price > 0 and GENERAL_TYPE.match(name) and (shape := table.get(name)) and shape.architecture == architecture and not shape.gpus
    ]
    cpu_cpu, cpu_memory, memory_memory = (sum(row[a] * row[b] for row in rows) for a, b in ((0, 0), (0, 1), (1, 1)))
    cpu, memory = sum(row[0] for row in rows), sum(row[1] for row in rows)
    determinant = cpu_cpu * memory_memory - cpu_memory**2
    if determinant <= 1e-9 * cpu_cpu * memory_memory:
        return None
    return (cpu * memory_memory - memory * cpu_memory) / determinant, (memory * cpu_cpu - cpu * cpu_memory) / determinant


def shares_by_type(weight: Weight, table: Mapping[str, Shape], prices: Mapping[str, float] | None) -> Mapping[str, float]:
    """The GPU's part by EC2 type; a type without one is unknown. A SageMaker type has the part of the EC2 type that it runs on."""
    if weight == "aws":
        return {name: aws_share(shape) for name, shape in table.items()}
    if weight == "residual":
        if not prices:
            raise UsageError("the residual weight needs prices", fix="give instance type -> USD an hour, for GPU types and for m, c and r types")
        return residual_shares(prices, table)
    if isinstance(weight, str):
        raise UsageError("unknown GPU weight", value=weight, fix="give aws, residual or a number from 0 to 1")
    by_type = {name.removeprefix(SAGEMAKER_PREFIX): share for name, share in weight.items()} if isinstance(weight, Mapping) else dict.fromkeys(table, weight)
    wrong = [share for share in by_type.values() if not 0 <= share <= 1]
    if wrong:
        raise UsageError("a GPU weight is a part of the whole", value=wrong[0], fix="give a number from 0 to 1")
    return by_type


def described(weight: Weight) -> str:
    """The weight in words."""
    if weight == "aws":
        return "AWS's split cost weights: GPU 9, vCPU 0.9, GiB 0.1"
    if weight == "residual":
        return "residual: the instance's list price less that of its vCPUs and memory in m, c and r types"
    return "given for each instance type" if isinstance(weight, Mapping) else f"given: GPUs are {float(weight):.1%} of the cost"
