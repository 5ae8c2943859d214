"""Tests of plinth.strict_yaml: YAML with the line of every key."""

from __future__ import annotations

import pytest

from plinth.errors import InputError
from plinth.strict_yaml import SHOWN, dotted, read_document


def document(tmp_path, text):
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return read_document(path, fix="see the example in FORMS.md")


def test_a_document_knows_the_line_of_every_key(tmp_path):
    made = document(tmp_path, "version: 1\nrules:\n  - name: a\n    match:\n      account: x\n")
    assert made.value == {"version": 1, "rules": [{"name": "a", "match": {"account": "x"}}]}
    assert made.lines[("rules", 0, "match", "account")] == 5
    assert dotted(("rules", 0, "match", "account")) == "rules[0].match.account"


def test_duplicate_keys_are_problems_that_name_both_lines(tmp_path):
    made = document(tmp_path, "a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert [(problem.line, problem.key) for problem in made.problems] == [(2, "b.c"), (3, "a")]
    assert "line 1 has it too" in str(made.problems[1])
    assert made.value == {"a": 1, "b": {"c": 1}}


def test_an_alias_bomb_is_refused_before_it_is_built(tmp_path):
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    made = document(tmp_path, "\n".join(lines))
    assert made.value is None
    assert made.problems[0].what == "an alias is not read here"


@pytest.mark.parametrize("text", ["", "- a\n", "just text", "a: [", "!!python/object/apply:os.system ['true']", "\x00", "[" * 100_000])
def test_what_is_no_plain_mapping_is_refused(text, tmp_path):
    with pytest.raises(InputError, match=r"1 problem|FORMS\.md"):
        document(tmp_path, text).refuse("it")


def test_an_object_tag_is_a_problem_and_never_built(tmp_path):
    made = document(tmp_path, "a: !!python/name:os.system x\n")
    assert made.problems[0].key == "a"
    with pytest.raises(InputError, match="1 problem in the rules"):
        made.refuse("the rules")


def test_a_date_that_is_none_is_a_problem_at_its_line(tmp_path):
    made = document(tmp_path, "a: 1\nexpires: 2027-02-31\n")
    assert (made.problems[0].line, made.problems[0].value) == (2, "2027-02-31")


def test_nothing_is_refused_where_there_is_no_problem(tmp_path):
    document(tmp_path, "a: 1\n").refuse("the rules")


def test_a_file_with_very_many_problems_does_not_flood_the_terminal(tmp_path):
    made = document(tmp_path, "a: 1\n" * (SHOWN + 6))
    with pytest.raises(InputError) as caught:
        made.refuse("it")
    assert str(caught.value).startswith(f"{SHOWN + 5} problems in it")
    assert str(caught.value).endswith("\n\n… and 5 more")
    assert str(caught.value).count("the key stands twice") == SHOWN


def test_a_file_over_its_limit_is_refused_unread(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("a: " + "x" * 100, encoding="utf-8")
    with pytest.raises(InputError, match="too large"):
        read_document(path, fix="", limit=100)
