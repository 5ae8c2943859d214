"""AWS's price list over the network: the Query API's products, and where the bulk files are; boto3's standard credential chain."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from cost.pricing.offer_json import product_of_item
from cost.pricing.products import Product, Wanted
from plinth.errors import InputError

ENDPOINT_REGION: Final = "us-east-1"
"""Where the Price List API answers for every Region. Source: AWS Billing User Guide, Using the AWS Price List Query API."""
PAGE: Final = 100
CHUNK: Final = 1 << 20
MOST_BYTES: Final = 2 << 30
"""No offer file is downloaded beyond this: EC2's of a Region, the largest, has some hundreds of MB as csv."""

INSTANCES: Final = {"tenancy": "Shared", "capacitystatus": "Used", "preInstalledSw": "NA"}
SYSTEMS: Final = ("Linux", "Windows")
FAMILIES: Final = ("Storage", "System Operation", "Provisioned Throughput", "Storage Snapshot", "Fast Snapshot Restore", "NAT Gateway")
QUERIES: Final[Mapping[str, tuple[Mapping[str, str], ...]]] = {
    "AmazonEC2": (*({"operatingSystem": system, **INSTANCES} for system in SYSTEMS), *({"productFamily": family} for family in FAMILIES)),
}
"""Filters beside the Region's, a query each: EC2 lists over 100,000 products a Region. Other services are asked for whole."""
REGION_FIELDS: Final = {"AWSDataTransfer": "fromRegionCode"}
EVERYWHERE: Final = ("AmazonRoute53",)
"""Services with products of no Region."""

_CREDENTIALS = "sign in by `aws sso login` or `aws configure`, or set AWS_PROFILE; or read downloaded offer files with --from"
_CAUSES: Final = {
    "AccessDenied": ("access to the AWS Price List is denied", "allow pricing:GetProducts, pricing:ListPriceLists and pricing:GetPriceListFileUrl"),
    "ExpiredToken": ("the credentials have expired", "sign in again, for example by `aws sso login`"),
    "UnrecognizedClient": ("the access key is not known to AWS", "check the profile or the environment's AWS_ACCESS_KEY_ID"),
    "InvalidSignature": ("the secret key is wrong", "check the profile or the environment's AWS_SECRET_ACCESS_KEY"),
    "Throttling": ("AWS throttles the requests, after retries", "wait a minute, or ask for fewer services with --services, or use --bulk"),
    "NotFound": ("the AWS Price List has no such list", "check --services and --region"),
    "ResourceNotFound": ("the AWS Price List has no such list", "check --services and --region"),
    "InternalError": ("the AWS Price List has failed", "run it again"),
}


def client() -> Any:
    """A pricing client in us-east-1 that retries when it is throttled."""
    with explained("AWS Price List"):
        from boto3.session import Session
        from botocore.config import Config

        config = Config(connect_timeout=10, retries={"mode": "adaptive", "max_attempts": 8})
        return Session().client("pricing", region_name=ENDPOINT_REGION, config=config)


def read_products(pricing: Any, service_code: str, region: str, wanted: Wanted) -> Iterator[Product]:
    """The wanted products of a service in a Region, page by page."""
    field = REGION_FIELDS.get(service_code, "regionCode")
    place = {} if service_code in EVERYWHERE else {field: region}
    for query in QUERIES.get(service_code, ({},)):
        filters = [{"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in {**place, **query}.items()]
        for item in _items(pricing, service_code, filters):
            product = product_of_item(f"AWS Price List, {service_code}", item, wanted=wanted)
            if product is not None:
                yield product


def _items(pricing: Any, service_code: str, filters: list[dict[str, str]]) -> Iterator[Mapping[str, Any]]:
    token: str | None = None
    while True:
        more = {} if token is None else {"NextToken": token}
        with explained(f"AWS Price List, {service_code}"):
            page = pricing.get_products(ServiceCode=service_code, Filters=filters, FormatVersion="aws_v1", MaxResults=PAGE, **more)
        yield from (json.loads(text) for text in page.get("PriceList", []))
        token = page.get("NextToken")
        if not token:
            return


def download_offer(pricing: Any, service_code: str, region: str, folder: Path) -> Path | None:
    """A service's csv offer file of a Region, downloaded to a folder; None where AWS lists the service in no such Region."""
    where = f"AWS Price List, {service_code}"
    with explained(where):
        now = datetime.now(tz=UTC)
        found = pricing.list_price_lists(ServiceCode=service_code, EffectiveDate=now, CurrencyCode="USD", RegionCode=region).get("PriceLists", [])
        if not found:
            return None
        url = pricing.get_price_list_file_url(PriceListArn=found[0]["PriceListArn"], FileFormat="csv")["Url"]
    return fetch(url, folder / f"{service_code}.csv", where=where)


def fetch(url: str, path: Path, *, where: str, most: int = MOST_BYTES) -> Path:
    """Download a file in chunks. Raises InputError where the address is not https, can't be read, or gives more than `most` bytes."""
    if not url.startswith("https://"):
        raise InputError("the price list's address is not https", where=where, value=url, fix="download the file yourself and give it with --from")
    try:
        with urlopen(url, timeout=60) as answer, path.open("wb") as file:  # noqa: S310 (https was checked above)
            while chunk := answer.read(CHUNK):
                file.write(chunk)
                if file.tell() > most:
                    fix = "check the address; a larger file is read from disk with --from"
                    raise InputError("the price list is larger than any of AWS's", where=where, value=f"over {most:,} bytes", fix=fix)
    except OSError as error:
        raise InputError("the price list can't be downloaded", where=where, value=str(error), fix="check the network, or use --from") from error
    return path


@contextmanager
def explained(where: str) -> Iterator[None]:
    """AWS's errors as InputErrors with the way out; nothing of the credentials is in them."""
    from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError, NoCredentialsError, PartialCredentialsError, ProfileNotFound

    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        code = str(said.get("Code", "")).removesuffix("Exception")
        what, fix = _CAUSES.get(code, ("the AWS Price List refuses the request", "see AWS's message"))
        raise InputError(what, where=where, value=said.get("Message") or code, fix=fix) from error
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, ProfileNotFound) as error:
        raise InputError("there are no AWS credentials to read the Price List with", where=where, value=str(error), fix=_CREDENTIALS) from error
    except BotoCoreError as error:
        raise InputError("the AWS Price List can't be read", where=where, value=str(error), fix="check the network and the profile, or use --from") from error
