"""infra.controller_role: only a controller's own service account in our cluster takes its role, and finds it with its rights."""

from __future__ import annotations

import pytest

ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
CONTROLLERS = {"karpenter": "karpenter", "autoscaler": "cluster-autoscaler"}


@pytest.fixture(params=CONTROLLERS)
def controller(request) -> str:
    return request.param


def test_only_the_controllers_own_service_account_of_our_cluster_takes_the_role(stack, named, statements, controller):
    (trusted,) = statements(named(stack, f"{controller}-role"), "assumeRolePolicy")
    assert (trusted["Principal"], trusted["Action"]) == ({"Service": "pods.eks.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"])
    assert trusted["Condition"] == {
        "StringEquals": {
            "aws:RequestTag/eks-cluster-arn": f"arn:aws:eks:us-east-1:123456789012:cluster/plinth-{stack.name}",
            "aws:RequestTag/kubernetes-namespace": "kube-system",
            "aws:RequestTag/kubernetes-service-account": CONTROLLERS[controller],
        }
    }


def test_the_role_stays_within_the_services_boundary(stack, named, controller):
    assert named(stack, f"{controller}-role").inputs["permissionsBoundary"] == named(stack, "services-boundary").outputs["arn"]


def test_the_association_gives_the_role_to_the_service_account_that_the_chart_makes(stack, named, controller):
    assert {found.inputs["serviceAccount"] for found in stack.of_type(ASSOCIATION)} == set(CONTROLLERS.values())
    association = named(stack, f"{controller}-identity")
    assert (association.inputs["namespace"], association.inputs["serviceAccount"]) == ("kube-system", CONTROLLERS[controller])
    assert association.inputs["clusterName"] == stack.outputs["cluster_name"]
    assert association.inputs["roleArn"] == named(stack, f"{controller}-role").outputs["arn"] == stack.outputs[f"{controller}_role_arn"]
    assert named(stack, f"{controller}-policy").urn in association.property_dependencies["roleArn"], "a controller without rights fails at its start"
    (cluster,) = stack.of_type("aws:eks/cluster:Cluster")
    assert cluster.urn in association.property_dependencies["clusterName"]
