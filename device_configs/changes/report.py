"""Changes as the command line shows them: lines for people, JSON for programs."""

from collections.abc import Sequence

import typer
from pydantic import JsonValue

from device_configs.changes.deploying import Deployment
from device_configs.changes.happenings import (
    BEFORE,
    ChangeEnded,
    ChangeRehearsed,
    DevicePlaced,
    GateJudged,
    Happening,
    StageReached,
)
from device_configs.changes.history import NetworkChange
from device_configs.changes.model import ChangePlan
from device_configs.changes.rehearsal_progress import OnProgress, RehearsalProgress
from device_configs.drivers.revert_class import RevertClass
from ops_core.kernel.command_line import print_json

GATES = "every proof, verification of every device, the seats' ways"

KEPT = "keeps what it takes over"
BOOTSTRAP = (
    "one stage, without trial and gates: nothing was ever configured on any device of the site, so "
    "no half carries traffic, and there is nothing to go back to"
)


def show_plan(plan: ChangePlan, number: str = "", *, diff: bool = True) -> None:
    """The difference of each device, where wanted, then the stages."""
    for device in plan.devices if diff else ():
        typer.echo(f"# {device}\n{plan.difference(device).diff}")
    for index, stage in plan.numbered():
        typer.echo(f"stage {index + 1}  {stage.kind:13} {', '.join(stage.devices)}")
        for device in stage.devices:
            found = plan.difference(device)
            back = taken_back(found.revert, plan.revert_in_s) if stage.on_trial else KEPT
            typer.echo(f"  {device:8} by {found.method}, {back}  {' '.join(found.services)}")
    if any(stage.on_trial for stage in plan.stages):
        typer.echo(f"before and behind each stage are asked: {GATES}")
    elif plan.stages:
        typer.echo(BOOTSTRAP)
    unknown = f", {len(plan.unknown)} unknown in secrets" if plan.unknown else ""
    typer.echo(
        f"{len(plan.devices)} devices change, {len(plan.unchanged)} are as intended{unknown}"
    )
    _show_unknown(plan)
    if number:
        typer.echo(f"{number} is planned; another person approves it")


def _show_unknown(plan: ChangePlan) -> None:
    for device, lines in plan.unknown.items():
        typer.echo(f"{device}: unknown whether its secrets are the declared ones")
        for line in lines:
            typer.echo(f"    {line}")
    if plan.unknown:
        typer.echo("they are left as they are; `zhishou net plan --set-secrets` sets them")


def taken_back(revert: RevertClass, after_s: int) -> str:
    """What takes an unconfirmed change back, as it is."""
    if not revert.survives_the_controller:
        return "taken back by this platform alone: an inverse patch, or a restart of the device"
    return f"takes itself back by {revert} after {after_s} s"


def plan_json(plan: ChangePlan) -> dict[str, JsonValue]:
    """Without the fingerprints' meaning lost: the plan as it is on record."""
    found: dict[str, JsonValue] = plan.model_dump(mode="json")
    return found


def show_step(_happened: str, happening: Happening) -> None:
    """One line a step."""
    match happening:
        case StageReached():
            typer.echo(f"stage {happening.stage + 1}: {happening.state}")
        case DevicePlaced():
            typer.echo(f"  {happening.device}: {happening.place}  {happening.seconds:.1f} s")
            if happening.message:
                typer.echo(f"    {happening.message}")
        case GateJudged():
            _show_gate(happening)
        case ChangeEnded():
            pass
        case _:
            typer.echo(str(happening))


def show_progress(*, err: bool) -> OnProgress:
    """One line each time a rehearsal goes on."""

    def show(line: RehearsalProgress) -> None:
        words = [line.part.value]
        if line.state is not None and line.stage is not None:
            words.append(f"stage {line.stage + 1}: {line.state}")
        if line.passed is not None:
            where = "before" if line.stage is None else f"behind stage {line.stage + 1}"
            words.append(f"gates {where}: {'passed' if line.passed else 'not passed'}")
        words += [word for word in (line.subject, line.verdict) if word]
        typer.echo("  ".join(words), err=err)

    return show


