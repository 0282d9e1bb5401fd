"""Check devices for drift: one round trip each, a second one only for what differs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue

from device_configs.accounts.linux import sign_in_of
from device_configs.backups.linux import FILES, commands_of, read_files
from device_configs.backups.model import differences
from device_configs.backups.redaction import Redaction
from device_configs.backups.service import redaction_of, trees_of
from device_configs.compliance.attribution import likely_author
from device_configs.compliance.box_readings import compare_boxes, is_box
from device_configs.compliance.drift import (
    DeviceComparison,
    DifferenceKind,
    DriftState,
    compared,
    questions_of,
)
from device_configs.compliance.store import DeviceDrift, keep_drift, read_drift
from device_configs.deploy.remote import DeviceAnswer, RemoteShells
from device_configs.deploy.sections import AnswerBroken
from device_configs.deploy.selection import select_devices
from device_configs.deploy.work import DeploymentWork
from device_configs.render import Tree
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.permissions import Actor, Permission, require

DRIFT, FOUND, ENDED = "drift", "DriftFound", "DriftEnded"


def check_drift(
    work: DeploymentWork,
    shells: RemoteShells,
    actor: Actor,
    limit: Sequence[str] = (),
    on_result: Callable[[str, str], None] = lambda _device, _problem: None,
    named: Mapping[str, str] | None = None,
) -> tuple[DeviceDrift, ...]:
    """What each device runs against what is declared for it, stored; what changed is on record.

    ``named`` is who changed a device by a notice it sent: named where its own log names nobody. A
    device that does not answer is unknown and leaves the others. Raises Invalid, Forbidden.
    """
    require(actor, Permission.SEE_INCIDENTS)
    devices = select_devices(work.site, limit)
    boxes = [name for name in devices if is_box(work, name)]
    trees, problems = trees_of(work, [name for name in devices if name not in boxes])
    answers = shells.ask(
        [work.site.devices[name] for name in trees],
        lambda device: questions_of(trees[device.name]),
        lambda answer: on_result(answer.device, answer.problem),
    )
    found = {name: _comparison(trees[name], answers[name]) for name in trees}
    found |= {name: DeviceComparison(name, problem=problem) for name, problem in problems.items()}
    compared_boxes, committers = compare_boxes(work, shells.network, boxes, on_result)
    found |= compared_boxes
    redaction = redaction_of(work)
    found |= _with_texts(work, shells, trees, found, redaction)
    authors = {
        name: _author(work, answers.get(name), found[name])
        or committers.get(name)
        or (found[name].differences and (named or {}).get(name))
        or ""
        for name in devices
    }
    return _store(work, actor, [found[name] for name in devices], authors, redaction)


def _comparison(tree: Tree, answer: DeviceAnswer) -> DeviceComparison:
    if answer.problem:
        return DeviceComparison(tree.device, problem=answer.problem)
    try:
        return compared(tree, answer.sections)
    except KeyError as missing:
        return DeviceComparison(tree.device, problem=f"the answer lacks {missing}")


def _with_texts(
    work: DeploymentWork,
    shells: RemoteShells,
    trees: Mapping[str, Tree],
    found: Mapping[str, DeviceComparison],
    redaction: Redaction,
) -> dict[str, DeviceComparison]:
    """The devices whose files differ, with the redacted difference of each file."""
    differing = {
        name: [d for d in one.differences if d.kind is DifferenceKind.CONTENT]
        for name, one in found.items()
    }
    asked = [work.site.devices[name] for name, files in differing.items() if files]
    answers = shells.ask(asked, lambda device: {FILES: commands_of(trees[device.name])[FILES]})
    completed = {}
    for name, answer in answers.items():
        try:
            files = read_files(answer.sections[FILES])
        except (AnswerBroken, KeyError):
            continue  # that it differs is known, and stays so; how will be known the next time
        texts = {
            d.what: differences(
                {d.what: redaction.linux(trees[name].file(d.what).content)},
                {d.what: redaction.linux(files[d.what].content)},
            )
            for d in differing[name]
            if d.what in files
        }
        completed[name] = replace(
            found[name],
            differences=tuple(
                replace(d, text=texts.get(d.what, d.text)) for d in found[name].differences
            ),
        )
    return completed


def _author(work: DeploymentWork, answer: DeviceAnswer | None, found: DeviceComparison) -> str:
    if answer is None or not found.differences or "accepted" not in answer.sections:
        return ""
    lines = answer.sections["accepted"].text.splitlines()
    uses = [use for line in lines if (use := sign_in_of(line)) is not None]
    address = work.site.monitoring_host.management_address
    times = [d.at for d in found.differences if d.at is not None]
    author = likely_author(
        uses, max(times, default=None), frozenset() if address is None else frozenset({address})
    )
    return "" if author is None else f"{author.name}@{author.source} {author.at:%Y-%m-%dT%H:%M:%SZ}"


def _store(
    work: DeploymentWork,
    actor: Actor,
    found: Sequence[DeviceComparison],
    authors: Mapping[str, str],
    redaction: Redaction,
) -> tuple[DeviceDrift, ...]:
    """The checks in place of those before; what began or ended goes on record with them."""
    now = work.clock.now()
    with work.database.reading() as session:
        known = read_drift(session)
    drifts = []
    for one in found:
        hidden = tuple(replace(d, text=redaction.linux(d.text)) for d in one.differences)
        before = known.get(one.device)
        drifts.append(
            DeviceDrift(
                one.device, one.state, now, _since(before, one.state, now), hidden,
                one.problem, authors[one.device],
            )
        )  # fmt: skip
    changed = [d for d in drifts if _is_news(known.get(d.device), d)]
    if not changed:
        with work.database.transaction() as session:
            for drift in drifts:
                keep_drift(session, drift)
        return tuple(drifts)
    with unit_of_work(work.database, work.bus, work.clock, actor) as uow:
        for drift in drifts:
            keep_drift(uow.session, drift)
        for drift in changed:
            _record(uow, drift)
    return tuple(drifts)


def _since(before: DeviceDrift | None, state: DriftState, now: datetime) -> datetime | None:
    since = None if before is None else before.drifted_since
    if state is DriftState.EQUAL:
        return None
    return since or (now if state is DriftState.DRIFTED else None)


def _is_news(before: DeviceDrift | None, after: DeviceDrift) -> bool:
    was = before is not None and before.drifted_since is not None
    return was != (after.drifted_since is not None)


def _record(uow: UnitOfWork, drift: DeviceDrift) -> None:
    what: list[JsonValue] = [difference.what for difference in drift.differences]
    payload: dict[str, JsonValue] = {"differences": what, "author": drift.author}
    kind = FOUND if drift.state is DriftState.DRIFTED else ENDED
    uow.event(DRIFT, drift.device, kind, payload)
    uow.audit(kind, "device", drift.device, payload)
