"""The price book: dated tables that ship with Plinth, read when they are first asked for, and a file that overrides them."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path

from cost.estimate.overrides import read_overrides
from cost.estimate.price import GLOBAL, HOME, ON_DEMAND_PREFIX, PRICE_LIST, SPOT_PREFIX, Price

TABLES = Path(__file__).parent.parent / "prices"
UNIT = "unit"
"""The folder of unit prices: a family of services a file."""
EC2_TABLES = ("ec2_on_demand.csv", "ec2_regions.csv")
"""Every type in us-east-1; what is published of other Regions."""
EC2 = "Amazon EC2"
SAGEMAKER = "Amazon SageMaker"
INSTANCE = "aws_instance"
ENDPOINT_CONFIGURATION = "aws_sagemaker_endpoint_configuration"

HOUR = "hour"
_OF_A_TYPE = re.compile(r" (ml\.)?[a-z][\w-]*\.[\w-]+$")
"""An instance's price by its component: `Linux on-demand m5.large`, `hosting ml.g5.xlarge`."""
SAVING = "saving"
"""The unit of a Spot Advisor row: it is no price."""
LEARNED = "learned"
AWS_NAMED = frozenset({PRICE_LIST, LEARNED})
"""The confidence of rows whose components Plinth itself named, from AWS's names: an instance type that the book lacks is no typing mistake."""

PriceKey = tuple[str, str, str]
"""(resource_type, component, region)."""


@dataclass(frozen=True, slots=True)
class SpotAdvice:
    """The Spot Instance Advisor's row for a type in a Region: average saving in percent, monthly interruption band."""

    saving_percent: float
    interruption_band: str
    effective_date: date
    source: str


@dataclass(frozen=True, slots=True)
class InstanceSpec:
    """The shape of an EC2 instance type; `gpu_count` is fractional where a type has a slice of a GPU."""

    instance_type: str
    vcpu: float
    memory_gib: float
    gpu_model: str
    gpu_count: float
    architecture: str
    local_nvme_gb: float
    neuron_device_count: float


@dataclass(frozen=True, slots=True)
class EksVersion:
    """When a Kubernetes version leaves EKS standard and extended support."""

    version: str
    end_of_standard_support: date
    end_of_extended_support: date


