from __future__ import annotations

import pytest

from cost.estimate.model import Status
from plinth.stack import UNKNOWN

NOTEBOOK = "aws:sagemaker/notebookInstance:NotebookInstance"
DOMAIN = "aws:sagemaker/domain:Domain"
USER = "aws:sagemaker/userProfile:UserProfile"
APP = "aws:sagemaker/app:App"
SPACE = "aws:sagemaker/space:Space"
MLFLOW = "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer"
TYPE = "ml.m5.xlarge"
"""Notebook 0.23 an hour; ml.t3.medium 0.05 (SageMaker pricing page)."""


def _notebook(**inputs):
    return (NOTEBOOK, "lab", {"instanceType": TYPE, "roleArn": "role", **inputs})


def test_a_notebook_instance_runs_all_month_with_five_gigabytes(priced):
    found = priced(_notebook())
    # 730 h x 0.23 = 167.90; 5 GB x 0.14 = 0.70
    assert [round(item.monthly_cost.expected, 2) for item in found.lines] == [167.90, 0.70]


def test_a_stopped_notebook_instance_keeps_its_volume(priced, usage_of):
    found = priced(_notebook(volumeSize=50), usage=usage_of("aws_sagemaker_notebook_instance", {"monthly_hours": 100}))
    # 100 h x 0.23 = 23.00; 50 GB x 0.14 = 7.00
    assert found.monthly_cost.expected == pytest.approx(30.00, abs=0.005)


def test_a_lifecycle_configuration_that_may_stop_it_is_told(priced):
    notes = [note for found in priced(_notebook(lifecycleConfigName="stop-when-idle")).lines for note in found.assumptions]
    assert any("lifecycle configuration may stop it" in note for note in notes)


def test_a_notebook_of_an_unknown_type_is_unknown(priced):
    assert priced(_notebook(instanceType=UNKNOWN)).status is Status.UNKNOWN


def test_a_notebook_type_without_a_price_is_listed_beside_its_volume(priced):
    found = priced(_notebook(instanceType="ml.z9.mega"))
    assert [item.component for item in found.lines] == ["notebook instance ML storage"]


def _domain(**inputs):
    return (DOMAIN, "studio", {"domainName": "studio", "authMode": "IAM", "vpcId": "vpc", "subnetIds": ["subnet"], "defaultUserSettings": {}, **inputs})


def test_a_domain_is_its_home_directories(priced, usage_of, line):
    found = priced(_domain(), usage=usage_of("aws_sagemaker_domain", {"storage_gb": 100, "monthly_canvas_session_hours": 10}))
    # 100 GB on EFS x 0.30 = 30.00; 10 h of Canvas x 1.90 = 19.00
    assert line(found, "Standard storage").monthly_cost.expected == pytest.approx(30.00, abs=0.005)
    assert line(found, "Canvas session").monthly_cost.expected == pytest.approx(19.00, abs=0.005)


def test_a_domains_rstudio_server_runs_on_an_instance_of_its_own(priced, usage_of, line):
    server = {"rStudioServerProDomainSettings": {"domainExecutionRoleArn": "role", "defaultResourceSpec": {"instanceType": TYPE}}}
    found = priced(_domain(domainSettings=server), usage=usage_of("aws_sagemaker_domain", {"storage_gb": 0}))
    assert line(found, "RStudioServerPro app").monthly_cost.expected == pytest.approx(167.90, abs=0.005)


def _app(kind, **inputs):
    return (APP, "app", {"domainId": "d-1", "appName": "default", "appType": kind, **inputs})


@pytest.mark.parametrize("kind", ["JupyterLab", "CodeEditor", "KernelGateway", "TensorBoard", "RSessionGateway"])
def test_an_app_is_its_instance_while_it_runs(priced, usage_of, line, kind):
    found = priced(_app(kind, resourceSpec={"instanceType": TYPE}), usage=usage_of("aws_sagemaker_app", {"monthly_hours": 10}))
    assert line(found, f"{kind} app").monthly_cost.expected == pytest.approx(2.30, abs=0.005)


def test_an_app_that_names_no_instance_runs_on_the_default(priced, line):
    # ml.t3.medium 0.05 x 730 h
    assert line(priced(_app("JupyterLab")), "JupyterLab app").monthly_cost.expected == pytest.approx(36.50, abs=0.005)


def test_an_app_takes_its_spaces_instance(priced, line, resource):
    settings = {"appType": "JupyterLab", "jupyterLabAppSettings": {"defaultResourceSpec": {"instanceType": TYPE}}}
    space = resource(SPACE, "shared", {"domainId": "d-1", "spaceName": "shared", "spaceSettings": settings})
    app = resource(APP, "app", _app("JupyterLab")[2] | {"spaceName": UNKNOWN}, property_dependencies={"spaceName": (space.urn,)})
    assert line(priced(app, space), "JupyterLab app").instance_type == TYPE


