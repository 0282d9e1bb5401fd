"""Accounts as devices have them, their use, and what is wrong with them; values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

from device_configs.site.model import AccountProtocol

Address = IPv4Address | IPv6Address
COMMUNITY = "(community)"
"""Stands for the name of an SNMP community, which is its secret."""


@dataclass(frozen=True, slots=True)
class FoundAccount:
    """An account by which somebody can get into a device."""

    device: str
    name: str
    protocol: AccountProtocol
    is_administrator: bool = False
    has_password: bool = False
    keys: frozenset[str] = frozenset()
    """Fingerprints of the public keys that open it, as OpenSSH writes them (``SHA256:...``)."""


@dataclass(frozen=True, slots=True)
class AccountUse:
    """One sign-in; ``at`` is aware. ``source`` is None at a console, or where nothing says it."""

    device: str
    name: str
    protocol: AccountProtocol
    at: datetime
    source: Address | None


@dataclass(frozen=True, slots=True)
class DeviceAccounts:
    """What a device said. ``problem`` is empty, or why nothing is known of it.

    ``recorded_since``: how far back its records of use reach; None where it has none.
    """

    device: str
    accounts: tuple[FoundAccount, ...] = ()
    uses: tuple[AccountUse, ...] = ()
    recorded_since: datetime | None = None
    problem: str = ""


class AccountFault(StrEnum):
    """The three things that A9 asks for."""

    BACK_DOOR = "back_door"
    ORPHAN = "orphan"
    UNUSUAL = "unusual"


class AccountReason(StrEnum):
    """Why it is one of them."""

    UNDECLARED = "undeclared"
    """Nobody declared it on this device."""
    UNDECLARED_KEY = "undeclared_key"
    """A key opens it that is not its holder's."""
    EXCESS_PRIVILEGE = "excess_privilege"
    """It is an administrator and is declared as less."""
    UNUSED = "unused"
    OWNER_GONE = "owner_gone"
    """The person who answers for it may no longer sign in here."""
    HOURS = "hours"
    SOURCE = "source"
    BREAK_GLASS = "break_glass"
    """It is kept for the day on which nothing else works."""
    TOO_MANY = "too_many"
    TOO_FEW = "too_few"

    @property
    def fault(self) -> AccountFault:
        return _FAULTS[self]


_FAULTS = {
    AccountReason.UNDECLARED: AccountFault.BACK_DOOR,
    AccountReason.UNDECLARED_KEY: AccountFault.BACK_DOOR,
    AccountReason.EXCESS_PRIVILEGE: AccountFault.BACK_DOOR,
    AccountReason.UNUSED: AccountFault.ORPHAN,
    AccountReason.OWNER_GONE: AccountFault.ORPHAN,
    AccountReason.HOURS: AccountFault.UNUSUAL,
    AccountReason.BREAK_GLASS: AccountFault.UNUSUAL,
    AccountReason.SOURCE: AccountFault.UNUSUAL,
    AccountReason.TOO_MANY: AccountFault.UNUSUAL,
    AccountReason.TOO_FEW: AccountFault.UNUSUAL,
}


@dataclass(frozen=True, slots=True, order=True)
class AccountFinding:
    """One thing wrong. ``detail`` names the key, the address, the number of sessions or the owner;
    ``at`` is when it was used, where a use is what is wrong."""

    device: str
    name: str
    protocol: AccountProtocol
    reason: AccountReason
    detail: str = ""
    at: datetime | None = None


class DoubtReason(StrEnum):
    """Why something could not be decided."""

    DEVICE_NOT_READ = "device_not_read"
    KEYS_UNKNOWN = "keys_unknown"
    """Nothing says which keys are the holder's."""
    RECORD_TOO_SHORT = "record_too_short"
    """Records of use do not reach back far enough, or there are none."""
    NO_ACCESS_DECLARED = "no_access_declared"
    """A terminal on which no administrator by ssh is declared: the platform cannot ask it."""


@dataclass(frozen=True, slots=True, order=True)
class AccountDoubt:
    """What is unknown; it never counts as good. ``name`` is empty where it is the whole device."""

    device: str
    name: str
    reason: DoubtReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ListedAccount:
    """A row of the list: an account on a device, declared or not, there or not."""

    device: str
    name: str
    protocol: AccountProtocol
    is_declared: bool
    exists: bool
    last_used: datetime | None = None
    last_source: str = ""


@dataclass(frozen=True, slots=True)
class AccountJudgement:
    """Everything that one audit says."""

    findings: tuple[AccountFinding, ...]
    doubts: tuple[AccountDoubt, ...]
    accounts: tuple[ListedAccount, ...]

    def counts(self) -> Mapping[AccountFault, int]:
        """How many findings of each kind."""
        faults = [finding.reason.fault for finding in self.findings]
        return {fault: faults.count(fault) for fault in AccountFault}
