from datetime import date

import pytest

from plinth.stack import Stack, has_unknown
from policies.evaluate import check
from policies.examples import KINDS, Example, all_examples, examples_of
from policies.model import Finding, Status
from policies.rules import RULES

TODAY = date(2026, 1, 1)
NAMES = {id(example): f"{example.rule}-{example.kind}-{example.number}" for example in all_examples()}


def findings(example: Example, stack: Stack) -> list[Finding]:
    return [finding for finding in check(stack, today=TODAY).findings if finding.rule == example.rule]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
@pytest.mark.parametrize("kind", KINDS)
def test_every_rule_has_good_bad_and_unknown_examples(rule, kind):
    assert examples_of(rule.id, kind), f"{rule.id} has no {kind} example in policies/examples"


def test_every_example_belongs_to_a_rule():
    assert {example.rule for example in all_examples()} == {rule.id for rule in RULES}


@pytest.mark.parametrize("example", all_examples(), ids=lambda example: NAMES[id(example)])
def test_each_example_gets_the_verdict_it_is_an_example_of(example):
    found = findings(example, example.stack())
    assert not any("could not be evaluated" in finding.message for finding in found), found
    worst = min((list(Status).index(finding.status) for finding in found), default=list(Status).index(Status.PASS))
    assert list(Status)[worst] is example.verdict, [finding.message for finding in found]


@pytest.mark.parametrize("example", [each for each in all_examples() if each.kind == "bad"], ids=lambda example: NAMES[id(example)])
def test_a_violation_repeats_the_offending_value_and_names_its_place(example):
    violations = [finding for finding in findings(example, example.stack()) if finding.status is Status.VIOLATION]
    assert example.says, "a bad example says what its message must repeat"
    assert any(example.says in finding.message for finding in violations), [finding.message for finding in violations]
    assert all(finding.property and finding.remediation for finding in violations)


@pytest.mark.parametrize("example", [each for each in all_examples() if each.kind == "bad"], ids=lambda example: NAMES[id(example)])
def test_a_bad_example_never_passes_in_a_preview(example):
    statuses = {finding.status for finding in findings(example, example.stack(deployed=False))}
    assert statuses & {Status.VIOLATION, Status.UNKNOWN}


@pytest.mark.parametrize("example", [each for each in all_examples() if each.kind == "good"], ids=lambda example: NAMES[id(example)])
def test_a_good_example_is_never_a_violation_in_a_preview(example):
    found = findings(example, example.stack(deployed=False))
    assert not [finding.message for finding in found if finding.status is Status.VIOLATION]


def test_a_bad_example_that_refers_to_nothing_is_the_same_in_a_preview():
    for example in all_examples():
        previewed = example.stack(deployed=False)
        if example.kind == "bad" and not any(has_unknown(resource.inputs) for resource in previewed.resources):
            assert Status.VIOLATION in {finding.status for finding in findings(example, previewed)}, example
