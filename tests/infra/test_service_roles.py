"""infra.service_roles: what jobs and endpoints reach, and the boundary of the platform's own roles."""

from __future__ import annotations

import pytest

ARTIFACTS = "arn:aws:s3:::plinth-dev-artifacts-123456789012-us-east-1"


def of(dev_stack, named, statements, role):
    return {s["Sid"]: s for s in statements(named(dev_stack, f"identity-{role}-policy"))}


@pytest.mark.parametrize(
    ("role", "written"),
    [
        ("pod", ["namespaces/${aws:PrincipalTag/kubernetes-namespace}"]),
        ("training", ["training", "checkpoints"]),
        ("endpoint", ["data-capture"]),
    ],
)
def test_a_role_writes_under_its_own_paths_only(dev_stack, named, statements, role, written):
    found = of(dev_stack, named, statements, role).values()
    writes = [arn for s in found if any(a.startswith(("s3:Put", "s3:Delete")) for a in s["Action"]) for arn in s["Resource"]]
    assert writes == [f"{ARTIFACTS}/{path}/*" for path in written]


def test_whoever_can_choose_a_jobs_code_cannot_replace_what_endpoints_read(stack, named, statements):
    """A data scientist starts jobs with any container, under the training role."""
    (read,) = [s for s in statements(named(stack, "identity-endpoint-policy")) if s["Sid"] == "ReadArtifacts"]
    assert [arn.rpartition("us-east-1")[2] for arn in read["Resource"]] == ["/models/*"]
    for role in ("training", "data-scientist"):
        reached = [arn for s in statements(named(stack, f"identity-{role}-policy")) for arn in s["Resource"]]
        assert not [arn for arn in reached if "-artifacts-" in arn and ("/models" in arn or arn.endswith("us-east-1/*"))], role


@pytest.mark.parametrize(("role", "domains"), [("pod", ["lake", "artifacts"]), ("training", ["lake", "artifacts"]), ("endpoint", ["artifacts"])])
def test_data_keys_are_used_through_s3_only(dev_stack, named, statements, role, domains):
    found = of(dev_stack, named, statements, role)["KeysThroughS3"]
    assert found["Resource"] == [named(dev_stack, f"keys-{domain}").outputs["arn"] for domain in domains]
    assert found["Condition"] == {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}


@pytest.mark.parametrize("role", ["training", "endpoint"])
def test_interfaces_are_made_and_lent_in_our_vpc_only(dev_stack, named, statements, role):
    found, ours = of(dev_stack, named, statements, role), {"ArnEquals": {"ec2:Vpc": named(dev_stack, "network-vpc").outputs["arn"]}}
    assert {sid: found[sid].get("Condition") for sid in found if "Interfaces" in sid} == {
        "InterfacesInOurVpc": ours,
        "NewInterfaces": None,
        "OurInterfaces": ours,
        "LendInterfaces": ours,
    }
    assert found["InterfacesInOurVpc"]["Resource"] == [f"arn:aws:ec2:us-east-1:123456789012:{kind}/*" for kind in ("subnet", "security-group")]


@pytest.mark.parametrize("role", ["training", "endpoint"])
def test_a_volumes_key_is_granted_on_by_aws_services_only(dev_stack, named, statements, role):
    grants = of(dev_stack, named, statements, role)["VolumeKeyGrants"]["Condition"]
    assert grants == {
        "Bool": {"kms:GrantIsForAWSResource": "true"},
        "StringLike": {"kms:ViaService": ["sagemaker.*.amazonaws.com", "ec2.*.amazonaws.com"]},
    }


def test_the_services_boundary_is_the_environments_region_and_its_own_roles(stack, named, statements):
    found = {s["Sid"]: s for s in statements(named(stack, "services-boundary"))}
    assert found["ServicesInRegion"]["Condition"] == {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    assert found["ReadOwnRoles"]["Action"] == ["iam:GetRole"]
    assert found["PassNodeRole"]["Resource"] == [stack.outputs["node_role_arn"]]
