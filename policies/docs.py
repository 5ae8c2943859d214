"""docs/rules.md from the rule table: `python -m policies.docs` writes it; a test fails where it is not current."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from plinth.files import write_atomically
from policies.examples import Example, examples_of
from policies.model import Rule, Scope, Severity
from policies.rules import RULES
from policies.taggable import taggable_types

PAGE = Path(__file__).parents[1] / "docs" / "rules.md"
FRAMEWORK_NAMES = {
    "fsbp": "AWS FSBP",
    "checkov": "checkov",
    "trivy": "trivy",
    "cis": "CIS AWS 6.0",
    "hipaa": "HIPAA",
    "soc2": "SOC 2",
}
INTRODUCTION = """\
# The rules

Written by `python -m policies.docs` from the table in policies/rules; do not edit. [policies.md](policies.md) says how to run the rules.

A framework's ids are those of the controls that the rule answers; a control may ask for more than the rule looks at.
`critical` and `high` block an update in the policy pack, `medium` and `low` are said.
"""


def render() -> str:
    """The page: an index by severity, then each rule with a bad and a good example."""
    return "\n".join([INTRODUCTION, *_index(), *(line for rule in RULES for line in _section(rule))])


def _index() -> Iterator[str]:
    yield "| rule | severity | what must be |"
    yield "|---|---|---|"
    for severity in Severity:
        yield from (f"| [{rule.id}](#{rule.id.lower()}) | {severity.value} | {rule.title} |" for rule in RULES if rule.severity is severity)
    yield ""


def _section(rule: Rule) -> Iterator[str]:
    yield from (f"## {rule.id}", "", f"{rule.title}. Severity: {rule.severity.value}.", "", f"**Fix.** {rule.remediation}", "")
    types = f"the {len(rule.types)} AWS types that take tags" if rule.types == taggable_types() else ", ".join(f"`{type_}`" for type_ in rule.types)
    yield f"- Looks at: {types}" + (f"; reads {', '.join(f'`{type_}`' for type_ in rule.reads)}" if rule.reads else "")
    yield f"- Runs: {'on each resource before it is made' if rule.scope is Scope.RESOURCE else 'on the whole stack'}"
    if rule.frameworks:
        yield "- Answers: " + "; ".join(f"{FRAMEWORK_NAMES[name]} {', '.join(ids)}" for name, ids in rule.frameworks.items())
    if rule.controls:
        yield f"- Exempted also by: {', '.join(rule.controls)}"
    yield ""
    for kind in ("bad", "good"):
        yield from (f"{kind.capitalize()}:", "", "```yaml", _written(examples_of(rule.id, kind)[0]), "```", "")


def _written(example: Example) -> str:
    shown: Mapping[str, Any] = example.resources or {"outputs": example.written.get("$outputs", {})}
    return yaml.safe_dump(dict(shown), sort_keys=False, width=120).rstrip()


if __name__ == "__main__":
    write_atomically(PAGE, render())
