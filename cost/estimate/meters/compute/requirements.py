"""Attribute-based instance selection: the EC2 types that a pool's `instanceRequirements` allow, by their shapes.

Source: EC2 Auto Scaling user guide, Create a mixed instances group using attribute-based instance type selection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from cost.estimate.meters.base import Context, UndecidableError, as_list, as_mapping, as_number
from cost.estimate.prices import InstanceSpec
from plinth.stack import has_unknown

MIB = 1024.0

RANGES: Mapping[str, Callable[[InstanceSpec], float]] = {
    "vcpuCount": lambda spec: spec.vcpu,
    "memoryMib": lambda spec: spec.memory_gib * MIB,
    "memoryGibPerVcpu": lambda spec: spec.memory_gib / spec.vcpu,
    "totalLocalStorageGb": lambda spec: spec.local_nvme_gb,
    "acceleratorCount": lambda spec: spec.gpu_count + spec.neuron_device_count,
}
"""What a `{min, max}` of the requirements is compared with."""

ACCELERATOR_KEYS = frozenset({"acceleratorCount", "acceleratorManufacturers", "acceleratorNames", "acceleratorTypes", "acceleratorTotalMemoryMib"})
WITHOUT_DATA = frozenset(
    {
        "acceleratorTotalMemoryMib",
        "baselineEbsBandwidthMbps",
        "instanceGenerations",
        "localStorageTypes",
        "networkBandwidthGbps",
        "networkInterfaceCount",
        "requireHibernateSupport",
    }
)
"""Requirements that the shipped table of shapes has no data for: they could only narrow the set, which the range's note says."""
PRICE_PROTECTION = frozenset(
    {"maxSpotPriceAsPercentageOfOptimalOnDemandPrice", "onDemandMaxPricePercentageOverLowestPrice", "spotMaxPricePercentageOverLowestPrice"}
)
DEFAULT_PRICE_PROTECTION = 1.20
"""On-demand types dearer than 20 % above the cheapest current-generation match are left out. Source: the guide above, price protection."""
SPOT_PRICE_PROTECTION = 2.00


def types_by_requirements(context: Context, declared: Mapping[str, Any]) -> tuple[list[str], tuple[str, ...]]:
    """The types that fit, and what the range rests on. Raises UndecidableError where the requirements are not known or fit no type."""
    if has_unknown(declared):
        raise UndecidableError("its instance requirements are known only after deployment")
    fitting = [spec.instance_type for spec in context.prices.specs.values() if _fits(declared, spec)]
    if not fitting:
        raise UndecidableError("no instance type of the price book fits its instance requirements")
    ignored = sorted(key for key in declared if key in WITHOUT_DATA and declared[key] is not None)
    notes = [f"{len(fitting)} types fit the instance requirements"]
    notes += [f"not compared, for the table of shapes has no data on it: {', '.join(ignored)}"] if ignored else []
    return fitting, tuple(notes)


def within_price_protection(declared: Mapping[str, Any], prices: Mapping[str, float], *, spot: bool) -> set[str]:
    """The types that price protection leaves: none dearer than a percentage over the cheapest that fits (20 % on demand, 100 % for Spot)."""
    key = "spotMaxPricePercentageOverLowestPrice" if spot else "onDemandMaxPricePercentageOverLowestPrice"
    stated = declared.get(key)
    allowed = 1 + as_number(key, stated) / 100 if stated is not None else SPOT_PRICE_PROTECTION if spot else DEFAULT_PRICE_PROTECTION
    lowest = min(prices.values(), default=0.0)
    return {instance_type for instance_type, price in prices.items() if price <= lowest * allowed}


def _fits(declared: Mapping[str, Any], spec: InstanceSpec) -> bool:
    return (
        all(_within(key, declared[key], figure(spec)) for key, figure in RANGES.items() if declared.get(key) is not None)
        and _named(declared, spec.instance_type)
        and _accelerated(declared, spec)
        and _allowed(declared.get("bareMetal", "excluded"), ".metal" in spec.instance_type)
        and _allowed(declared.get("burstablePerformance", "excluded"), spec.instance_type.startswith("t"))
        and _allowed(declared.get("localStorage", "included"), spec.local_nvme_gb > 0)
        and _manufactured(declared, spec)
    )


def _within(key: str, bounds: Any, figure: float) -> bool:
    stated = as_mapping(key, bounds)
    low, high = stated.get("min"), stated.get("max")
    return (low is None or figure >= as_number(key, low)) and (high is None or figure <= as_number(key, high))


def _named(declared: Mapping[str, Any], instance_type: str) -> bool:
    allowed, excluded = (list(map(str, as_list(key, declared.get(key)))) for key in ("allowedInstanceTypes", "excludedInstanceTypes"))
    if allowed:
        return any(fnmatchcase(instance_type, pattern) for pattern in allowed)
    return not any(fnmatchcase(instance_type, pattern) for pattern in excluded)


def _accelerated(declared: Mapping[str, Any], spec: InstanceSpec) -> bool:
    """Types with an accelerator fit only where the requirements name one; the names are EC2's (`a10g`, `t4`, `inferentia2`)."""
    accelerated = bool(spec.gpu_count or spec.neuron_device_count)
    asked = any(declared.get(key) is not None for key in ACCELERATOR_KEYS)
    if not asked:
        return not accelerated
    count = declared.get("acceleratorCount")
    if count is not None and as_mapping("acceleratorCount", count).get("max") == 0:
        return not accelerated
    names = [str(name).lower() for name in as_list("acceleratorNames", declared.get("acceleratorNames"))]
    makers = set(map(str, as_list("acceleratorManufacturers", declared.get("acceleratorManufacturers"))))
    model = spec.gpu_model.lower().replace(" ", "-")
    named = not names or bool({model.removeprefix("nvidia-").removeprefix("amd-"), _neuron(spec)} & set(names))
    made = not makers or ("nvidia" in makers and "nvidia" in model) or ("amd" in makers and "amd" in model)
    made = made or bool("amazon-web-services" in makers and spec.neuron_device_count)
    return accelerated and named and made


def _neuron(spec: InstanceSpec) -> str:
    """The accelerator name of AWS's own chips, which the families Inf and Trn have."""
    family = spec.instance_type.split(".", 1)[0].rstrip("0123456789n")
    return {"inf": "inferentia", "trn": "trainium"}.get(family, "") if spec.neuron_device_count else ""


def _allowed(rule: Any, has: bool) -> bool:
    return {"excluded": not has, "required": has}.get(str(rule), True)


def _manufactured(declared: Mapping[str, Any], spec: InstanceSpec) -> bool:
    """The maker of the processor by the family's letters: `g` Amazon's Graviton, `a` AMD, else Intel. Source: EC2 instance type names."""
    wanted = set(map(str, as_list("cpuManufacturers", declared.get("cpuManufacturers"))))
    if not wanted:
        return True
    attributes = spec.instance_type.split(".", 1)[0].lstrip("abcdefghijklmnopqrstuvwxyz").lstrip("0123456789")
    maker = "amazon-web-services" if spec.architecture == "arm64" else "amd" if attributes.startswith("a") else "intel"
    return maker in wanted
