"""Tests of cost.allocate.rule_files: what the files that rules name hold."""

from __future__ import annotations

import json

import pytest

from cost.allocate.rule_files import read_rule_files
from cost.allocate.rules import AllocationRules
from plinth.errors import InputError


def rules_of(folder, *files):
    splits = [{"name": f"s{place}", "from": {"charge_category": "Tax"}, "method": "usage", "usage": {"file": str(file)}} for place, file in enumerate(files)]
    return AllocationRules.model_validate({"version": 1, "stacks": [str(folder / "stack.json")], "splits": splits})


def test_the_exports_and_each_metric_are_there_and_no_files_are_nothing(tmp_path):
    bucket = {"urn": "urn:pulumi:prod::shop::b::b", "type": "aws:s3/bucket:Bucket", "id": "lake", "outputs": {"tags": {"team": "data"}}}
    (tmp_path / "stack.json").write_text(json.dumps({"deployment": {"resources": [bucket]}}), encoding="utf-8")
    metric = tmp_path / "metric.csv"
    metric.write_text("group,value\na,2\n", encoding="utf-8")
    found = read_rule_files(rules_of(tmp_path, metric, metric))
    assert set(found.known.resources) == {"lake"}
    assert found.metrics == {str(metric): {None: {"a": 2 * 10**12}}}
    assert read_rule_files(AllocationRules()).known.resources == {}


def test_a_file_that_can_not_be_read_is_an_error(tmp_path):
    (tmp_path / "stack.json").write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match="no stack export"):
        read_rule_files(rules_of(tmp_path))
