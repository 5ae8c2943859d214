"""Tests of cost.allocate.patterns: one meaning of a pattern, in Python and in every engine."""

from __future__ import annotations

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cost.allocate.patterns import is_glob, matches, matches_text
from cost.bill.engine import Engine

ALPHABET = st.text(alphabet="ab*?.[](){}|^$+\\-'\n é%_", max_size=6)


@pytest.fixture(scope="module")
def engine():
    made = Engine()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("text", "pattern", "found"),
    [
        ("i-0abc", "i-*", True),
        ("i-0abc", "I-*", False),
        ("i-0abc", "i-0ab", False),
        ("i-0abc", "i-0ab?", True),
        ("arn:aws:s3:::a.b", "arn:aws:s3:::a?b", True),
        ("axb", "a.b", False),
        ("a[b]", "a[b]", True),
        ("two\nlines", "two*lines", True),
        ("end\n", "en?", False),
        ("x\\y", "x\\y*", True),
        ("", "*", True),
    ],
)
def test_a_star_is_any_text_a_question_mark_one_character_and_all_else_itself(text, pattern, found, engine):
    assert matches_text(text, [pattern]) is found
    answer = engine.rows(ibis.literal(text).name("text").as_table().select(found=matches(ibis.literal(text, type="string"), [pattern])))
    assert answer == [{"found": found}]


@given(st.lists(st.tuples(ALPHABET, ALPHABET.filter(bool)), min_size=20, max_size=40))
@settings(max_examples=5, deadline=None)
def test_the_engine_and_python_agree_on_any_text_and_pattern(engine, pairs):
    columns = {f"c{number}": matches(ibis.literal(text, type="string"), [pattern, "zz"]) for number, (text, pattern) in enumerate(pairs)}
    row = engine.rows(ibis.literal(1).name("one").as_table().select(**columns))[0]
    assert list(row.values()) == [matches_text(text, [pattern]) for text, pattern in pairs]


def test_null_matches_like_the_empty_text(engine):
    nothing = ibis.null("string")
    columns = {"none": matches(nothing, ["a"]), "any": matches(nothing, ["*"])}
    assert engine.rows(ibis.literal(1).name("one").as_table().select(**columns)) == [{"none": False, "any": True}]


def test_a_pattern_without_a_wildcard_is_no_glob():
    assert not is_glob("123456789012")
    assert is_glob("i-*")
