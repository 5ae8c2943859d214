"""Meters of EMR, Glue, Athena, Redshift, streams, brokers, search, messaging."""

from __future__ import annotations

from cost.estimate.meters.analytics import applications, athena, brokers, emr, emr_jobs, glue, messaging, redshift, search, streaming, workflows
from cost.estimate.meters.base import Meter

METERS: dict[str, Meter] = {
    token: meter
    for module in (
        applications,
        athena,
        brokers,
        emr,
        emr_jobs,
        glue,
        messaging,
        redshift,
        search,
        streaming,
        workflows,
    )
    for token, meter in module.METERS.items()
}
"""Pulumi type token -> how it is priced."""
