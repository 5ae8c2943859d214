"""Which Region a resource is priced in, and the reason where none can be told."""

from __future__ import annotations

import json

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status
from cost.estimate.placement import Places
from plinth.stack import UNKNOWN
from plinth.stack.load import load_stack

NAT = "aws:ec2/natGateway:NatGateway"
VOLUME = "aws:ebs/volume:Volume"
PREFIX = "urn:pulumi:dev::sample::pulumi:providers:aws::"
NOT_SHOWN = "its provider tokyo is not in this preview; add --show-sames"


@pytest.fixture
def previewed(tmp_path):
    """One resource that refers to a provider, in a preview of us-east-1 that shows the given providers."""

    def read(type_, inputs, provider, *shown):
        urn = f"urn:pulumi:dev::sample::{type_}::it"
        states = [{"urn": f"{PREFIX}{name}", "type": "pulumi:providers:aws", "custom": True, "inputs": fields} for name, fields in shown]
        states.append({"urn": urn, "type": type_, "custom": True, "inputs": inputs, "provider": f"{PREFIX}{provider}::id"})
        path = tmp_path / "preview.json"
        steps = [{"op": "create", "urn": state["urn"], "newState": state} for state in states]
        path.write_text(json.dumps({"config": {"aws:region": "us-east-1"}, "steps": steps, "changeSummary": {"create": 1, "same": 1}}))
        stack = load_stack(preview=path)
        (found,) = estimate(stack).resources
        return found

    return read


def test_a_resource_of_a_provider_that_the_preview_does_not_show_is_unknown(previewed):
    found = previewed(NAT, {}, "tokyo")
    assert (found.status, found.region, found.reason) == (Status.UNKNOWN, None, NOT_SHOWN)


@pytest.mark.parametrize(
    ("inputs", "region"),
    [({"region": "us-west-2"}, "us-west-2"), ({"availabilityZone": "us-west-2b"}, "us-west-2"), ({"availabilityZone": "us-west-2-lax-1a"}, None)],
)
def test_what_the_resource_itself_says_stands_where_its_provider_is_not_shown(previewed, inputs, region):
    assert previewed(VOLUME, {"type": "gp3", "size": 10, **inputs}, "tokyo").region == region


@pytest.mark.parametrize("name", ["default", "default_7_51_1", "default_7_0_0_alpha_2"])
def test_the_default_provider_follows_the_configuration_where_it_is_not_shown(previewed, name):
    found = previewed(NAT, {}, name)
    assert (found.status, found.region) == (Status.PRICED, "us-east-1")


def test_a_provider_that_the_preview_shows_says_the_region(previewed):
    assert previewed(NAT, {}, "tokyo", ("tokyo", {"region": "ap-northeast-1"})).region == "ap-northeast-1"


def test_an_explicit_provider_without_a_region_takes_none_from_the_stack(previewed):
    assert previewed(NAT, {}, "tokyo", ("tokyo", {})).reason == "its provider tokyo names no Region that is known before deployment"


def test_a_region_that_only_a_deployment_knows_is_not_the_stacks(stack_of):
    (found,) = estimate(stack_of((NAT, "nat", {"region": UNKNOWN}))).resources
    assert (found.status, found.reason) == (Status.UNKNOWN, "region is known only after deployment")


@pytest.mark.parametrize("inputs", [{"availabilityZone": "eu-west-1a"}, {"availabilityZones": ["us-east-1a", "eu-west-1a"]}])
@pytest.mark.parametrize("own", [{}, {"region": "us-east-1"}])
def test_a_zone_of_another_region_makes_the_resource_unknown_with_the_contradiction(stack_of, inputs, own):
    (found,) = estimate(stack_of((VOLUME, "v", {"type": "gp3", "size": 10, **inputs, **own}))).resources
    assert (found.status, found.reason) == (Status.UNKNOWN, "its zone eu-west-1a is not in its Region, us-east-1: AWS would refuse it")


@pytest.mark.parametrize("zone", ["us-east-1a", "us-east-1-bos-1a", "use1-az1", UNKNOWN])
def test_a_zone_of_the_region_or_one_that_names_none_changes_nothing(stack_of, zone):
    (found,) = estimate(stack_of((VOLUME, "v", {"type": "gp3", "size": 10, "availabilityZone": zone}))).resources
    assert (found.status, found.region) == (Status.PRICED, "us-east-1")


def test_a_stack_without_a_region_takes_each_resources_zone(stack_of):
    stack = stack_of((VOLUME, "a", {"availabilityZone": "us-east-1a"}), (VOLUME, "b", {"availabilityZone": "eu-west-1a"}), (NAT, "nat", {}), region=None)
    places = Places(stack)
    assert {found.name: places.of(found).region for found in stack.resources} == {"a": "us-east-1", "b": "eu-west-1", "nat": None}


def test_another_providers_zones_do_not_say_the_stacks_region(stack_of, resource):
    far = resource(VOLUME, "far", {"availabilityZone": "ap-northeast-1a"}, options={"provider": f"{PREFIX}tokyo::id"})
    assert Places(stack_of(far, (NAT, "nat", {}), region=None)).stack_region is None
