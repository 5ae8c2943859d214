from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.bill.tags import normalise_tag_key, spelling_of, tag_keys


@pytest.mark.parametrize("spelling", ["CostCenter", "cost-center", "cost_center", "user:CostCenter", "Cost Center", "costCenter"])
def test_spellings_of_one_tag_have_one_key(spelling: str):
    assert normalise_tag_key(spelling) == "cost_center"


def test_a_provider_tag_keeps_its_prefix():
    assert normalise_tag_key("aws:createdBy") == "aws:created_by"
    assert spelling_of("resourceTags/aws:createdBy") == "aws:createdBy"
    assert spelling_of("costCategory/CostCenter") == "cost_category:CostCenter"


def test_spellings_that_collide_are_kept_apart():
    keys = tag_keys(["resourceTags/user:Team", "resourceTags/user:team", "resourceTags/user:owner"])
    assert [(key.key, key.collides) for key in keys] == [("owner", False), ("Team", True), ("team", True)]


def test_the_same_column_in_two_files_is_no_collision():
    assert [key.collides for key in tag_keys(["resourceTags/user:Team", "resourceTags/user:Team"])] == [False]


@given(st.text(min_size=1))
def test_normalising_twice_changes_nothing_and_never_empties_a_key(text: str):
    once = normalise_tag_key(text)
    assert once
    if ":" not in text:
        assert normalise_tag_key(once) == once


@given(st.lists(st.text(min_size=1), max_size=8))
def test_every_spelling_has_a_key_of_its_own(spellings: list[str]):
    columns = [f"resourceTags/user:{spelling}" for spelling in spellings]
    keys = tag_keys(columns)
    assert len({key.key for key in keys}) == len(keys)
    assert {column for key in keys for column in key.columns} == set(columns)
