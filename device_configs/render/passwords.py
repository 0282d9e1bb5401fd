"""Break-glass accounts with their passwords, as the declared policy wants them."""

from collections.abc import Iterator

from device_configs.render.refusal import NotRenderable
from device_configs.render.secrets import MASK, Secrets
from device_configs.site.model import Account, AccountKind, Device, PasswordPolicy, Site


def break_glass_accounts(site: Site, device: Device) -> tuple[Account, ...]:
    """The break-glass accounts of a device, in declared order."""
    return tuple(
        account
        for account in site.accounts
        if account.kind is AccountKind.BREAK_GLASS and device.name in account.devices
    )


def password_of(site: Site, account: Account, secrets: Secrets) -> str:
    """The account's password, by the policy of access.yml.

    Raises :class:`NotRenderable` for one that the policy refuses, and
    :class:`~device_configs.render.secrets.SecretsMissing` where the secrets have none.
    """
    name = account.password_secret or ""
    value = secrets.key(name)
    policy = site.access.passwords
    lacking = () if policy is None or value == MASK else tuple(_lacking(value, policy))
    if lacking:
        raise NotRenderable(
            f"secrets.json: keys.{name}: is the password of {account.name} and needs "
            f"{' and '.join(lacking)} (access.yml: passwords)"
        )
    return value


def _lacking(value: str, policy: PasswordPolicy) -> Iterator[str]:
    """What a password lacks; pure."""
    if len(value) < policy.least_characters:
        yield f"{policy.least_characters} characters"
    kinds = (str.islower, str.isupper, str.isdigit, lambda c: not c.isalnum())
    if sum(any(is_kind(c) for c in value) for is_kind in kinds) < policy.least_kinds:
        yield f"{policy.least_kinds} kinds of small letters, capitals, digits and others"
