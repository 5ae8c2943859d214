"""Tests of cost.allocate.rules: the reviewed file, its checks, and that all problems are reported at once."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cost.allocate.rules import AllocationRules, Method, past, read_rules
from plinth.errors import InputError

WHOLE = """
version: 1
stacks: [stack.json]
rules:
  - name: data-account
    match: {account: "012345678901", region: [us-east-1, "eu-*"]}
    set: {team: data, CostCenter: "100"}
    reason: the data team's own account
    reviewer: ana
    expires: 2027-03-31
splits:
  - name: tax
    from: {charge_category: Tax}
    method: PROPORTIONAL
  - name: platform
    from: {tags: {team: platform}}
    method: fixed
    shares: {vision: 62.5, language: 37.5}
  - name: nat
    from: {service: AWS*}
    method: usage
    usage: {file: nat.csv}
  - name: nodes
    from: {tags: {workload: nodes}}
    method: containers
    containers: {by: namespace}
"""


def written(tmp_path, text):
    for name in ("stack.json", "nat.csv"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    path = tmp_path / "allocation.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path, text):
    with pytest.raises(InputError) as caught:
        read_rules(written(tmp_path, text))
    return str(caught.value)


def test_a_whole_file_is_read(tmp_path):
    rules = read_rules(written(tmp_path, WHOLE))
    assert rules.rules[0].match.account == ("012345678901",)
    assert rules.rules[0].match.region == ("us-east-1", "eu-*")
    assert rules.rules[0].expires == date(2027, 3, 31)
    assert [split.method for split in rules.splits] == [Method.PROPORTIONAL, Method.FIXED, Method.USAGE, Method.CONTAINERS]
    assert rules.splits[1].shares == {"vision": Decimal("62.5"), "language": Decimal("37.5")}
    assert rules.tags_set() == ("cost_center", "team")


def test_paths_are_relative_to_the_files_folder(tmp_path):
    rules = read_rules(written(tmp_path, WHOLE))
    assert rules.stacks == (str(tmp_path / "stack.json"),)
    assert rules.splits[2].usage is not None
    assert rules.splits[2].usage.file == str(tmp_path / "nat.csv")


def test_every_problem_is_listed_at_once_with_its_line(tmp_path):
    text = problems(
        tmp_path,
        "version: 1\nrules:\n  - name: a\n    match: {acount: '1'}\n    set: {team: x}\n  - name: b\n    match: {account: 12}\n    set: {}\n"
        "splits:\n  - name: c\n    from: {}\n    method: median\n    method: even\n",
    )
    assert text.startswith("6 problems in the allocation rules")
    for expected in (
        "line 4, rules[0].match.acount: there is no such key", "did you mean account?", "line 7, rules[1].match.account[0]: Input should be a valid string",
        'write it in quotes: "123456789012"', "line 8, rules[1].set", "line 11, splits[0].from: it takes everything", "line 12, splits[0].method",
        "line 13, splits[0].method: the key stands twice",
    ):  # fmt: skip
        assert expected in text


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("rules: []", "the version is missing"),
        ("version: 2", "version"),
        ("version: 1\nstacks: [missing.json]", "there is no such file"),
        ("version: 1\nsplits: [{name: a, from: {charge_category: Tax}, method: fixed}]", "shares belongs to the method fixed"),
        ("version: 1\nsplits: [{name: a, from: {charge_category: Tax}, method: even, shares: {a: 100}}]", "shares belongs to the method fixed"),
        ("version: 1\nsplits: [{name: a, from: {charge_category: Tax}, method: fixed, shares: {a: 60, b: 30}}]", "add up to 90, not to 100"),
        ("version: 1\nsplits: [{name: a, from: {charge_category: Tax}, method: fixed, shares: {a: 160, b: -60}}]", "less than or equal to 100"),
        ("version: 1\nsplits: [{name: a, from: {charge_category: Tax}, method: fixed, shares: {a: .nan}}]", "finite"),
        ("version: 1\nsplits: [{name: a, from: {charge_category: Tax}, method: usage}]", "usage belongs to the method usage"),
        ("version: 1\nsplits: [{name: a, from: {charge_category: Tax}, method: usage, usage: {}}]", "give either file or usage_type"),
        ("version: 1\nsplits: [{name: a, from: {charge_category: Tax}, method: even, to: ['(untagged)']}]", "cost can't be split to this group"),
        ("version: 1\nrules: [{name: a, match: {account: ['']}, set: {team: a}}]", "at least 1 character"),
        ("version: 1\nrules: [{name: a, match: {account: []}, set: {team: a}}]", "at least 1 item"),
        ("version: 1\nrules: [{name: a, match: {account: '1'}, set: {team: a}, expires: soon}]", "valid date"),
        ("version: 1\nrules: 5", "rules"),
        ("version: 1\nrules:\n- {name: a, match: {account: '1'}, set: {team: a}}\n- {name: a, match: {account: '2'}, set: {team: a}}", "used before"),
    ],
)
def test_each_mistake_is_said(part, said, tmp_path):
    assert said in problems(tmp_path, part)


def test_a_split_may_not_give_to_a_group_that_an_earlier_one_has_emptied(tmp_path):
    text = problems(
        tmp_path,
        "version: 1\nsplits:\n  - {name: one, from: {tags: {team: plat*}}, method: even}\n"
        "  - {name: two, from: {charge_category: Tax}, method: even, to: [platform]}\n",
    )
    assert "line 4, splits[1]: platform gets cost after one has split platform's: that would go round" in text


@pytest.mark.parametrize("source", ["from: {tags: {Team: a}}", 'from: {account: "a"}, over: account'])
def test_a_split_may_not_give_to_its_own_source(source, tmp_path):
    assert "would go round" in problems(tmp_path, f"version: 1\nsplits: [{{name: one, {source}, method: fixed, shares: {{a: 50, b: 50}}}}]")


def test_a_split_may_give_to_a_group_that_a_later_one_splits(tmp_path):
    text = (
        "version: 1\nsplits:\n  - {name: two, from: {charge_category: Tax}, method: even, to: [platform, a]}\n"
        "  - {name: one, from: {tags: {team: platform}}, method: even}\n"
    )
    assert len(read_rules(written(tmp_path, text)).splits) == 2


def test_a_rule_holds_for_the_whole_month_of_its_last_day():
    rule = AllocationRules.model_validate({"rules": [{"name": "a", "match": {"account": "1"}, "set": {"team": "x"}, "expires": date(2026, 11, 2)}]}).rules[0]
    assert past(rule.expires, ("2025-12", "2026-10", "2026-11", "2026-12", "2027-01")) == ("2026-12", "2027-01")
    assert past(None, ("2026-12",)) == ()
    assert [rule.is_over(periods) for periods in ((), ("2026-11",), ("2026-11", "2026-12"), ("2026-12",))] == [False, False, False, True]


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_or_refused_with_an_error_for_people(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    with suppress(InputError):
        assert read_rules(path).version == 1
