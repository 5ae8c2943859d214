"""The settings of the roles that people take."""

from __future__ import annotations

from infra.settings.base import AccountId, Change, Settings, setting


class IdentitySettings(Settings):
    """`plinth:identity`."""

    trusted_account_ids: tuple[AccountId, ...] = setting(
        change=Change.IN_PLACE, description="accounts whose identities may take a persona's role; empty: this account only", default=()
    )
    session_hours: int = setting(change=Change.IN_PLACE, description="how long a persona's session lasts", default=4, ge=1, le=12)
    mfa_age_hours: int = setting(change=Change.IN_PLACE, description="how old the second factor may be when a role is taken", default=8, ge=1, le=24)
