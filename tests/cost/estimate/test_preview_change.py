"""What a preview changes by itself: before and after of one file, what is paid twice for a while, and what the preview does not say."""

from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import ChangeKind, ChangeReason
from cost.estimate.preview_change import AGAINST, overlap_note, preview_comparison
from plinth.stack import Operation, Options
from plinth.stack.preview import PreviewChange, Replacement, read_preview_change

GROUP = "aws:eks/nodeGroup:NodeGroup"
NAT = "aws:ec2/natGateway:NatGateway"
QUEUE = "aws:sqs/queue:Queue"
VOLUME = "aws:ebs/volume:Volume"


def _group(desired, type_="m5.large"):
    return {"instanceTypes": [type_], "scalingConfig": {"minSize": 1, "desiredSize": desired, "maxSize": 4}}


@pytest.fixture
def between(stack_of, resource):
    """The comparison of (type, name, inputs before or None, inputs after or None, operation, fields...) of each resource."""

    def make(*declared, replacements=None, unseen=0):
        before = [resource(type_, name, old) for type_, name, old, *_ in declared if old is not None]
        after = [
            resource(type_, name, new if new is not None else old, operation=operation, **(more[0] if more else {}))
            for type_, name, old, new, operation, *more in declared
        ]
        change = PreviewChange(stack_of(*before), stack_of(*after), replacements or {}, unseen)
        return preview_comparison(change, estimate(change.after).model_copy(update={"unseen": unseen}), estimate)

    return make


def _urn(type_: str, name: str) -> str:
    return f"urn:pulumi:dev::sample::{type_}::{name}"


def test_each_operation_is_a_change_of_its_kind(between):
    found = between(
        (NAT, "new", None, {}, Operation.CREATE),
        (NAT, "gone", {}, None, Operation.DELETE),
        (GROUP, "grown", _group(1), _group(3), Operation.UPDATE),
        (NAT, "kept", {}, {}, Operation.SAME),
    )
    changes = {change.name: (change.kind, change.operation, change.reasons) for change in found.changes}
    assert changes == {
        "new": (ChangeKind.ADDED, "create", ()),
        "gone": (ChangeKind.REMOVED, "delete", ()),
        "grown": (ChangeKind.CHANGED, "update", (ChangeReason.COUNT,)),
    }
    # NAT gateways cancel out; two m5.large more (0.096 USD/h), each with a root volume of 20 GB gp3 at 0.08.
    assert found.difference.expected == pytest.approx(2 * (730 * 0.096 + 20 * 0.08))
    assert found.against == AGAINST


def test_what_is_imported_exists_and_is_paid_for_already(between):
    found = between((NAT, "found", {}, {}, Operation.IMPORT))
    assert found.difference.expected == 0
    assert found.before.expected > 0
    assert any(note.startswith("imported") and note.endswith("found") for note in found.notes)


@pytest.mark.parametrize(("order", "certain"), [(Replacement.CREATE_FIRST, True), (Replacement.NOT_SHOWN, False), (Replacement.DELETE_FIRST, None)])
def test_a_replaced_resource_is_paid_twice_while_both_exist(between, order, certain):
    found = between((GROUP, "pool", _group(2), _group(2, "m6i.large"), Operation.REPLACE), replacements={_urn(GROUP, "pool"): order})
    if certain is None:
        assert found.overlaps == (), "the old one is gone before the new one is made"
        return
    (overlap,) = found.overlaps
    # Two m5.large of 0.096 USD/h and two volumes of 20 GB gp3 at 0.08 USD a GB-month of 730 hours.
    assert overlap.hourly_cost == pytest.approx(2 * (0.096 + 20 * 0.08 / 730))
    assert overlap.daily_cost == pytest.approx(24 * overlap.hourly_cost)
    assert overlap.certain is certain
    assert ("may exist" in overlap_note(overlap)) is not certain


@pytest.mark.parametrize(("first", "count"), [(True, 0), (False, 1)])
def test_the_option_decides_where_no_step_shows_the_order(between, first, count):
    options = {"options": Options(delete_before_replace=first)}
    found = between((NAT, "nat", {}, {}, Operation.REPLACE, options))
    assert len(found.overlaps) == count
    assert all(overlap.certain for overlap in found.overlaps)


def test_traffic_does_not_double_while_two_exist(between):
    (overlap,) = between((NAT, "nat", {}, {}, Operation.REPLACE)).overlaps
    assert overlap.hourly_cost == pytest.approx(0.045), "the gateway's hours, and not the data that it processes"
    assert between((QUEUE, "queue", {}, {}, Operation.REPLACE)).overlaps == ()


def test_what_stays_in_the_account_after_its_delete_is_said(between):
    kept = {"options": Options(retain_on_delete=True)}
    found = between((VOLUME, "archive", {"type": "gp3", "size": 100}, None, Operation.DELETE, kept))
    assert found.difference.expected == pytest.approx(-8.0)
    assert any("archive leaves the stack but stays in the account" in note and "8.00 USD" in note for note in found.notes)


def test_a_partial_preview_has_the_right_difference_and_says_what_it_lacks(between):
    found = between((NAT, "gone", {}, None, Operation.DELETE), unseen=7)
    assert found.partial
    assert found.difference.expected == -found.before.expected < 0
    assert any("does not show 7 unchanged resources" in note for note in found.notes)


def test_a_real_preview_says_its_change_without_its_unchanged_resources(engine_data):
    change = read_preview_change(engine_data / "preview_update.json")
    found = preview_comparison(change, estimate(change.after), estimate)
    assert {item.name: item.operation for item in found.changes} == {"scorer": "create", "retired": "delete", "gpu": "update"}
    assert found.difference.expected == pytest.approx(2056.08, abs=0.005)
    gpu = next(item for item in found.changes if item.name == "gpu")
    assert (gpu.reasons, gpu.difference) == ((ChangeReason.COUNT,), 0), "only the ceiling moved"
    assert gpu.after and gpu.before and gpu.after.max > gpu.before.max
