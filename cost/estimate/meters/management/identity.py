"""Identity and mail meters: directories, Cognito user pools by their monthly active users, email sent with SES, dedicated sending addresses."""

from __future__ import annotations

from collections.abc import Iterable

from cost.estimate.meters.base import Charge, Context, Fixed, Free, Item, Meter, UndecidableError, Unpriced, Used, constant, used_charge
from cost.units import MONTH_HOURS

TIERS = {"LITE": "monthly active user (Lite)", "ESSENTIALS": "monthly active user (Essentials)", "PLUS": "monthly active user (Plus)"}
"""Essentials is the default of a new pool. Source: Cognito developer guide, user pool feature plans."""

DIRECTORIES = {
    "SimpleAD": ("Simple AD", "size", "Small"),
    "ADConnector": ("AD Connector", "size", "Small"),
    "MicrosoftAD": ("Microsoft AD", "edition", "Enterprise"),
}
"""A directory's type -> its name in the price book, the input that its price goes by, and AWS's default for that."""
MIN_CONTROLLERS = 2


def user_pool(context: Context) -> Iterable[Item]:
    """Users who are active in the month, at the pool's feature plan, and those who sign in through a SAML or OIDC provider."""
    tier = context.text("userPoolTier", "ESSENTIALS")
    if tier not in TIERS:
        raise UndecidableError(f"no price for a user pool of tier {tier}")
    yield from used_charge(context, "aws_cognito_user_pool", Used("monthly_active_users", TIERS[tier]))
    yield from used_charge(context, "aws_cognito_user_pool", Used("monthly_federated_users", "monthly active user (SAML or OIDC)"))
    security = context.get("userPoolAddOns.advancedSecurityMode", "OFF")
    if tier == "LITE" and security != "OFF":
        yield Unpriced("advanced security features", "the price book has no price for them on the Lite plan; add one with --prices")


def directory(context: Context) -> Iterable[Item]:
    """Domain controllers by the hour, two at least, and the accounts that a directory is shared with. Source: AWS Directory Service pricing."""
    kind = context.text("type", "SimpleAD")
    if kind not in DIRECTORIES:
        raise UndecidableError(f"no price for a directory of type {kind}")
    name, path, default = DIRECTORIES[kind]
    size = context.text(path, default)
    controllers = context.number("desiredNumberOfDomainControllers", MIN_CONTROLLERS)
    component, price_type = f"{name}, {size}", "aws_directory_service_directory"
    yield Charge(price_type, component, constant(max(controllers, MIN_CONTROLLERS) * MONTH_HOURS))
    yield from used_charge(context, price_type, Used("additional_domain_controllers", component), factor=MONTH_HOURS)
    yield from used_charge(context, price_type, Used("shared_accounts", f"directory sharing, {size}"), factor=MONTH_HOURS)


def app_client(context: Context) -> Iterable[Item]:
    """People who sign in are priced with the pool; an app that signs in by itself has prices of its own. Source: Cognito pricing, machine-to-machine."""
    if "client_credentials" in context.items("allowedOauthFlows"):
        raise UndecidableError("the price book has no price for machine-to-machine app clients; add one with --prices")
    yield Free("its users are priced with the user pool")


def dedicated_pool(context: Context) -> Iterable[Item]:
    """A managed pool has a monthly fee; a standard pool costs by its addresses, which are resources of their own."""
    if context.text("scalingMode", "STANDARD") == "MANAGED":
        yield Charge("aws_sesv2_dedicated_ip_pool", "managed dedicated addresses", constant(1))
    else:
        yield Free("a standard pool carries no charge; its addresses do")


EMAIL = (Used("monthly_emails", "outbound email", 1000),)

METERS = {
    "aws:directoryservice/directory:Directory": Meter(
        "aws_directory_service_directory", measure=directory, extra_fields=("additional_domain_controllers", "shared_accounts")
    ),
    "aws:cognito/userPool:UserPool": Meter("aws_cognito_user_pool", measure=user_pool, extra_fields=("monthly_active_users", "monthly_federated_users")),
    "aws:cognito/userPoolClient:UserPoolClient": Meter("aws_cognito_user_pool_client", measure=app_client),
    "aws:cognito/managedUserPoolClient:ManagedUserPoolClient": Meter("aws_cognito_managed_user_pool_client", measure=app_client),
    "aws:ses/domainIdentity:DomainIdentity": Meter("aws_ses_domain_identity", used=EMAIL, price_type="aws_ses"),
    "aws:ses/emailIdentity:EmailIdentity": Meter("aws_ses_email_identity", used=EMAIL, price_type="aws_ses"),
    "aws:sesv2/emailIdentity:EmailIdentity": Meter("aws_sesv2_email_identity", used=EMAIL, price_type="aws_ses"),
    "aws:sesv2/dedicatedIpAssignment:DedicatedIpAssignment": Meter("aws_sesv2_dedicated_ip_assignment", fixed=(Fixed("dedicated address", 1),)),
    "aws:sesv2/dedicatedIpPool:DedicatedIpPool": Meter("aws_sesv2_dedicated_ip_pool", measure=dedicated_pool),
}
