"""EMR without clusters of its own: Serverless applications, and jobs on EKS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from cost.estimate.meters.base import Charge, Context, Item, Meter, UndecidableError, Unpriced, Used, as_mapping, as_number, usage_assumption
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, running_hours
from cost.estimate.model import QuantitySource, Range
from cost.units import MONTH_HOURS
from plinth.stack import has_unknown

SERVERLESS = "aws_emrserverless_application"
VIRTUAL_CLUSTER = "aws_emrcontainers_virtual_cluster"
VCPU_HOURS, MEMORY_GB_HOURS, STORAGE_GB_HOURS = "monthly_vcpu_hours", "monthly_memory_gb_hours", "monthly_storage_gb_hours"
ARCHITECTURES = {"X86_64": "x86", "ARM64": "ARM"}
_AMOUNT = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*(?:vCPU|GB|G)?\s*$", re.IGNORECASE)


def application(context: Context) -> Iterable[Item]:
    """vCPU and memory of the workers: the floor is pre-initialised capacity that never stops, the ceiling maximumCapacity all month.

    Workers cost while they run, pre-initialised ones while the application is started (EMR Serverless user guide, pre-initialized capacity);
    a job takes pre-initialised workers first, so expected is the larger of what usage says and what stands ready.
    """
    architecture = ARCHITECTURES.get(context.text("architecture", "X86_64"))
    if architecture is None:
        raise UndecidableError(f"no price for architecture {context.text('architecture', '')}")
    if has_unknown(context.items("initialCapacities")):
        raise UndecidableError("initialCapacities are known only after deployment")
    always = context.get("autoStopConfiguration.enabled", True) is False
    hours = running_hours(context)[0] if always or MONTHLY_HOURS in context.usage else 0.0
    for resource, field in (("cpu", VCPU_HOURS), ("memory", MEMORY_GB_HOURS)):
        component = f"EMR Serverless {'vCPU' if resource == 'cpu' else 'memory'} ({architecture})"
        yield from _capacity(context, resource, field, component, hours, always)
    stored = context.usage.get(STORAGE_GB_HOURS)
    if stored is not None:
        quantity = Range(min=0.0, expected=stored.value, max=stored.value)
        notes = (usage_assumption(STORAGE_GB_HOURS, stored),)
        yield Charge(SERVERLESS, "EMR Serverless storage above 20 GB a worker", quantity, source=stored.source, assumptions=notes)


def _capacity(context: Context, resource: str, field: str, component: str, hours: float, always: bool) -> Iterable[Item]:
    ready = sum(_ready(capacity, resource) for capacity in context.items("initialCapacities")) * hours
    stated = context.usage.get(field)
    if stated is None and not ready:
        yield Unpriced(component, f"what its jobs use is not stated: {field}")
        return
    used = stated.value if stated is not None else 0.0
    expected = max(ready, used)
    ceiling = context.get(f"maximumCapacity.{resource}")
    top = _amount(f"maximumCapacity.{resource}", ceiling) * MONTH_HOURS if ceiling is not None else expected
    notes = (usage_assumption(field, stated),) if stated is not None and used >= ready else (f"pre-initialised workers, {hours:,.12g} hours",)
    limit = () if ceiling is not None else ("no maximumCapacity declared: the ceiling is what is expected",)
    source = stated.source if stated is not None and used >= ready else QuantitySource.DECLARED
    quantity = Range(min=min(ready, expected) if always else 0.0, expected=expected, max=max(top, expected))
    yield Charge(SERVERLESS, component, quantity, source=source, assumptions=(*notes, *limit))


def _ready(capacity: Any, resource: str) -> float:
    config = as_mapping("initialCapacityConfig", as_mapping("initialCapacities", capacity).get("initialCapacityConfig"))
    worker = as_mapping("workerConfiguration", config.get("workerConfiguration"))
    return as_number("workerCount", config.get("workerCount", 0)) * (_amount(resource, worker.get(resource)) if worker else 0.0)


def _amount(path: str, value: Any) -> float:
    found = _AMOUNT.match(value) if isinstance(value, str) else None
    if found is None:
        raise UndecidableError(f"{path} is no amount such as '4 vCPU' or '16 GB'")
    return float(found[1])


_USED: Mapping[str, str] = {VCPU_HOURS: "EMR on EKS vCPU (on top of EKS compute)", MEMORY_GB_HOURS: "EMR on EKS memory (on top of EKS compute)"}

METERS = {
    "aws:emrserverless/application:Application": Meter(
        SERVERLESS, measure=application, extra_fields=(VCPU_HOURS, MEMORY_GB_HOURS, STORAGE_GB_HOURS, MONTHLY_HOURS)
    ),
    "aws:emrcontainers/virtualCluster:VirtualCluster": Meter(VIRTUAL_CLUSTER, used=tuple(Used(field, component) for field, component in _USED.items())),
}