class PriceBook:
    """Prices by resource type, component and Region. Each table is read once, when a price of its kind is first asked for."""

    def __init__(self, overrides: Iterable[Price] = (), tables: Path = TABLES):
        """A book over the tables in a folder, where `overrides` replace whole tier ladders."""
        self._tables = tables
        self._overrides = _ladders(overrides)

    def ladder(self, resource_type: str, component: str, region: str) -> tuple[Price, ...]:
        """The price tiers of a component in a Region, or of a global service, lowest first; empty where the book has none."""
        keys = ((resource_type, component, region), (resource_type, component, GLOBAL))
        return next((found for table in (self._overrides, self._unit_prices) for key in keys if (found := table.get(key))), ())

    def instance(self, instance_type: str, region: str) -> Price | None:
        """The Linux on-demand price an hour of an EC2 type, or None."""
        override = self._overrides.get((INSTANCE, f"{ON_DEMAND_PREFIX}{instance_type}", region))
        return override[0] if override else self._instances.get((instance_type, region))

    def spot_override(self, instance_type: str, region: str) -> Price | None:
        """A Spot price that the override file states, or None: the shipped book has savings and no Spot prices."""
        override = self._overrides.get((INSTANCE, f"{SPOT_PREFIX}{instance_type}", region))
        return override[0] if override else None

    def spot_advice(self, instance_type: str, region: str) -> SpotAdvice | None:
        """The Spot Advisor's row for a type, or None where the type was not offered as Spot there."""
        return self._spot.get((region, instance_type))

    def sagemaker_instance(self, instance_type: str, component: str, region: str) -> Price | None:
        """The on-demand price an hour of an ml.* type for a component (hosting, training, processing, notebook), or None."""
        override = self._overrides.get((ENDPOINT_CONFIGURATION, f"{component} {instance_type}", region))
        return override[0] if override else self._sagemaker.get((instance_type, component, region))

    @cached_property
    def specs(self) -> Mapping[str, InstanceSpec]:
        """Every instance type's shape, by name."""
        return {row["instance_type"]: _spec(row) for row in self._rows("instance_specs.csv")}

    @cached_property
    def eks_versions(self) -> Mapping[str, EksVersion]:
        """EKS's support dates by Kubernetes version."""
        return {
            row["version"]: EksVersion(row["version"], date.fromisoformat(row["end_of_standard_support"]), date.fromisoformat(row["end_of_extended_support"]))
            for row in self._rows("eks_versions.csv")
        }

    @cached_property
    def newest(self) -> date:
        """The newest date of the shipped EC2 prices of us-east-1: the day this book can speak for."""
        return max((price.effective_date for price in self._instance_rows(EC2_TABLES[0])), default=date.min)

    def shipped(self, resource_type: str, component: str) -> tuple[Price, ...]:
        """The shipped ladder of a component in us-east-1, or where it has one: its unit and what its tiers span hold everywhere."""
        return self._anywhere.get((resource_type, component), ())

    def unit(self, resource_type: str, component: str) -> str | None:
        """What a component is counted in; None where the book has none of its name."""
        ladder = self.shipped(resource_type, component)
        if ladder:
            return ladder[0].unit
        return HOUR if resource_type in (INSTANCE, ENDPOINT_CONFIGURATION) and _OF_A_TYPE.search(component) else None

    def shipped_ladders(self) -> Iterable[tuple[Price, ...]]:
        """Every shipped ladder of unit prices, and every instance price as one of a single tier."""
        yield from self._unit_prices.values()
        yield from ((price,) for price in self._instances.values())
        yield from ((price,) for price in self._sagemaker.values())

    def tables(self) -> Iterable[tuple[str, tuple[Price, ...]]]:
        """Every shipped table of prices by its name, row by row."""
        for path in sorted((self._tables / UNIT).glob("*.csv")):
            name = f"{UNIT}/{path.name}"
            yield name, tuple(_unit_price(row) for row in self._rows(name))
        for name in EC2_TABLES:
            yield name, tuple(self._instance_rows(name))
        yield "sagemaker_instances.csv", tuple(self._sagemaker.values())
        yield "spot_advisor.csv.gz", tuple(_saving(*item) for item in self._spot.items())

    @property
    def services(self) -> frozenset[str]:
        """The services that it has prices of, by the names that an estimate gives them."""
        own = {price.service for price in self.own_prices()}
        return frozenset({EC2, SAGEMAKER, *own, *(ladder[0].service for ladder in self._unit_prices.values())})

    def own_prices(self) -> Iterable[Price]:
        """The prices of the override file."""
        return (price for ladder in self._overrides.values() for price in ladder)

    def unmatched_overrides(self) -> tuple[Price, ...]:
        """The override rows that name a component which the shipped book has in no Region: a typing mistake, or a price of the user's own."""
        known = {(resource_type, component) for resource_type, component, _ in self._unit_prices}
        known |= {(INSTANCE, f"{prefix}{name}") for name, _ in self._instances for prefix in (ON_DEMAND_PREFIX, SPOT_PREFIX)}
        known |= {(ENDPOINT_CONFIGURATION, f"{component} {name}") for name, component, _ in self._sagemaker}
        own = {key[:2]: ladder[0] for key, ladder in self._overrides.items() if ladder[0].confidence not in AWS_NAMED}
        return tuple(price for key, price in own.items() if key not in known)

    @cached_property
    def _anywhere(self) -> Mapping[tuple[str, str], tuple[Price, ...]]:
        found: dict[tuple[str, str], tuple[Price, ...]] = {}
        for (resource_type, component, region), ladder in self._unit_prices.items():
            if region == HOME or (resource_type, component) not in found:
                found[(resource_type, component)] = ladder
        return found

    def _rows(self, name: str) -> Iterable[dict[str, str]]:
        path = self._tables / name
        if path.suffix == ".gz":
            return csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode("utf-8")))
        return csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))

    @cached_property
    def _unit_prices(self) -> Mapping[PriceKey, tuple[Price, ...]]:
        names = sorted(path.name for path in (self._tables / UNIT).glob("*.csv"))
        return _ladders(_unit_price(row) for name in names for row in self._rows(f"{UNIT}/{name}"))

    @cached_property
    def _instances(self) -> Mapping[tuple[str, str], Price]:
        prices = (price for name in EC2_TABLES for price in self._instance_rows(name))
        return {(price.component.removeprefix(ON_DEMAND_PREFIX), price.region): price for price in prices}

    def _instance_rows(self, name: str) -> Iterable[Price]:
        for row in self._rows(name):
            yield Price(
                service=EC2,
                resource_type=INSTANCE,
                component=f"{ON_DEMAND_PREFIX}{row['instance_type']}",
                unit="hour",
                usd_per_unit=float(row["usd_per_hour"]),
                region=row["region"],
                effective_date=date.fromisoformat(row["effective_date"]),
                source=row["source"],
                confidence="public-file",
            )

    @cached_property
    def _sagemaker(self) -> Mapping[tuple[str, str, str], Price]:
        return {
            (row["instance_type"], row["component"], row["region"]): Price(
                service=SAGEMAKER,
                resource_type=ENDPOINT_CONFIGURATION,
                component=f"{row['component']} {row['instance_type']}",
                unit="hour",
                usd_per_unit=float(row["usd_per_hour"]),
                region=row["region"],
                effective_date=date.fromisoformat(row["effective_date"]),
                source=row["source"],
                confidence=row["confidence"],
            )
            for row in self._rows("sagemaker_instances.csv")
        }

    @cached_property
    def _spot(self) -> Mapping[tuple[str, str], SpotAdvice]:
        return {
            (row["region"], row["instance_type"]): SpotAdvice(
                float(row["savings_percent"]), row["interruption_band"], date.fromisoformat(row["effective_date"]), row["source"]
            )
            for row in self._rows("spot_advisor.csv.gz")
        }