@pytest.mark.parametrize("app", [_app("JupyterServer"), _app("KernelGateway", resourceSpec={"instanceType": "system"})])
def test_an_app_on_a_system_instance_is_free(priced, app):
    assert priced(app).status is Status.FREE


def test_a_canvas_app_is_its_session_hours(priced, usage_of):
    # 20 h x 1.90
    assert priced(_app("Canvas"), usage=usage_of("aws_sagemaker_app", {"monthly_hours": 20})).monthly_cost.expected == pytest.approx(38.00, abs=0.005)


def _space(**settings):
    return (SPACE, "space", {"domainId": "d-1", "spaceName": "space", "spaceSettings": settings})


def test_a_space_is_its_volume_and_the_hours_of_its_app(priced, usage_of, line):
    storage = {"ebsStorageSettings": {"ebsVolumeSizeInGb": 100}}
    found = priced(_space(appType="CodeEditor", spaceStorageSettings=storage), usage=usage_of("aws_sagemaker_space", {"monthly_hours": 10}))
    # 100 GB x 0.112 = 11.20; 10 h x 0.05 = 0.50
    assert line(found, "Studio space storage").monthly_cost.expected == pytest.approx(11.20, abs=0.005)
    assert line(found, "CodeEditor app").monthly_cost.expected == pytest.approx(0.50, abs=0.005)


def test_a_space_whose_app_is_declared_is_its_volume_alone(priced, resource):
    space = resource(SPACE, "space", _space(appType="JupyterLab")[2])
    app = resource(APP, "app", _app("JupyterLab")[2] | {"spaceName": UNKNOWN}, property_dependencies={"spaceName": (space.urn,)})
    # the default volume of 5 GB x 0.112
    assert priced(space, app).monthly_cost.expected == pytest.approx(0.56, abs=0.005)


def test_a_space_of_unknown_size_is_unknown(priced):
    storage = {"ebsStorageSettings": {"ebsVolumeSizeInGb": UNKNOWN}}
    assert priced(_space(appType="JupyterLab", spaceStorageSettings=storage)).status is Status.UNKNOWN


def _user(**settings):
    return (USER, "ada", {"domainId": "d-1", "userProfileName": "ada", "userSettings": settings})


def test_a_user_has_the_presets_app_and_space(priced, line):
    found = priced(_user(jupyterLabAppSettings={"defaultResourceSpec": {"instanceType": TYPE}}))
    # 80 h x 0.23 = 18.40; 5 GB x 0.112 = 0.56
    assert line(found, "Studio app").monthly_cost.expected == pytest.approx(18.40, abs=0.005)
    assert found.monthly_cost.expected == pytest.approx(18.96, abs=0.005)


def test_a_users_instance_is_the_domains_where_the_user_names_none(priced, line, resource):
    settings = {"jupyterLabAppSettings": {"defaultResourceSpec": {"instanceType": TYPE}}}
    domain = resource(DOMAIN, "studio", _domain(defaultUserSettings=settings)[2])
    user = resource(USER, "ada", _user()[2] | {"domainId": UNKNOWN}, property_dependencies={"domainId": (domain.urn,)})
    assert line(priced(user, domain), "Studio app").instance_type == TYPE


@pytest.mark.parametrize("declared", [_app("JupyterLab", userProfileName="ada"), (SPACE, "s", {"ownershipSettings": {"ownerUserProfileName": "ada"}})])
def test_a_user_whose_apps_are_declared_is_free(priced, declared):
    assert priced(_user(), declared).status is Status.FREE


def test_another_users_app_changes_nothing(priced):
    assert priced(_user(), _app("JupyterLab", userProfileName="grace")).status is Status.PRICED


def test_a_tracking_server_is_small_where_no_size_is_declared(priced, usage_of, line):
    found = priced((MLFLOW, "runs", {"trackingServerName": "runs", "artifactStoreUri": "s3://runs", "roleArn": "role"}))
    # 730 h x 0.642 = 468.66; the preset's 1 GB x 0.10
    assert line(found, "MLflow tracking server, Small").monthly_cost.expected == pytest.approx(468.66, abs=0.005)
    assert found.monthly_cost.expected == pytest.approx(468.76, abs=0.005)


def test_a_size_of_tracking_server_without_a_price_is_listed(priced):
    found = priced((MLFLOW, "runs", {"trackingServerName": "runs", "artifactStoreUri": "s3://runs", "roleArn": "role", "trackingServerSize": "Large"}))
    assert [item.component for item in found.lines] == ["MLflow metadata storage"]