def show_rehearsal(number: str, result: ChangeRehearsed) -> None:
    """What a rehearsal came to, and why; then what was measured."""
    typer.echo(f"rehearsal of {number}: {result.outcome}, {result.seconds:.0f} s")
    if result.not_rehearsed:
        typer.echo(f"  not rehearsed: {', '.join(result.not_rehearsed)}")
    for line in result.messages:
        typer.echo(f"  {line}")
    for gate in result.gates:
        _show_gate(gate)
    for drill in result.drills:
        gap, back = _ms(drill.gap_ms), _ms(drill.return_gap_ms)
        typer.echo(f"  {drill.fault:28} {drill.verdict:9} gap {gap} of {drill.bound_ms} ms, "
                   f"return {back}, control {_ms(drill.control_ms)}")  # fmt: skip


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _show_gate(judged: GateJudged) -> None:
    where = "before" if judged.stage == BEFORE else f"behind stage {judged.stage + 1}"
    gap = "" if judged.longest_gap_ms is None else f", longest gap {judged.longest_gap_ms:.0f} ms"
    if judged.stood_still_ms is not None:
        gap += f" (this machine stood still for {judged.stood_still_ms:.0f} ms; seats seen anew)"
    word = "passed" if judged.passed else "not passed"
    typer.echo(f"gates {where}: {word}, {judged.asked} asked{gap}, {judged.seconds:.1f} s")
    for check in judged.checks:
        typer.echo(f"  {check.verdict}: {check.gate}: {check.subject}: {check.question}: "
                   f"{check.message}")  # fmt: skip


def show_end(change: NetworkChange) -> None:
    """What became of it."""
    typer.echo(f"{change.number}: {change.state}")
    if change.message:
        typer.echo(change.message)


def show_deployment(done: Deployment, seconds: float, *, as_json: bool) -> None:
    """What a deployment came to; ``seconds`` is how long all of it took."""
    change = done.change
    if as_json:
        print_json({
            "succeeded": done.succeeded,
            "seconds": round(seconds, 1),
            "unchanged": list(done.plan.unchanged),
            "change": None if change is None else change_json(change),
        })  # fmt: skip
        return
    if change is not None:
        show_end(change)
    typer.echo(f"{seconds:.1f} s")


def show_list(changes: Sequence[NetworkChange]) -> None:
    """One line a change."""
    for change in changes:
        at = f"{change.planned_at.astimezone():%m-%d %H:%M}"
        words = f"{at}  {change.author}  {change.request.reason}"
        typer.echo(f"{change.number}  {change.state:12} {words}")


def show_change(change: NetworkChange) -> None:
    """Everything about one change but its differences, which ``--json`` has."""
    show_list([change])
    if change.approved_by:
        typer.echo(f"approved by {change.approved_by}")
    for rehearsal in change.rehearsals:
        typer.echo(f"rehearsed by {rehearsal.by}")
        show_rehearsal(change.number, rehearsal.result)
    if change.gate_before is not None:
        _show_gate(change.gate_before.judged)
    for stage in change.stages:
        typer.echo(f"stage {stage.index + 1}: {stage.state}")
        for trail in change.devices.values():
            for step in trail.steps if trail.stage == stage.index else ():
                show_step("", step)
        if stage.gate is not None:
            _show_gate(stage.gate.judged)
    show_end(change)


def change_json(change: NetworkChange) -> dict[str, JsonValue]:
    """A change for programs; instants are ISO 8601."""
    stages: list[JsonValue] = [
        {
            "stage": stage.index + 1,
            "state": stage.state.value,
            "gate": None if stage.gate is None else dict(stage.gate.judged.payload()),
        }
        for stage in change.stages
    ]
    devices: list[JsonValue] = [
        {
            "device": trail.device,
            "stage": trail.stage + 1,
            "place": trail.place.value,
            "message": trail.message,
        }
        for trail in change.devices.values()
    ]
    rehearsals: list[JsonValue] = [
        {"at": one.at.isoformat(), "by": one.by, **one.result.payload()}
        for one in change.rehearsals
    ]
    return {
        "number": change.number,
        "state": change.state.value,
        "author": change.author,
        "approved_by": change.approved_by,
        "reason": change.request.reason,
        "ticket": change.request.ticket,
        "kind": change.request.kind.value,
        "of": change.request.of,
        "planned_at": change.planned_at.isoformat(),
        "started_at": change.started_at.isoformat() if change.started_at else None,
        "finished_at": change.finished_at.isoformat() if change.finished_at else None,
        "message": change.message,
        "plan": plan_json(change.request.plan),
        "stages": stages,
        "devices": devices,
        "rehearsals": rehearsals,
    }
