"""The rule table: one file a family, one entry a rule, sorted by id."""

from policies.rules import capacity, compute, databases, eks, encryption, exempted, iam, keys, network, protection, s3, sagemaker, tagging

FAMILIES = (capacity, compute, databases, eks, encryption, exempted, iam, keys, network, protection, s3, sagemaker, tagging)
RULES = tuple(sorted((rule for family in FAMILIES for rule in family.RULES), key=lambda rule: rule.id))

__all__ = ["FAMILIES", "RULES"]
