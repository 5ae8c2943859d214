"""How long an estimate takes: ten thousand resources after load, and the command on a preview from a cold start.

Run by `make bench`; prints figures (docs/estimate.md has them) and asserts none of them.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cost.estimate import estimate
from plinth.stack import Resource, Source, Stack, build_stack

RESOURCES = 10_000
POOL = {"instanceTypes": ["g5.xlarge", "g6.xlarge"], "capacityType": "SPOT", "scalingConfig": {"minSize": 0, "desiredSize": 2, "maxSize": 8}}
KINDS = {
    "aws:ec2/natGateway:NatGateway": {},
    "aws:s3/bucket:Bucket": {},
    "aws:eks/nodeGroup:NodeGroup": POOL,
    "aws:kms/key:Key": {"enableKeyRotation": True},
    "aws:ec2/instance:Instance": {"instanceType": "m5.large", "rootBlockDevice": {"volumeType": "gp3", "volumeSize": 50}},
    "aws:lambda/function:Function": {"memorySize": 1024, "architectures": ["arm64"]},
    "aws:dynamodb/table:Table": {"billingMode": "PAY_PER_REQUEST"},
    "aws:ec2/subnet:Subnet": {},
}
REPEATS = 5


def _stack() -> Stack:
    types = list(KINDS)
    resources = [
        Resource(urn=f"urn:pulumi:dev::sample::{type_}::r{number}", type=type_, name=f"r{number}", inputs={**KINDS[type_], "tags": {"team": f"t{number % 20}"}})
        for number in range(RESOURCES)
        for type_ in [types[number % len(types)]]
    ]
    return build_stack(resources, project="sample", name="dev", source=Source.PROGRAM, region="us-east-1")


@pytest.mark.bench
def test_ten_thousand_resources_after_load():
    stack = _stack()
    estimate(stack)
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        result = estimate(stack)
        seconds.append(time.perf_counter() - began)
    lines = sum(len(resource.lines) for resource in result.resources)
    print(f"\n{len(result.resources):,} resources, {lines:,} lines: {statistics.median(seconds):.2f} s median of {REPEATS}, {max(seconds):.2f} s at most")


@pytest.mark.bench
def test_the_command_on_a_preview_from_a_cold_start(tmp_path: Path):
    types = list(KINDS)
    steps = [
        {"op": "create", "urn": urn, "newState": {"urn": urn, "type": type_, "custom": True, "inputs": KINDS[type_]}}
        for number in range(200)
        for type_ in [types[number % len(types)]]
        for urn in [f"urn:pulumi:dev::sample::{type_}::r{number}"]
    ]
    preview = tmp_path / "preview.json"
    preview.write_text(json.dumps({"config": {"aws:region": "us-east-1"}, "steps": steps, "changeSummary": {"create": len(steps)}}))
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        subprocess.run([Path(sys.executable).with_name("plinth"), "cost", "estimate", "--preview", str(preview)], check=True, capture_output=True)
        seconds.append(time.perf_counter() - began)
    print(f"\nplinth cost estimate --preview, 200 resources: {statistics.median(seconds):.2f} s median of {REPEATS}, {max(seconds):.2f} s at most")
