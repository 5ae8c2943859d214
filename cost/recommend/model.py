"""Recommendations as data: records in the shape of AWS Cost Optimization Hub, each with its evidence, replay and price basis.

Field names of `Recommendation` follow the Hub's `Recommendation` and `GetRecommendationResponse` (botocore, cost-optimization-hub 2022-07-26);
JSON keys are camelCase as there. What the Hub does not have (evidence, replay, risk by specification, undo) is added.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Record(BaseModel):
    """A frozen model whose JSON keys are camelCase, as in AWS's own records."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class ActionType(StrEnum):
    """What to do: the Hub's action types that Plinth emits."""

    RIGHTSIZE = "Rightsize"
    UPGRADE = "Upgrade"
    MIGRATE_TO_GRAVITON = "MigrateToGraviton"
    STOP = "Stop"
    SCALE_IN = "ScaleIn"


class Effort(StrEnum):
    """Implementation effort, as the Hub names it."""

    VERY_LOW = "VeryLow"
    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"


class RiskBand(StrEnum):
    """Bands of the performance risk: 0-1, >1-2, >2-3, >3-4 (AWS Compute Optimizer user guide, performance risk)."""

    VERY_LOW = "VeryLow"
    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"


class Specification(StrEnum):
    """The specifications of an instance type that a demand is compared with. `InstanceStore` is never measured, only compared."""

    CPU = "CPU"
    MEMORY = "Memory"
    NETWORK = "NetworkBandwidth"
    GPU = "GPU"
    GPU_MEMORY = "GPUMemory"
    INSTANCE_STORE = "InstanceStore"


def label(specification: Specification, metric: str) -> str:
    """How prose names one metric's demand: by its specification, or by its metric where several are of one specification."""
    return metric if specification is Specification.NETWORK else str(specification)


class Evidence(Record):
    """One metric of the resource over the lookback: what was seen, how it was sampled, and what is missing.

    `value` is the demand at `percentile` (100 = the maximum), `current_capacity` what the present type has, both in `unit`.
    """

    specification: Specification
    metric: str
    statistic: str
    devices: int
    window_start: datetime
    window_end: datetime
    percentile: float
    value: float
    maximum: float
    unit: str
    current_capacity: float
    interval_seconds: int
    intervals: int
    missing_intervals: int
    gaps: int
    longest_gap_seconds: int
    sample_seconds: int
    missing_samples: int
    zero_samples: int
    finding_reason_code: str | None = None
    notes: tuple[str, ...] = ()


class Replay(Record):
    """The history of one specification, interval by interval, on the recommended type.

    `target` is capacity / (1 + headroom). `allowed_share` of the intervals may be above it (0 for memory); none of this record's did more.
    Stop and ScaleIn: `capacity` is 0, `target` the idle threshold, and an interval at it counts as above; the network is judged by day.
    """

    specification: Specification
    metric: str
    unit: str
    capacity: float
    target: float
    headroom_percent: int
    intervals: int
    intervals_above_target: int
    share_above_target: float
    allowed_share: float
    intervals_above_capacity: int
    share_above_capacity: float
    worst_interval: datetime
    worst_demand: float

    @property
    def label(self) -> str:
        """The specification, or the metric where several are of one: traffic in and traffic out."""
        return label(self.specification, self.metric)

    @property
    def sentence(self) -> str:
        """The replay in a line: against the target and the capacity of the new size, or against the threshold of idleness where nothing runs any more."""
        if not self.capacity:
            above = f"{self.intervals_above_target:,} of {self.intervals:,} intervals at or above the idle threshold"
            return f"{self.label}: {above}, {self.target:.3g} {self.unit}; worst {self.worst_demand:.3g}"
        above = f"{self.intervals_above_target:,} of {self.intervals:,} intervals above {self.target:.3g} {self.unit}"
        return f"{self.label}: {above}, {self.intervals_above_capacity:,} above {self.capacity:.4g}; worst {self.worst_demand:.3g}"


class SpecificationRisk(Record):
    """The risk 0-4 of one specification on the recommended type, and what it is made of."""

    specification: Specification
    risk: float
    reasons: tuple[str, ...] = ()


class Recommendation(Record):
    """One action for one resource. Costs are a month's (730 h) at the resource's share of running hours, in `currency_code`."""

    recommendation_id: str
    resource_id: str
    account_id: str | None
    region: str | None
    action_type: ActionType
    current_resource_type: str = "Ec2Instance"
    recommended_resource_type: str | None = "Ec2Instance"
    current_resource_summary: str
    recommended_resource_summary: str
    currency_code: str = "USD"
    estimated_monthly_cost: float
    estimated_monthly_savings: float
    estimated_savings_percentage: float
    price_basis: str
    implementation_effort: Effort
    restart_needed: bool
    rollback_possible: bool
    recommendation_lookback_period_in_days: int
    performance_risk: float
    performance_risk_band: RiskBand
    specification_risks: tuple[SpecificationRisk, ...]
    finding_reason_codes: tuple[str, ...]
    platform_differences: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...]
    replay: tuple[Replay, ...] = ()
    undo: str
    notes: tuple[str, ...] = ()
    tags: Mapping[str, str] = {}


class NotRecommended(Record):
    """A resource with no recommendation, and why: nothing is silent."""

    resource_id: str
    reason: str
    hours_found: float | None = None


class Recommendations(Record):
    """All recommendations, best saving first, and every other resource with its reason. A resource is in one of the two lists, once."""

    metrics_source: str
    metrics_notes: tuple[str, ...] = ()
    lookback_days: int
    percentile: float
    cpu_headroom_percent: int
    memory_headroom_percent: int
    minimum_hours: float
    currency_code: str = "USD"
    estimated_monthly_savings: float
    recommendations: tuple[Recommendation, ...]
    not_recommended: tuple[NotRecommended, ...]
    warnings: tuple[str, ...] = ()
