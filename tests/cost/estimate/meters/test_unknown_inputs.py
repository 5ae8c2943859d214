"""An input that is known only after deployment leaves a resource unknown with the reason, or is a range; it is never a price of zero."""

from __future__ import annotations

import pytest

from cost.estimate import estimate
from cost.estimate.model import Status
from plinth.stack import UNKNOWN

DECIDES = [
    ("aws:cloudwatch/logGroup:LogGroup", {"logGroupClass": UNKNOWN}),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", {"period": UNKNOWN}),
    ("aws:cloudwatch/internetMonitor:InternetMonitor", {"resources": UNKNOWN}),
    ("aws:synthetics/canary:Canary", {"schedule": {"expression": UNKNOWN}}),
    ("aws:xray/group:Group", {"insightsConfiguration": UNKNOWN}),
    ("aws:kms/key:Key", {"customerMasterKeySpec": UNKNOWN}),
    ("aws:kms/externalKey:ExternalKey", {"keySpec": UNKNOWN}),
    ("aws:ssm/parameter:Parameter", {"tier": UNKNOWN}),
    ("aws:cloudtrail/trail:Trail", {"eventSelectors": UNKNOWN}),
    ("aws:cloudtrail/eventDataStore:EventDataStore", {"billingMode": UNKNOWN}),
    ("aws:cfg/recorder:Recorder", {"recordingMode": UNKNOWN}),
    ("aws:guardduty/detector:Detector", {"enable": UNKNOWN}),
    ("aws:guardduty/detectorFeature:DetectorFeature", {"name": UNKNOWN}),
    ("aws:inspector2/enabler:Enabler", {"resourceTypes": UNKNOWN}),
    ("aws:inspector2/enabler:Enabler", {"resourceTypes": ["EC2", UNKNOWN]}),
    ("aws:accessanalyzer/analyzer:Analyzer", {"type": UNKNOWN}),
    ("aws:codebuild/project:Project", {"environment": UNKNOWN}),
    ("aws:codepipeline/pipeline:Pipeline", {"pipelineType": UNKNOWN}),
    ("aws:cognito/userPool:UserPool", {"userPoolTier": UNKNOWN}),
    ("aws:cognito/userPoolClient:UserPoolClient", {"allowedOauthFlows": UNKNOWN}),
    ("aws:directoryservice/directory:Directory", {"size": UNKNOWN}),
    ("aws:dms/replicationInstance:ReplicationInstance", {"replicationInstanceClass": UNKNOWN}),
    ("aws:sesv2/dedicatedIpPool:DedicatedIpPool", {"scalingMode": UNKNOWN}),
]


@pytest.mark.parametrize(("type_", "inputs"), DECIDES, ids=[f"{type_.rsplit(':', 1)[1]} {next(iter(inputs))}" for type_, inputs in DECIDES])
def test_an_input_that_decides_the_price_and_is_not_known_leaves_the_resource_unknown(priced, type_, inputs):
    found = priced((type_, "later", inputs))
    assert found.status is Status.UNKNOWN
    assert found.monthly_cost is None
    assert found.reason.endswith("is known only after deployment")


def test_a_replica_in_an_unknown_region_is_named(stack_of):
    result = estimate(stack_of(("aws:secretsmanager/secret:Secret", "token", {"replicas": [{"region": UNKNOWN}]})))
    assert [item.component for item in result.unknown] == ["replica in a Region that is known only after deployment"]
