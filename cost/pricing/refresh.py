"""A Region's prices from AWS's price list, as a price file that `--prices` reads: whole, dated, and with what it could not settle."""

from __future__ import annotations

import csv
import difflib
import gzip
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final

from cost.estimate.overrides import COLUMNS, OPTIONAL
from cost.estimate.price import GLOBAL, HOME, ON_DEMAND_PREFIX, Price
from cost.estimate.prices import INSTANCE, PriceBook, load_price_book
from cost.pricing import api
from cost.pricing.mapping import Key, Mapped, mapped
from cost.pricing.model import MissingComponent, Refresh, ServiceRead
from cost.pricing.offer_csv import read_csv_offer
from cost.pricing.offer_json import read_json_offer
from cost.pricing.products import Offer, Product, Wanted
from cost.pricing.usage_types import TYPE, UsageTypeRow, components_of, rows, service_codes
from cost.regions import check_region
from plinth.errors import InputError
from plinth.files import write_atomically

SUFFIXES: Final = (".json", ".csv", ".json.gz", ".csv.gz")


def refresh(region: str, out: Path, *, services: Sequence[str] = (), source: Path | None = None, bulk: bool = False, pricing: Any = None) -> Refresh:
    """Write a Region's prices to `out` and say what was read, what is missing and what was refused.

    `source` is a downloaded offer file or a folder of them; without it the Price List API is asked, or its csv offer files where
    `bulk` (fewer requests, more bytes). `services` are offer codes; all that the table names by default. Raises InputError where the
    Region or a service is not known, a file is damaged, nothing was found, or AWS refuses, with the way out.
    """
    check_region(region)
    chosen = _checked(services)
    read = _Reading(chosen)
    if source is not None:
        result = _mapped(read, read_files(source, read.wanted), region)
    else:
        result = _from_aws(read, api.client() if pricing is None else pricing, region, bulk=bulk)
    if not result.prices:
        fix = "check --region and --services; aws pricing get-products shows what AWS lists"
        raise InputError("the price list has no price for a component of the book", where=source or "AWS Price List", value=region, fix=fix)
    write_atomically(out, price_file(result.prices))
    return _summary(read, result, region, out)


def price_file(prices: Iterable[Price]) -> str:
    """The text of a price file with every optional column."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *OPTIONAL])
    for price in prices:
        end = "" if price.tier_end is None else f"{price.tier_end:.15g}"
        place = (f"{price.usd_per_unit:.15g}", f"{price.tier_start:.15g}", end, price.region)
        scope = price.tier_scope if price.tier_scope == "account" else ""
        evidence = (price.effective_date.isoformat(), price.source, price.confidence, scope)
        writer.writerow([price.service, price.resource_type, price.component, price.unit, *place, *evidence])
    return text.getvalue()


def read_files(source: Path, wanted: Wanted) -> Iterator[Product]:
    """The wanted products of an offer file, or of every offer file in a folder. Raises InputError where there is none."""
    if not source.is_dir():
        yield from _read_file(source, wanted)
        return
    files = sorted(path for path in source.iterdir() if path.name.lower().endswith(SUFFIXES))
    if not files:
        raise InputError("the folder has no offer file", where=source, fix=f"give files whose names end in {', '.join(SUFFIXES)}")
    for path in files:
        yield from _read_file(path, wanted)


def _read_file(path: Path, wanted: Wanted) -> Iterator[Product]:
    name = path.name.lower().removesuffix(".gz")
    reader = read_csv_offer if name.endswith(".csv") else read_json_offer
    with _opened(path) as file:
        yield from reader(str(path), file, wanted)


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield file
    except UnicodeDecodeError as error:
        raise InputError("the price list is not UTF-8 text", where=path, fix="download the file again") from error
    except (OSError, EOFError) as error:
        raise InputError("the price list can't be read", where=path, value=str(error), fix="check the path, or download the file again") from error


class _Reading:
    """Which products are asked for, and which were read, by offer."""

    def __init__(self, services: Sequence[str]):
        self.services = services
        self.read: Counter[Offer] = Counter()

    def wanted(self, service_code: str, usage_type: str, operation: str) -> bool:
        """Whether a product of a chosen service has a name in the table."""
        return service_code in self.services and bool(components_of(service_code, usage_type, operation))

    def counted(self, products: Iterable[Product]) -> Iterator[Product]:
        """The products, counted by offer."""
        for product in products:
            self.read[product.offer] += 1
            yield product


def _mapped(read: _Reading, products: Iterable[Product], region: str) -> Mapped:
    return mapped(read.counted(products), region, load_price_book())


def _from_aws(read: _Reading, pricing: Any, region: str, *, bulk: bool) -> Mapped:
    if not bulk:
        products = (product for code in read.services for product in api.read_products(pricing, code, region, read.wanted))
        return _mapped(read, products, region)
    with TemporaryDirectory(prefix="plinth-prices-") as folder:
        return _mapped(read, _downloaded(read, pricing, region, Path(folder)), region)


def _downloaded(read: _Reading, pricing: Any, region: str, folder: Path) -> Iterator[Product]:
    for code in read.services:
        path = api.download_offer(pricing, code, region, folder)
        if path is not None:
            yield from _read_file(path, read.wanted)
            path.unlink()


def _checked(services: Sequence[str]) -> tuple[str, ...]:
    known = service_codes()
    for code in services:
        if code not in known:
            close = difflib.get_close_matches(code, known, n=1, cutoff=0.4)
            fix = f"did you mean {close[0]}?" if close else f"use one of {', '.join(known)}"
            raise InputError("no component of the price book is of this service", where="--services", value=code, fix=fix)
    return tuple(dict.fromkeys(services)) or known


def _summary(read: _Reading, result: Mapped, region: str, out: Path) -> Refresh:
    book = load_price_book()
    settled = result.found | {(refused.resource_type, refused.component) for refused in result.refused}
    return Refresh(
        region=region,
        out=str(out),
        services=tuple(
            ServiceRead(service_code=offer.service_code, version=offer.version, day=offer.day, products=count)
            for offer, count in sorted(read.read.items(), key=lambda item: (item[0].service_code, item[0].version))
        ),
        rows=len(result.prices),
        components=len(result.found),
        missing=tuple(_missing(read.services, settled, region)),
        refused=tuple(result.refused),
        instance_types_not_listed=_absent_types(book, settled, region) if "AmazonEC2" in read.services else (),
        notes=tuple(result.notes),
    )


def _missing(services: Sequence[str], settled: set[Key], region: str) -> Iterator[MissingComponent]:
    seen: set[Key] = set()
    for row in rows():
        key = (row.resource_type, row.component)
        if row.service_code in services and TYPE not in row.component and key not in settled | seen and _is_of(row, region):
            seen.add(key)
            yield MissingComponent(resource_type=key[0], component=key[1], service_code=row.service_code, usage_type=row.usage_types[0])


def _is_of(row: UsageTypeRow, region: str) -> bool:
    """Whether a component can be had in a Region: some say which one they start from."""
    return f"({HOME} " not in row.component or region == HOME


def _absent_types(book: PriceBook, settled: set[Key], region: str) -> tuple[str, ...]:
    if region == GLOBAL:
        return ()
    names = (ladder[0].component for ladder in book.shipped_ladders() if ladder[0].resource_type == INSTANCE)
    wanted = sorted(name for name in names if name.startswith(ON_DEMAND_PREFIX) and (INSTANCE, name) not in settled)
    return tuple(name.removeprefix(ON_DEMAND_PREFIX) for name in wanted)
