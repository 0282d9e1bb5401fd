"""Carries a change out, stage by stage; goes on with one that was interrupted.

What comes next is decided by :mod:`device_configs.changes.decisions` from the record and from what
the devices answer, so beginning and resuming are the same code.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from device_configs.changes import happenings as on_record
from device_configs.changes.decisions import (
    UNSETTLED,
    NextMove,
    end_of,
    mixture_of,
    next_move,
    require_window,
    stage_end,
    with_checks,
    worse_than,
)
from device_configs.changes.fleet import ChangeTrial, Fleet, OnAnswer, StepAnswer
from device_configs.changes.happenings import (
    ChangeEnded,
    DevicePlaced,
    GateJudged,
    Happening,
    StageReached,
)
from device_configs.changes.history import NetworkChange, StageTrail
from device_configs.changes.model import ChangeStage
from device_configs.changes.states import Place, StageState
from ops_core.kernel.clock import Clock
from ops_core.kernel.errors import Conflict, DomainError

ASK_PAUSE_S = 2.0
MARGIN_S = 30.0
"""After a device's timer must have run out, how long it is still asked what it has."""
LATEST_CONFIRMATION = 0.8
"""Share of the trial's time after which nothing is confirmed any more."""
GONE = "it is no longer declared, or no longer deployed: nobody asks it"


class ChangeLog(Protocol):
    """The record of the change that is carried out."""

    def record(self, happened: str, happening: Happening, *, at_once: bool = False) -> None:
        """Put it on record; ``at_once``: raises DatabaseBusy rather than later."""
        ...

    def change(self) -> NetworkChange:
        """The change as it is on record now."""
        ...


class Gates(Protocol):
    """Whether the site is well."""

    def watching(self) -> None:
        """From now on watch the way of the seats."""
        ...

    def judge(self, stage: int, changed: Sequence[str], pending: Sequence[str]) -> GateJudged:
        """Ask everything. ``changed`` devices have to be as the declaration has them, ``pending``
        ones are changed later; of others only that they work."""
        ...

    def close(self) -> None:
        """Nobody is watched any more."""
        ...


class Draining(Protocol):
    """Empties devices of traffic before they are changed, and lets it return."""

    def drain(self, devices: Sequence[str]) -> None: ...

    def restore(self, devices: Sequence[str]) -> None: ...


class NoDraining:
    def drain(self, devices: Sequence[str]) -> None:
        """Their partners take the traffic over when they have to."""

    def restore(self, devices: Sequence[str]) -> None:
        """Nothing was drained."""


