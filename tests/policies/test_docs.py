from policies.docs import PAGE, render
from policies.rules import RULES


def test_the_page_of_rules_is_current():
    assert PAGE.read_text(encoding="utf-8") == render(), "write it anew: python -m policies.docs"


def test_the_page_has_every_rule_with_its_fix():
    page = render()
    assert all(f"## {rule.id}\n" in page and rule.remediation in page for rule in RULES)
