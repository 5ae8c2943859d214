"""plinth.stack.recorder on small programs: everything that mocks alone would hide."""

import textwrap
from pathlib import Path

import pytest

from plinth.errors import InputError
from plinth.stack import Secret, Source
from plinth.stack.recorder import record

STORE = """
    import pulumi, pulumi_aws as aws
    class Store(pulumi.ComponentResource):
        def __init__(self, name, opts=None):
            super().__init__("t:infra:Store", name, {}, opts)
            own = pulumi.ResourceOptions(parent=self, protect=True, retain_on_delete=True, ignore_changes=["tags"])
            self.bucket = aws.s3.Bucket(f"{name}-bucket", opts=own)
            self.versioning = aws.s3.BucketVersioning(f"{name}-versioning", bucket=self.bucket.id,
                versioning_configuration={"status": "Enabled"}, opts=pulumi.ResourceOptions(parent=self, aliases=[pulumi.Alias(name="old")]))
            self.register_outputs({"bucket": self.bucket.bucket})
"""


@pytest.fixture
def evaluate(tmp_path: Path):
    def run(program: str, config: str = "", **options):
        folder = tmp_path / "program"
        folder.mkdir(exist_ok=True)
        (folder / "__main__.py").write_text(textwrap.dedent(program))
        (tmp_path / "Pulumi.yaml").write_text("name: t\nruntime: python\nmain: program/\n")
        (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-1\n" + config)
        return record("dev", tmp_path, **options)

    return run


def test_options_parents_and_dependencies_are_recorded(evaluate):
    stack = evaluate(textwrap.dedent(STORE) + 'store = Store("lake")\npulumi.export("bucket", store.bucket.bucket)\n')
    bucket, versioning = stack.of_type("aws:s3/bucket:Bucket")[0], stack.of_type("aws:s3/bucketVersioning:BucketVersioning")[0]
    assert stack.source is Source.PROGRAM
    assert stack.region == "eu-west-1"
    assert bucket.options.protect
    assert bucket.options.retain_on_delete
    assert bucket.options.ignore_changes == ("tags",)
    assert versioning.options.aliases == ("old",)
    assert versioning.property_dependencies["bucket"] == (bucket.urn,)
    assert [r.type for r in stack.ancestors(bucket)] == ["t:infra:Store", "pulumi:pulumi:Stack"]
    assert stack.outputs == {"bucket": bucket.outputs["bucket"]}


def test_urns_are_the_engines_with_every_parent_type_and_without_the_stacks(evaluate):
    program = textwrap.dedent(STORE) + textwrap.dedent("""
        class Outer(pulumi.ComponentResource):
            def __init__(self, name):
                super().__init__("t:infra:Outer", name)
                Store(f"{name}-store", pulumi.ResourceOptions(parent=self))
        Outer("o")
    """)
    stack = evaluate(program)
    assert stack.of_type("aws:s3/bucket:Bucket")[0].urn == "urn:pulumi:dev::t::t:infra:Outer$t:infra:Store$aws:s3/bucket:Bucket::o-store-bucket"


def test_evaluating_twice_gives_the_same_stack_byte_for_byte(evaluate):
    program = textwrap.dedent(STORE) + 'for n in "abc": Store(n)\n'
    assert evaluate(program).model_dump_json() == evaluate(program).model_dump_json()


def test_no_two_resources_share_a_made_up_string(evaluate):
    stack = evaluate(textwrap.dedent(STORE) + 'for n in "abc": Store(n)\n')
    arns = [r.outputs["arn"] for r in stack.of_type("aws:s3/bucket:Bucket")]
    assert len(set(arns)) == 3


def test_a_duplicate_urn_is_refused_as_the_engine_refuses_it(evaluate):
    with pytest.raises(InputError, match="same URN"):
        evaluate('import pulumi_aws as aws\naws.s3.Bucket("twice")\naws.s3.Bucket("twice")\n')


def test_a_secret_stays_secret_on_its_way_through_the_program(evaluate):
    program = """
        import pulumi, pulumi_aws as aws
        p = aws.ssm.Parameter("p", type="SecureString", value=pulumi.Config("t").require_secret("token"))
        pulumi.export("v", p.value)
    """
    stack = evaluate(program, config="  t:token: hush-hush-hush\n  t:other: {secure: v1:abc}\n")
    plain = evaluate('import pulumi\npulumi.export("v", pulumi.Output.secret("hush-hush-hush"))\n')
    assert isinstance(stack.of_type("aws:ssm/parameter:Parameter")[0].inputs["value"], Secret)
    assert isinstance(stack.outputs["v"], Secret)
    assert plain.outputs["v"] == Secret("hush-hush-hush")
    assert "hush" not in stack.model_dump_json() + repr(stack)
    assert any("t:other" in note for note in stack.notes)


def test_a_stack_reference_is_answered_from_what_is_given(evaluate):
    program = 'import pulumi\nother = pulumi.StackReference("organization/base/dev")\npulumi.export("v", other.require_output("vpc_id"))\n'
    assert evaluate(program, references={"organization/base/dev": {"vpc_id": "vpc-1"}}).outputs["v"] == "vpc-1"
    with pytest.raises(InputError, match="organization/base/dev"):
        evaluate(program)


def test_a_missing_config_key_is_told_with_the_command_that_sets_it(evaluate):
    with pytest.raises(InputError, match="pulumi config set") as refused:
        evaluate('import pulumi\npulumi.Config("t").require("size")\n')
    assert "Pulumi.dev.yaml" in str(refused.value)


def test_a_failing_program_is_told_with_its_line(evaluate):
    with pytest.raises(InputError, match="ZeroDivisionError") as refused:
        evaluate("x = 1\ny = x / 0\n")
    assert "__main__.py, line 2" in str(refused.value)


def test_a_data_source_without_an_offline_answer_is_refused(evaluate):
    with pytest.raises(InputError, match="getAmi"):
        evaluate('import pulumi_aws as aws\naws.ec2.get_ami(most_recent=True, owners=["amazon"])\n')


def test_reading_what_exists_only_on_aws_is_refused(evaluate):
    with pytest.raises(InputError, match="exists only on AWS"):
        evaluate('import pulumi_aws as aws\naws.s3.Bucket.get("b", "my-bucket")\n')


def test_an_unknown_environment_names_the_nearest(evaluate, tmp_path):
    evaluate("")
    with pytest.raises(InputError, match="did you mean dev"):
        record("devv", tmp_path)


def test_a_config_file_that_is_not_yaml_is_told_with_its_line(evaluate):
    with pytest.raises(InputError, match="line 4"):
        evaluate("", config="  t:x: [1,\n")


def test_a_config_key_given_twice_is_told_with_its_line(evaluate):
    with pytest.raises(InputError, match="'t:x' is given twice") as refused:
        evaluate("", config="  t:x: 1\n  t:x: 2\n")
    assert "line 4" in str(refused.value)


def test_a_folder_without_a_project_is_told(tmp_path):
    with pytest.raises(InputError, match=r"no Pulumi\.yaml"):
        record("dev", tmp_path)
