"""The local AWS: a recorded stack deployed to moto through boto3, verified, and destroyed with nothing left.

with LocalAws() as aws:
    deployment = deploy(stack, aws)
    report = verify(deployment, aws)
    destroy(deployment, aws, force=True)
"""

from plinth.local.aws import LocalAws
from plinth.local.deploy import deploy
from plinth.local.deployment import DeployedResource, Deployment, DestroyReport, Finding, Status, VerifyReport
from plinth.local.destroy import destroy
from plinth.local.verify import verify

__all__ = ["DeployedResource", "Deployment", "DestroyReport", "Finding", "LocalAws", "Status", "VerifyReport", "deploy", "destroy", "verify"]
