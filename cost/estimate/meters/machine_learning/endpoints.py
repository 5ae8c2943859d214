"""SageMaker endpoint meters: instances by variant between their limits, their volumes, serverless inference, and the data in and out.

AWS bills the endpoint, not its configuration; so an endpoint is priced from the configuration that it names, and the configuration is free.
"""

from __future__ import annotations

from collections.abc import Iterable

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
    usage_assumption,
    used_charge,
)
from cost.estimate.meters.machine_learning.endpoint_scaling import COPIES_PER_INSTANCE, Variant, instance_range, warm_units
from cost.estimate.meters.machine_learning.ml_instances import Stated, known, ml_line, month_share, priced_range
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, not_stated
from cost.estimate.model import EstimateLine, QuantitySource
from cost.estimate.prices import ENDPOINT_CONFIGURATION
from cost.units import MONTH_HOURS
from plinth.stack import Resource, State, Unknown, lookup

CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
"""What scales a variant: an alternative changes it with its endpoint."""
VARIANT_LISTS = ("productionVariants", "shadowProductionVariants")
SECONDS_AN_HOUR = 3600
MILLISECONDS = 1000
RESERVED_ONLY = "capacity-reservations-only"
SECONDS = "monthly_inference_seconds"
REQUESTS, DURATION = "monthly_requests", "request_duration_ms"
WARM_SECONDS, WARM_HOURS = "monthly_provisioned_inference_seconds", "monthly_provisioned_concurrency_hours"
DATA = "monthly_data_processed_gb"


def endpoint(context: Context) -> Iterable[Item]:
    """Every variant of the endpoint's configuration, and the data that goes in and out."""
    configuration = context.references.referred(context.resource, "endpointConfigName", CONFIGURATION)
    if configuration is None:
        raise UndecidableError("its endpoint configuration is not in this stack")
    variants = list(_variants(configuration))
    items = [*_unknown_variants(configuration), *(item for variant in variants for item in _variant(context, variant))]
    if items and all(isinstance(item, Unpriced) for item in items):
        raise UndecidableError("; ".join(f"{item.component}: {item.reason}" for item in items if isinstance(item, Unpriced)))
    yield from items
    yield from _data(context, configuration, variants)


def configuration(context: Context) -> Iterable[Item]:
    """Free: its endpoint is billed."""
    users = context.references.belonging(context.resource, ENDPOINT, "endpointConfigName", context.resource.output("name").value)
    user = f"priced with endpoint {users[0].name}" if users else "no endpoint of this stack uses it"
    yield Free(f"a configuration carries no charge: {user}")


def _variants(configuration: Resource) -> Iterable[Variant]:
    for key in VARIANT_LISTS:
        found = configuration.input(key)
        if found.state is State.UNKNOWN:
            raise UndecidableError(f"the configuration's {key} are known only after deployment")
        for index, properties in enumerate(as_list(key, found.value)):
            if isinstance(properties, Unknown):
                continue
            properties = as_mapping(key, properties)
            name = lookup(properties, "variantName")
            yield Variant(configuration, properties, str(name.value) if name.known else f"variant-{index}")


def _unknown_variants(configuration: Resource) -> Iterable[Unpriced]:
    for key in VARIANT_LISTS:
        for index, properties in enumerate(as_list(key, configuration.input(key).value)):
            if isinstance(properties, Unknown):
                yield Unpriced(f"variant {index} of {key}", "known only after deployment")


def _variant(context: Context, variant: Variant) -> Iterable[Item]:
    try:
        yield from _serverless(context, variant) if variant.properties.get("serverlessConfig") else _instances(context, variant)
    except UndecidableError as error:
        yield Unpriced(f"instances, {variant.name}", str(error))


def _instances(context: Context, variant: Variant) -> Iterable[Item]:
    label = f"instances, {variant.name}"
    count, month = instance_range(context, variant), month_share(context)
    hours = Stated(count.quantity.scaled(month.quantity.expected), _weakest(count, month), (*count.notes, *month.notes))
    instance_type = lookup(variant.properties, "instanceType")
    if instance_type.state is State.UNKNOWN:
        yield Unpriced(label, f"instanceType is known only after deployment{_on_other_types(context, variant, hours)}")
        return
    if known(variant.properties, "capacityReservationConfig", {}) and _reserved_only(variant):
        yield Unpriced(label, "runs on a capacity reservation only: its instances are paid for by a training plan, whose price is the offer's")
        return
    line = ml_line(context, "hosting", str(known(variant.properties, "instanceType")), label, hours)
    yield line
    if isinstance(line, EstimateLine):
        yield from _volume(context, variant, line.instance_type or "", count, hours)


def _weakest(*stated: Stated) -> QuantitySource:
    return next((item.source for item in stated if item.source is not QuantitySource.DECLARED), QuantitySource.DECLARED)


def _reserved_only(variant: Variant) -> bool:
    return known(variant.properties, "capacityReservationConfig.capacityReservationPreference", "none") == RESERVED_ONLY


def _on_other_types(context: Context, variant: Variant, hours: Stated) -> str:
    others = (lookup(other.properties, "instanceType") for other in _variants(variant.configuration))
    return priced_range(context, "hosting", (str(found.value) for found in others if found.known), hours.quantity)


