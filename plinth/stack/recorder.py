"""The recorder: a real Pulumi program evaluated in this process, and every registration kept as a Stack.

It stands in for the engine with a MockMonitor subclass (pulumi SDK runtime/mocks.py), because only the registration request
carries protect, aliases, parent and dependencies. URNs are built as the engine builds them (pkg/resource/urn: the parent's
qualified type, without the Stack's). It makes up ids by `plinth.stack.identities`, reads no clock and no random source.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import logging
import runpy
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import settings as pulumi_settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from plinth.errors import InputError, PlinthError
from plinth.stack.identities import ACCOUNT, PARTITION, identify
from plinth.stack.model import STACK_TYPE, Options, Resource, Source, Stack, build_stack
from plinth.stack.project import Project, read_project
from plinth.stack.providers import referred_provider, regions_of
from plinth.stack.values import SECRET_SIGNATURE, SIGNATURE_KEY, Secret, Value, decode, displayed

STACK_REFERENCE_TYPE = "pulumi:pulumi:StackReference"
ORGANIZATION = "organization"
DEFAULT_REGION = "us-east-1"
References = Mapping[str, Mapping[str, Value]]


def record(environment: str, project: Path | None = None, *, references: References | None = None) -> Stack:
    """Evaluate the project's program for one environment and return its Stack.

    `references` answers StackReferences: full stack name -> outputs. Raises InputError where the environment, its
    configuration or the program is wrong.
    """
    described = read_project(environment, project)
    monitor = RecordingMonitor(described, references or {})
    with _without_collections():
        contextvars.copy_context().run(_evaluate, described, monitor)
    stack_urn = monitor.urn("", STACK_TYPE, f"{described.name}-{environment}")
    notes = tuple(f"the value of {key} is encrypted; the program was given a placeholder" for key in described.secret_keys)
    return build_stack(
        list(monitor.recorded.values()),
        project=described.name,
        name=environment,
        source=Source.PROGRAM,
        region=described.region,
        outputs=monitor.outputs.get(stack_urn, {}),
        notes=notes,
    )


@contextmanager
def _without_collections() -> Iterator[None]:
    """No cyclic garbage collection meanwhile: each one walks the SDK's hundred megabytes, and they doubled the time of an evaluation."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _evaluate(project: Project, monitor: RecordingMonitor) -> None:
    """Run the program under the monitor as the language host would: the program's folder, by runpy, inside a stack."""
    settings = pulumi_mocks.MockSettings(
        monitor=monitor,
        monitor_features=set(monitor.GetDeploymentInfo(None).supportedFeatures),
        engine=pulumi_mocks.MockEngine(logging.getLogger("plinth.recorder")),
        project=project.name,
        stack=project.environment,
        dry_run=False,
        organization=ORGANIZATION,
        callbacks=None,
    )
    loop = asyncio.new_event_loop()
    try:
        asyncio.set_event_loop(loop)
        # The first error is raised below; asyncio would also log each of its consequences at exit.
        loop.set_exception_handler(lambda _loop, _context: None)
        pulumi_settings.configure(settings)
        # What an earlier program of this process left unfinished belongs to a closed loop: waited for, it would hang or fail this one.
        pulumi_settings.SETTINGS.rpc_manager.clear()  # pyright: ignore[reportAttributeAccessIssue]
        pulumi_settings.SETTINGS.outputs.clear()  # pyright: ignore[reportAttributeAccessIssue]
        pulumi_settings.set_root_resource(None)  # pyright: ignore[reportArgumentType]
        set_all_config(project.config, list(project.secret_keys))
        loop.run_until_complete(run_in_stack(lambda: _run_program(project.program)))
    except PlinthError:
        raise
    except pulumi.RunError as error:
        raise InputError(str(error), where=project.config_file) from error
    except Exception as error:
        raise InputError(
            f"the program failed: {type(error).__name__}: {error}", where=_deepest_frame(error, project.folder), fix="mend the program or the settings it read"
        ) from error
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


def _run_program(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


def _deepest_frame(error: BaseException, folder: Path) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(str(folder)) and ".venv" not in frame.filename]
    ours = [frame for frame in frames if "/plinth/stack/" not in frame.filename]
    return f"{ours[-1].filename}, line {ours[-1].lineno}" if ours else str(folder)


def _invoke_answers(region: str) -> dict[str, dict[str, Any]]:
    """The few data sources that have one answer offline; any other is refused, so that nothing is made up unseen."""
    return {
        "aws:index/getCallerIdentity:getCallerIdentity": {
            "accountId": ACCOUNT,
            "id": ACCOUNT,
            "arn": f"arn:{PARTITION}:iam::{ACCOUNT}:root",
            "userId": "recorder",
        },
        "aws:index/getPartition:getPartition": {"partition": PARTITION, "id": PARTITION, "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws"},
        "aws:index/getRegion:getRegion": {"name": region, "region": region, "id": region, "description": region, "endpoint": f"ec2.{region}.amazonaws.com"},
    }


class _Unused(pulumi_mocks.Mocks):
    """MockMonitor wants mocks; RecordingMonitor answers every request itself and never calls them."""

    def call(self, args: pulumi_mocks.MockCallArgs) -> Any:
        raise AssertionError(args.token)

    def new_resource(self, args: pulumi_mocks.MockResourceArgs) -> Any:
        raise AssertionError(args.typ)


