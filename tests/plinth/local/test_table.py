from __future__ import annotations

from functools import cache

import pytest
from botocore import xform_name
from botocore.session import Session

from plinth.local.entry import Argument, Call
from plinth.local.services import FAMILIES, NOT_HELD, TABLE, reason_not_held
from plinth.local.shapes import member_name


@cache
def operations(service):
    model = Session().get_service_model(service)
    return {xform_name(name): model.operation_model(name) for name in model.operation_names}


def calls(entry):
    listing = [Call(entry.listing.operation, entry.listing.arguments)] if entry.listing else []
    return [entry.create, *entry.steps, *entry.reads, *(delete for delete in entry.deletes if isinstance(delete, Call)), *listing]


@pytest.mark.parametrize("entry", TABLE.values(), ids=TABLE)
def test_every_operation_and_argument_of_an_entry_is_one_that_the_service_has(entry):
    for call in calls(entry):
        shape = operations(entry.service)[call.operation].input_shape
        named = [*call.arguments, *(target.name if isinstance(target, Argument) else target for target in getattr(call, "sends", {}).values())]
        assert [name for name in named if name and member_name(shape, name.split(".")[0]) is None] == []


@pytest.mark.parametrize("entry", TABLE.values(), ids=TABLE)
def test_an_entry_can_be_deleted_or_says_what_takes_it_along(entry):
    assert entry.deletes or entry.goes_with
    assert all(entry.not_sent.values())


def test_a_type_stands_in_one_family_only():
    types = [entry.type for family in FAMILIES for entry in family.ENTRIES]
    assert sorted(types) == sorted(set(types)) and not set(types) & set(NOT_HELD)


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_table_knows_every_aws_type_of_our_own_stacks(recorded, environment):
    unknown = {resource.type: reason_not_held(resource.type) for resource in recorded(environment).custom if reason_not_held(resource.type)}
    assert {type_ for type_ in unknown if type_.startswith("aws:")} == set(NOT_HELD) & set(unknown)
