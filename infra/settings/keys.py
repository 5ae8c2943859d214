"""The settings of the customer-managed keys."""

from __future__ import annotations

from infra.settings.base import Change, Settings, setting


class KeysSettings(Settings):
    """`plinth:keys`."""

    multi_region: bool = setting(
        change=Change.FORBIDDEN,
        description="keys that a second region can hold replicas of; a key can't be converted, so a flip makes a new one that reads nothing of what is there",
    )
    rotation_days: int = setting(change=Change.IN_PLACE, description="days between rotations of the key material", default=365, ge=90, le=2560)
