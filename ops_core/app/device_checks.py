"""What the platform asks of devices by itself: backups, drift, rules, and the audit of accounts.

One thread, one after the other: each opens a connection to every device, and none is urgent. What a
check found, by whomever it was started, reaches the rules as samples (``monitors/alerts/rules``).
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from device_configs.accounts.model import AccountFault, DoubtReason
from device_configs.accounts.record import AccountAudit, read_account_audits
from device_configs.accounts.service import audit_accounts, audited_places
from device_configs.backups.model import BackupCause
from device_configs.backups.read import last_nightly
from device_configs.backups.service import BackupOrder, take_backup
from device_configs.backups.triggers import EndedChange, ended_changes
from device_configs.compliance.drift import DriftState
from device_configs.compliance.rule_documents import load_rules
from device_configs.compliance.rules_judgement import RuleVerdict, judge_rules, violations
from device_configs.compliance.rules_service import check_rules
from device_configs.compliance.rules_store import read_rules_checks
from device_configs.compliance.service import check_drift
from device_configs.compliance.store import DeviceDrift, read_drift
from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.work import DeploymentWork
from device_configs.drills.history import DrillRecord
from device_configs.drills.read import read_drills
from device_configs.drills.trend import drilled_devices
from device_configs.site.model import Site
from device_configs.twin.client import TwinClient
from monitors.collect.configuration_notices import ConfigurationNotice
from monitors.samples import Sample, tags_of
from ops_core.app.checks_soon import ChecksSoon
from ops_core.app.daily_times import is_due
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.consumers import advance_position, read_position
from ops_core.kernel.events import last_position, read_events
from ops_core.kernel.permissions import Actor
from ops_core.kernel.workers import Worker

FIRST_AFTER_S = 45.0
"""A platform that has just started has better to do, and its devices may still be starting."""
LOOK_EVERY_S = 5.0
PAUSE_AFTER_FAILURE = timedelta(minutes=5)
CONSUMER = "backups"
CHECKS = Actor.system("device-checks")
DRILLS_BACK = 30
"""Drills among which the newest of each fault is looked for."""
_MOST_EVENTS = 1_000


class DeviceChecks:
    """Does what is due, and hands on what was found; used from one thread."""

    def __init__(
        self,
        work: DeploymentWork,
        twin: TwinClient,
        on_samples: Callable[[list[Sample]], None],
        soon: ChecksSoon | None = None,
    ) -> None:
        self._work, self._twin, self._on_samples = work, twin, on_samples
        self._soon = soon or ChecksSoon(work.site)
        self._zone = ZoneInfo(work.site.contract.timezone)
        self._not_before: dict[str, datetime] = {}
        self._fed_drift: dict[str, datetime] = {}
        self._fed_rules: dict[str, Sample] = {}
        self._fed_audit = ""
        self._fed_drills: datetime | None = None
        self._drift_due: frozenset[str] = frozenset()
        self._rules_due: frozenset[str] = frozenset()
        self._seen_to = 0
        self._ended: list[EndedChange] = []

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Look for what is due until ``stop``."""
        self._begin()
        stop.wait(FIRST_AFTER_S)
        while not stop.is_set():
            self.look(worker)
            worker.succeeded()
            stop.wait(LOOK_EVERY_S)

    def look(self, worker: Worker) -> None:
        """One round; what fails is counted, tried again after a pause, and ends no other."""
        rounds = {
            "changes": self._after_changes,
            "nightly": self._nightly,
            "drift": self._drift,
            "rules": self._rules,
            "accounts": self._accounts,
            "feed": self._feed,
        }
        for name, step in rounds.items():
            now = self._work.clock.now()
            if now < self._not_before.get(name, now):
                continue
            with worker.boundary(name):
                self._not_before[name] = now + PAUSE_AFTER_FAILURE
                step(now)
                del self._not_before[name]

    def _begin(self) -> None:
        """Changes from before the first start have no backup of their own."""
        with self._work.database.reading() as session:
            is_new = read_position(session, CONSUMER) == 0
            newest = last_position(session)
        if is_new and newest:
            with self._recording() as uow:
                advance_position(uow, CONSUMER, newest)

    def _after_changes(self, _: datetime) -> None:
        """Back up what changes have left, each by itself in the name of whoever planned it.
        Where two ended meanwhile, the first commit has what both left on a device."""
        with self._work.database.reading() as session:
            position = max(read_position(session, CONSUMER), self._seen_to)
            while events := read_events(session, position, _MOST_EVENTS):
                self._ended += ended_changes(session, events)
                position = events[-1].position
        self._seen_to = position
        while self._ended:
            one = self._ended[0]
            if one.devices:
                order = BackupOrder(BackupCause.CHANGE, one.devices, (one.number,), one.author)
                self._back_up(order, one.position)
            self._drift_due |= set(one.devices)
            self._rules_due |= set(one.devices)
            del self._ended[0]

    def _back_up(self, order: BackupOrder, position: int) -> None:
        """Everything up to ``position`` is handled with it, in the unit of work that records it."""
        with self._shells() as shells:
            take_backup(
                self._work, shells, CHECKS, order,
                within=lambda uow: advance_position(uow, CONSUMER, position),
            )  # fmt: skip

    def _nightly(self, now: datetime) -> None:
        at = self._work.settings.backup_at
        if at is None:
            return
        with self._work.database.reading() as session:
            last = last_nightly(session)
        if is_due(at, last, now, self._zone):
            self._back_up(BackupOrder(BackupCause.NIGHTLY), self._seen_to)
            self._ended.clear()  # what a change left is in it

    def _drift(self, now: datetime) -> None:
        every = timedelta(seconds=self._work.settings.drift_every_s)
        if not every:
            return
        with self._work.database.reading() as session:
            known = read_drift(session)
        noticed = self._soon.due(now)
        due = [
            device.name
            for device in self._work.site.deployed
            if device.name in self._drift_due
            or device.name in noticed
            or device.name not in known
            or now - known[device.name].checked_at >= every
        ]
        if due:
            with self._shells() as shells:
                check_drift(self._work, shells, CHECKS, due, named=authors_named(noticed))
            self._drift_due = frozenset()
            self._rules_due |= noticed.keys()
            self._soon.checked(due, now)

    def _rules(self, now: datetime) -> None:
        every = timedelta(seconds=self._work.settings.compliance_every_s)
        if not every:
            return
        with self._work.database.reading() as session:
            known = read_rules_checks(session)
        due = [
            device.name
            for device in self._work.site.deployed
            if device.name in self._rules_due
            or device.name not in known
            or now - known[device.name].at >= every
        ]
        if due:
            with self._shells() as shells:
                check_rules(self._work, shells, CHECKS, due)
            self._rules_due = frozenset()

    def _accounts(self, now: datetime) -> None:
        at = self._work.settings.account_audit_at
        if at is None:
            return
        with self._work.database.reading() as session:
            audits = read_account_audits(session, 20)
        every_place = set(audited_places(self._work.site, ()))
        whole = [a for a in audits if every_place <= set(a.devices)]
        if is_due(at, whole[0].at if whole else None, now, self._zone):
            with self._shells() as shells:
                audit_accounts(self._work, shells, CHECKS)

    def _feed(self, now: datetime) -> None:
        with self._work.database.reading() as session:
            drifts = read_drift(session)
            checks = read_rules_checks(session)
            audits = read_account_audits(session)
            drills = read_drills(session, DRILLS_BACK)
        samples = []
        newest = max((drill.last_at for drill in drills), default=None)
        if newest != self._fed_drills:
            self._fed_drills = newest
            samples += drill_samples(self._work.site, drills)
        for drift in drifts.values():
            if self._fed_drift.get(drift.device) != drift.checked_at:
                self._fed_drift[drift.device] = drift.checked_at
                samples += drift_samples(drift)
        verdicts = judge_rules(self._work.site, load_rules(), checks, now, self._zone)
        for sample in compliance_samples(verdicts, self._zone):
            device = dict(sample.tags)["agent_host"]
            if self._fed_rules.get(device) != sample:
                self._fed_rules[device] = sample
                samples.append(sample)
        for audit in audits:
            if audit.number != self._fed_audit:
                self._fed_audit = audit.number
                samples += account_samples(audit)
        declared = set(audited_places(self._work.site, ()))
        samples = [s for s in samples if dict(s.tags)["agent_host"] in declared]
        if samples:
            self._on_samples(samples)

    @contextmanager
    def _shells(self) -> Iterator[RemoteShells]:
        network = self._twin.network_namespace(self._work.site.monitoring_host.name)
        try:
            yield RemoteShells(self._work.settings, network)
        finally:
            os.close(network)

    @contextmanager
    def _recording(self) -> Iterator[UnitOfWork]:
        with unit_of_work(self._work.database, None, self._work.clock, CHECKS) as uow:
            yield uow


