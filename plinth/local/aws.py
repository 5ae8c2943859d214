"""The local AWS: moto inside this process, or as a server on 127.0.0.1, behind one way to a boto3 client."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

ACCOUNT = "123456789012"
"""moto's account; the recorder makes up its ARNs with the same one."""

FAKE_KEY = "testing"
_OWN_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": FAKE_KEY,
    "AWS_SECRET_ACCESS_KEY": FAKE_KEY,
    "AWS_SESSION_TOKEN": FAKE_KEY,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@contextmanager
def local_environment(region: str) -> Iterator[None]:
    """Environment variables that keep boto3 away from real accounts while the block runs; then as they were before."""
    before = dict(os.environ)
    try:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(_OWN_ENVIRONMENT, AWS_DEFAULT_REGION=region, AWS_REGION=region)
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update({name: value for name, value in before.items() if name.startswith("AWS_")})


class LocalAws:
    """An AWS that runs here. A context manager: while it is open, boto3 in this process talks to moto with made-up credentials.

    With `endpoint_url` it is a moto server instead, and only the clients given out here talk to it.
    """

    def __init__(self, region: str = "us-east-1", *, endpoint_url: str | None = None):
        """Choose the region that clients get by default; nothing is started before `with`."""
        self.region, self.endpoint_url, self.account = region, endpoint_url, ACCOUNT
        self._clients: dict[tuple[str, str], Any] = {}
        self._open: ExitStack | None = None

    def __enter__(self) -> LocalAws:
        from plinth.local.extras import install

        self._open = ExitStack()
        self._open.enter_context(local_environment(self.region))
        if self.endpoint_url is None:
            from moto import mock_aws

            install()
            self._open.enter_context(
                mock_aws(config={"iam": {"load_aws_managed_policies": True}, "core": {"mock_credentials": False, "reset_boto3_session": False}})
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._clients.clear()
        if self._open is not None:
            self._open.close()
            self._open = None

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client for a service, the same one for the same service and region. Raises RuntimeError outside `with`."""
        if self._open is None:
            raise RuntimeError("the local AWS is not open: use it as `with LocalAws() as aws:`")
        key = (service, region or self.region)
        if key not in self._clients:
            self._clients[key] = self._new_client(*key)
        return self._clients[key]

    def _new_client(self, service: str, region: str) -> Any:
        from botocore.config import Config

        config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, s3={"addressing_style": "path"})
        return _session(self.endpoint_url is None).client(service, region_name=region, endpoint_url=self.endpoint_url, config=config)


@cache
def _session(in_process: bool) -> Any:
    """One boto3 session for all clients, as loading botocore's models is most of their cost. `in_process` keeps the two kinds apart:
    moto hooks into sessions that are made after it is loaded, and one made earlier would talk to the network.
    """
    import boto3

    return boto3.Session(FAKE_KEY, FAKE_KEY, FAKE_KEY, "us-east-1")
