"""Where an environment stands, and the names and ARNs that follow from it, so that components need not wait for one another."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True)
class Place:
    """An environment's account, region and name prefix (`plinth-dev`)."""

    prefix: str
    partition: pulumi.Input[str]
    region: pulumi.Input[str]
    account_id: pulumi.Input[str]

    def arn(self, service: str, resource: str) -> pulumi.Output[str]:
        """The ARN of a regional resource of this account: `arn("sagemaker", "endpoint/x")`."""
        return pulumi.Output.format("arn:{0}:{1}:{2}:{3}:{4}", self.partition, service, self.region, self.account_id, resource)

    def iam_arn(self, resource: str) -> pulumi.Output[str]:
        """The ARN of an IAM resource of this account: `iam_arn("role/x")`, `iam_arn("root")`."""
        return pulumi.Output.format("arn:{0}:iam::{1}:{2}", self.partition, self.account_id, resource)

    def aws_policy_arn(self, path: str) -> pulumi.Output[str]:
        """The ARN of a policy that AWS manages."""
        return pulumi.Output.format("arn:{0}:iam::aws:policy/{1}", self.partition, path)

    def bucket_name(self, kind: str) -> pulumi.Output[str]:
        """A bucket's name: unique on AWS by the account and the region. At most 59 of S3's 63 characters (environment names have 12)."""
        return pulumi.Output.format("{0}-{1}-{2}-{3}", self.prefix, kind, self.account_id, self.region)

    def bucket_arn(self, kind: str, path: str = "") -> pulumi.Output[str]:
        """The ARN of a bucket, or with `path` (`/*`) of objects in it."""
        return pulumi.Output.format("arn:{0}:s3:::{1}{2}", self.partition, self.bucket_name(kind), path)