def authors_named(noticed: Mapping[str, ConfigurationNotice]) -> dict[str, str]:
    """Who changed each device by its own word; devices that name nobody are left out."""
    return {
        device: f"{notice.who}{f'@{notice.source}' if notice.source else ''} "
        f"{notice.at:%Y-%m-%dT%H:%M:%SZ}"
        for device, notice in noticed.items()
        if notice.who
    }


def drift_samples(drift: DeviceDrift) -> list[Sample]:
    """The sample of a device's check; none where it is unknown."""
    if drift.state is DriftState.UNKNOWN:
        return []
    value = int(drift.state is DriftState.DRIFTED)
    tags = tags_of(agent_host=drift.device)
    return [Sample("configuration", tags, {"drift": value}, drift.checked_at)]


def compliance_samples(verdicts: Sequence[RuleVerdict], zone: ZoneInfo) -> list[Sample]:
    """How many rules each device violates; none of a device of which it is not known."""
    by_device: dict[str, list[RuleVerdict]] = {}
    for verdict in verdicts:
        by_device.setdefault(verdict.device, []).append(verdict)
    samples = []
    for device, its in by_device.items():
        found = violations(its, zone)
        if found is not None:
            count, at = found
            tags = tags_of(agent_host=device)
            samples.append(Sample("compliance", tags, {"violated": count}, at.astimezone(UTC)))
    return samples


def drill_samples(site: Site, drills: Sequence[DrillRecord]) -> list[Sample]:
    """A sample a device that was drilled, by the newest drill of each of its faults."""
    return [
        Sample(
            "drill",
            tags_of(agent_host=name),
            {"worsened": device.worsened, "exceeded": device.exceeded},
            device.at,
        )
        for name, device in drilled_devices(site, drills).items()
    ]


def account_samples(audit: AccountAudit) -> list[Sample]:
    """How many accounts of each fault a device has; none of a device that was not read."""
    judged = audit.judgement
    unread = {
        d.device for d in judged.doubts if d.reason is DoubtReason.DEVICE_NOT_READ and not d.name
    }
    samples = []
    for device in (name for name in audit.devices if name not in unread):
        faults = [f.reason.fault for f in judged.findings if f.device == device]
        counts = {str(fault): faults.count(fault) for fault in AccountFault}
        samples.append(Sample("accounts", tags_of(agent_host=device), counts, audit.at))
    return samples
