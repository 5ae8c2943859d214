"""infra.tags: one resource's tags from what its environment shares."""

import dataclasses

import pytest

from infra.tags import REQUIRED_TAGS, Tags, tags_for

BASE = Tags("dev", "ml@example.com", "ml-1")


def test_a_resource_has_every_required_tag():
    assert set(tags_for(BASE, workload="network")) == set(REQUIRED_TAGS)


def test_team_and_data_class_have_defaults_and_can_be_given():
    assert (tags_for(BASE, workload="x")["team"], tags_for(BASE, workload="x")["data-class"]) == ("platform", "none")
    given = tags_for(BASE, workload="x", team="search", data_class="confidential", name="n")
    assert (given["team"], given["data-class"], given["Name"]) == ("search", "confidential", "n")


def test_the_shared_part_can_not_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        BASE.owner = "someone else"  # pyright: ignore
