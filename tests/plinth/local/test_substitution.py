from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinth.local.substitution import Substitution, UnresolvedError, leaves, made_up_values
from plinth.stack import Resource, Secret, Source, build_stack

names = st.text("abcdef0123456789-", min_size=6, max_size=12)


def resource(name, outputs, inputs=None, identity=None, dependencies=()):
    return Resource(urn=f"urn:{name}", type="aws:x/y:Z", name=name, id=identity, outputs=outputs, inputs=inputs or {}, dependencies=dependencies)


def stack_of(*resources):
    return build_stack(list(resources), project="p", name="s", source=Source.PROGRAM)


@given(st.lists(names, min_size=1, max_size=6, unique=True), st.data())
def test_no_made_up_string_survives_in_what_is_sent(made_up, data):
    stack = stack_of(*(resource(str(i), {"arn": f"arn:{name}"}, identity=name) for i, name in enumerate(made_up)))
    substitution = Substitution.of(stack)
    known = list(substitution._owners)
    for index, name in enumerate(known):
        substitution.learn(name, f"<REAL{index}>")
    pieces = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=5))
    document = {"plain": pieces[0], "policy": json.dumps({"Resource": [f"{piece}/*" for piece in pieces]}), pieces[-1]: [Secret(pieces[0])]}
    sent = substitution.apply(document, {r.urn for r in stack.resources})
    texts = [text for _, text in leaves(sent)] + list(sent)
    assert not [name for name in known for text in texts if name in text]


def test_the_longest_made_up_string_wins_over_one_inside_it():
    stack = stack_of(resource("a", {"id": "vpc-0001"}), resource("b", {"id": "vpc-0001-long"}))
    substitution = Substitution.of(stack)
    substitution.learn("vpc-0001", "vpc-a")
    substitution.learn("vpc-0001-long", "vpc-b")
    assert substitution.apply("vpc-0001-long vpc-0001") == "vpc-b vpc-a"


def test_a_replacement_is_not_replaced_again():
    substitution = Substitution.of(stack_of(resource("a", {"x": "first-1"}), resource("b", {"x": "second-2"})))
    substitution.learn("first-1", "second-2")
    substitution.learn("second-2", "third-3")
    assert substitution.apply("first-1 second-2") == "second-2 third-3"


def test_what_a_dependency_never_gave_is_an_error_and_the_program_s_own_text_is_not():
    substitution = Substitution.of(stack_of(resource("a", {"arn": "arn:aws:sns:topic-1"})))
    with pytest.raises(UnresolvedError, match="urn:a did not give"):
        substitution.apply({"policy": '{"Resource": "arn:aws:sns:topic-1"}'}, {"urn:a"})
    assert substitution.apply("arn:aws:sns:topic-1", {"urn:b"}) == "arn:aws:sns:topic-1"


def test_a_url_is_known_without_its_scheme_too():
    substitution = Substitution.of(stack_of(resource("a", {"issuer": "https://oidc.example/id/MADEUP"})))
    substitution.learn("https://oidc.example/id/MADEUP", "https://oidc.example/id/real")
    assert substitution.apply('{"oidc.example/id/MADEUP:sub": "x"}') == '{"oidc.example/id/real:sub": "x"}'


def test_what_the_inputs_hold_is_not_made_up_and_short_words_are_not_names():
    found = made_up_values(resource("a", {"name": "given-name", "arn": "arn:aws:given-name", "state": "on"}, {"name": "given-name"}, "given-name"))
    assert found == {"arn": "arn:aws:given-name"}


def test_a_string_that_two_resources_make_up_belongs_to_neither():
    substitution = Substitution.of(stack_of(resource("a", {"ip": "192.0.2.1"}), resource("b", {"ip": "192.0.2.1"})))
    substitution.learn("192.0.2.1", "10.0.0.1")
    assert substitution.apply("192.0.2.1") == "192.0.2.1"


def test_a_secret_stays_secret():
    substitution = Substitution.of(stack_of(resource("a", {"arn": "arn:made-up"})))
    substitution.learn("arn:made-up", "arn:real")
    assert substitution.apply(Secret({"k": "arn:made-up"})) == Secret({"k": "arn:real"})
