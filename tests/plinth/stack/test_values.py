"""plinth.stack.values: what is unknown or secret stays so, through decoding, look-ups and printing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinth.stack.values import (
    OUTPUT_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN,
    UNKNOWN_TEXT,
    WITHHELD_TEXT,
    Secret,
    State,
    decode,
    displayed,
    has_unknown,
    lookup,
    revealed,
)

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**52), 2**52) | st.text(max_size=8).filter(lambda text: text not in (UNKNOWN_TEXT, WITHHELD_TEXT)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdef", min_size=1, max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(plain)
def test_plain_json_is_decoded_to_itself(value):
    assert decode(value) == value
    assert displayed(decode(value)) == value


@given(st.text(min_size=20), plain)
def test_a_secret_never_shows_in_what_is_printed(text, rest):
    value = decode({"rest": rest, "password": {SIGNATURE_KEY: SECRET_SIGNATURE, "value": {"deep": text}}}, keep_secrets=True)
    assert repr(value["password"]) == WITHHELD_TEXT
    assert displayed(value)["password"] == WITHHELD_TEXT
    assert revealed(value)["password"] == {"deep": text}


@pytest.mark.parametrize("held", [{"value": "X"}, {"plaintext": '"X"'}, {"value": "X", "plaintext": '"X"', "ciphertext": "v1:abc", "other": "X"}, {}])
def test_a_files_secret_has_no_known_value_whatever_its_envelope_holds(held):
    assert decode({SIGNATURE_KEY: SECRET_SIGNATURE, **held}) == Secret(UNKNOWN)
    assert decode([{"a": {SIGNATURE_KEY: SECRET_SIGNATURE, **held}}]) == [{"a": Secret(UNKNOWN)}]
    assert decode({SIGNATURE_KEY: OUTPUT_SIGNATURE, "secret": True, **held}) == Secret(UNKNOWN)


def test_an_output_that_is_no_secret_is_its_value():
    assert decode({SIGNATURE_KEY: OUTPUT_SIGNATURE, "value": 3}) == 3
    assert decode({SIGNATURE_KEY: OUTPUT_SIGNATURE}) is UNKNOWN


def test_the_engines_guid_is_unknown_wherever_it_stands():
    value = decode({"subnetIds": ["subnet-1", UNKNOWN_TEXT]})
    assert value == {"subnetIds": ["subnet-1", UNKNOWN]}
    assert has_unknown(value)
    assert has_unknown(Secret([UNKNOWN]))
    assert not has_unknown({"a": [1, None, "x"]})


def test_a_withheld_secret_is_an_unknown_secret():
    assert decode(WITHHELD_TEXT) == Secret(UNKNOWN)
    assert decode({SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": "v1:abc"}) == Secret(UNKNOWN)


def test_whole_floats_become_integers_and_others_stay():
    assert decode({"size": 30.0, "ratio": 0.5}) == {"size": 30, "ratio": 0.5}
    assert isinstance(decode(30.0), int)


def test_a_look_up_under_an_unknown_is_unknown_not_absent():
    assert lookup({"vpcConfig": UNKNOWN}, "vpcConfig.subnetIds.0").state is State.UNKNOWN
    assert lookup({"vpcConfig": {"subnetIds": ["a", UNKNOWN]}}, "vpcConfig.subnetIds.1").state is State.UNKNOWN


def test_null_missing_and_out_of_range_are_absent():
    properties = {"a": None, "b": {"c": [1]}, "d": 3}
    for path in ("a", "x", "b.x", "b.c.1", "b.c.x", "d.e"):
        assert lookup(properties, path).state is State.ABSENT


def test_a_look_up_sees_through_a_secret():
    found = lookup({"password": Secret({"length": 12})}, "password.length")
    assert found.known
    assert found.value == 12
    assert lookup({"password": Secret(UNKNOWN)}, "password").state is State.UNKNOWN
