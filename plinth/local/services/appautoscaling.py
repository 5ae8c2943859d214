"""Application Auto Scaling: targets and policies of SageMaker variants. Operations: Application Auto Scaling API reference."""

from __future__ import annotations

from plinth.local.entry import Call, Entry, Read, Step

DIMENSION = {"ServiceNamespace": "serviceNamespace", "ResourceId": "resourceId", "ScalableDimension": "scalableDimension"}

ENTRIES = (
    Entry(
        "aws:appautoscaling/target:Target",
        "application-autoscaling",
        create=Step("register_scalable_target"),
        id="resourceId",
        outputs={"arn": "ScalableTargetARN"},
        reads=(
            Read(
                "describe_scalable_targets",
                {"ServiceNamespace": "serviceNamespace", "ResourceIds": ["resourceId"], "ScalableDimension": "scalableDimension"},
                "ScalableTargets.0",
            ),
        ),
        deletes=(Call("deregister_scalable_target", DIMENSION),),
    ),
    Entry(
        "aws:appautoscaling/policy:Policy",
        "application-autoscaling",
        create=Step("put_scaling_policy", {}, {"name": "PolicyName"}),
        naming="name",
        id="name",
        outputs={"arn": "PolicyARN", "name": "name"},
        reads=(Read("describe_scaling_policies", {**DIMENSION, "PolicyNames": ["name"]}, "ScalingPolicies.0"),),
        deletes=(Call("delete_scaling_policy", {**DIMENSION, "PolicyName": "name"}),),
    ),
)
