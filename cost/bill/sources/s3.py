"""Bills in S3: listed, their manifests read, and only the objects that count downloaded; by boto3's standard credential chain."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from cost.bill.sources.manifests import MAX_MANIFEST_BYTES
from cost.bill.sources.model import DATA_SUFFIXES, Found, Role, count, role_of
from plinth.console import progress
from plinth.errors import InputError

_URI: Final = re.compile(r"s3:/{1,2}([^/]+)/*(.*)", re.DOTALL)
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)

_CAUSES: Final = {
    "NoSuchBucket": ("there is no such bucket", "check the bucket's name and that the credentials are of its account or may read it"),
    "NoSuchKey": ("the object is gone since it was listed", "run it again"),
    "AccessDenied": (
        "access to S3 is denied",
        "allow s3:ListBucket on the bucket, s3:GetObject on the objects, and kms:Decrypt on their key",
    ),
    "ExpiredToken": ("the credentials have expired", "sign in again, for example by `aws sso login`"),
    "InvalidAccessKeyId": ("the access key is not known to AWS", "check the profile or the environment's AWS_ACCESS_KEY_ID"),
    "SignatureDoesNotMatch": ("the secret key is wrong", "check the profile or the environment's AWS_SECRET_ACCESS_KEY"),
    "InvalidObjectState": ("the object is archived", "restore it from Glacier first"),
}
_SAME: Final = {"403": "AccessDenied", "AllAccessDisabled": "AccessDenied", "404": "NoSuchKey", "ExpiredTokenException": "ExpiredToken"}


def is_uri(text: str) -> bool:
    """Whether the argument is an S3 URI, also with the slash that `Path` takes away. Raises InputError for another scheme."""
    if _URI.fullmatch(text):
        return True
    if _SCHEME.match(text) and not Path(text).exists():
        raise InputError("the location is of a kind that is not read", where=text, fix="give an s3://bucket/prefix URI, or download it and give the folder")
    return False


def client() -> Any:
    """An S3 client from the standard chain: environment, profile, single sign-on, container or instance role."""
    with _explained("s3"):
        from boto3.session import Session
        from botocore.config import Config

        return Session().client("s3", config=Config(connect_timeout=10, retries={"mode": "standard"}))


def list_objects(s3: Any, text: str) -> list[tuple[Found, Role]]:
    """The objects below an S3 URI's prefix, as below a folder, or the one that it names. Raises InputError where there is none."""
    match = _URI.fullmatch(text)
    if match is None:
        raise InputError("the S3 URI names no bucket", where=text, fix="give s3://bucket/prefix")
    bucket, prefix = match[1], match[2].rstrip("/")
    uri = f"s3://{bucket}/{prefix}"
    found: list[tuple[Found, Role]] = []
    with _explained(uri), progress(f"listing {uri}"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            found += [entry for item in page.get("Contents", []) if (entry := _entry(bucket, prefix, item))]
    if not found:
        fix = "S3 URIs take no wildcards; give the prefix before the first" if "*" in prefix else "check the prefix; `aws s3 ls` shows what there is"
        raise InputError("nothing is stored under this S3 prefix", where=uri, fix=fix)
    return found


def _entry(bucket: str, prefix: str, item: dict[str, Any]) -> tuple[Found, Role] | None:
    """The listed object, unless it only begins like the prefix (`bills-old` for `bills`) or is a folder's mark."""
    key = item["Key"]
    if key.endswith("/") or not (key == prefix or not prefix or key.startswith(f"{prefix}/")):
        return None
    uri = f"s3://{bucket}/{key}"
    below = key.rpartition("/")[2] if key == prefix else key[len(prefix) :]
    return Found(uri, uri, item["Size"], item["LastModified"].timestamp()), role_of([part for part in below.split("/") if part])


def read_manifest(s3: Any, found: Found) -> str:
    """A manifest's text. Raises InputError where it is too large, not UTF-8 or can't be fetched."""
    if found.size > MAX_MANIFEST_BYTES:
        raise InputError("the manifest is too large", where=found.name, value=f"{found.size:,} bytes", fix=f"give one of at most {MAX_MANIFEST_BYTES:,} bytes")
    bucket, key = _address(found)
    with _explained(found.name):
        content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read(MAX_MANIFEST_BYTES)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("the manifest is not UTF-8 text", where=found.name, value=content[:24], fix="deliver the report again") from error


def download(s3: Any, objects: Sequence[Found], folder: Path) -> dict[str, Path]:
    """The objects as local files under names of our own, by key. Raises InputError where the disk is too small or an object changed meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    total, free = sum(found.size for found in objects), shutil.disk_usage(folder).free
    if total > free:
        raise InputError("the bill does not fit on the disk", where=folder, value=f"{total:,} bytes, {free:,} are free", fix="set TMPDIR to a larger disk")
    paths = {}
    with progress(f"downloading {count(len(objects), 'file')}, {total / 1e6:,.1f} MB, from S3"):
        for index, found in enumerate(objects):
            bucket, key = _address(found)
            path = paths[found.key] = folder / f"{index:05d}{_suffix(key)}"
            with _explained(found.name):
                s3.download_file(bucket, key, str(path))
            if path.stat().st_size != found.size:
                raise InputError("the object changed while the bill was read", where=found.name, value=f"{path.stat().st_size:,} bytes", fix="run it again")
    return paths


def _address(found: Found) -> tuple[str, str]:
    bucket, _, key = found.key.removeprefix("s3://").partition("/")
    return bucket, key


def _suffix(key: str) -> str:
    return max((suffix for suffix in DATA_SUFFIXES if key.lower().endswith(suffix)), key=len, default="")


@contextmanager
def _explained(where: str) -> Iterator[None]:
    """AWS's errors as InputErrors with the way out; nothing of the credentials is in them."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError, NoCredentialsError, PartialCredentialsError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        what, fix = _CAUSES.get(_SAME.get(code, code), ("S3 refuses the request", "see AWS's message"))
        raise InputError(what, where=where, value=error.response.get("Error", {}).get("Message") or code, fix=fix) from error
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError) as error:
        fix = "sign in by `aws sso login` or `aws configure`, or set AWS_PROFILE"
        raise InputError("there are no AWS credentials to read S3 with", where=where, value=str(error), fix=fix) from error
    except (BotoCoreError, Boto3Error) as error:
        raise InputError("S3 can't be read", where=where, value=str(error), fix="check the bucket's name, the profile, the region and the network") from error