def load_price_book(overrides: Path | None = None) -> PriceBook:
    """The shipped price book, with a csv file's prices in place of its own where one is given.

    Raises InputError with file and line where the override file has a missing column, a bad price, or a tier gap or overlap.
    """
    if overrides is None:
        return _shipped()
    return PriceBook(read_overrides(overrides, shipped=_shipped()))


@cache
def _shipped() -> PriceBook:
    return PriceBook()


def _unit_price(row: Mapping[str, str]) -> Price:
    return Price(
        service=row["service"],
        resource_type=row["resource_type"],
        component=row["component"],
        unit=row["unit"],
        usd_per_unit=float(row["usd_per_unit"]),
        tier_start=float(row["tier_start"] or 0),
        tier_end=float(row["tier_end"]) if row["tier_end"] else None,
        region=row["region"],
        effective_date=date.fromisoformat(row["effective_date"]),
        source=row["source"],
        confidence=row["confidence"],
        tier_scope="account" if row["tier_scope"] == "account" else "resource",
    )


def _saving(key: tuple[str, str], advice: SpotAdvice) -> Price:
    """A Spot Advisor row as evidence: it is a saving in percent and no price, so its figure is 0 and its unit says so."""
    return Price(
        service=EC2,
        resource_type=INSTANCE,
        component=f"{SPOT_PREFIX}{key[1]}",
        unit=SAVING,
        usd_per_unit=0.0,
        region=key[0],
        effective_date=advice.effective_date,
        source=advice.source,
        confidence="public-file",
    )


def _spec(row: Mapping[str, str]) -> InstanceSpec:
    return InstanceSpec(
        instance_type=row["instance_type"],
        vcpu=float(row["vcpu"]),
        memory_gib=float(row["memory_gib"]),
        gpu_model=row["gpu_model"],
        gpu_count=float(row["gpu_count"] or 0),
        architecture=row["architecture"],
        local_nvme_gb=float(row["local_nvme_gb"] or 0),
        neuron_device_count=float(row["neuron_device_count"] or 0),
    )


def _ladders(prices: Iterable[Price]) -> dict[PriceKey, tuple[Price, ...]]:
    grouped: dict[PriceKey, list[Price]] = {}
    for price in prices:
        grouped.setdefault((price.resource_type, price.component, price.region), []).append(price)
    return {key: tuple(sorted(found, key=lambda price: price.tier_start)) for key, found in grouped.items()}
