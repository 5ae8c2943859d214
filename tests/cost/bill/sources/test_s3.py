from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from cost.bill.sources import find_sources, s3
from cost.bill.sources.model import Found
from plinth.errors import InputError

OLD, NEW = "20261003T081120Z", "20261005T165709Z"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="bills")
        yield SimpleNamespace(put=lambda key, body: client.put_object(Bucket="bills", Key=key, Body=body))


def refused(uri: str, work: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        find_sources([uri], work)
    assert caught.value.fix
    return caught.value


def test_only_the_newest_assemblys_objects_are_downloaded(bucket: Any, make: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    old, new = make.legacy("p", "cur", "2026-10", OLD, (1, 2)), make.legacy("p", "cur", "2026-10", NEW, (1, 2))
    for index, key in enumerate(old + new):
        bucket.put(key, gzip.compress(make.csv(index)))
    for name, keys in ((OLD, old), (NEW, new)):
        bucket.put(f"p/cur/20261001-20261101/{name}/cur-Manifest.json", make.legacy_manifest(keys, name, "2026-10"))
    bucket.put("p/cur/20261001-20261101/cur-Manifest.json", make.legacy_manifest(new, NEW, "2026-10"))
    bucket.put("p-old/other.csv", make.csv("other"))
    read: list[str] = []
    real = s3.read_manifest
    monkeypatch.setattr(s3, "read_manifest", lambda client, found: read.append(found.name) or real(client, found))
    sources = find_sources([Path("s3://bills/p")], tmp_path)
    assert [source.name for source in sources.files] == [f"s3://bills/{key}" for key in new]
    assert {(source.period, source.assembly, source.kind) for source in sources.files} == {("2026-10", NEW, "csv.gz")}
    assert read == ["s3://bills/p/cur/20261001-20261101/cur-Manifest.json"]
    assert sorted(path.name for path in tmp_path.rglob("*.gz")) == ["00000.csv.gz", "00001.csv.gz"]
    assert [note.code for note in sources.notes] == ["older_assemblies_left_out"]


def test_one_object_is_read_whatever_its_key(bucket: Any, make: SimpleNamespace, tmp_path: Path):
    bucket.put("p/../../a b.csv", make.csv())
    bucket.put("p/../../a b.csv.bak", b"x")
    sources = find_sources(["s3://bills/p/../../a b.csv"], tmp_path)
    assert [(source.name, source.path.read_bytes()) for source in sources.files] == [("s3://bills/p/../../a b.csv", make.csv())]
    assert tmp_path in sources.files[0].path.parents


def test_no_bucket_an_empty_prefix_and_a_missing_file_are_errors(bucket: Any, make: SimpleNamespace, tmp_path: Path):
    assert "no such bucket" in refused("s3://nobody-has-this/p", tmp_path).what
    assert "nothing is stored" in refused("s3://bills/none", tmp_path).what
    assert "wildcards" in str(refused("s3://bills/2026-*/x", tmp_path).fix)
    assert refused("s3://", tmp_path)
    bucket.put("p/cur/20261001-20261101/cur-Manifest.json", make.legacy_manifest(make.legacy("p", "cur", "2026-10", NEW, (1,)), NEW, "2026-10"))
    assert "incomplete" in refused("s3://bills/p", tmp_path).what


def test_no_credentials_are_an_error_that_says_how_to_sign_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    error = refused("s3://bills/p", tmp_path)
    assert "no AWS credentials" in error.what
    assert "aws sso login" in str(error.fix)
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "nobody" in str(refused("s3://bills/p", tmp_path).value)


@pytest.mark.parametrize(
    ("code", "what"),
    [("AccessDenied", "denied"), ("403", "denied"), ("ExpiredToken", "expired"), ("InvalidObjectState", "archived"), ("SlowDown", "refuses")],
)
def test_awss_refusals_are_explained(code: str, what: str):
    def get_object(**_: str) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "as AWS says"}}, "GetObject")

    with pytest.raises(InputError, match=what) as caught:
        s3.read_manifest(SimpleNamespace(get_object=get_object), Found("s3://bills/a", "s3://bills/a", 1, 0))
    assert caught.value.value == "as AWS says"


def test_a_network_that_is_not_there_is_an_error(tmp_path: Path):
    def download_file(*_: str) -> None:
        raise EndpointConnectionError(endpoint_url="https://s3")

    with pytest.raises(InputError, match="S3 can't be read"):
        s3.download(SimpleNamespace(download_file=download_file), [Found("s3://bills/a.csv", "s3://bills/a.csv", 1, 0)], tmp_path)


def test_an_object_that_changes_while_it_is_read_and_a_full_disk_are_errors(tmp_path: Path):
    client = SimpleNamespace(download_file=lambda bucket, key, path: Path(path).write_bytes(b"longer"))
    with pytest.raises(InputError, match="changed"):
        s3.download(client, [Found("s3://bills/a.csv", "s3://bills/a.csv", 1, 0)], tmp_path)
    with pytest.raises(InputError, match="does not fit"):
        s3.download(client, [Found("s3://bills/a.csv", "s3://bills/a.csv", 10**18, 0)], tmp_path)


@pytest.mark.parametrize("text", ["https://bucket.s3.amazonaws.com/a.csv", "gs://bills/a", "https:/bucket/a.csv"])
def test_other_schemes_are_errors(text: str):
    with pytest.raises(InputError, match="not read"):
        s3.is_uri(text)


def test_an_s3_uri_that_became_a_path_is_still_one():
    assert s3.is_uri(str(Path("s3://bills/p")))
    assert not s3.is_uri("bills/p")
