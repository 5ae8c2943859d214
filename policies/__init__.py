"""The rules that a stack must keep: one table, run by `plinth check` and, as a Pulumi policy pack, by the engine.

Importing this package builds nothing; `policies/__main__.py` builds the pack, because building it serves and blocks.
"""

from policies.evaluate import check
from policies.model import CheckReport, Finding, Rule, Scope, Severity, Status

__all__ = ["CheckReport", "Finding", "Rule", "Scope", "Severity", "Status", "check"]
