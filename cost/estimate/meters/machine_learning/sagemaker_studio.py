"""SageMaker workbenches: notebook instances, Studio domains with their users, spaces and apps, and MLflow tracking servers.

Sources: SageMaker pricing page, "Studio", "JupyterLab", "Code Editor", "RStudio", "Notebook instances", "Canvas", "MLflow"; SageMaker developer guide,
"Amazon SageMaker Studio pricing" and "Usage metering": an app is billed by its instance while it runs, a space by its volume until it is deleted.
"""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Free, Item, Meter, Used, as_number, constant, usage_assumption, used_charge
from cost.estimate.meters.machine_learning.ml_instances import Stated, known, ml_line, month_share
from cost.estimate.meters.usage_fields import MONTHLY_HOURS
from cost.estimate.model import QuantitySource
from plinth.stack import lookup

APP = "aws:sagemaker/app:App"
DOMAIN = "aws:sagemaker/domain:Domain"
SPACE = "aws:sagemaker/space:Space"
USER = "aws:sagemaker/userProfile:UserProfile"
EFS = "aws_efs_file_system"
STORAGE = "storage_gb"
CANVAS_HOURS = "monthly_canvas_session_hours"
SYSTEM = "system"
"""The instance of the free apps. Source: developer guide, API ResourceSpec InstanceType."""
DEFAULT_TYPE = "ml.t3.medium"
"""Source: developer guide, "Usage metering": the default of images without GPU."""
DEFAULT_NOTEBOOK_GB = 5.0
"""Source: API reference, CreateNotebookInstance VolumeSizeInGB."""
DEFAULT_SPACE_GB = 5.0
"""Source: API reference, DefaultEbsStorageSettings; developer guide, "Amazon EBS volumes in Studio spaces"."""
APP_SETTINGS = {
    "JupyterLab": "jupyterLabAppSettings",
    "CodeEditor": "codeEditorAppSettings",
    "KernelGateway": "kernelGatewayAppSettings",
    "JupyterServer": "jupyterServerAppSettings",
}
OWNED = ((APP, "userProfileName"), (SPACE, "ownershipSettings.ownerUserProfileName"))
"""What names its user, and where."""
VOLUME_APPS = ("JupyterLab", "CodeEditor")
FREE_APPS = {"JupyterServer": "the JupyterServer app runs on a system instance, which carries no charge"}
RSTUDIO = "domainSettings.rStudioServerProDomainSettings.defaultResourceSpec"
DEFAULT_SIZE = "Small"


def notebook(context: Context) -> Iterable[Item]:
    """A notebook instance for the hours that it is not stopped, and its volume, which stays when it is."""
    hours, lifecycle = month_share(context), lookup(context.resource.inputs, "lifecycleConfigName")
    if lifecycle.present and hours.source is QuantitySource.DECLARED:
        hours = Stated(hours.quantity, hours.source, (f"all month: its lifecycle configuration may stop it, state {MONTHLY_HOURS}",))
    yield ml_line(context, "notebook", context.text("instanceType", ""), "notebook instance", hours)
    size = constant(context.number("volumeSize", DEFAULT_NOTEBOOK_GB))
    yield Charge("aws_sagemaker_notebook_instance", "notebook instance ML storage", size)


def domain(context: Context) -> Iterable[Item]:
    """The home directories of a domain on EFS, its RStudio server, and its users' Canvas sessions."""
    yield from used_charge(context, EFS, Used(STORAGE, "Standard storage"))
    server = known(context.resource.inputs, f"{RSTUDIO}.instanceType", SYSTEM)
    if server != SYSTEM:
        yield ml_line(context, "notebook", str(server), "RStudioServerPro app", month_share(context))
    yield from used_charge(context, "aws_sagemaker_app", Used(CANVAS_HOURS, "Canvas session"))


def user_profile(context: Context) -> Iterable[Item]:
    """A user's app and space, where the stack declares none for the user: people open them in Studio."""
    name = lookup(context.resource.inputs, "userProfileName").value
    if any(context.references.belonging(context.resource, type_, path, name) for type_, path in OWNED):
        yield Free("its apps and spaces are declared, and priced there")
        return
    if context.usage.get(MONTHLY_HOURS) is None and context.usage.get(STORAGE) is None:
        yield Free("a user profile carries no charge; its apps do: state monthly_hours and storage_gb")
        return
    owner = context.references.referred(context.resource, "domainId", DOMAIN)
    settings = [(context.resource, "userSettings"), *([(owner, "defaultUserSettings")] if owner else [])]
    types = (lookup(item.inputs, f"{path}.{key}.defaultResourceSpec.instanceType") for item, path in settings for key in APP_SETTINGS.values())
    instance_type = next((str(found.value) for found in types if found.known and found.value != SYSTEM), DEFAULT_TYPE)
    if context.usage.get(MONTHLY_HOURS) is not None:
        yield ml_line(context, "notebook", instance_type, "Studio app", month_share(context, overlapping=True))
    yield from used_charge(context, "aws_sagemaker_space", Used(STORAGE, "Studio space storage, gp3"))


