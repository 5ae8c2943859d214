from __future__ import annotations

import pytest

from cost.estimate.model import Status

INSTANCE = "aws:dms/replicationInstance:ReplicationInstance"


def test_a_replication_instance_costs_its_hours_and_the_storage_above_fifty_gigabytes(priced):
    # infracost's golden of dms: t2.micro 13.14, with two zones 26.28 and 20 GB above what is included 4.60
    assert priced((INSTANCE, "r", {"replicationInstanceClass": "dms.t2.micro", "allocatedStorage": 20})).monthly_cost.expected == pytest.approx(13.14)
    two = priced((INSTANCE, "r", {"replicationInstanceClass": "dms.t2.micro", "allocatedStorage": 70, "multiAz": True}))
    assert two.monthly_cost.expected == pytest.approx(30.88)


def test_a_class_without_a_price_or_without_a_name_is_unknown(priced):
    assert priced((INSTANCE, "r", {"replicationInstanceClass": "dms.r5.large"})).status is Status.UNKNOWN
    assert priced((INSTANCE, "r", {})).status is Status.UNKNOWN
