"""EKS beyond moto: cluster settings that moto drops, the cluster security group, access entries, add-ons, pod identity.

Semantics: Amazon EKS API reference; each answer's shape is checked against botocore's model by the tests.
"""

from __future__ import annotations

import uuid
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.eks import urls
from moto.eks.exceptions import InvalidRequestException, ResourceInUseException, ResourceNotFoundException
from moto.eks.responses import EKSResponse

from plinth.local.extras.memory import asked, memory

CLUSTER_SETTINGS = {
    "accessConfig": "access_config",
    "upgradePolicy": "upgrade_policy",
    "zonalShiftConfig": "zonal_shift_config",
    "deletionProtection": "deletion_protection",
    "computeConfig": "compute_config",
    "storageConfig": "storage_config",
    "controlPlaneScalingConfig": "control_plane_scaling_config",
}
"""Members of CreateCluster and UpdateClusterConfig that moto drops -> the attribute that its serializer reads."""

NODE_GROUP_SETTINGS = {"updateConfig": "update_config", "nodeRepairConfig": "node_repair_config", "warmPoolConfig": "warm_pool_config"}
DEFAULT_ACCESS = {"bootstrapClusterCreatorAdminPermissions": True, "authenticationMode": "CONFIG_MAP"}
NEW_PATHS = (
    "/clusters/(?P<name>[^/]+)/access-entries$",
    "/clusters/(?P<name>[^/]+)/access-entries/(?P<principalArn>.+)$",
    "/clusters/(?P<name>[^/]+)/addons$",
    "/clusters/(?P<name>[^/]+)/addons/(?P<addonName>[^/]+)$",
    "/clusters/(?P<name>[^/]+)/pod-identity-associations$",
    "/clusters/(?P<name>[^/]+)/pod-identity-associations/(?P<associationId>[^/]+)$",
)


