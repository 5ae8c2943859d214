"""infra.policy_documents: one spelling for every statement."""

import pytest

from infra.policy_documents import UNSCOPABLE, allow, allow_unscopable, deny, trust_pods


def test_a_statement_has_lists_and_leaves_out_what_it_lacks():
    assert allow("Read", ("s3:GetObject",), ["arn:x"]) == {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:x"]}


def test_a_denial_can_have_a_condition_and_a_principal():
    statement = deny("No", ("s3:*",), ["arn:x"], {"Bool": {"aws:SecureTransport": "false"}}, "*")
    assert (statement["Effect"], statement["Principal"], statement["Condition"]) == ("Deny", "*", {"Bool": {"aws:SecureTransport": "false"}})


def test_an_action_that_can_be_scoped_gets_no_star():
    with pytest.raises(ValueError, match="s3:GetObject"):
        allow_unscopable("Read", "s3:GetObject", "s3:ListAllMyBuckets")


@pytest.mark.parametrize(
    ("named", "tags"),
    [((), {"eks-cluster-arn": "arn:c"}), (("n", "s"), {"eks-cluster-arn": "arn:c", "kubernetes-namespace": "n", "kubernetes-service-account": "s"})],
)
def test_pods_are_trusted_by_cluster_and_where_named_by_service_account(named, tags, monkeypatch):
    monkeypatch.setattr("infra.policy_documents.document", lambda *statements: statements)
    (trusted,) = trust_pods("arn:c", *named)
    assert trusted["Condition"] == {"StringEquals": {f"aws:RequestTag/{tag}": value for tag, value in tags.items()}}
    assert (trusted["Principal"], trusted["Action"]) == ({"Service": "pods.eks.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"])


def test_the_table_holds_only_lookups_and_the_registry_token():
    assert all(action.split(":")[1].startswith(("Describe", "Get", "List", "Lookup")) for action in UNSCOPABLE)
