"""Amazon Athena: data scanned and Spark by workgroup, and reserved capacity."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, Meter, Unpriced, constant, usage_assumption
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, hourly

WORKGROUP = "aws_athena_workgroup"
SCANNED, DPU_HOURS = "monthly_data_scanned_tb", "monthly_dpu_hours"
TB = 1024.0**4


def workgroup(context: Context) -> Iterable[Item]:
    """What its queries scan, or the DPU-hours of its Spark sessions."""
    spark = "spark" in context.text("configuration.engineVersion.selectedEngineVersion", "").lower()
    field, component = (DPU_HOURS, "Apache Spark") if spark else (SCANNED, "data scanned")
    stated = context.usage.get(field)
    if stated is None:
        yield Unpriced(component, f"how much is not stated: {field}")
        return
    notes = () if spark else (*_cutoff(context), "a query counts 10 MB at least")
    assumptions = (usage_assumption(field, stated), *notes)
    yield Charge(WORKGROUP, component, constant(stated.value), source=stated.source, assumptions=assumptions)


def _cutoff(context: Context) -> tuple[str, ...]:
    if context.get("configuration.bytesScannedCutoffPerQuery") is None:
        return ()
    limit = context.number("configuration.bytesScannedCutoffPerQuery")
    return (f"one query scans {limit / TB:.4g} TB at most (bytesScannedCutoffPerQuery)",)


def capacity_reservation(context: Context) -> Iterable[Item]:
    """DPUs while the reservation is active; queries in it scan without charge."""
    yield hourly(context, "aws_athena_capacity_reservation", "provisioned capacity", constant(context.number("targetDpus")))


METERS = {
    "aws:athena/workgroup:Workgroup": Meter(WORKGROUP, measure=workgroup, extra_fields=(SCANNED, DPU_HOURS)),
    "aws:athena/capacityReservation:CapacityReservation": Meter("aws_athena_capacity_reservation", measure=capacity_reservation, extra_fields=(MONTHLY_HOURS,)),
}
