"""SageMaker endpoint meters: instances by variant between the scaling target's limits, their volumes, and serverless use.

AWS bills the endpoint, not its configuration; so an endpoint is priced from the configuration that it names, and the configuration is free.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cost.estimate.meters.base import (
    Charge,
    Context,
    Free,
    Item,
    Meter,
    UndecidableError,
    Unpriced,
    Used,
    as_list,
    as_mapping,
    as_number,
    constant,
    used_charge,
)
from cost.estimate.model import EstimateLine, QuantitySource, Range
from cost.estimate.prices import ENDPOINT_CONFIGURATION, SAGEMAKER
from cost.units import MONTH_HOURS
from plinth.stack import Resource, State, Unknown, lookup

CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
SCALING_TARGET = "aws:appautoscaling/target:Target"
INSTANCE_COUNT = "sagemaker:variant:DesiredInstanceCount"
VARIANT_LISTS = ("productionVariants", "shadowProductionVariants")


def endpoint(context: Context) -> Iterable[Item]:
    """Every variant of the endpoint's configuration, and the data that goes in and out."""
    configuration = context.references.referred(context.resource, "endpointConfigName", CONFIGURATION)
    if configuration is None:
        raise UndecidableError("its endpoint configuration is not in this stack")
    for key in VARIANT_LISTS:
        variants = configuration.input(key)
        if variants.state is State.UNKNOWN:
            raise UndecidableError(f"the configuration's {key} are known only after deployment")
        for index, variant in enumerate(as_list(key, variants.value)):
            if isinstance(variant, Unknown):
                yield Unpriced(f"variant {index}", "known only after deployment")
            else:
                variant = as_mapping(key, variant)
                yield from _variant(context, configuration, variant, str(_known(variant, "variantName", f"variant-{index}")))
    yield from used_charge(context, ENDPOINT_CONFIGURATION, Used("monthly_data_processed_gb", "endpoint data processed, in and out"))


def configuration(context: Context) -> Iterable[Item]:
    """Free: its endpoint is billed."""
    users = context.references.referring(context.resource, "endpointConfigName", ENDPOINT)
    user = f"priced with endpoint {users[0].name}" if users else "no endpoint of this stack uses it"
    yield Free(f"a configuration carries no charge: {user}")


def _variant(context: Context, configuration: Resource, variant: Mapping[str, Any], name: str) -> Iterable[Item]:
    serverless = variant.get("serverlessConfig")
    if serverless:
        memory_gb = as_number("memorySizeInMb", _known(serverless, "memorySizeInMb")) / 1024
        seconds = list(used_charge(context, ENDPOINT_CONFIGURATION, Used("monthly_inference_seconds", f"serverless inference, {memory_gb:g} GB memory")))
        yield from seconds or [Unpriced(f"serverless variant {name}", "no monthly_inference_seconds in the usage file or the defaults")]
        return
    instance_type = str(_known(variant, "instanceType"))
    price = context.prices.sagemaker_instance(instance_type, "hosting", context.region)
    if price is None:
        yield Unpriced(f"instances, {name}", f"the price book has no hosting price for {instance_type} in {context.region}; add one with --prices")
        return
    instances, source, notes = _instances(context, configuration, variant, name)
    hours = instances.scaled(MONTH_HOURS)
    yield EstimateLine(
        component=f"instances, {name}",
        service=SAGEMAKER,
        unit="hour",
        quantity=hours,
        unit_price=price.usd_per_unit,
        price_source=price.source,
        price_date=price.effective_date,
        confidence=price.confidence,
        monthly_cost=hours.scaled(price.usd_per_unit),
        assumptions=notes,
        instance_type=instance_type,
        quantity_source=source,
    )
    yield from _volume(context, variant, instance_type, name, instances)


