"""Meters of Keys, logs, audits, threat detection, identity, developer tools."""

from __future__ import annotations

from cost.estimate.meters.base import Meter
from cost.estimate.meters.management import (
    audit,
    cost_management,
    developer_tools,
    identity,
    keys,
    migration,
    monitoring,
    observability,
    security,
    systems_manager,
)

METERS: dict[str, Meter] = {
    token: meter
    for module in (
        audit,
        cost_management,
        developer_tools,
        identity,
        keys,
        migration,
        monitoring,
        observability,
        security,
        systems_manager,
    )
    for token, meter in module.METERS.items()
}
"""Pulumi type token -> how it is priced."""
