"""KMS: keys and aliases. Operations: KMS API reference."""

from __future__ import annotations

from typing import Any

from plinth.local.entry import Argument, Call, Constant, Entry, Facts, Listing, Read, Step, one_of

KEY = {"KeyId": "id"}


def _pending(client: Any, item: Any) -> bool:
    """A key that is scheduled for deletion is gone as far as a destroy can make it."""
    return client.describe_key(KeyId=item["KeyId"])["KeyMetadata"]["KeyState"] == "PendingDeletion"


def _aws_owned(client: Any, item: Any) -> bool:
    return item["AliasName"].startswith("alias/aws/")


def _rotates(facts: Facts) -> bool:
    return facts.get("enableKeyRotation") is True


ENTRIES = (
    Entry(
        "aws:kms/key:Key",
        "kms",
        create=Step("create_key", {}, {"bypassPolicyLockoutSafetyCheck": "BypassPolicyLockoutSafetyCheck"}),
        steps=(
            Step("enable_key_rotation", KEY, {"enableKeyRotation": Argument(""), "rotationPeriodInDays": "RotationPeriodInDays"}, when=_rotates),
            Step("disable_key", KEY, {"isEnabled": Argument("")}, when=lambda facts: facts.get("isEnabled") is False),
        ),
        id="KeyMetadata.KeyId",
        outputs={"arn": "KeyMetadata.Arn", "keyId": "KeyMetadata.KeyId"},
        reads=(
            Read("describe_key", KEY, "KeyMetadata"),
            Read("get_key_policy", {**KEY, "PolicyName": Constant("default")}),
            Read("get_key_rotation_status", KEY),
            Read("list_resource_tags", KEY),
        ),
        echoes={"enableKeyRotation": "KeyRotationEnabled", "isEnabled": "Enabled"},
        not_sent={"deletionWindowInDays": "it is sent when the key is deleted"},
        deletes=(Call("schedule_key_deletion", {**KEY, "PendingWindowInDays": "deletionWindowInDays"}),),
        lingers="KMS keeps it as PendingDeletion for its deletion window, as on AWS",
        listing=Listing("list_keys", "Keys", "KeyId", ignore=_pending),
    ),
    Entry(
        "aws:kms/alias:Alias",
        "kms",
        create=Step("create_alias", {}, {"name": "AliasName"}),
        naming="name",
        id="name",
        outputs={"name": "name", "arn": "AliasArn"},
        reads=(Read("list_aliases", {"KeyId": "targetKeyId"}, one_of("Aliases", "AliasName", "name")),),
        not_sent={"namePrefix": "the name is made from it"},
        deletes=(Call("delete_alias", {"AliasName": "name"}),),
        listing=Listing("list_aliases", "Aliases", "AliasName", ignore=_aws_owned),
    ),
)