@dataclass
class ChangeEngine:
    """One run over one change. Used by one thread, which holds the devices' locks."""

    log: ChangeLog
    fleet: Fleet
    gates: Gates
    clock: Clock
    draining: Draining
    pause: Callable[[float], None] = time.sleep
    gone: frozenset[str] = frozenset()
    """Devices of the change that are not ours any more. Of those that a stage had come to nobody
    knows what they have; a change that has such devices is only ended, it begins no stage."""
    _loaded_at: float = 0.0
    _left_drained: str = ""
    """Why devices could not take part again; the other half is not touched then."""

    def carry_out(self) -> NetworkChange:
        """Bring it to an end, or, on hold, to the next confirmation; returns it as it is then.

        Raises DatabaseBusy where what is about to be done cannot be put on record: it is not done.
        """
        asked_before = False
        while (stage := _stage_to_carry(self.log.change())) is not None:
            refusal = self._refusal(stage, ask=not asked_before)
            if refusal:
                return self._end(refusal)
            asked_before = True
            if not self._carry_stage(stage):
                return self.log.change()
        return self._end("")

    def _refusal(self, stage: StageTrail, *, ask: bool) -> str:
        """Why the stage is not begun; empty when it is, or was."""
        change = self.log.change()
        if stage.state is not StageState.WAITING:
            return ""
        if self._left_drained:
            return self._left_drained
        if change.cancel_requested_by:
            return change.cancel_reason
        try:
            require_window(change, self.clock.now())
        except Conflict as closed:
            return str(closed)
        if not ask or not change.request.plan.stages[stage.index].on_trial:
            return ""
        judged = self._judge(on_record.BEFORE, stage.index - 1)
        is_known = judged.is_whole and change.request.plan.repair
        return "" if judged.passed or is_known else _failed(judged)

    def _judge(self, number: int, last_changed: int) -> GateJudged:
        """The gates behind the stage ``last_changed``, as those of the stage ``number``."""
        request = self.log.change().request
        plan, to_declaration = request.plan, request.kind.to_declaration
        changed = self._ours(plan.until(last_changed)) if to_declaration else ()
        judged = self.gates.judge(number, changed, self._ours(plan.after(last_changed)))
        judged = with_checks(judged, self.fleet.check(self._ours(plan.devices), changed))
        before = self.log.change().gate_before
        if plan.repair and number != on_record.BEFORE and before is not None:
            judged = worse_than(judged, before.judged)
        self.log.record(on_record.GATE_JUDGED, judged)
        return judged

    def _ours(self, devices: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in devices if name not in self.gone)

    def _carry_stage(self, trail: StageTrail) -> bool:
        """Bring the stage to its end; False where it waits for a person."""
        change = self.log.change()
        stage = change.request.plan.stages[trail.index]
        known = {
            name: StepAnswer(change.devices[name].place, change.devices[name].message)
            for name in stage.devices
        }
        ours = self._ours(stage.devices)
        lost = dict.fromkeys(set(stage.devices) - set(ours), StepAnswer(Place.UNKNOWN, GONE))
        run = _StageRun(trail, stage, ours, _trial(change, trail.index), known)
        self._record_places(run, lost, 0.0)
        self._loaded_at = self.clock.monotonic() - _age_s(trail, self.clock.now())
        if run.state is not StageState.WAITING:
            self._find(run)
        deadline = self.clock.monotonic() + run.trial.revert_in_s + MARGIN_S
        while (move := next_move(run.state, run.asked)) is not NextMove.CLOSE:
            if move is NextMove.LOAD:
                self._load(run)
                deadline = self.clock.monotonic() + run.trial.revert_in_s + MARGIN_S
            elif move is NextMove.GATE:
                is_first_time = run.state is StageState.LOADING
                passed = self._gate(run)
                if passed and change.hold and is_first_time:
                    return False
                self._reach(run, StageState.CONFIRMING if passed else StageState.REVERTING)
            elif self.clock.monotonic() > deadline:
                break
            else:
                self._settle(run, move)
        self._close(run)
        return True

    def _find(self, run: "_StageRun") -> None:
        """Where the devices of a stage are whose controller is gone. What it had begun to bring
        to a device that has nothing of it yet comes too late: the device is asked to end the
        trial."""
        self._step(run, self.fleet.ask, run.devices)
        if run.state is StageState.LOADING and (untouched := run.at(Place.OLD)):
            self._step(run, self.fleet.revert, untouched)

    def _load(self, run: "_StageRun") -> None:
        self._reach(run, StageState.LOADING)
        self.gates.watching()
        try:
            if self._drains(run):
                self.draining.drain(run.devices)
        except (DomainError, OSError) as error:
            self._reach(run, StageState.REVERTING)
            self._record_places(run, {run.devices[0]: StepAnswer(Place.OLD, str(error))}, 0.0)
            return
        self._loaded_at = self.clock.monotonic()
        self._step(run, self.fleet.load, run.devices)
        if unknown := run.at(Place.UNKNOWN):
            self._step(run, self.fleet.ask, unknown)

    def _drains(self, run: "_StageRun") -> bool:
        """What is broken already may have no partner that could take its traffic."""
        return run.stage.drains and not self.log.change().request.plan.repair

    def _settle(self, run: "_StageRun", move: NextMove) -> None:
        """Confirm, revert or ask whatever is not at rest, and wait a little if that did not do."""
        if move is NextMove.CONFIRM:
            self._step(run, self.fleet.confirm, run.at(Place.TRIAL))
        elif move is NextMove.REVERT:
            self._reach(run, StageState.REVERTING)
            self._step(run, self.fleet.revert, run.at(*UNSETTLED, Place.UNKNOWN))
        else:
            self._step(run, self.fleet.ask, run.at(Place.UNKNOWN))
        if run.at(*UNSETTLED, Place.UNKNOWN):
            self.pause(ASK_PAUSE_S)

    def _gate(self, run: "_StageRun") -> bool:
        """Whether the stage on trial may be confirmed."""
        self._reach(run, StageState.GATING)
        judged = self._judge(run.trail.index, run.trail.index)
        took = self.clock.monotonic() - self._loaded_at
        is_late = took > run.trial.revert_in_s * LATEST_CONFIRMATION
        return judged.passed and not is_late and not self.log.change().cancel_requested_by

    def _close(self, run: "_StageRun") -> None:
        unsettled = run.at(*UNSETTLED)
        if unsettled:
            words = "its trial should have ended by itself, and it does not say so"
            self._record_places(
                run, dict.fromkeys(unsettled, StepAnswer(Place.UNKNOWN, words)), 0.0
            )
        # Before its end is on record: who goes on after a kill restores again.
        if run.devices and self._drains(run):
            try:
                self.draining.restore(run.devices)
            except (DomainError, OSError) as error:
                self._left_drained = str(error)
        self._reach(run, stage_end(run.places.values()))

    def _reach(self, run: "_StageRun", state: StageState) -> None:
        if state is run.state:
            return
        at_once = state in (StageState.LOADING, StageState.CONFIRMING)
        reached = StageReached(stage=run.trail.index, state=state)
        self.log.record(on_record.STAGE_REACHED, reached, at_once=at_once)
        run.state = state

    def _step(
        self,
        run: "_StageRun",
        step: Callable[[Sequence[str], ChangeTrial, OnAnswer], Mapping[str, StepAnswer]],
        devices: Sequence[str],
    ) -> None:
        """Take a step with devices and put on record where each is then, as soon as it is known."""
        began, one_at_a_time = self.clock.monotonic(), threading.Lock()
        recorded: set[str] = set()

        def record(answers: Mapping[str, StepAnswer]) -> None:
            took = round(self.clock.monotonic() - began, 1)
            with one_at_a_time:
                self._record_places(run, answers, took)
                recorded.update(answers)

        answers = step(devices, run.trial, lambda name, answer: record({name: answer}))
        record({name: answer for name, answer in answers.items() if name not in recorded})

    def _record_places(
        self, run: "_StageRun", answers: Mapping[str, StepAnswer], seconds: float
    ) -> None:
        for name, answer in answers.items():
            run.places[name] = answer.place
            if run.known[name] == answer:
                continue
            run.known[name] = answer
            placed = DevicePlaced(
                stage=run.trail.index, device=name, place=answer.place, message=answer.message,
                seconds=seconds,
            )  # fmt: skip
            self.log.record(on_record.DEVICE_PLACED, placed)

    def _end(self, cause: str) -> NetworkChange:
        """Say what every device has."""
        change = self.log.change()
        state = end_of(change.places, touched=change.has_touched)
        text = "\n".join(
            part for part in (cause or _cause(change), mixture_of(change.places)) if part
        )
        ended = ChangeEnded(state=state, message=text, places=change.places)
        self.log.record(on_record.ENDED, ended)
        return self.log.change()


