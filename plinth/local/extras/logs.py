"""CloudWatch Logs beyond moto: the class and the deletion protection of a log group."""

from __future__ import annotations

import json

from moto.logs import urls
from moto.logs.exceptions import LogsClientError
from moto.logs.responses import LogsResponse

from plinth.local.extras.memory import memory


class LogsExtras(LogsResponse):
    """moto's Logs with the members of a log group that it drops."""

    def create_log_group(self) -> str:
        """CreateLogGroup, keeping class and deletion protection."""
        result = super().create_log_group()
        kept = {
            "logGroupClass": self._get_param("logGroupClass") or "STANDARD",
            "deletionProtectionEnabled": bool(self._get_param("deletionProtectionEnabled")),
        }
        memory(self.logs_backend, "log-group")[self._get_param("logGroupName")] = kept
        return result

    def describe_log_groups(self) -> str:
        """DescribeLogGroups, with the members kept."""
        answer = json.loads(super().describe_log_groups())
        for group in answer["logGroups"]:
            group.update(memory(self.logs_backend, "log-group").get(group["logGroupName"], {}))
        return json.dumps(answer)

    def put_log_group_deletion_protection(self) -> str:
        """PutLogGroupDeletionProtection, which moto lacks; the group is named by its name or its ARN."""
        name = self._get_param("logGroupIdentifier").split(":log-group:")[-1].removesuffix(":*")
        if name not in self.logs_backend.groups:
            raise LogsClientError("ResourceNotFoundException", "The specified log group does not exist.")
        memory(self.logs_backend, "log-group").setdefault(name, {})["deletionProtectionEnabled"] = bool(self._get_param("deletionProtectionEnabled"))
        return ""

    def delete_log_group(self) -> str:
        """DeleteLogGroup, which deletion protection refuses."""
        name = self._get_param("logGroupName")
        if memory(self.logs_backend, "log-group").get(name, {}).get("deletionProtectionEnabled"):
            raise LogsClientError("ValidationException", f"Log group {name} has deletion protection enabled.")
        result = super().delete_log_group()
        memory(self.logs_backend, "log-group").pop(name, None)
        return result


def install() -> None:
    """Route Logs to the extended class."""
    for path in urls.url_paths:
        urls.url_paths[path] = LogsExtras.dispatch
