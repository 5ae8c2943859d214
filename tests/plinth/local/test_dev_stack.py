"""The whole dev stack on the local AWS: what issue 3 asks of item 6."""

from __future__ import annotations

import pytest

from plinth.local import Finding, LocalAws, Status, deploy, destroy, verify


@pytest.fixture(scope="module")
def life(dev_stack):
    with LocalAws(dev_stack.region) as aws:
        deployment = deploy(dev_stack, aws)
        verification = verify(deployment, aws)
        return dev_stack, deployment, verification, destroy(deployment, aws, force=True)


def test_every_resource_is_created_or_said(life):
    stack, deployment, *_ = life
    assert [(resource.name, resource.reason) for resource in deployment.of_status(Status.FAILED)] == []
    assert {resource.urn for resource in deployment.resources} == {resource.urn for resource in stack.custom}
    assert all(resource.reason for resource in deployment.of_status(Status.NOT_HELD))
    assert not [resource for resource in deployment.of_status(Status.NOT_HELD) if resource.type.startswith("aws:")]


def test_every_resource_is_read_back_as_declared(life):
    _, deployment, verification, *_ = life
    assert verification.missing == {} and verification.of(Finding.DIFFERS) == ()
    assert verification.read == len(deployment.of_status(Status.CREATED))
    assert len(verification.of(Finding.MATCHED)) > 3 * verification.read


def test_no_made_up_id_is_in_what_was_sent(life):
    _, deployment, *_ = life
    sent = "".join(str(resource.inputs) for resource in deployment.of_status(Status.CREATED))
    assert [made_up for made_up in deployment.replacements if made_up in sent] == []


def test_the_stack_outputs_are_real(life):
    _, deployment, *_ = life
    assert deployment.outputs and not [made_up for made_up in deployment.replacements if made_up in str(deployment.outputs)]


def test_nothing_is_left_after_destroy(life):
    *_, destroyed = life
    assert destroyed.failed == {} and destroyed.leftovers == ()