@dataclass
class _StageRun:
    """A stage under way: where it and its devices are, by what is known now."""

    trail: StageTrail
    stage: ChangeStage
    devices: tuple[str, ...]
    """Those of the stage that can be asked."""
    trial: ChangeTrial
    known: dict[str, StepAnswer]
    """What is on record of each device."""
    state: StageState = field(init=False)
    places: dict[str, Place] = field(init=False)

    def __post_init__(self) -> None:
        self.state = self.trail.state
        self.places = dict.fromkeys(self.stage.devices, Place.OLD)

    @property
    def asked(self) -> list[Place]:
        return [self.places[name] for name in self.devices]

    def at(self, *places: Place) -> list[str]:
        return [name for name in self.devices if self.places[name] in places]


def _stage_to_carry(change: NetworkChange) -> StageTrail | None:
    """The stage under way, or the next one behind stages that were all confirmed."""
    for stage in change.stages:
        if stage.state is not StageState.CONFIRMED:
            return None if stage.state.is_over else stage
    return None


def _trial(change: NetworkChange, index: int) -> ChangeTrial:
    request, devices = change.request, change.request.plan.stages[index].devices
    on_trial = request.plan.stages[index].on_trial
    return ChangeTrial(
        token=change.trial_token(index),
        revert_in_s=request.plan.revert_in_s if on_trial else 0,
        expected={n: request.plan.difference(n).running for n in devices} if on_trial else {},
        intended={name: request.plan.difference(name).intended for name in devices},
        former={name: request.former[name] for name in devices if name in request.former},
    )


def _age_s(trail: StageTrail, now: datetime) -> float:
    """How long the devices have been on trial at most, s."""
    return 0.0 if trail.begun_at is None else (now - trail.begun_at).total_seconds()


def _failed(judged: GateJudged) -> str:
    if not judged.asked:
        return "nothing could be asked"
    return "\n".join(f"{c.subject}: {c.question}: {c.message or c.verdict}" for c in judged.checks)


def _cause(change: NetworkChange) -> str:
    """Why a stage was not confirmed: a device's own words, a gate, a cancellation."""
    for stage in change.stages:
        if stage.state in (StageState.WAITING, StageState.CONFIRMED):
            continue
        words = [
            f"{trail.device}: {step.message}"
            for trail in change.devices.values()
            if trail.stage == stage.index
            for step in trail.steps
            if step.message
        ]
        if stage.gate is not None and not stage.gate.judged.passed:
            words.append(_failed(stage.gate.judged))
        if change.cancel_requested_by:
            words.append(change.cancel_reason)
        return "\n".join(dict.fromkeys(words))
    return ""
