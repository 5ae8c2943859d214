"""infra.settings.identity: whom the personas' roles may trust."""

from __future__ import annotations

import pytest

from infra.settings.identity import IdentitySettings
from infra.settings.parse import parse_area


@pytest.mark.parametrize("account", ["*", "", "12345678901", "1234567890123", "arn:aws:iam::123456789012:root", "12345678901a", "123456789012\n"])
def test_only_an_accounts_id_is_trusted(account):
    _, usable, problems = parse_area(IdentitySettings, {"trusted_account_ids": ["222222222222", account]})
    assert [(problem.key, problem.value) for problem in problems] == [("trusted_account_ids[1]", account)]
    assert "trusted_account_ids" not in usable


def test_accounts_ids_are_taken_as_they_are():
    settings, _, problems = parse_area(IdentitySettings, {"trusted_account_ids": ["222222222222", "000000000001"]})
    assert not problems
    assert settings.trusted_account_ids == ("222222222222", "000000000001")