class RecordingMonitor(pulumi_mocks.MockMonitor):
    """A resource monitor that keeps every registration. `recorded` is by URN; `outputs` what components and the stack registered."""

    def __init__(self, project: Project, references: References):
        self.region = project.region or DEFAULT_REGION
        super().__init__(_Unused())
        self.project, self.references = project, references
        self.recorded: dict[str, Resource] = {}
        self.outputs: dict[str, Mapping[str, Value]] = {}
        self._lock = threading.Lock()

    def urn(self, parent: str, type_: str, name: str) -> str:
        """The engine's URN for a resource under a parent URN (`""` for none)."""
        parent_type = parent.split("::")[2] if parent else ""
        qualified = type_ if parent_type in ("", STACK_TYPE) else f"{parent_type}${type_}"
        return f"urn:pulumi:{self.project.environment}::{self.project.name}::{qualified}::{name}"

    def Invoke(self, request: Any) -> Any:
        """Answer a data source from the table."""
        answer = _invoke_answers(self.region).get(request.tok)
        if answer is None:
            raise InputError("the recorder has no answer for this data source", where=request.tok, fix="take the value from the settings instead")
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(_struct(answer))
        return response

    def RegisterResource(self, request: Any) -> Any:
        """Keep one registration, and answer with its made-up id and outputs."""
        urn = self.urn(request.parent, request.type, request.name)
        raw_inputs = json_format.MessageToDict(request.object)
        inputs = decode(raw_inputs, keep_secrets=True)
        if request.type == STACK_TYPE or not request.custom:
            resource_id, outputs, raw_outputs = None, {}, raw_inputs
        else:
            resource_id, made_up = identify(request.type, request.name, urn, inputs, self._region(request))
            raw_outputs = _merged(raw_inputs, made_up)
            outputs = decode(raw_outputs, keep_secrets=True)
        resource = Resource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent or None,
            custom=request.custom,
            id=resource_id,
            inputs=inputs,
            outputs=outputs,
            options=_options(request),
            dependencies=tuple(sorted(set(request.dependencies))),
            property_dependencies={key: tuple(sorted(set(value.urns))) for key, value in sorted(request.propertyDependencies.items())},
        )
        with self._lock:
            if urn in self.recorded:
                raise InputError("two resources have the same URN", where=urn, fix="give one of them another name; the engine refuses duplicates")
            self.recorded[urn] = resource
        return resource_pb2.RegisterResourceResponse(urn=urn, id=resource_id or "", object=_struct(raw_outputs))

    def _region(self, request: Any) -> str:
        """Where the resource's made-up ARN says that it is: its provider's Region, else the stack's."""
        provider = self.recorded.get(referred_provider(request.provider) or "")
        named = {} if provider is None else regions_of([{"urn": provider.urn, "type": provider.type, "inputs": provider.inputs}])
        return next((region for region in named.values() if region), self.region)

    def RegisterResourceOutputs(self, request: Any) -> Any:
        """Keep the outputs that a component, or the stack, registers last."""
        outputs = decode(json_format.MessageToDict(request.outputs), keep_secrets=True)
        with self._lock:
            self.outputs[request.urn] = outputs
            if request.urn in self.recorded:
                self.recorded[request.urn] = self.recorded[request.urn].model_copy(update={"outputs": outputs})
        return super().RegisterResourceOutputs(request)

    def ReadResource(self, request: Any) -> Any:
        """Answer a StackReference from `references`; nothing else exists outside the program to be read."""
        if request.type != STACK_REFERENCE_TYPE:
            raise InputError(
                "the program reads a resource that exists only on AWS",
                where=f"{request.type} {request.name}",
                value=request.id,
                fix="take it from the settings instead",
            )
        name = json_format.MessageToDict(request.properties).get("name", request.name)
        if name not in self.references:
            raise InputError("the program refers to a stack whose outputs are not given", where=name, fix=f"known: {', '.join(self.references) or 'none'}")
        outputs = self.references[name]
        secret_names = sorted(key for key, value in outputs.items() if isinstance(value, Secret))
        answer = {"name": name, "outputs": _wire(outputs), "secretOutputNames": secret_names}
        return resource_pb2.ReadResourceResponse(urn=self.urn(request.parent, request.type, request.name), properties=_struct(answer))


def _options(request: Any) -> Options:
    timeouts = {name: getattr(request.customTimeouts, name) for name in ("create", "update", "delete") if getattr(request.customTimeouts, name)}
    return Options(
        protect=bool(request.protect),
        retain_on_delete=bool(request.retainOnDelete),
        deleted_with=request.deletedWith or None,
        delete_before_replace=bool(request.deleteBeforeReplace) if request.deleteBeforeReplaceDefined else None,
        ignore_changes=tuple(sorted(request.ignoreChanges)),
        replace_on_changes=tuple(sorted(request.replaceOnChanges)),
        additional_secret_outputs=tuple(sorted(request.additionalSecretOutputs)),
        aliases=tuple(sorted({*request.aliasURNs, *(alias.urn or alias.spec.name for alias in request.aliases)} - {""})),
        custom_timeouts=timeouts,
        provider=request.provider or None,
        provider_version=request.version or None,
    )


def _merged(inputs: Mapping[str, Any], made_up: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs echoed as outputs, with the made-up values beside them; a nested object is merged key by key."""
    result = dict(inputs)
    for key, value in made_up.items():
        given = result.get(key)
        if isinstance(given, Mapping) and isinstance(value, Mapping) and SIGNATURE_KEY not in given:
            result[key] = {**value, **given}
        else:
            result[key] = value
    return result


def _wire(value: Value) -> Any:
    """A value in Pulumi's wire form, secrets with their signature."""
    if isinstance(value, Secret):
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": _wire(value.value)}
    if isinstance(value, Mapping):
        return {key: _wire(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_wire(item) for item in value]
    return displayed(value)


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(dict(values))
    return struct
