"""Check devices against the compliance rules: one round trip each, by what they have themselves."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from device_configs.backups.linux import FILES, commands_of, read_files
from device_configs.backups.redaction import Redaction
from device_configs.backups.service import redaction_of, trees_of
from device_configs.compliance.box_readings import is_box, read_boxes
from device_configs.compliance.rule_documents import ComplianceRule, load_rules
from device_configs.compliance.rules_check import (
    TEXT,
    ComplianceState,
    applying_rules,
    check_compliance,
)
from device_configs.compliance.rules_judgement import (
    BrokenPlace,
    RulesCheck,
    broken_rules,
    succeeding,
)
from device_configs.compliance.rules_store import keep_rules_check, read_rules_checks
from device_configs.deploy.remote import RemoteShells
from device_configs.deploy.sections import AnswerBroken
from device_configs.deploy.selection import select_devices
from device_configs.deploy.work import DeploymentWork
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.permissions import Actor, Permission, require

COMPLIANCE, CHANGED = "compliance", "ComplianceChanged"
LINUX = "frr"
"""The platform of devices that are files, read over SSH."""
_OTHER_FILES = (
    "etc/inetd.conf", "etc/xinetd.d", "etc/ssh/sshd_config", "etc/ssh/sshd_config.d",
    "etc/snmp/snmpd.conf", "etc/snmp/snmpd.conf.d", "etc/frr/frr.conf", "etc/rsyslog.d",
)  # fmt: skip
"""What the rules look at and no deployment brings: files that somebody put there."""


def check_rules(
    work: DeploymentWork,
    shells: RemoteShells,
    actor: Actor,
    limit: Sequence[str] = (),
    on_result: Callable[[str, str], None] = lambda _device, _problem: None,
) -> tuple[RulesCheck, ...]:
    """Hold devices against the rules, stored; a device whose broken rules changed is on record.

    One that cannot be read is unknown and leaves the others. Raises Invalid, Forbidden.
    """
    require(actor, Permission.SEE_INCIDENTS)
    devices = select_devices(work.site, limit)
    texts, problems = _read(work, shells, devices, on_result)
    redaction, rules, now = redaction_of(work), load_rules(), work.clock.now()
    found = [
        RulesCheck(name, now, str(actor), problem=problems[name])
        if name in problems
        else _checked(work, name, texts[name], rules, redaction, now, actor)
        for name in devices
    ]
    return _store(work, actor, found)


def _read(
    work: DeploymentWork,
    shells: RemoteShells,
    devices: Sequence[str],
    on_result: Callable[[str, str], None],
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """The files of each device by their paths, and why there are none of the others."""
    site = work.site
    boxes = [name for name in devices if is_box(work, name)]
    linux = [name for name in devices if site.devices[name].platform == LINUX]
    problems = {
        name: f"nothing reads the configuration of a {site.devices[name].platform} device"
        for name in devices
        if name not in (*linux, *boxes)
    }
    trees, unrendered = trees_of(work, linux)
    problems |= unrendered
    for name, problem in problems.items():
        on_result(name, problem)
    others = " ".join(map(shlex.quote, _OTHER_FILES))
    answers = shells.ask(
        [site.devices[name] for name in trees],
        lambda device: {FILES: f"{commands_of(trees[device.name])[FILES]} {others}"},
        lambda answer: on_result(answer.device, answer.problem),
    )
    configurations, unread = read_boxes(work, shells.network, boxes, on_result)
    problems |= unread
    texts: dict[str, dict[str, str]] = {name: {TEXT: text} for name, text in configurations.items()}
    for name, answer in answers.items():
        try:
            if answer.problem:
                raise AnswerBroken(answer.problem)
            files = read_files(answer.sections[FILES])
            if not files:
                raise AnswerBroken("it has none of the files that are looked at")
            texts[name] = {path: file.content for path, file in files.items()}
        except (AnswerBroken, KeyError) as error:
            problems[name] = str(error) or type(error).__name__
    return texts, problems


def _checked(
    work: DeploymentWork,
    device: str,
    texts: Mapping[str, str],
    rules: Sequence[ComplianceRule],
    redaction: Redaction,
    now: datetime,
    actor: Actor,
) -> RulesCheck:
    """Exceptions are left out: they are applied by whoever reads, by the day of reading."""
    family, production = work.site.devices[device].platform, not work.site.demonstration
    found = check_compliance(
        device, family, dict(texts), rules, today=now.date(), production=production
    )
    if any(finding.state is ComplianceState.UNKNOWN for finding in found):
        return RulesCheck(device, now, str(actor), problem="its files are empty")
    places = tuple(
        BrokenPlace(f.rule, f.file, f.line, redaction.linux(f.text), f.missing) for f in found
    )
    asked = applying_rules(rules, family, production=production)
    return RulesCheck(device, now, str(actor), tuple(rule.name for rule in asked), places)


def _store(
    work: DeploymentWork, actor: Actor, found: Sequence[RulesCheck]
) -> tuple[RulesCheck, ...]:
    """The checks in place of those before; what began or ended goes on record with them."""
    with work.database.reading() as session:
        known = read_rules_checks(session)
    kept = tuple(succeeding(known.get(one.device), one) for one in found)
    changed = [
        check for check in kept if broken_rules(check) != broken_rules(known.get(check.device))
    ]
    if not changed:
        with work.database.transaction() as session:
            for check in kept:
                keep_rules_check(session, check)
        return kept
    with unit_of_work(work.database, work.bus, work.clock, actor) as uow:
        for check in kept:
            keep_rules_check(uow.session, check)
        for check in changed:
            _record(uow, known.get(check.device), check)
    return kept


def _record(uow: UnitOfWork, before: RulesCheck | None, after: RulesCheck) -> None:
    was, now = broken_rules(before), broken_rules(after)
    begun: list[JsonValue] = [*sorted(now - was)]
    ended: list[JsonValue] = [*sorted(was - now)]
    payload: dict[str, JsonValue] = {"broken": begun, "kept_again": ended}
    uow.event(COMPLIANCE, after.device, CHANGED, payload)
    uow.audit(CHANGED, "device", after.device, payload)
