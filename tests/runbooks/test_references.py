"""runbooks.references: a reference becomes the value it names, or an error that says what is known."""

import pytest

from plinth.errors import InputError
from runbooks.references import references_in, resolve

KNOWN = {"outputs": {"bucket": "b"}, "steps": {"find": {"markers": [1, 2], "n": 2}}, "drill": {}}


def test_a_text_that_is_one_reference_keeps_the_values_type():
    assert resolve("${steps.find.markers}", KNOWN, "here") == [1, 2]


def test_references_inside_text_and_collections_are_replaced():
    value = {"a": ["s3://${outputs.bucket}/x", {"n": "${steps.find.n}"}], "b": 3}
    assert resolve(value, KNOWN, "here") == {"a": ["s3://b/x", {"n": 2}], "b": 3}
    assert sorted(references_in(value)) == ["outputs.bucket", "steps.find.n"]


@pytest.mark.parametrize("text", ["${outputs.lake}", "${steps.none.n}", "${steps.find.n.x}", "${env.HOME}"])
def test_a_reference_that_leads_nowhere_is_refused_with_what_is_known(text):
    with pytest.raises(InputError, match="leads nowhere") as refused:
        resolve(text, KNOWN, "book.md, line 3")
    assert "line 3" in str(refused.value)


def test_what_is_no_reference_is_left_alone():
    assert resolve("$5 {x} ${}", KNOWN, "here") == "$5 {x} ${}"
