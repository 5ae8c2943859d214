"""Every type that the meters and the free list claim, and every input that a meter reads, exists in the installed Pulumi SDKs.

The SDKs are read as text: importing all of pulumi_aws takes seconds and hundreds of megabytes. What a meter reads is taken from its source:
the literal in `context.get("…")`, `.number`, `.items`, `.text` and `context.resource.input("…")`, in its `measure` and the functions that
`measure` refers to. A function that several types share is asked for an input that at least one of them has; paths built at run time
(`f"{root}.size"`) and inputs of other resources (`template.input("…")`) are left to the families' own tests.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from cost.estimate.free import free_types
from cost.estimate.meters import METERS
from cost.estimate.meters.without_price import METERS as WITHOUT_PRICE

PRICED_TYPES_WANTED = 150
METERS_PACKAGE = "cost.estimate.meters"
READERS = frozenset({"get", "number", "items", "text"})
CUSTOM_RESOURCES = ("kubernetes:karpenter.*", "kubernetes:eks.amazonaws.com/*")
"""Kinds of Karpenter's and of EKS Auto Mode's own API: a cluster has them, the SDK does not."""
OTHER_PROVIDERS = ("random:*", "tls:*")
_REGISTERED = re.compile(r'resource_modules="""(.*?)"""', re.DOTALL)
_GETTER = re.compile(r'@pulumi\.getter(?:\(name="(\w+)"\))?\n(?:    @.*\n)*    def (\w+)\(self\)')
_DECLARES = re.compile(r"__all__ = \[([^\]]*)\]")


def _custom(token: str) -> bool:
    return any(fnmatchcase(token, pattern) for pattern in CUSTOM_RESOURCES)


DECLARED = {token: meter for token, meter in METERS.items() if not meter.usage_only and not _custom(token)}


def _package(name: str) -> Path:
    found = importlib.util.find_spec(name)
    assert found is not None and found.origin is not None, f"{name} is not installed"
    return Path(found.origin).parent


@cache
def _registered(package: str) -> dict[str, str]:
    """Resource token -> the Python package that has its class."""
    match = _REGISTERED.search((_package(package) / "__init__.py").read_text(encoding="utf-8"))
    assert match is not None, f"{package} registers its resources in another way"
    return {token: module["fqn"] for module in json.loads(match[1]) for token in module["classes"]}


@cache
def _sdk_tokens() -> frozenset[str]:
    return frozenset({*_registered("pulumi_aws"), *_registered("pulumi_kubernetes")})


@cache
def _files(fqn: str) -> dict[str, Path]:
    """Class name -> its file, in one package of pulumi_aws."""
    found: dict[str, Path] = {}
    for path in (_package("pulumi_aws").parent / fqn.replace(".", "/")).glob("*.py"):
        with path.open(encoding="utf-8") as file:
            declared = _DECLARES.search(file.read(2000))
        found.update({name.strip(" '\""): path for name in declared[1].split(",")} if declared else {})
    return found


@cache
def _properties(token: str) -> frozenset[str]:
    """The names of an AWS resource's inputs and outputs, as a program and a state file write them."""
    path = _files(_registered("pulumi_aws")[token])[token.rsplit(":", 1)[1]]
    return frozenset(camel or name for camel, name in _GETTER.findall(path.read_text(encoding="utf-8")))


@cache
def _functions(module_file: str) -> dict[int, ast.AST]:
    tree = ast.parse(Path(module_file).read_text(encoding="utf-8"))
    return {node.lineno: node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.Lambda))}


def _reads_context(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute):
        return False
    owner = called.value
    if isinstance(owner, ast.Name) and owner.id == "context":
        return called.attr in READERS
    return called.attr == "input" and isinstance(owner, ast.Attribute) and owner.attr == "resource" and isinstance(owner.value, ast.Name)


def _names(function: Callable[..., Any]) -> dict[str, Any]:
    found = inspect.getclosurevars(function)
    return {**found.globals, **found.nonlocals}


def _inputs(function: Callable[..., Any]) -> Iterator[str]:
    """The top-level names of the inputs that one function reads of its own resource."""
    node = _functions(function.__code__.co_filename).get(function.__code__.co_firstlineno)
    names = _names(function)
    for call in (call for call in ast.walk(node) if isinstance(call, ast.Call) and call.args and _reads_context(call.func)) if node else ():
        path = call.args[0]
        value = path.value if isinstance(path, ast.Constant) else names.get(path.id) if isinstance(path, ast.Name) else None
        if isinstance(value, str):
            yield value.split(".", 1)[0].split("[", 1)[0]


def _reached(function: Callable[..., Any], seen: set[Callable[..., Any]]) -> set[Callable[..., Any]]:
    """A function of the meters and those that it refers to."""
    function = function.func if isinstance(function, partial) else function
    if inspect.isfunction(function) and function.__module__.startswith(METERS_PACKAGE) and function not in seen:
        seen.add(function)
        for value in _names(function).values():
            if callable(value):
                _reached(value, seen)
    return seen


@cache
def _readers() -> dict[Callable[..., Any], frozenset[str]]:
    """A function of the meters -> the AWS types whose `measure` reaches it."""
    found: defaultdict[Callable[..., Any], set[str]] = defaultdict(set)
    for token, meter in DECLARED.items():
        if meter.measure is not None and token.startswith("aws:"):
            for function in _reached(meter.measure, set()):
                found[function].add(token)
    return {function: frozenset(tokens) for function, tokens in found.items()}


def test_every_metered_type_is_a_type_of_the_sdk():
    assert [token for token in DECLARED if token not in _sdk_tokens()] == []


def test_every_free_type_is_a_type_of_the_sdk():
    exact = [token for token in free_types() if "*" not in token and not _custom(token)]
    assert [token for token in exact if token not in _sdk_tokens()] == []


@pytest.mark.parametrize("pattern", [token for token in free_types() if "*" in token and token not in OTHER_PROVIDERS])
def test_every_pattern_of_the_free_list_matches_a_type_of_the_sdk(pattern):
    assert any(fnmatchcase(token, pattern) for token in _sdk_tokens())


def test_every_input_that_a_meter_reads_is_a_property_of_a_type_that_it_prices():
    unknown = {
        f"{function.__module__}.{function.__qualname__}: {name}"
        for function, tokens in _readers().items()
        for name in set(_inputs(function))
        if not any(name in _properties(token) for token in tokens)
    }
    assert sorted(unknown) == []


def test_the_check_of_inputs_sees_what_the_meters_read():
    read = {name for function in _readers() for name in _inputs(function)}
    assert {"customerMasterKeySpec", "metricQueries", "instanceTypes"} <= read
    assert len(read) > 100, "the meters read their inputs in a way that this test does not see"


def test_a_property_is_known_by_the_name_that_a_program_writes():
    properties = _properties("aws:cloudwatch/logGroup:LogGroup")
    assert {"retentionInDays", "logGroupClass", "name", "region"} <= properties
    assert not {"retention_in_days", "retention", "logClass"} & properties


def test_the_meters_price_the_types_that_were_asked_for():
    assert sum(1 for token in DECLARED if token.startswith("aws:") and token not in WITHOUT_PRICE) >= PRICED_TYPES_WANTED
