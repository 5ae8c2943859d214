"""infra.identity, infra.personas and infra.service_roles: who may take which role, and what no role may do."""

from __future__ import annotations

import pytest

from infra.personas import PERSONAS
from infra.policy_documents import UNSCOPABLE

ROLE = "aws:iam/role:Role"
DOCUMENTS = ("aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy")
INLINE_LIMIT, MANAGED_LIMIT = 10_240, 6_144
"""Characters without white space. Source: IAM guide, IAM and AWS STS quotas."""


def role(named, stack, kind):
    return named(stack, f"identity-{kind}")


def allowed(statements, resource):
    return [statement for statement in statements(resource) if statement["Effect"] == "Allow"]


@pytest.mark.parametrize(
    ("kind", "service", "actions", "condition"),
    [
        ("node", "ec2.amazonaws.com", ["sts:AssumeRole"], None),
        (
            "pod",
            "pods.eks.amazonaws.com",
            ["sts:AssumeRole", "sts:TagSession"],
            {"StringEquals": {"aws:RequestTag/eks-cluster-arn": "arn:aws:eks:us-east-1:123456789012:cluster/plinth-dev"}},
        ),
        ("training", "sagemaker.amazonaws.com", ["sts:AssumeRole"], {"StringEquals": {"aws:SourceAccount": "123456789012"}}),
        ("endpoint", "sagemaker.amazonaws.com", ["sts:AssumeRole"], {"StringEquals": {"aws:SourceAccount": "123456789012"}}),
    ],
)
def test_a_service_role_trusts_its_service_and_no_other(dev_stack, named, statements, kind, service, actions, condition):
    (trusted,) = statements(role(named, dev_stack, kind), "assumeRolePolicy")
    assert (trusted["Principal"], trusted["Action"], trusted.get("Condition")) == ({"Service": service}, actions, condition)


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_persona_needs_a_fresh_second_factor_and_has_a_boundary(stack, named, statements, persona):
    found = role(named, stack, persona)
    (trusted,) = statements(found, "assumeRolePolicy")
    hours = {"prod": 4}.get(stack.name, 8)
    assert trusted["Condition"] == {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": str(hours * 3600)}}
    assert trusted["Principal"] == {"AWS": ["arn:aws:iam::123456789012:root"]}
    assert found.inputs["permissionsBoundary"] == named(stack, "identity-people-boundary").outputs["arn"]
    assert found.inputs["maxSessionDuration"] == {"dev": 8, "staging": 4, "prod": 2}[stack.name] * 3600


def test_the_personas_are_four():
    assert list(PERSONAS) == ["data-scientist", "ml-engineer", "platform-engineer", "auditor"]


def test_every_role_but_the_personas_has_the_services_boundary(stack, named):
    people = {role(named, stack, persona).name for persona in PERSONAS}
    services = [found for found in stack.of_type(ROLE) if found.name not in people]
    assert {found.name.removeprefix(f"plinth-{stack.name}-") for found in services} >= {"identity-node", "network-flow-logs-role", "cluster-role"}
    limits = {found.name: found.inputs.get("permissionsBoundary") for found in services}
    assert set(limits.values()) == {named(stack, "services-boundary").outputs["arn"]}, limits


def test_identities_of_another_account_are_trusted_only_where_the_settings_name_it(altered, named, statements):
    stack = altered("dev", {"plinth:identity": {"trusted_account_ids": ["222222222222"]}})
    (trusted,) = statements(role(named, stack, "auditor"), "assumeRolePolicy")
    assert trusted["Principal"] == {"AWS": ["arn:aws:iam::222222222222:root"]}


def test_no_policy_allows_every_action(stack, statements):
    for resource in [found for type_ in DOCUMENTS for found in stack.of_type(type_)]:
        assert not [s["Sid"] for s in allowed(statements, resource) if "*" in s["Action"]], resource.name


def test_a_whole_services_actions_are_allowed_by_a_boundary_only_which_grants_nothing(stack, statements):
    for resource in [found for type_ in DOCUMENTS for found in stack.of_type(type_)]:
        whole = [s for s in allowed(statements, resource) if any(action.endswith(":*") for action in s["Action"])]
        assert not whole or resource.name.endswith("-services-boundary"), resource.name


def test_every_star_resource_has_a_condition_or_an_action_that_cannot_be_scoped(stack, statements):
    for resource in [found for type_ in DOCUMENTS for found in stack.of_type(type_)]:
        for statement in allowed(statements, resource):
            if "*" in statement["Resource"] and "Condition" not in statement:
                assert set(statement["Action"]) <= UNSCOPABLE, f"{resource.name} {statement['Sid']}"


def test_an_endpoint_reads_models_and_nothing_of_the_lake(dev_stack, named, statements):
    resources = [arn for s in statements(named(dev_stack, "identity-endpoint-policy")) for arn in s["Resource"] if ":s3:::" in arn]
    assert not [arn for arn in resources if "-lake-" in arn]


@pytest.mark.parametrize("persona", ["data-scientist", "ml-engineer"])
def test_a_teams_people_can_find_the_cluster_and_see_nothing_more_of_it_by_iam(dev_stack, named, statements, persona):
    found = [s for s in statements(named(dev_stack, f"identity-{persona}-policy")) if any(a.startswith("eks:") for a in s["Action"])]
    assert [(s["Action"], s["Resource"]) for s in found] == [(["eks:DescribeCluster"], ["arn:aws:eks:us-east-1:123456789012:cluster/plinth-dev"])]


def test_an_auditor_reads_no_data_and_changes_nothing(stack, named, statements):
    for statement in statements(named(stack, "identity-auditor-policy")):
        assert not [a for a in statement["Action"] if not a.split(":")[1].startswith(("Describe", "Get", "List", "Lookup", "Filter", "StartQuery"))]
        if "s3:GetObject" in statement["Action"]:
            assert all("-access-logs-" in arn for arn in statement["Resource"])


def test_nobody_can_delete_a_version_a_key_or_a_log_or_widen_his_own_rights(stack, named, statements):
    for kind in ("people", "services"):
        denied = {a for s in statements(named(stack, f"{kind}-boundary")) if s["Effect"] == "Deny" for a in s["Action"]}
        assert denied >= {"s3:DeleteObjectVersion", "kms:ScheduleKeyDeletion", "logs:DeleteLogGroup", "iam:Attach*", "iam:Put*", "iam:Delete*"}


def test_the_peoples_boundary_holds_what_the_personas_do_and_no_more(stack, named, statements):
    inside = {a for s in allowed(statements, named(stack, "identity-people-boundary")) for a in s["Action"]}
    used = {a for persona in PERSONAS for s in statements(named(stack, f"identity-{persona}-policy")) for a in s["Action"]}
    assert inside == used


def test_documents_are_within_iams_sizes(stack):
    for type_, limit in zip(DOCUMENTS, (MANAGED_LIMIT, INLINE_LIMIT), strict=True):
        for resource in stack.of_type(type_):
            assert len("".join(resource.inputs["policy"].split())) <= limit, resource.name


def test_sids_are_alphanumeric_and_single(stack, statements):
    for resource in [found for type_ in DOCUMENTS for found in stack.of_type(type_)]:
        sids = [statement["Sid"] for statement in statements(resource)]
        assert all(sid.isalnum() for sid in sids) and len(set(sids)) == len(sids), resource.name


def test_a_roles_arn_waits_for_its_policies(stack, named):
    model = next(r for r in stack.of_type("aws:sagemaker/model:Model"))
    assert named(stack, "identity-endpoint-policy").urn in model.property_dependencies["executionRoleArn"]
