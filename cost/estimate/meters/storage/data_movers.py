"""Data movers: DataSync tasks, storage gateways and their volumes, Transfer Family servers."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Item, Meter, UndecidableError, Used, as_mapping, as_number, constant
from cost.estimate.meters.usage_fields import MONTHLY_HOURS, running_hours, stated_or_up_to, used_or_unpriced
from cost.units import MONTH_HOURS


def datasync_task(context: Context) -> Iterable[Item]:
    """Data copied, at the rate of the task's mode; Enhanced mode also costs by the execution."""
    enhanced = context.text("taskMode", "BASIC") == "ENHANCED"
    mode = "Enhanced" if enhanced else "Basic"
    yield from used_or_unpriced(context, "aws_datasync_task", Used("monthly_data_copied_gb", f"data copied, {mode} mode"))
    if enhanced:
        yield from used_or_unpriced(context, "aws_datasync_task", Used("monthly_executions", "executions, Enhanced mode"))


GATEWAY = "aws_storagegateway_gateway"
WRITTEN = Used("monthly_data_written_gb", "data written (at most 125 USD a gateway)")
TAPES = (
    Used("tape_storage_gb", "virtual tape storage"),
    Used("archived_tape_storage_gb", "virtual tape archive, Glacier Flexible Retrieval"),
    Used("deep_archived_tape_storage_gb", "virtual tape archive, Glacier Deep Archive"),
)


def gateway(context: Context) -> Iterable[Item]:
    """Data that a gateway writes to AWS, and a tape gateway's tapes; a file gateway's objects are its bucket's."""
    kind = context.text("gatewayType", "STORED")
    if kind == "FILE_FSX_SMB":
        raise UndecidableError("the price book has no price of FSx File Gateway's hours")
    yield from used_or_unpriced(context, GATEWAY, WRITTEN)
    if kind in ("VTL", "VTL_SNOW"):
        yield from used_or_unpriced(context, GATEWAY, *TAPES)


def cached_volume(context: Context) -> Iterable[Item]:
    """A cached volume costs by what is written to it, at most its size."""
    size = context.number("volumeSizeInBytes") / 2**30
    found = stated_or_up_to(context, "storage_gb", size, "only what is written is charged: at most the volume's size")
    if found is not None:
        quantity, source, notes = found
        yield Charge(GATEWAY, "volume storage", quantity, source=source, assumptions=notes)


def stored_volume(context: Context) -> Iterable[Item]:
    """A stored volume's data is on the gateway's own disks; its snapshots are EBS snapshots."""
    yield from used_or_unpriced(context, "aws_ebs_snapshot", Used("snapshot_storage_gb", "snapshot storage (standard tier)"))


TRANSFERRED = (Used("monthly_data_downloaded_gb", "data downloaded"), Used("monthly_data_uploaded_gb", "data uploaded"))


def transfer_server(context: Context) -> Iterable[Item]:
    """Each protocol of a server costs by the hour, started or stopped, and data by the GB both ways."""
    protocols = context.items("protocols") or ["SFTP"]
    hours, source, notes = running_hours(context)
    assumptions = (*notes, f"protocols: {', '.join(map(str, protocols))}")
    yield Charge("aws_transfer_server", "protocol hours", constant(hours), constant(len(protocols)), source=source, assumptions=assumptions)
    for row in TRANSFERRED:
        yield from used_or_unpriced(context, "aws_transfer_server", row)


def transfer_web_app(context: Context) -> Iterable[Item]:
    """A web app costs by the unit and hour."""
    units = [as_mapping("webAppUnits", unit) for unit in context.items("webAppUnits")]
    count = sum(as_number("webAppUnits.provisioned", unit.get("provisioned", 1)) for unit in units) if units else 1.0
    yield Charge("aws_transfer_web_app", "web app units", constant(MONTH_HOURS), constant(count))


def transfer_connector(context: Context) -> Iterable[Item]:
    """A connector costs by the call and the GB that it sends."""
    for row in (Used("monthly_calls", "connector calls"), Used("monthly_data_sent_gb", "connector data sent")):
        yield from used_or_unpriced(context, "aws_transfer_connector", row)


METERS = {
    "aws:datasync/task:Task": Meter("aws_datasync_task", measure=datasync_task, extra_fields=("monthly_data_copied_gb", "monthly_executions")),
    "aws:storagegateway/gateway:Gateway": Meter(GATEWAY, measure=gateway, extra_fields=(WRITTEN.field, *(row.field for row in TAPES))),
    "aws:storagegateway/cachesIscsiVolume:CachesIscsiVolume": Meter(
        "aws_storagegateway_cached_iscsi_volume", measure=cached_volume, extra_fields=("storage_gb",)
    ),
    "aws:storagegateway/storedIscsiVolume:StoredIscsiVolume": Meter(
        "aws_storagegateway_stored_iscsi_volume", measure=stored_volume, extra_fields=("snapshot_storage_gb",)
    ),
    "aws:transfer/server:Server": Meter("aws_transfer_server", measure=transfer_server, extra_fields=(*(row.field for row in TRANSFERRED), MONTHLY_HOURS)),
    "aws:transfer/webApp:WebApp": Meter("aws_transfer_web_app", measure=transfer_web_app),
    "aws:transfer/connector:Connector": Meter("aws_transfer_connector", measure=transfer_connector, extra_fields=("monthly_calls", "monthly_data_sent_gb")),
}
