from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost.estimate import load_usage
from cost.estimate.meters import known_usage_types
from cost.estimate.model import QuantitySource
from cost.estimate.presets import Preset, preset_usage
from cost.estimate.usage import NamedUsage, Usage, check_names
from plinth.errors import InputError

VERSION = 'version: "0.1"\n'


@pytest.fixture
def usage(tmp_path):
    def read(text: str):
        path = tmp_path / "plinth-usage.yml"
        path.write_text(text)
        return load_usage(path)

    return read


def test_a_name_stands_over_a_pattern_and_a_pattern_over_the_types_default(usage):
    read = usage(
        VERSION
        + """
resource_type_default_usage:
  aws_s3_bucket:
    standard:
      storage_gb: 1
      monthly_tier_1_requests: 9
resource_usage:
  aws_s3_bucket.lake:
    standard: {storage_gb: 3}
  aws_s3_bucket.la*:
    standard: {storage_gb: 2}
"""
    )
    figures = {name: read.fields("aws_s3_bucket", name)["standard.storage_gb"].value for name in ("lake", "lab", "logs")}
    assert figures == {"lake": 3, "lab": 2, "logs": 1}
    assert read.fields("aws_s3_bucket", "lake")["standard.monthly_tier_1_requests"].value == 9
    assert read.fields("aws_s3_bucket", "lake")["standard.storage_gb"].source is QuantitySource.USAGE_FILE


def test_terraform_names_and_pulumi_tokens_are_both_read(usage):
    read = usage(
        VERSION
        + """
resource_type_default_usage:
  aws:sqs/queue:Queue: {monthly_requests: 5}
resource_usage:
  aws:ec2/natGateway:NatGateway.nat-a: {monthly_data_processed_gb: 7}
  kubernetes:karpenter.sh/v1:NodePool.gpu: {instances: 2}
"""
    )
    assert read.fields("aws_sqs_queue", "any")["monthly_requests"].value == 5
    assert read.fields("aws_nat_gateway", "nat-a")["monthly_data_processed_gb"].value == 7
    assert read.fields("karpenter_node_pool", "gpu")["instances"].value == 2


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        (VERSION + "resource_usages: {}", "unknown key", "did you mean resource_usage?"),
        (VERSION + "resource_type_default_usage: {aws_s3_buckets: {}}", "does not price by usage", "did you mean aws_s3_bucket?"),
        (VERSION + "resource_usage: {aws_nat_gatway.x: {}}", "does not price by usage", "did you mean aws_nat_gateway?"),
        (VERSION + "resource_usage: {aws_sqs_queue.x: {monthly_request: 1}}", "unknown field", "did you mean monthly_requests?"),
        (VERSION + "resource_usage: {aws_sqs_queue.x: {monthly_requests: -1}}", "zero or more", "monthly quantity"),
        (VERSION + "resource_usage: {aws_sqs_queue.x: {monthly_requests: .nan}}", "zero or more", "monthly quantity"),
        (VERSION + "resource_usage: {aws_sqs_queue.x: {monthly_requests: true}}", "zero or more", "monthly quantity"),
        (VERSION + "resource_usage: {aws_sqs_queue.x: {monthly_requests: lots}}", "zero or more", "monthly quantity"),
        (VERSION + "resource_usage: {aws_sqs_queue.x: 3}", "no mapping", "indent"),
        ("version: 0.2\n", "another version", "0.1"),
        ("", "empty", "version"),
        ("a: [", "not YAML", "Infracost"),
    ],
)
def test_a_bad_usage_file_is_refused_with_the_way_out(usage, text, what, fix):
    with pytest.raises(InputError) as caught:
        usage(text)
    assert what in caught.value.what and fix in (caught.value.fix or ""), str(caught.value)
    assert "plinth-usage.yml" in str(caught.value.where)


def test_a_name_that_the_stack_lacks_is_refused_and_a_pattern_is_a_warning(usage):
    names = {"aws_sqs_queue": frozenset({"jobs"})}
    with pytest.raises(InputError, match="did you mean jobs"):
        check_names(usage(VERSION + "resource_usage: {aws_sqs_queue.job: {monthly_requests: 1}}"), names)
    read = usage(VERSION + 'resource_usage: {"aws_sqs_queue.x*": {monthly_requests: 1}}')
    assert check_names(read, names) == ("usage file: aws_sqs_queue.x* matches no resource of the stack",)


def test_every_figure_of_a_preset_is_marked_as_the_presets():
    defaults = preset_usage()
    for terraform_type, fields in defaults.by_type.items():
        for field, quantity in defaults.fields(terraform_type, "any").items():
            assert quantity.source is QuantitySource.PRESET
            assert quantity.value >= 0, f"{terraform_type}.{field}"
        assert fields


def test_a_preset_grows_with_the_team():
    small, medium, large = (preset_usage(preset).by_type for preset in Preset)
    for terraform_type, fields in small.items():
        for field, figure in fields.items():
            assert figure <= medium[terraform_type][field] <= large[terraform_type][field], f"{terraform_type}.{field}"


def test_every_field_of_a_preset_is_one_that_a_usage_file_may_state():
    known = known_usage_types()
    stray = [
        f"{terraform_type}.{field}"
        for terraform_type, fields in preset_usage().by_type.items()
        for field in fields
        if field not in known[terraform_type].fields
    ]
    assert stray == []


@given(st.text(max_size=120))
def test_any_text_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("usage") / "usage.yml"
    path.write_text(text, encoding="utf-8", errors="ignore")
    with suppress(InputError):
        load_usage(path)


def test_a_name_with_brackets_is_itself_and_only_a_star_stands_for_anything(usage):
    stated = '  "aws_nat_gateway.nat[0]": {monthly_data_processed_gb: 1}\n  "aws_nat_gateway.n?t*": {monthly_data_processed_gb: 2}\n'
    found = usage(f"{VERSION}resource_usage:\n{stated}")
    assert check_names(found, {"aws_nat_gateway": frozenset({"nat[0]"})}) == ("usage file: aws_nat_gateway.n?t* matches no resource of the stack",)
    assert found.fields("aws_nat_gateway", "nat[0]")["monthly_data_processed_gb"].value == 1
    assert not found.fields("aws_nat_gateway", "nat0")


@pytest.mark.parametrize("shape", ["nat-{}-*", "*-{}-nat"])
def test_many_patterns_over_many_resources_are_not_all_compared(monkeypatch, shape):
    compared = 0
    matches = NamedUsage.matches

    def counted(entry, name):
        nonlocal compared
        compared += 1
        return matches(entry, name)

    monkeypatch.setattr(NamedUsage, "matches", counted)
    names = [f"nat-{number}-{number}-nat" for number in range(200)]
    found = Usage({}, tuple(NamedUsage("aws_nat_gateway", shape.format(number), f"k{number}", {"x": float(number)}) for number in range(200)))
    assert check_names(found, {"aws_nat_gateway": frozenset(names)}) == ()
    assert [found.fields("aws_nat_gateway", name)["x"].value for name in names] == list(range(200))
    assert compared <= 4 * 200, "200 x 200 would be 40,000"
