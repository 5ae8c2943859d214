"""Which alternatives a capacity has: other types that do at least as much a node, Spot, Graviton, a smaller minimum, hours, serverless."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cost.alternatives.capacity import ML, Capacity, NotReadableError, Rewrite
from cost.alternatives.model import Kind
from cost.estimate.prices import PriceBook
from cost.recommend.candidates import platform_differences
from cost.recommend.instances import MAIN_LETTERS, InstanceType, instance_types

SHOWN_A_KIND = 3
GRAVITON = "arm64"
OFFICE_HOURS = 60 / 168
"""Twelve hours on five days, of a week's 168."""
SPOT_NEEDS = "work that survives a two-minute notice: checkpoints, or a queue that gives the work out again"
ALWAYS_ON = "nothing on it that must always run, as CoreDNS and the autoscaler must"
ONE_TYPE = "one type in place of several: more of it is taken back at once where it stays Spot"
UNMEASURED = "a benchmark: whether it does the same work in the same time is not measured here"


@dataclass(frozen=True)
class Variant:
    """One alternative, not yet priced: the inputs that change, or the share of the hours that stays."""

    kind: Kind
    title: str
    rewrite: Rewrite = field(default_factory=dict[str, dict[str, object]])
    instance_type: str | None = None
    hours: float = 1.0
    needs: tuple[str, ...] = ()


def variants(capacity: Capacity, prices: PriceBook, region: str) -> Iterable[Variant]:
    """Every alternative that is worth a price; which of them are cheaper is not asked here."""
    current = instance_types().get(capacity.types[0].removeprefix(ML))
    if current is not None:
        yield from _other_types(capacity, current, prices, region)
    yield from _purchases(capacity)
    if capacity.with_minimum is not None and capacity.minimum > capacity.lowest:
        yield _smaller_minimum(capacity)
    if capacity.minimum > 0:
        yield _schedule(capacity)


def _other_types(capacity: Capacity, current: InstanceType, prices: PriceBook, region: str) -> Iterable[Variant]:
    found = {kind: [] for kind in (Kind.INSTANCE_TYPE, Kind.GRAVITON, Kind.ACCELERATOR)}
    for candidate in instance_types().values():
        kind = _kind(candidate, current)
        hourly = _hourly(capacity, candidate, prices, region)
        if kind is not None and hourly is not None and candidate.name not in {name.removeprefix(ML) for name in capacity.types}:
            factor = _factor(candidate, current)
            found[kind].append((hourly * factor, candidate.name, candidate, factor))
    for kind, ranked in found.items():
        for _, name, candidate, factor in sorted(ranked)[:SHOWN_A_KIND]:
            type_name = f"{ML}{name}" if capacity.on_sagemaker else name
            try:
                rewrite = capacity.on_types([type_name], factor)
            except NotReadableError:
                continue
            yield Variant(kind, candidate.summary.replace(name, type_name, 1), rewrite, type_name, needs=_needs(capacity, candidate, current, kind, factor))


def _kind(candidate: InstanceType, current: InstanceType) -> Kind | None:
    """What a candidate would be an alternative as; None where it does less a node, is retired, or is another kind of machine."""
    smaller = candidate.sustained_vcpu < current.sustained_vcpu or candidate.memory_gib < current.memory_gib
    if smaller or not candidate.current or candidate.neuron or (candidate.hypervisor == "none") != (current.hypervisor == "none"):
        return None
    if current.gpu_model:
        enough = candidate.gpu_count >= current.gpu_count and candidate.gpu_memory_gib >= current.gpu_memory_gib
        same = candidate.gpu_model == current.gpu_model
        both = bool(candidate.architectures & current.architectures)
        return (Kind.INSTANCE_TYPE if same else Kind.ACCELERATOR) if candidate.gpu_model and enough and both else None
    family = candidate.letters == current.letters or MAIN_LETTERS.issuperset((candidate.letters, current.letters))
    if candidate.gpu_model or not family or candidate.generation < current.generation:
        return None
    if candidate.architectures & current.architectures:
        return Kind.INSTANCE_TYPE
    return Kind.GRAVITON if GRAVITON in candidate.architectures else None


def _factor(candidate: InstanceType, current: InstanceType) -> float:
    """How many of the candidate do the work of one: by GPUs where there are any, else one for one."""
    return current.gpu_count / candidate.gpu_count if current.gpu_model and candidate.gpu_count else 1.0


def _hourly(capacity: Capacity, candidate: InstanceType, prices: PriceBook, region: str) -> float | None:
    price = prices.sagemaker_instance(f"{ML}{candidate.name}", "hosting", region) if capacity.on_sagemaker else prices.instance(candidate.name, region)
    return price.usd_per_unit if price else None


def _needs(capacity: Capacity, candidate: InstanceType, current: InstanceType, kind: Kind, factor: float) -> tuple[str, ...]:
    needs = list(platform_differences(candidate, current))
    if kind is Kind.ACCELERATOR:
        needs += [f"{candidate.gpu_model} in place of {current.gpu_model}: images and engines built for it", UNMEASURED]
    elif candidate.processor != current.processor:
        needs.append(UNMEASURED)
    if capacity.spot and len(capacity.types) > 1:
        needs.append(ONE_TYPE)
    if factor < 1:
        needs.append(f"{1 / factor:g} GPUs a node: pods that share it, or jobs that use them together")
    return tuple(needs)


def _purchases(capacity: Capacity) -> Iterable[Variant]:
    if capacity.as_spot is None:
        return
    kind = Kind.ON_DEMAND if capacity.spot else Kind.SPOT
    needs = ("nothing: it is never taken back",) if capacity.spot else (SPOT_NEEDS, "an on-demand pool beside it for when no Spot capacity is left")
    yield Variant(kind, f"the same types {'on demand' if capacity.spot else 'as Spot'}", capacity.as_spot(not capacity.spot), needs=needs)


def _smaller_minimum(capacity: Capacity) -> Variant:
    assert capacity.with_minimum is not None
    lowest = capacity.lowest
    wait = f"minutes until the first is there; {ALWAYS_ON}" if lowest == 0 else "one instance carries all traffic until the next is up"
    zones = ("one Availability Zone while it is at the floor",) if capacity.minimum > 1 and lowest <= 1 else ()
    title = f"minimum {lowest} in place of {capacity.minimum:g}"
    return Variant(Kind.SMALLER_MINIMUM, title, capacity.with_minimum(lowest), needs=(wait, *zones))


def _schedule(capacity: Capacity) -> Variant:
    always = () if capacity.on_sagemaker else (ALWAYS_ON,)
    return Variant(Kind.SCHEDULE, "12 hours on 5 days a week", hours=OFFICE_HOURS, needs=(capacity.stop, "nobody who needs it outside those hours", *always))


def fitting_serverless_memory(capacity: Capacity, sizes: Sequence[int]) -> int | None:
    """The smallest serverless memory, in MB, that holds the instance's; the largest where none does; None on a GPU."""
    current = instance_types().get(capacity.types[0].removeprefix(ML))
    if current is None or current.gpu_model:
        return None
    return next((size for size in sizes if size >= current.memory_gib * 1024), sizes[-1])
