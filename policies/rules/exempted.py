"""The exemptions themselves: each can be read, and none has expired."""

from __future__ import annotations

from plinth.stack import STACK_TYPE
from policies.exemptions import judge_exemptions
from policies.model import Rule, Scope, Severity

RULES = (
    Rule(
        id="PLN-EXM-001",
        title="Every exemption is readable and has not expired",
        severity=Severity.HIGH,
        types=(STACK_TYPE,),
        check=judge_exemptions,
        scope=Scope.STACK,
        remediation="Keep the control again and remove the exemption from plinth:exemptions, or have it approved anew with a later date.",
    ),
)
