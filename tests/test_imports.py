"""Dependencies point one way (design.md, "The house"): what each package must not load, checked in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PULUMI = ("pulumi", "pulumi_aws", "pulumi_kubernetes", "pulumi_policy")
AWS = ("boto3", "botocore", "moto")
HEAVY = (*PULUMI, *AWS, "pydantic", "duckdb", "ibis", "pyarrow", "numpy", "altair", "jinja2", "sklearn", "torch")
PROGRAM = ("infra", "workloads")
DESK = ("plinth.stack", "plinth.local", "plinth.commands", "plinth.demo", "plinth.plan")
COST = ("cost.estimate", "cost.bill", "cost.allocate", "cost.insight", "cost.recommend", "cost.report", "cost.serve", "cost.synthetic")
LAWS = {
    "cost.bill": (*PULUMI, *AWS, *PROGRAM, *DESK, "policies", "runbooks", *(part for part in COST if part != "cost.bill")),
    "cost.allocate": (*PULUMI, *AWS, *PROGRAM, *DESK, "policies", "runbooks", *(part for part in COST if part not in ("cost.bill", "cost.allocate"))),
    "cost.insight": (*PULUMI, *AWS, *PROGRAM, *DESK, "policies", "runbooks", *(part for part in COST if part not in ("cost.bill", "cost.insight"))),
    "cost.recommend": (*PULUMI, *AWS, *PROGRAM, *DESK, "policies", "runbooks", "cost.estimate", "cost.report", "cost.synthetic"),
    "cost.report": (*PULUMI, *AWS, *PROGRAM, *DESK, "policies", "runbooks", "cost.estimate", "cost.synthetic", "cost.serve"),
    "cost.alternatives": (*PULUMI, *AWS, "workloads", "policies", "runbooks", "plinth.local", "cost.bill", "cost.report", "cost.synthetic"),
    "cost.estimate": (*PULUMI, *AWS, "workloads", "policies", "runbooks", "plinth.local", "cost.bill", "cost.recommend", "cost.report", "cost.synthetic"),
    "plinth.stack": (*AWS, *PROGRAM, "policies", "runbooks", "cost", "plinth.local", "plinth.commands"),
    "policies": (*AWS, "workloads", "runbooks", "cost", "plinth.local", "plinth.commands"),
    "infra": (*AWS, "workloads", "policies", "runbooks", "cost", "plinth"),
    "workloads": (*AWS, "policies", "runbooks", "cost", *DESK),
}
"""Package -> what none of its modules may load, be it through others."""

LOAD_ALL = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(*sys.modules)
"""
LOAD_ONE = "import importlib, sys; importlib.import_module(sys.argv[1]); print(*sys.modules)"


def loaded(program: str, name: str) -> set[str]:
    """The modules that are there after a fresh process has run the program on this name."""
    result = subprocess.run([sys.executable, "-c", program, name], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


def among(modules: set[str], forbidden: tuple[str, ...]) -> list[str]:
    return sorted(module for module in modules if any(module == name or module.startswith(f"{name}.") for name in forbidden))


@pytest.mark.parametrize("package", LAWS)
def test_a_package_loads_only_what_lies_below_it(package: str):
    modules = loaded(LOAD_ALL, package)
    assert package in modules
    assert among(modules, LAWS[package]) == []


@pytest.mark.parametrize("module", ["plinth.cli", "cost", "cost.bill", "runbooks", "workloads"])
def test_what_is_imported_at_once_is_light(module: str):
    assert among(loaded(LOAD_ONE, module), HEAVY) == []


def test_importing_the_policies_builds_no_policy_pack():
    assert among(loaded(LOAD_ONE, "policies"), ("pulumi_policy",)) == []
