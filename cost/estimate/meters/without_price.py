"""Types that cost and that nothing here prices: each is unknown with what it costs by, so that nobody takes it for free."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Context, Item, Meter, UndecidableError

COSTS_BY = {
    "aws:amplify/app:App": ("aws_amplify_app", "build minutes, and hosted data stored and served"),
    "aws:appstream/fleet:Fleet": ("aws_appstream_fleet", "the instance type, by the hour, and users' licence fees"),
    "aws:appstream/imageBuilder:ImageBuilder": ("aws_appstream_image_builder", "the instance type, by the hour"),
    "aws:codebuild/fleet:Fleet": ("aws_codebuild_fleet", "reserved instances, by the minute"),
    "aws:dms/replicationConfig:ReplicationConfig": ("aws_dms_replication_config", "DMS capacity units, by the hour"),
    "aws:evidently/project:Project": ("aws_evidently_project", "events and analysis units"),
    "aws:networkflowmonitor/monitor:Monitor": ("aws_networkflowmonitor_monitor", "monitored resources, by the hour"),
    "aws:networkmonitor/probe:Probe": ("aws_networkmonitor_probe", "monitored resources, by the hour"),
    "aws:pinpoint/app:App": ("aws_pinpoint_app", "messages, by channel and country"),
    "aws:rekognition/streamProcessor:StreamProcessor": ("aws_rekognition_stream_processor", "minutes of video analysed"),
    "aws:savingsplans/savingsPlan:SavingsPlan": ("aws_savingsplans_plan", "an hourly commitment that replaces the on-demand price of what it covers"),
    "aws:ssmincidents/responsePlan:ResponsePlan": ("aws_ssmincidents_response_plan", "response plans, by the month, and messages by country"),
    "aws:verifiedpermissions/policyStore:PolicyStore": ("aws_verifiedpermissions_policy_store", "authorization requests"),
    "aws:workspaces/pool:Pool": ("aws_workspaces_pool", "hours of streaming sessions, by bundle"),
    "aws:workspaces/workspace:Workspace": ("aws_workspaces_workspace", "the bundle and the running mode, by the month or the hour"),
    "aws:workspacesweb/portal:Portal": ("aws_workspacesweb_portal", "monthly active users"),
}
"""Token -> its Terraform type, and what AWS bills it by."""

IN_OTHER_ACCOUNTS = {
    "aws:detective/member:Member": "aws_detective_member",
    "aws:detective/organizationAdminAccount:OrganizationAdminAccount": "aws_detective_organization_admin_account",
    "aws:detective/organizationConfiguration:OrganizationConfiguration": "aws_detective_organization_configuration",
    "aws:guardduty/member:Member": "aws_guardduty_member",
    "aws:guardduty/memberDetectorFeature:MemberDetectorFeature": "aws_guardduty_member_detector_feature",
    "aws:guardduty/organizationAdminAccount:OrganizationAdminAccount": "aws_guardduty_organization_admin_account",
    "aws:guardduty/organizationConfiguration:OrganizationConfiguration": "aws_guardduty_organization_configuration",
    "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature": "aws_guardduty_organization_configuration_feature",
    "aws:inspector2/delegatedAdminAccount:DelegatedAdminAccount": "aws_inspector2_delegated_admin_account",
    "aws:inspector2/memberAssociation:MemberAssociation": "aws_inspector2_member_association",
    "aws:inspector2/organizationConfiguration:OrganizationConfiguration": "aws_inspector2_organization_configuration",
    "aws:macie2/member:Member": "aws_macie2_member",
    "aws:macie2/organizationAdminAccount:OrganizationAdminAccount": "aws_macie2_organization_admin_account",
    "aws:macie2/organizationConfiguration:OrganizationConfiguration": "aws_macie2_organization_configuration",
    "aws:securityhub/configurationPolicyAssociation:ConfigurationPolicyAssociation": "aws_securityhub_configuration_policy_association",
    "aws:securityhub/member:Member": "aws_securityhub_member",
    "aws:securityhub/organizationAdminAccount:OrganizationAdminAccount": "aws_securityhub_organization_admin_account",
    "aws:securityhub/organizationConfiguration:OrganizationConfiguration": "aws_securityhub_organization_configuration",
}
"""Token -> its Terraform type: what turns a service on in an organization's other accounts, or may, which no resource of this stack shows."""


def no_price(context: Context) -> Iterable[Item]:
    """Unknown, with what it costs by."""
    _, dimension = COSTS_BY[context.resource.type]
    raise UndecidableError(f"it costs by {dimension}, which the price book has no price for")


def billed_elsewhere(context: Context) -> Iterable[Item]:
    """Unknown, for the cost arises in accounts that this stack does not describe."""
    raise UndecidableError("it may turn the service on in other accounts, which are billed for what it analyses there")


METERS = {
    **{token: Meter(terraform_type, measure=no_price) for token, (terraform_type, _) in COSTS_BY.items()},
    **{token: Meter(terraform_type, measure=billed_elsewhere) for token, terraform_type in IN_OTHER_ACCOUNTS.items()},
}
