"""Which instance types may replace one: same architecture unless asked, same or newer generation, the same GPU model; and how they differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cost.recommend.demand import Demand, capacity
from cost.recommend.instances import MAIN_LETTERS, InstanceType, instance_types
from cost.recommend.model import Specification

GRAVITON = "arm64"
HIGH_FREQUENCY = "z"


def candidates(current: InstanceType, evidence: Sequence[Demand], *, graviton: bool) -> list[InstanceType]:
    """The types that may replace `current`, cheapest first; where a specification has no evidence, none that offers less of it."""
    return sorted(
        (
            candidate
            for candidate in instance_types().values()
            if candidate.name != current.name and _comparable(candidate, current, graviton) and _no_blind_cut(candidate, current, evidence)
        ),
        key=lambda candidate: (candidate.price or 0.0, candidate.name),
    )


def platform_differences(candidate: InstanceType, current: InstanceType) -> tuple[str, ...]:
    """What a move changes besides size, named as Compute Optimizer's `platformDifferences`; the text after the name says what."""
    found: list[str] = []
    if not candidate.architectures & current.architectures:
        found.append(f"Architecture: {_joined(current.architectures)} to {_joined(candidate.architectures)}, every binary and image must exist for it")
    if candidate.hypervisor != current.hypervisor:
        found.append(f"Hypervisor: {current.hypervisor} to {candidate.hypervisor}, with other network (ENA) and disk (NVMe) drivers")
    if current.efa and not candidate.efa:
        found.append("NetworkInterface: no Elastic Fabric Adapter")
    if candidate.local_storage_gb < current.local_storage_gb:
        found.append(f"InstanceStoreAvailability: local disk {current.local_storage_gb:,.0f} to {candidate.local_storage_gb:,.0f} GB; its use is not measured")
    return tuple(found)


def comparable_family(current: InstanceType) -> bool:
    """Whether the type's name tells a family and a generation at all (U instances do not), and whether it is free of Neuron devices."""
    return current.generation > 0 and not current.neuron and (not current.gpu_model or current.gpu_memory_gib > 0)


def _comparable(candidate: InstanceType, current: InstanceType, graviton: bool) -> bool:
    architecture = bool(candidate.architectures & current.architectures) or (graviton and not current.gpu_model and GRAVITON in candidate.architectures)
    on_sale = candidate.price is not None and candidate.current
    metal = (candidate.hypervisor == "none") == (current.hypervisor == "none")
    high_frequency = HIGH_FREQUENCY not in current.attributes or HIGH_FREQUENCY in candidate.attributes
    return (
        architecture
        and on_sale
        and metal
        and high_frequency
        and not candidate.neuron
        and candidate.gpu_model == current.gpu_model
        and _generation(candidate, current)
    )


def _generation(candidate: InstanceType, current: InstanceType) -> bool:
    """Same or newer generation; another maker's processor only if newer, since vCPUs of one age are not equal."""
    if current.gpu_model:
        return True
    families = (candidate.letters, current.letters)
    same = families[0] == families[1] or MAIN_LETTERS.issuperset(families)
    processor = candidate.processor == current.processor or candidate.generation > current.generation or GRAVITON in candidate.architectures
    return same and candidate.generation >= current.generation and processor


def _no_blind_cut(candidate: InstanceType, current: InstanceType, evidence: Sequence[Demand]) -> bool:
    """Unknown is not zero: a specification without evidence must not shrink. Network is the exception; its risk is raised instead."""
    seen = {demand.specification for demand in evidence}
    for specification in {Specification.CPU, Specification.MEMORY} - seen:
        if (capacity(candidate, specification) or 0) < (capacity(current, specification) or 0):
            return False
    return not current.gpu_model or _gpus_may_shrink(evidence) or _gpus_kept(candidate, current)


def _gpus_may_shrink(evidence: Iterable[Demand]) -> bool:
    """Fewer or smaller GPUs only where duty and memory are known for each GPU."""
    told_apart = {demand.specification for demand in evidence if demand.devices is not None}
    return {Specification.GPU, Specification.GPU_MEMORY} <= told_apart


def _gpus_kept(candidate: InstanceType, current: InstanceType) -> bool:
    return candidate.gpu_count >= current.gpu_count and candidate.gpu_memory_gib >= current.gpu_memory_gib


def _joined(architectures: frozenset[str]) -> str:
    return "/".join(sorted(architectures))
