"""Audit the accounts: ask every device, judge, put it on record."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import JsonValue
from sqlalchemy import select

from device_configs.accounts.boxes import FAMILIES, BoxAccounts, read_box_accounts
from device_configs.accounts.judging import AccountFacts, judge_accounts, readable_terminals
from device_configs.accounts.linux import (
    accounts_of,
    commands_of,
    gathered_by_device,
    terminal_commands,
    uses_of,
)
from device_configs.accounts.model import AccountJudgement, DeviceAccounts, FoundAccount
from device_configs.accounts.public_keys import fingerprint_of
from device_configs.accounts.record import ACCOUNT_AUDIT, AUDITED, AccountAudit, payload_of
from device_configs.changes.box_logins import box_logins
from device_configs.changes.box_sessions import BoxSessions
from device_configs.deploy.device_login import USER
from device_configs.deploy.remote import DeviceAnswer, RemoteShells
from device_configs.deploy.rendered import SECRETS
from device_configs.deploy.selection import select_devices
from device_configs.deploy.work import DeploymentWork
from device_configs.render import Secrets
from device_configs.site.model import Site
from device_configs.twin.credentials import CLIENT_KEY
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.errors import DomainError
from ops_core.kernel.numbering import ACCOUNT_AUDITS
from ops_core.kernel.permissions import Actor, Permission, require
from ops_core.kernel.tables import EventRow, UserRow


def audit_accounts(
    work: DeploymentWork,
    shells: RemoteShells,
    actor: Actor,
    limit: Sequence[str] = (),
    on_result: Callable[[str, str], None] = lambda _device, _problem: None,
) -> AccountAudit:
    """Collect the accounts of devices and terminals and hold them against the declared ones, on
    record.

    One that cannot be read is a doubt and leaves the others. Raises Invalid for unknown names, and
    Forbidden.
    """
    require(actor, Permission.DEPLOY)
    devices = audited_places(work.site, limit)
    facts = _facts(work, shells, devices, on_result)
    zone = ZoneInfo(work.site.contract.timezone)
    with unit_of_work(work.database, work.bus, work.clock, actor) as uow:
        now = uow.clock.now()
        judgement = judge_accounts(work.site, facts, now)
        taken = (EventRow.aggregate_type == ACCOUNT_AUDIT,)
        numbers = ACCOUNT_AUDITS.on_day_of(now, zone)
        number = numbers.next_free(uow.session, EventRow.aggregate_id, *taken)
        uow.event(ACCOUNT_AUDIT, number, AUDITED, payload_of(devices, judgement), now)
        counts: dict[str, JsonValue] = {str(k): n for k, n in judgement.counts().items()}
        uow.audit(AUDITED, ACCOUNT_AUDIT, number, counts | {"doubts": len(judgement.doubts)})
    return AccountAudit(number, now, str(actor), devices, judgement)


def audited_places(site: Site, limit: Sequence[str]) -> tuple[str, ...]:
    """The devices, and the terminals that can be asked, which ``limit`` names; all when it is
    empty; pure.

    Raises Invalid for a name that is neither, and for a terminal that cannot be asked.
    """
    terminals = readable_terminals(site)
    named = [name for name in limit if name in terminals]
    others = [name for name in limit if name not in terminals]
    devices = () if named and not others else select_devices(site, others)
    return (*devices, *(name for name in terminals if not limit or name in named))


def judge_devices(
    work: DeploymentWork,
    shells: RemoteShells,
    devices: Sequence[str],
    now: datetime,
    on_result: Callable[[str, str], None] = lambda _device, _problem: None,
) -> AccountJudgement:
    """What an audit of the devices at ``now`` would find; nothing is put on record."""
    return judge_accounts(work.site, _facts(work, shells, devices, on_result), now)


def _facts(
    work: DeploymentWork,
    shells: RemoteShells,
    devices: Sequence[str],
    on_result: Callable[[str, str], None],
) -> AccountFacts:
    found = collect_accounts(work, shells, devices, on_result)
    return AccountFacts(found, _expected_keys(work), _owners(work))


def collect_accounts(
    work: DeploymentWork,
    shells: RemoteShells,
    devices: Sequence[str],
    on_result: Callable[[str, str], None],
) -> tuple[DeviceAccounts, ...]:
    """What each device or terminal says, or why nothing is known of it."""
    accounts: dict[str, tuple[FoundAccount, ...]] = {}
    problems: dict[str, str] = {}
    records = []

    def take(answer: DeviceAnswer) -> None:
        name = answer.device
        try:
            if answer.problem:
                raise ValueError(answer.problem)
            accounts[name] = accounts_of(name, answer.sections)
            records.append(uses_of(name, answer.sections))
        except (ValueError, KeyError) as error:
            problems[name] = str(error) or type(error).__name__
        on_result(name, problems.get(name, ""))

    seats = [seat for seat in work.site.seats.values() if seat.name in devices]
    declared = [work.site.devices[name] for name in devices if name in work.site.devices]
    boxes = [device.name for device in declared if device.platform in FAMILIES]
    linux = [device for device in declared if device.name not in boxes]
    shells.ask(linux, commands_of, take)
    shells.ask_terminals(seats, terminal_commands(), take)
    found, unread = _box_accounts(work, shells, boxes, on_result)
    problems |= unread
    for name, box in found.items():
        accounts[name] = box.accounts
        records.append((box.uses, {} if box.since is None else {name: box.since}))
    return gathered_by_device(devices, accounts, problems, records)


def _box_accounts(
    work: DeploymentWork,
    shells: RemoteShells,
    boxes: Sequence[str],
    on_result: Callable[[str, str], None],
) -> tuple[Mapping[str, BoxAccounts], Mapping[str, str]]:
    """What vendor boxes say; all of them are unknown where nobody knows how to reach them."""
    if not boxes:
        return {}, {}
    families = {name: work.site.devices[name].platform for name in boxes}
    try:
        logins = box_logins(work.site, work.settings.state_directory)
        with closing(BoxSessions(families, logins, shells.network)) as sessions:
            return read_box_accounts(sessions, boxes, work.clock.now(), on_result)
    except DomainError as error:
        return {}, dict.fromkeys(boxes, str(error))


def _expected_keys(work: DeploymentWork) -> dict[str, frozenset[str]]:
    """The keys of the holders, by account: of those who sign in, and of deployment itself."""
    state = work.settings.state_directory
    lines = [(name, key) for name, key in Secrets.load(state / SECRETS).login_keys.items()]
    own = Path(state / CLIENT_KEY).with_suffix(".pub")
    if own.is_file():
        lines.append((USER, own.read_text()))
    found: dict[str, set[str]] = {}
    for name, line in lines:
        if (fingerprint := fingerprint_of(line)) is not None:
            found.setdefault(name, set()).add(fingerprint)
    return {name: frozenset(keys) for name, keys in found.items()}


def _owners(work: DeploymentWork) -> dict[str, bool]:
    with work.database.reading() as session:
        known = session.execute(select(UserRow.name, UserRow.active))
        return {name: bool(active) for name, active in known}
