from __future__ import annotations

import pytest

from cost.estimate.model import Status

TASK = "aws:datasync/task:Task"
GATEWAY = "aws:storagegateway/gateway:Gateway"
SERVER = "aws:transfer/server:Server"
ENDS = {"sourceLocationArn": "arn:aws:datasync:us-east-1:1:location/loc-1", "destinationLocationArn": "arn:aws:datasync:us-east-1:1:location/loc-2"}


def test_a_datasync_task_costs_by_its_mode(priced, usage_of):
    usage = usage_of("aws_datasync_task", {"monthly_data_copied_gb": 1000, "monthly_executions": 30})
    assert priced((TASK, "sync", ENDS), usage=usage).monthly_cost.expected == pytest.approx(12.50)
    enhanced = priced((TASK, "sync", {**ENDS, "taskMode": "ENHANCED"}), usage=usage)
    assert enhanced.monthly_cost.expected == pytest.approx(15.00 + 30 * 0.55)


@pytest.mark.parametrize(("written", "expected"), [(1000, 10.00), (12_500, 125.00), (50_000, 125.00)])
def test_a_gateway_pays_for_what_it_writes_up_to_125_dollars(priced, usage_of, written, expected):
    inputs = {"gatewayName": "files", "gatewayTimezone": "GMT", "gatewayType": "FILE_S3"}
    found = priced((GATEWAY, "files", inputs), usage=usage_of("aws_storagegateway_gateway", {"monthly_data_written_gb": written}))
    assert found.monthly_cost.expected == pytest.approx(expected)


def test_a_tape_gateway_pays_for_its_tapes(priced, usage_of):
    fields = {"monthly_data_written_gb": 0, "tape_storage_gb": 1000, "archived_tape_storage_gb": 1000, "deep_archived_tape_storage_gb": 1000}
    inputs = {"gatewayName": "tapes", "gatewayTimezone": "GMT", "gatewayType": "VTL"}
    found = priced((GATEWAY, "tapes", inputs), usage=usage_of("aws_storagegateway_gateway", fields))
    assert found.monthly_cost.expected == pytest.approx(23.00 + 3.60 + 0.99)


def test_an_fsx_file_gateway_is_unknown(priced):
    found = priced((GATEWAY, "share", {"gatewayName": "share", "gatewayTimezone": "GMT", "gatewayType": "FILE_FSX_SMB"}))
    assert found.status is Status.UNKNOWN


def test_a_cached_volume_costs_at_most_its_size(priced, line):
    inputs = {"gatewayArn": "arn", "networkInterfaceId": "10.0.0.1", "targetName": "disk", "volumeSizeInBytes": 107_374_182_400}
    found = line(priced(("aws:storagegateway/cachesIscsiVolume:CachesIscsiVolume", "disk", inputs)), "volume storage")
    assert (found.quantity.min, found.quantity.max) == (0, 100)
    assert found.monthly_cost.max == pytest.approx(2.30)


def test_a_stored_volume_pays_for_its_snapshots(priced, usage_of):
    volume = ("aws:storagegateway/storedIscsiVolume:StoredIscsiVolume", "disk", {"diskId": "d", "gatewayArn": "arn", "targetName": "disk"})
    usage = usage_of("aws_storagegateway_stored_iscsi_volume", {"snapshot_storage_gb": 100})
    assert priced(volume, usage=usage).monthly_cost.expected == pytest.approx(5.00)
    assert "snapshot_storage_gb" in priced(volume).reason


def test_a_transfer_server_pays_each_protocol_all_month_and_data_both_ways(priced, usage_of):
    usage = usage_of("aws_transfer_server", {"monthly_data_downloaded_gb": 50, "monthly_data_uploaded_gb": 10})
    found = priced((SERVER, "drop", {"protocols": ["SFTP", "FTPS", "FTP"]}), usage=usage)
    # Infracost's golden: 3 x 730 x 0.30 = 657.00; 50 x 0.04 + 10 x 0.04 = 2.40
    assert found.monthly_cost.expected == pytest.approx(659.40, abs=0.005)


def test_a_server_without_protocols_speaks_sftp(priced, usage_of, line):
    found = line(priced((SERVER, "drop", {}), usage=usage_of("aws_transfer_server", {"monthly_hours": 100})), "protocol hours")
    assert found.monthly_cost.expected == pytest.approx(30.00)
    assert "protocols: SFTP" in found.assumptions


@pytest.mark.parametrize(
    ("type_", "terraform_type", "inputs", "fields"),
    [
        ("aws:transfer/webApp:WebApp", "aws_transfer_web_app", {"webAppUnits": [{"provisioned": 2}]}, {}),
        ("aws:transfer/connector:Connector", "aws_transfer_connector", {"accessRole": "arn", "url": "sftp://partner"}, {"monthly_calls": 1000}),
    ],
)
def test_web_apps_and_connectors_are_listed_until_a_price_file_brings_their_price(priced, usage_of, type_, terraform_type, inputs, fields):
    found = priced((type_, "partner", inputs), usage=usage_of(terraform_type, fields))
    assert (found.status, "add one with --prices" in found.reason) == (Status.UNKNOWN, True)