def _volume(context: Context, variant: Variant, instance_type: str, count: Stated, hours: Stated) -> Iterable[Item]:
    """The ML volume of each instance, for its instance's hours.

    An asynchronous endpoint's is there all month, at zero instances too: so AWS's own example counts it (SageMaker pricing page, Asynchronous Inference).
    """
    size, label = lookup(variant.properties, "volumeSizeInGb"), f"endpoint ML storage, {variant.name}"
    spec = context.prices.specs.get(instance_type.removeprefix("ml."))
    if size.known:
        asynchronous = lookup(variant.configuration.inputs, "asyncInferenceConfig").present
        instances = count.quantity if asynchronous else hours.quantity.scaled(1 / MONTH_HOURS)
        yield Charge(ENDPOINT_CONFIGURATION, "endpoint ML storage", constant(as_number("volumeSizeInGb", size.value)), instances, label=label)
    elif size.state is State.UNKNOWN:
        yield Unpriced(label, "volumeSizeInGb is known only after deployment")
    elif spec is None or not spec.local_nvme_gb:
        yield Unpriced(label, f"volumeSizeInGb is not declared and {instance_type} has no disks of its own: AWS chooses the size")


def _serverless(context: Context, variant: Variant) -> Iterable[Item]:
    """Inference seconds at the memory size's price, and provisioned concurrency where it is declared (SageMaker pricing, Serverless Inference)."""
    serverless = as_mapping("serverlessConfig", known(variant.properties, "serverlessConfig"))
    memory = f"{as_number('memorySizeInMb', known(serverless, 'memorySizeInMb')) / 1024:g} GB memory"
    warm = lookup(serverless, "provisionedConcurrency").present
    yield from _on_demand(context, variant, memory, warm=warm)
    if warm:
        yield from _warm(context, variant, memory)


def _on_demand(context: Context, variant: Variant, memory: str, *, warm: bool) -> Iterable[Item]:
    component, label = f"serverless inference, {memory}", f"serverless inference, {memory}, {variant.name}"
    requests, duration = context.usage.get(REQUESTS), context.usage.get(DURATION)
    if requests is not None and duration is not None:
        notes = (usage_assumption(REQUESTS, requests), f"{duration.value:g} ms each")
        seconds = constant(requests.value * duration.value / MILLISECONDS)
        yield Charge(ENDPOINT_CONFIGURATION, component, seconds, source=requests.source, assumptions=notes, label=label)
        return
    stated = context.usage.get(SECONDS)
    if stated is None:
        yield not_stated(f"serverless variant {variant.name}", SECONDS)
    elif not (warm and stated.source is QuantitySource.PRESET):
        notes = (usage_assumption(SECONDS, stated),)
        yield Charge(ENDPOINT_CONFIGURATION, component, constant(stated.value), source=stated.source, assumptions=notes, label=label)


def _warm(context: Context, variant: Variant, memory: str) -> Iterable[Item]:
    units, hours = warm_units(context, variant), context.usage.get(WARM_HOURS)
    on = hours.value if hours else MONTH_HOURS
    notes = (*units.notes, usage_assumption(WARM_HOURS, hours) if hours else f"on for all {MONTH_HOURS} hours")
    yield Charge(
        ENDPOINT_CONFIGURATION,
        f"serverless provisioned concurrency, {memory}",
        units.quantity.scaled(on * SECONDS_AN_HOUR),
        source=hours.source if hours else QuantitySource.DECLARED,
        assumptions=notes,
        label=f"provisioned concurrency, {memory}, {variant.name}",
    )
    component = f"serverless inference on provisioned concurrency, {memory}"
    seconds = list(used_charge(context, ENDPOINT_CONFIGURATION, Used(WARM_SECONDS, component)))
    yield from seconds or [Unpriced(f"inference on provisioned concurrency, {variant.name}", f"no {WARM_SECONDS} in the usage file")]


def _data(context: Context, configuration: Resource, variants: list[Variant]) -> Iterable[Item]:
    """Data in and out; what the endpoint captures of it is a bucket's storage."""
    serverless = all(variant.properties.get("serverlessConfig") for variant in variants)
    component = f"{'serverless inference' if serverless else 'endpoint'} data processed, in and out"
    stated = context.usage.get(DATA)
    if stated is None:
        return
    notes = [usage_assumption(DATA, stated)]
    captured = lookup(configuration.inputs, "dataCaptureConfig")
    if captured.known and as_mapping("dataCaptureConfig", captured.value).get("enableCapture", True) is not False:
        percent = as_mapping("dataCaptureConfig", captured.value).get("initialSamplingPercentage")
        share = f"{percent:g} %" if isinstance(percent, (int, float)) and percent <= 100 else "a share"
        notes.append(f"data capture keeps {share} of it in S3: that is its bucket's storage")
    yield Charge(ENDPOINT_CONFIGURATION, component, constant(stated.value), source=stated.source, assumptions=tuple(notes))


FIELDS = ("instances", MONTHLY_HOURS, COPIES_PER_INSTANCE, SECONDS, REQUESTS, DURATION, WARM_SECONDS, WARM_HOURS, DATA)

METERS = {
    ENDPOINT: Meter("aws_sagemaker_endpoint", measure=endpoint, extra_fields=FIELDS),
    CONFIGURATION: Meter("aws_sagemaker_endpoint_configuration", measure=configuration),
}