def _volume(context: Context, variant: Mapping[str, Any], instance_type: str, name: str, instances: Range) -> Iterable[Item]:
    size = lookup(variant, "volumeSizeInGb")
    spec = context.prices.specs.get(instance_type.removeprefix("ml."))
    if size.known:
        gigabytes = as_number("volumeSizeInGb", size.value)
        yield Charge(ENDPOINT_CONFIGURATION, "endpoint ML storage", constant(gigabytes), instances, label=f"endpoint ML storage, {name}")
    elif size.state is State.UNKNOWN:
        yield Unpriced(f"endpoint ML storage, {name}", "volumeSizeInGb is known only after deployment")
    elif spec is None or not spec.local_nvme_gb:
        yield Unpriced(f"endpoint ML storage, {name}", f"volumeSizeInGb is not declared and {instance_type} has no disks of its own: AWS chooses the size")


def _instances(context: Context, configuration: Resource, variant: Mapping[str, Any], name: str) -> tuple[Range, QuantitySource, tuple[str, ...]]:
    """Instances at the scaling target's floor and ceiling; expected is the usage file's, else the initial count, within them."""
    declared = as_number("initialInstanceCount", _known(variant, "initialInstanceCount", 1))
    floor, ceiling, note = _limits(context, configuration, variant, name, declared)
    stated = context.usage.get("instances")
    expected = context.within(f"{context.resource.name}, {name}", stated.value, floor, ceiling) if stated else min(max(declared, floor), ceiling)
    return Range(min=floor, expected=expected, max=ceiling), stated.source if stated else QuantitySource.DECLARED, (note,)


def _limits(context: Context, configuration: Resource, variant: Mapping[str, Any], name: str, declared: float) -> tuple[float, float, str]:
    managed = variant.get("managedInstanceScaling")
    if isinstance(managed, Mapping) and managed.get("status") == "ENABLED":
        floor, ceiling = (as_number(key, _known(managed, key)) for key in ("minInstanceCount", "maxInstanceCount"))
        return floor, ceiling, f"managed instance scaling from {floor:g} to {ceiling:g}"
    target = _scaling_target(context, configuration, name)
    if target is None:
        return declared, declared, "no scaling target: the count stays"
    limits = [target.input(key) for key in ("minCapacity", "maxCapacity")]
    if any(not limit.known for limit in limits):
        raise UndecidableError(f"the capacity limits of scaling target {target.name} are known only after deployment")
    floor, ceiling = (as_number("capacity", limit.value) for limit in limits)
    return floor, ceiling, f"scaled from {floor:g} to {ceiling:g} by target {target.name}"


def _scaling_target(context: Context, configuration: Resource, name: str) -> Resource | None:
    """The target of this variant's instance count: by `endpoint/NAME/variant/VARIANT`, or by dependency where that is not known yet."""
    endpoint_name = context.resource.output("name")
    for target in context.stack.of_type(SCALING_TARGET):
        if target.input("scalableDimension").value != INSTANCE_COUNT:
            continue
        resource_id = target.input("resourceId")
        if resource_id.known:
            if endpoint_name.known and resource_id.value == f"endpoint/{endpoint_name.value}/variant/{name}":
                return target
        elif context.resource.urn in (*target.dependencies, *target.property_dependencies.get("resourceId", ())):
            if len(as_list("productionVariants", configuration.input("productionVariants").value)) > 1:
                raise UndecidableError(f"which variant scaling target {target.name} scales is known only after deployment")
            return target
    return None


def _known(properties: Any, key: str, default: Any = None) -> Any:
    found = lookup(properties, key)
    if found.state is State.UNKNOWN:
        raise UndecidableError(f"{key} is known only after deployment")
    if not found.present and default is None:
        raise UndecidableError(f"{key} is not declared")
    return found.value if found.known else default


METERS = {
    ENDPOINT: Meter("aws_sagemaker_endpoint", measure=endpoint, extra_fields=("instances", "monthly_data_processed_gb", "monthly_inference_seconds")),
    CONFIGURATION: Meter("aws_sagemaker_endpoint_configuration", measure=configuration),
}
