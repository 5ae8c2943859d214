"""Relational databases: more than one zone, no public address, encryption."""

from __future__ import annotations

from collections.abc import Iterator

from plinth.stack import Resource
from policies.judge import must_be, must_have_own_key, must_not_be
from policies.model import Context, Problem, Rule, Severity, frameworks

INSTANCE, CLUSTER = "aws:rds/instance:Instance", "aws:rds/cluster:Cluster"
ADDRESSED = (INSTANCE, CLUSTER, "aws:rds/clusterInstance:ClusterInstance", "aws:rds/shardGroup:ShardGroup")
"""What has publiclyAccessible: an instance alone or in an Aurora cluster, a Multi-AZ cluster, and Aurora's shards."""


def spans_zones(instance: Resource, context: Context) -> Iterator[Problem]:
    """In prod a database has a standby in another zone; a replica has its source."""
    if context.environment == "prod" and not instance.input("replicateSourceDb").present:
        yield from must_be(instance, "multiAz", True, "the database has no standby and falls with its zone")


def is_not_public(database: Resource, context: Context) -> Iterator[Problem]:
    """The database has no public address."""
    yield from must_not_be(database, "publiclyAccessible", True, "the database is on the internet")


def is_encrypted(database: Resource, context: Context) -> Iterator[Problem]:
    """Storage is encrypted with a customer-managed key; an instance of a cluster has the cluster's."""
    if not (database.type == INSTANCE and database.input("replicateSourceDb").present):
        yield from must_be(database, "storageEncrypted", True, "the database holds plain data")
        yield from must_have_own_key(database, "kmsKeyId", "storage takes a key that AWS manages")


RULES = (
    Rule(
        id="PLN-RDS-001",
        title="In prod a database has a standby in another zone",
        severity=Severity.HIGH,
        types=(INSTANCE,),
        check=spans_zones,
        frameworks=frameworks(fsbp="RDS.5", checkov="CKV_AWS_157", cis="3.2.4", hipaa="164.308(a)(1)(ii)(B) 164.308(a)(7)(i) 164.308(a)(7)(ii)(A)"),
        remediation="Set multiAz.",
    ),
    Rule(
        id="PLN-RDS-002",
        title="A database has no public address",
        severity=Severity.CRITICAL,
        types=ADDRESSED,
        check=is_not_public,
        frameworks=frameworks(fsbp="RDS.2", checkov="CKV_AWS_17", trivy="AVD-AWS-0180", cis="3.2.3", hipaa="164.308(a)(3)(i) 164.312(a)(1)", soc2="CC6.2"),
        remediation="Leave publiclyAccessible off, and reach the database from inside the VPC.",
    ),
    Rule(
        id="PLN-RDS-003",
        title="A database is encrypted with a customer-managed key",
        severity=Severity.HIGH,
        types=(INSTANCE, CLUSTER),
        check=is_encrypted,
        frameworks=frameworks(
            fsbp="RDS.3 RDS.27",
            checkov="CKV_AWS_16 CKV_AWS_96 CKV_AWS_327",
            trivy="AVD-AWS-0080 AVD-AWS-0079",
            cis="3.2.1",
            hipaa="164.308(a)(1)(ii)(B) 164.308(a)(4)(ii)(A) 164.312(a)(2)(iv)",
            soc2="PI1.5",
        ),
        remediation="Set storageEncrypted and kmsKeyId; changing them later replaces the database.",
    ),
)
