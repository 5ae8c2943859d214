"""Threat and posture meters: GuardDuty, Security Hub, Macie, Inspector, Detective, Access Analyzer, Audit Manager, Security Lake."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, UndecidableError, Unpriced, Used, constant, usage_assumption, used_charge

DETECTOR = "aws_guardduty_detector"
FOUNDATION = (
    Used("monthly_cloudtrail_events", "CloudTrail management events", 1_000_000),
    Used("monthly_flow_and_dns_logs_gb", "VPC flow logs and DNS logs"),
)
RUNTIME = (Used("monitored_vcpus", "runtime monitoring"),)
PROTECTION: dict[str, tuple[Used, ...]] = {
    "S3_DATA_EVENTS": (Used("monthly_s3_data_events", "S3 data events", 1_000_000),),
    "EKS_AUDIT_LOGS": (Used("monthly_eks_audit_events", "EKS audit logs", 1_000_000),),
    "EBS_MALWARE_PROTECTION": (Used("monthly_ebs_scanned_gb", "malware protection, EBS data scanned"),),
    "RDS_LOGIN_EVENTS": (
        Used("rds_vcpus", "RDS protection, provisioned instances"),
        Used("aurora_serverless_acus", "RDS protection, Aurora Serverless v2"),
    ),
    "LAMBDA_NETWORK_LOGS": (Used("monthly_lambda_logs_gb", "Lambda network logs"),),
    "EKS_RUNTIME_MONITORING": RUNTIME,
    "RUNTIME_MONITORING": RUNTIME,
}
"""A detector feature's name -> what it costs by. Source: GuardDuty pricing, protection plans; GuardDuty API, DetectorFeatureConfiguration."""

INSPECTED: dict[str, tuple[Used, ...]] = {
    "EC2": (Used("ec2_instances", "EC2 instance scanned, agent-based"),),
    "ECR": (Used("monthly_ecr_images", "ECR image first scan"), Used("monthly_ecr_rescans", "ECR image rescan")),
    "LAMBDA": (Used("lambda_functions", "Lambda function scanned (standard)"),),
}
"""An Inspector scan type -> what it costs by; Lambda code and code repository scans have no price here."""

BUCKET_TYPES = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
DATA_INSPECTED = Used("monthly_data_inspected_gb", "data inspected for sensitive data")


def detector(context: Context) -> Iterable[Item]:
    """The foundational sources of an enabled detector; its protection plans are resources of their own."""
    if context.get("enable", True) is False:
        yield Free("a suspended detector analyses nothing")
        return
    for row in FOUNDATION:
        yield from used_charge(context, DETECTOR, row)
    if context.get("datasources"):
        yield Unpriced("protection plans in datasources", "AWS replaced the datasources input; declare each plan as a detectorFeature, which is priced")


def detector_feature(context: Context) -> Iterable[Item]:
    """One protection plan by what it analyses."""
    if context.get("status") == "DISABLED":
        yield Free("a disabled protection plan analyses nothing")
        return
    name = context.text("name", "")
    if name not in PROTECTION:
        raise UndecidableError(f"no price for the GuardDuty feature {name}")
    for row in PROTECTION[name]:
        yield from used_charge(context, DETECTOR, row)


def hub_account(context: Context) -> Iterable[Item]:
    """Checks and ingested findings of Security Hub CSPM. Source: Security Hub CSPM pricing (findings of its own checks are free)."""
    yield from used_charge(context, "aws_securityhub_account", Used("monthly_security_checks", "security checks (Security Hub CSPM)"))
    yield from used_charge(context, "aws_securityhub_account", Used("monthly_finding_events", "finding ingestion events"))


def macie_account(context: Context) -> Iterable[Item]:
    """Every general purpose bucket of the account, the objects that automated discovery watches, and the data that it inspects."""
    if context.get("status") == "PAUSED":
        yield Free("a paused Macie account evaluates nothing")
        return
    buckets = sum(len(context.stack.of_type(type_)) for type_ in BUCKET_TYPES)
    found = context.usage.get("buckets")
    if found is None:
        note = f"the stack's {buckets:,} buckets; Macie evaluates every bucket of the account: state buckets in a usage file"
        yield Charge("aws_macie2_account", "bucket evaluated", constant(buckets), assumptions=(note,))
    else:
        yield Charge("aws_macie2_account", "bucket evaluated", constant(found.value), source=found.source, assumptions=(usage_assumption("buckets", found),))
    yield from used_charge(context, "aws_macie2_account", Used("monitored_objects", "objects monitored for automated discovery", 100_000))
    yield from used_charge(context, "aws_macie2_account", DATA_INSPECTED)


