from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plinth.local.compare import ABSENT, Difference, differences, find, tags_as_mapping

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text("abc", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz", min_size=1, max_size=2), inner, max_size=3),
    max_leaves=12,
)


@given(json_values)
def test_a_value_does_not_differ_from_itself(value):
    assert [difference for difference in differences(value, value) if difference.declared is not None] == []


@given(st.lists(st.integers(), max_size=6), st.randoms())
def test_order_in_a_list_does_not_count(items, random):
    shuffled = random.sample(items, len(items))
    assert list(differences({"a": items}, {"a": shuffled})) == []


def test_what_the_service_adds_is_no_difference_and_what_it_lacks_is_absent():
    assert list(differences({"a": 1}, {"a": 1, "b": 2})) == []
    assert list(differences({"a": {"b": 1}}, {"a": {}})) == [Difference("a.b", 1, ABSENT)]


def test_a_changed_leaf_is_named_by_its_path():
    assert list(differences({"rules": [{"days": 30}]}, {"rules": [{"days": 31}]})) == [Difference("rules.0.days", 30, 31)]


def test_a_shorter_list_differs_as_a_whole():
    assert list(differences(["a", "b"], ["a"])) == [Difference("", ["a", "b"], ["a"])]


def test_documents_are_compared_as_data_and_one_item_equals_a_list_of_it():
    assert list(differences('{"Action": ["s3:Get*"]}', {"Action": "s3:Get*"})) == []
    assert list(differences('{"a": 1,"b":2}', '{"b": 2, "a": 1}')) == []
    assert len(list(differences('{"Effect": "Deny"}', '{"Effect": "Allow"}'))) == 1


def test_text_and_numbers_that_mean_the_same_are_equal():
    assert list(differences([60, True, "30"], ["60", "true", 30])) == []
    assert list(differences({"a": 1}, {"a": "x"})) != []


def test_tags_are_read_in_every_form():
    assert tags_as_mapping([{"TagKey": "a", "TagValue": "b"}]) == tags_as_mapping([{"Key": "a", "Value": "b"}]) == tags_as_mapping({"a": "b"}) == {"a": "b"}
    assert tags_as_mapping(None) is ABSENT


def test_an_argument_is_found_by_its_path_or_without_its_first_part():
    assert find({"CidrBlock": "x"}, "cidrBlock") == "x"
    assert find({"SSEAlgorithm": "x"}, "Configuration.sseAlgorithm") == "x"
    assert find({"a": None}, "a") is ABSENT
