"""The play ``accounts``: audit the accounts of the devices, or say what an audit would find."""

from collections.abc import Sequence

from device_configs.accounts.model import AccountJudgement
from device_configs.accounts.service import audit_accounts, judge_devices
from device_configs.plays.controller import ControllerWork
from device_configs.plays.outcomes import HostOutcome
from ops_core.kernel.permissions import Permission, require


def audit(
    given: ControllerWork, hosts: Sequence[str], *, check: bool
) -> dict[str, HostOutcome]:  # fmt: skip
    """Audit the accounts of the hosts, on record; ``check`` judges them and records nothing.

    Raises what :func:`device_configs.accounts.service.audit_accounts` does.
    """
    require(given.actor, Permission.DEPLOY)
    work, shells = given.work, given.shells
    if check:
        judgement = judge_devices(work, shells, tuple(hosts), work.clock.now(), given.show)
    else:
        judgement = audit_accounts(work, shells, given.actor, hosts, given.show).judgement
    return {host: outcome_of(judgement, host) for host in hosts}


def outcome_of(judgement: AccountJudgement, host: str) -> HostOutcome:
    """What is wrong at a host; where nothing is found, what could not be decided there; pure."""
    found = [
        f"{one.reason.fault}: {one.name} ({one.protocol}) {one.reason} {one.detail}".rstrip()
        for one in judgement.findings
        if one.device == host
    ]
    if found:
        return HostOutcome("\n".join(found))
    doubts = [
        f"unknown: {one.name} {one.reason} {one.detail}".rstrip()
        for one in judgement.doubts
        if one.device == host
    ]
    return HostOutcome("\n".join(doubts), is_unknown=bool(doubts))