def app(context: Context) -> Iterable[Item]:
    """A running app: its instance, or Canvas sessions. It is billed until it is deleted."""
    kind = context.text("appType", "")
    if kind == "Canvas":
        stated = context.usage.get(MONTHLY_HOURS)
        quantity = month_share(context)
        note = usage_assumption(MONTHLY_HOURS, stated) if stated else "a session is open until it is logged out: all month"
        yield Charge("aws_sagemaker_app", "Canvas session", quantity.quantity, source=quantity.source, assumptions=(note,))
        return
    instance_type = str(known(context.resource.inputs, "resourceSpec.instanceType", _space_type(context, kind)))
    if instance_type == SYSTEM or (kind in FREE_APPS and not lookup(context.resource.inputs, "resourceSpec.instanceType").present):
        yield Free(FREE_APPS.get(kind, f"a {kind} app on a system instance carries no charge"))
        return
    yield ml_line(context, "notebook", instance_type, f"{kind} app", month_share(context))


def _space_type(context: Context, kind: str) -> str:
    """The instance type that an app takes from its space where it names none."""
    space, key = context.references.referred(context.resource, "spaceName", SPACE), APP_SETTINGS.get(kind)
    found = lookup(space.inputs, f"spaceSettings.{key}.defaultResourceSpec.instanceType") if space and key else None
    return str(found.value) if found is not None and found.known else DEFAULT_TYPE


def space(context: Context) -> Iterable[Item]:
    """A space's volume, and its app's instance for the hours stated where the stack declares no app in it."""
    inputs = context.resource.inputs
    kind = str(known(inputs, "spaceSettings.appType", ""))
    size = lookup(inputs, "spaceSettings.spaceStorageSettings.ebsStorageSettings.ebsVolumeSizeInGb")
    if size.present or kind in VOLUME_APPS:
        gigabytes = as_number("ebsVolumeSizeInGb", known(inputs, "spaceSettings.spaceStorageSettings.ebsStorageSettings.ebsVolumeSizeInGb", DEFAULT_SPACE_GB))
        yield Charge("aws_sagemaker_space", "Studio space storage, gp3", constant(gigabytes))
    declared = context.references.belonging(context.resource, APP, "spaceName", lookup(inputs, "spaceName").value)
    if context.usage.get(MONTHLY_HOURS) is not None and not declared:
        key = APP_SETTINGS.get(kind, APP_SETTINGS["JupyterLab"])
        instance_type = str(known(inputs, f"spaceSettings.{key}.defaultResourceSpec.instanceType", DEFAULT_TYPE))
        yield ml_line(context, "notebook", instance_type, f"{kind or 'Studio'} app", month_share(context))
    elif not size.present and kind not in VOLUME_APPS:
        yield Free("a space without a volume carries no charge; its apps do")


def tracking_server(context: Context) -> Iterable[Item]:
    """An MLflow tracking server by size while it is not stopped, and its metadata; its artifacts are a bucket's storage."""
    size, hours = context.text("trackingServerSize", DEFAULT_SIZE), month_share(context)
    component = f"MLflow tracking server, {size}"
    yield Charge("aws_sagemaker_mlflow_tracking_server", component, hours.quantity, source=hours.source, assumptions=hours.notes)
    yield from used_charge(context, "aws_sagemaker_mlflow_tracking_server", Used(STORAGE, "MLflow metadata storage"))


METERS = {
    "aws:sagemaker/notebookInstance:NotebookInstance": Meter("aws_sagemaker_notebook_instance", measure=notebook, extra_fields=(MONTHLY_HOURS,)),
    DOMAIN: Meter("aws_sagemaker_domain", measure=domain, extra_fields=(STORAGE, MONTHLY_HOURS, CANVAS_HOURS)),
    USER: Meter("aws_sagemaker_user_profile", measure=user_profile, extra_fields=(MONTHLY_HOURS, STORAGE)),
    APP: Meter("aws_sagemaker_app", measure=app, extra_fields=(MONTHLY_HOURS,)),
    SPACE: Meter("aws_sagemaker_space", measure=space, extra_fields=(MONTHLY_HOURS,)),
    "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer": Meter(
        "aws_sagemaker_mlflow_tracking_server", measure=tracking_server, extra_fields=(MONTHLY_HOURS, STORAGE)
    ),
}