class EksExtras(EKSResponse):
    """moto's EKS with the operations and members that it lacks."""

    def create_cluster(self) -> ActionResult:
        """CreateCluster, keeping every setting, with the security group that EKS makes for the cluster."""
        result = super().create_cluster()
        cluster = self.eks_backend.clusters[self._get_param("name")]
        for member, attribute in CLUSTER_SETTINGS.items():
            setattr(cluster, attribute, self._get_param(member))
        cluster.access_config = {**DEFAULT_ACCESS, **(self._get_param("accessConfig") or {})}  # type: ignore[attr-defined]
        self._make_security_group(cluster)
        return result

    def _make_security_group(self, cluster: Any) -> None:
        ec2 = ec2_backends[self.current_account][self.region]
        subnets = ec2.describe_subnets(subnet_ids=cluster.resources_vpc_config["subnetIds"])
        name = f"eks-cluster-sg-{cluster.name}-{uuid.uuid4().int % 10**10}"
        group = ec2.create_security_group(
            name, "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes", subnets[0].vpc_id
        )
        cluster.resources_vpc_config = {**cluster.resources_vpc_config, "clusterSecurityGroupId": group.id, "vpcId": subnets[0].vpc_id}

    def delete_cluster(self) -> ActionResult:
        """DeleteCluster, which deletion protection refuses; the cluster's security group goes with it."""
        cluster = self._cluster()
        if cluster.deletion_protection:
            raise InvalidRequestException(clusterName=cluster.name, message="Cannot delete cluster because deletion protection is enabled.")
        result = super().delete_cluster()
        ec2_backends[self.current_account][self.region].delete_security_group(group_id=cluster.resources_vpc_config["clusterSecurityGroupId"])
        for kind in ("access-entries", "access-policies", "addons", "pod-identity-associations"):
            memory(self.eks_backend, kind).pop(cluster.name, None)
        return result

    def update_cluster_config(self) -> ActionResult:
        """UpdateClusterConfig, with the `update` object that waiters read."""
        super().update_cluster_config()
        cluster, changed = self._cluster(), asked(self, *CLUSTER_SETTINGS)
        for member, value in changed.items():
            setattr(cluster, CLUSTER_SETTINGS[member], value)
        update = {"id": str(uuid.uuid4()), "status": "Successful", "type": "VpcConfigUpdate", "params": [], "createdAt": utcnow(), "errors": []}
        return ActionResult({"update": update})

    def create_nodegroup(self) -> ActionResult:
        """CreateNodegroup, keeping the update, repair and warm-pool settings, with an Auto Scaling group behind it."""
        result = super().create_nodegroup()
        node_group = self._cluster().nodegroups[self._get_param("nodegroupName")]
        for member, attribute in NODE_GROUP_SETTINGS.items():
            setattr(node_group, attribute, self._get_param(member))
        self._make_group(node_group)
        return result

    def _make_group(self, node_group: Any) -> None:
        """The Auto Scaling group that EKS makes of a node group. It holds no instances: no node runs on the local AWS."""
        name = f"eks-{node_group.nodegroup_name}-{node_group.uuid}"
        template = {"LaunchTemplateId": node_group.launch_template["id"]} if node_group.launch_template else {"LaunchTemplateName": name}
        if not node_group.launch_template:
            ec2_backends[self.current_account][self.region].create_launch_template(name, "", {"InstanceType": node_group.instance_types[0]}, {})
        autoscaling_backends[self.current_account][self.region].create_auto_scaling_group(
            name=name,
            availability_zones=[],
            desired_capacity=0,
            max_size=node_group.scaling_config["maxSize"],
            min_size=0,
            launch_config_name="",
            launch_template=template,
            vpc_zone_identifier=",".join(node_group.subnets),
            default_cooldown=None,
            health_check_period=None,
            health_check_type=None,
            load_balancers=[],
            target_group_arns=[],
            placement_group=None,
            termination_policies=[],
            tags=[],
        )
        node_group.resources = {**node_group.resources, "autoScalingGroups": [{"name": name}]}

    def delete_nodegroup(self) -> ActionResult:
        """DeleteNodegroup; its Auto Scaling group, and the launch template that EKS made for it, go with it."""
        node_group = self.eks_backend.describe_nodegroup(self._cluster().name, self._get_param("nodegroupName"))
        result = super().delete_nodegroup()
        name = node_group.resources["autoScalingGroups"][0]["name"]
        autoscaling_backends[self.current_account][self.region].delete_auto_scaling_group(name)
        if not node_group.launch_template:
            ec2_backends[self.current_account][self.region].delete_launch_template(name, None)
        return result

    def create_access_entry(self) -> ActionResult:
        """CreateAccessEntry; refused where the cluster authenticates by its ConfigMap only."""
        cluster, principal = self._cluster(), self._get_param("principalArn")
        if cluster.access_config["authenticationMode"] == "CONFIG_MAP":
            raise InvalidRequestException(
                clusterName=cluster.name, message="The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP]."
            )
        entry = {
            "clusterName": cluster.name,
            "principalArn": principal,
            "kubernetesGroups": self._get_param("kubernetesGroups") or [],
            "accessEntryArn": self._arn("access-entry", cluster.name, *principal.split(":", 5)[5].split("/", 1), uuid.uuid4()),
            "tags": self._get_param("tags") or {},
            "username": self._get_param("username") or principal,
            "type": self._get_param("type") or "STANDARD",
        }
        return ActionResult({"accessEntry": self._add("access-entries", principal, entry)})

    def describe_access_entry(self) -> ActionResult:
        """DescribeAccessEntry."""
        return ActionResult({"accessEntry": self._one("access-entries", self._get_param("principalArn"))})

    def list_access_entries(self) -> ActionResult:
        """ListAccessEntries: principal ARNs."""
        return ActionResult({"accessEntries": sorted(self._all("access-entries"))})

    def delete_access_entry(self) -> ActionResult:
        """DeleteAccessEntry; its policy associations go with it."""
        principal = self._get_param("principalArn")
        self._remove("access-entries", principal)
        self._all("access-policies").pop(principal, None)
        return EmptyResult()

    def associate_access_policy(self) -> ActionResult:
        """AssociateAccessPolicy: replaces the scope where the policy is associated already, as EKS does."""
        principal, policy = self._get_param("principalArn"), self._get_param("policyArn")
        self._one("access-entries", principal)
        now = utcnow()
        associated = {"policyArn": policy, "accessScope": self._get_param("accessScope"), "associatedAt": now, "modifiedAt": now}
        self._all("access-policies").setdefault(principal, {})[policy] = associated
        return ActionResult({"clusterName": self._cluster().name, "principalArn": principal, "associatedAccessPolicy": associated})

    def list_associated_access_policies(self) -> ActionResult:
        """ListAssociatedAccessPolicies of one access entry."""
        principal = self._get_param("principalArn")
        self._one("access-entries", principal)
        policies = list(self._all("access-policies").get(principal, {}).values())
        return ActionResult({"clusterName": self._cluster().name, "principalArn": principal, "associatedAccessPolicies": policies})

    def disassociate_access_policy(self) -> ActionResult:
        """DisassociateAccessPolicy."""
        self._one("access-entries", self._get_param("principalArn"))
        if self._all("access-policies").get(self._get_param("principalArn"), {}).pop(self._get_param("policyArn"), None) is None:
            raise _not_found(self._get_param("name"), self._get_param("policyArn"))
        return EmptyResult()

    def create_addon(self) -> ActionResult:
        """CreateAddon. Where no version is asked for, none is answered: the local AWS keeps no catalogue of add-on versions."""
        cluster, name = self._cluster(), self._get_param("addonName")
        addon = {
            "addonName": name,
            "clusterName": cluster.name,
            "status": "ACTIVE",
            "health": {"issues": []},
            "addonArn": self._arn("addon", cluster.name, name, uuid.uuid4()),
            "tags": self._get_param("tags") or {},
            **asked(self, "addonVersion", "serviceAccountRoleArn", "configurationValues", "namespaceConfig"),
        }
        identities = [{**identity, "clusterName": cluster.name, "namespace": "kube-system"} for identity in self._get_param("podIdentityAssociations") or ()]
        addon["podIdentityAssociations"] = [self._associate(identity, addon["addonArn"])["associationArn"] for identity in identities]
        return ActionResult({"addon": self._add("addons", name, addon)})

    def describe_addon(self) -> ActionResult:
        """DescribeAddon."""
        return ActionResult({"addon": self._one("addons", self._get_param("addonName"))})

    def list_addons(self) -> ActionResult:
        """ListAddons: names."""
        return ActionResult({"addons": sorted(self._all("addons"))})

    def delete_addon(self) -> ActionResult:
        """DeleteAddon; the pod identity associations that it owns go with it."""
        addon = self._remove("addons", self._get_param("addonName"))
        associations = self._all("pod-identity-associations")
        for identity in [key for key, association in associations.items() if association.get("ownerArn") == addon["addonArn"]]:
            del associations[identity]
        return ActionResult({"addon": {**addon, "status": "DELETING"}})

    def create_pod_identity_association(self) -> ActionResult:
        """CreatePodIdentityAssociation; a service account has one role."""
        wanted = asked(self, "namespace", "serviceAccount", "roleArn", "tags", "disableSessionTags", "targetRoleArn", "policy")
        return ActionResult({"association": self._associate({**wanted, "clusterName": self._cluster().name})})

    def describe_pod_identity_association(self) -> ActionResult:
        """DescribePodIdentityAssociation."""
        return ActionResult({"association": self._one("pod-identity-associations", self._get_param("associationId"))})

    def list_pod_identity_associations(self) -> ActionResult:
        """ListPodIdentityAssociations, in their summary form."""
        keys = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")
        return ActionResult(
            {"associations": [{key: association[key] for key in keys if key in association} for association in self._all("pod-identity-associations").values()]}
        )

    def delete_pod_identity_association(self) -> ActionResult:
        """DeletePodIdentityAssociation."""
        return ActionResult({"association": self._remove("pod-identity-associations", self._get_param("associationId"))})

    def _associate(self, wanted: dict[str, Any], owner: str | None = None) -> dict[str, Any]:
        taken = [(found["namespace"], found["serviceAccount"]) for found in self._all("pod-identity-associations").values()]
        if (wanted["namespace"], wanted["serviceAccount"]) in taken:
            raise _in_use(wanted["clusterName"], f"Association already exists for {wanted['namespace']}/{wanted['serviceAccount']}")
        identity = f"a-{uuid.uuid4().hex[:17]}"
        arn = self._arn("podidentityassociation", wanted["clusterName"], identity)
        association = {"tags": {}, **wanted, "associationId": identity, "associationArn": arn, **({"ownerArn": owner} if owner else {})}
        return self._add("pod-identity-associations", identity, association)

    def _cluster(self) -> Any:
        return self.eks_backend.describe_cluster(name=self._get_param("name") or self._get_param("clusterName"))

    def _arn(self, kind: str, *parts: object) -> str:
        return f"arn:{self.partition}:eks:{self.region}:{self.current_account}:{kind}/{'/'.join(map(str, parts))}"

    def _all(self, kind: str) -> dict[str, Any]:
        return memory(self.eks_backend, kind).setdefault(self._cluster().name, {})

    def _add(self, kind: str, key: str, item: dict[str, Any]) -> dict[str, Any]:
        if key in self._all(kind):
            raise _in_use(item["clusterName"], f"{key} already exists in {item['clusterName']}")
        now = utcnow()
        self._all(kind)[key] = {**item, "createdAt": now, "modifiedAt": now}
        return self._all(kind)[key]

    def _one(self, kind: str, key: str) -> dict[str, Any]:
        if key not in self._all(kind):
            raise _not_found(self._cluster().name, key)
        return self._all(kind)[key]

    def _remove(self, kind: str, key: str) -> dict[str, Any]:
        self._one(kind, key)
        return self._all(kind).pop(key)


def _not_found(cluster: str, what: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(clusterName=cluster, nodegroupName=None, fargateProfileName=None, addonName=None, message=f"{what} is not in {cluster}")


def _in_use(cluster: str, message: str) -> ResourceInUseException:
    return ResourceInUseException(clusterName=cluster, nodegroupName=None, addonName=None, message=message)


def install() -> None:
    """Route EKS to the extended class, with the paths of the operations that moto lacks."""
    for path in [*urls.url_paths, *(f"{{0}}{path}" for path in NEW_PATHS)]:
        urls.url_paths[path] = EksExtras.dispatch
