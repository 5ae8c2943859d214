from __future__ import annotations

import pytest

from cost.estimate import Usage, estimate
from cost.estimate.model import QuantitySource, Status
from plinth.stack import UNKNOWN

SERVICE = "kubernetes:core/v1:Service"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
SET = "kubernetes:apps/v1:StatefulSet"
CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
LB = "service.beta.kubernetes.io/aws-load-balancer-"


def _class(name="fast", default=False, **fields):
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
    return (CLASS, name, {"metadata": {"name": name, "annotations": annotations}, "provisioner": "ebs.csi.aws.com", **fields})


def _claim(size="100Gi", name="fast"):
    spec = {"resources": {"requests": {"storage": size}}, **({"storageClassName": name} if name else {})}
    return (CLAIM, "data", {"metadata": {"name": "data"}, "spec": spec})


@pytest.mark.parametrize("kind", ["ClusterIP", "NodePort", "ExternalName"])
def test_a_service_is_free_unless_it_asks_for_a_load_balancer(priced, kind):
    assert priced((SERVICE, "s", {"spec": {"type": kind}})).status is Status.FREE


@pytest.mark.parametrize(
    "inputs",
    [
        {"spec": {"type": "LoadBalancer", "loadBalancerClass": "service.k8s.aws/nlb"}},
        {"spec": {"type": "LoadBalancer", "loadBalancerClass": "eks.amazonaws.com/nlb"}},
        {"metadata": {"annotations": {f"{LB}type": "external"}}, "spec": {"type": "LoadBalancer"}},
    ],
)
def test_a_service_of_a_network_class_is_a_network_load_balancer(priced, line, inputs):
    usage = Usage(by_type={"kubernetes_service": {"processed_bytes_gb": 1460.0}}, source=QuantitySource.USAGE_FILE)
    found = priced((SERVICE, "s", inputs), usage=usage)
    assert line(found, "network load balancer hours").monthly_cost.expected == pytest.approx(730 * 0.0225)
    # two GB an hour are two capacity units
    assert line(found, "network load balancer capacity units").monthly_cost.expected == pytest.approx(2 * 730 * 0.006)


def test_a_service_without_a_class_is_a_classic_load_balancer_and_says_so(priced, line):
    found = line(priced((SERVICE, "s", {"spec": {"type": "LoadBalancer"}})), "classic load balancer hours")
    assert found.monthly_cost.expected == pytest.approx(730 * 0.025)
    assert "Classic" in found.assumptions[0]


def test_addresses_of_a_load_balancer_that_faces_the_internet_are_listed(stack_of):
    annotations = {f"{LB}type": "external", f"{LB}scheme": "internet-facing"}
    result = estimate(stack_of((SERVICE, "s", {"metadata": {"annotations": annotations}, "spec": {"type": "LoadBalancer"}})))
    assert [item.component for item in result.unknown] == ["public IPv4 addresses"]


def test_ingresses_of_a_group_share_one_load_balancer(stack_of):
    group = {"metadata": {"annotations": {"alb.ingress.kubernetes.io/group.name": "web"}}, "spec": {"ingressClassName": "alb"}}
    result = estimate(stack_of((INGRESS, "a", group), (INGRESS, "b", group), (INGRESS, "alone", {"spec": {"ingressClassName": "alb"}})))
    hours = [item.monthly_cost.expected for found in result.resources for item in found.lines if "hours" in item.component]
    assert hours == pytest.approx([730 * 0.0225] * 2)
    shared = next(found for found in result.resources if found.name == "b")
    assert (shared.status, "priced with a" in shared.reason) == (Status.FREE, True)


def test_an_ingress_of_another_class_runs_on_pods(priced):
    assert priced((INGRESS, "i", {"spec": {"ingressClassName": "nginx"}})).status is Status.FREE


def test_an_ingress_class_of_auto_mode_is_an_application_load_balancer(priced):
    declared = ("kubernetes:networking.k8s.io/v1:IngressClass", "web", {"metadata": {"name": "web"}, "spec": {"controller": "eks.amazonaws.com/alb"}})
    assert priced((INGRESS, "i", {"spec": {"ingressClassName": "web"}}), declared).status is Status.PRICED


def test_a_claim_costs_the_volume_that_its_class_makes(priced, line):
    found = priced(_claim(), _class(parameters={"type": "gp3", "iops": "4000", "throughput": "250"}))
    # 100 GiB x 0.08; 1,000 IOPS above 3,000 x 0.005; 125 MB/s above 125 x 0.04
    assert found.monthly_cost.expected == pytest.approx(8.00 + 5.00 + 5.00)
    assert "of storage class fast" in line(found, "EBS gp3 storage").assumptions


def test_a_claim_without_a_class_takes_the_default_one(priced):
    assert priced(_claim(name=None), _class(default=True, parameters={"type": "gp2"})).monthly_cost.expected == pytest.approx(10.00)


def test_iops_may_be_stated_by_the_gib(priced):
    # 100 GiB x 0.125 and 50 x 100 IOPS x 0.065
    assert priced(_claim(), _class(parameters={"type": "io1", "iopsPerGB": "50"})).monthly_cost.expected == pytest.approx(12.5 + 325)


@pytest.mark.parametrize(
    ("claim", "storage", "reason"),
    [
        (_claim(), _class("other"), "not in this stack"),
        (_claim(name=None), _class("other"), "no storage class"),
        (_claim(size=UNKNOWN), _class(), "known only after deployment"),
        (_claim(), _class(parameters={"type": UNKNOWN}), "known only after deployment"),
        (_claim(), _class(parameters=UNKNOWN), "known only after deployment"),
        (_claim(), _class(provisioner="rook.io/ceph"), "rook.io/ceph"),
        (_claim(size=None), _class(), "no storage"),
    ],
)
def test_a_claim_whose_volume_is_not_known_says_why(priced, claim, storage, reason):
    found = priced(claim, storage)
    assert (found.status, found.monthly_cost) == (Status.UNKNOWN, None)
    assert reason in found.reason


def test_a_share_of_a_file_system_is_priced_with_it(priced):
    assert priced(_claim(), _class(provisioner="efs.csi.aws.com")).status is Status.FREE


def test_a_stateful_set_claims_a_volume_a_replica(priced, line):
    template = {"metadata": {"name": "data"}, "spec": {"storageClassName": "fast", "resources": {"requests": {"storage": "50Gi"}}}}
    found = priced((SET, "db", {"spec": {"replicas": 3, "volumeClaimTemplates": [template]}}), _class())
    assert line(found, "EBS gp3 storage").monthly_cost.expected == pytest.approx(3 * 50 * 0.08)
    assert priced((SET, "db", {"spec": {"replicas": 3}})).status is Status.FREE


def test_objects_of_the_cluster_are_free_by_list(priced):
    found = priced(("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "b", {}))
    assert (found.status, found.monthly_cost.expected) == (Status.FREE, 0)