def inspector(context: Context) -> Iterable[Item]:
    """What each enabled scan type covers."""
    for scan in context.items("resourceTypes"):
        if not isinstance(scan, str):
            raise UndecidableError("a scan type of resourceTypes is no text, or is known only after deployment")
        if scan not in INSPECTED:
            yield Unpriced(f"{scan} scans", "the price book has no price; add one with --prices")
        for row in INSPECTED.get(scan, ()):
            yield from used_charge(context, "aws_inspector2_enabler", row)


def analyzer(context: Context) -> Iterable[Item]:
    """External access is free; unused access costs by the role and user, internal access by the resource. Source: IAM Access Analyzer pricing."""
    kind = context.text("type", "ACCOUNT")
    if kind.endswith("_UNUSED_ACCESS"):
        yield from used_charge(context, "aws_accessanalyzer_analyzer", Used("roles_and_users", "role or user analysed for unused access"))
    elif kind.endswith("_INTERNAL_ACCESS"):
        yield from used_charge(context, "aws_accessanalyzer_analyzer", Used("monitored_resources", "resource monitored for internal access"))
    else:
        yield Free("an external access analyzer carries no charge")


def _fields(rows: Iterable[tuple[Used, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.field for group in rows for row in group))


METERS = {
    "aws:guardduty/detector:Detector": Meter(DETECTOR, measure=detector, extra_fields=_fields([FOUNDATION])),
    "aws:guardduty/detectorFeature:DetectorFeature": Meter(
        "aws_guardduty_detector_feature", measure=detector_feature, extra_fields=_fields(PROTECTION.values())
    ),
    "aws:guardduty/malwareProtectionPlan:MalwareProtectionPlan": Meter(
        "aws_guardduty_malware_protection_plan",
        used=(
            Used("monthly_s3_scanned_gb", "malware protection, S3 data scanned"),
            Used("monthly_s3_objects", "malware protection, S3 objects evaluated", 1000),
        ),
        price_type=DETECTOR,
    ),
    "aws:securityhub/account:Account": Meter(
        "aws_securityhub_account", measure=hub_account, extra_fields=("monthly_security_checks", "monthly_finding_events")
    ),
    "aws:securityhub/accountV2:AccountV2": Meter("aws_securityhub_account_v2", used=(Used("resource_units", "resource unit (Essentials plan)"),)),
    "aws:macie2/account:Account": Meter(
        "aws_macie2_account", measure=macie_account, extra_fields=("buckets", "monitored_objects", "monthly_data_inspected_gb")
    ),
    "aws:macie2/classificationJob:ClassificationJob": Meter("aws_macie2_classification_job", used=(DATA_INSPECTED,), price_type="aws_macie2_account"),
    "aws:inspector2/enabler:Enabler": Meter("aws_inspector2_enabler", measure=inspector, extra_fields=_fields(INSPECTED.values())),
    "aws:detective/graph:Graph": Meter("aws_detective_graph", used=(Used("monthly_data_ingested_gb", "data ingested"),)),
    "aws:accessanalyzer/analyzer:Analyzer": Meter("aws_accessanalyzer_analyzer", measure=analyzer, extra_fields=("roles_and_users", "monitored_resources")),
    "aws:auditmanager/assessment:Assessment": Meter("aws_auditmanager_assessment", used=(Used("monthly_resource_assessments", "resource assessments", 1000),)),
    "aws:securitylake/dataLake:DataLake": Meter(
        "aws_securitylake_data_lake",
        used=(
            Used("monthly_cloudtrail_gb", "CloudTrail management events ingested"),
            Used("monthly_logs_gb", "other AWS logs and events ingested"),
            Used("monthly_normalized_gb", "data normalized"),
        ),
    ),
}
