"""A change as its events have it (pure): the fold that screens, commands and resumption rest on."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce

from device_configs.changes import happenings as on_record
from device_configs.changes.happenings import (
    CancelRequested,
    ChangeEnded,
    ChangeRehearsed,
    ChangeStarted,
    DevicePlaced,
    GateJudged,
    RehearsalOutcome,
    StageReached,
    StampedGate,
)
from device_configs.changes.model import ChangeRequest
from device_configs.changes.states import ChangeState, Place, StageState
from ops_core.kernel.events import Event


@dataclass(frozen=True, slots=True)
class DeviceTrail:
    """A device of the change; ``steps`` are all it went through, oldest first."""

    device: str
    stage: int
    place: Place = Place.OLD
    at: datetime | None = None
    message: str = ""
    steps: tuple[DevicePlaced, ...] = ()


@dataclass(frozen=True, slots=True)
class StageTrail:
    index: int
    state: StageState = StageState.WAITING
    begun_at: datetime | None = None
    reached_at: datetime | None = None
    gate: StampedGate | None = None


@dataclass(frozen=True, slots=True)
class RehearsalTrail:
    at: datetime
    by: str
    result: ChangeRehearsed


@dataclass(frozen=True, slots=True)
class NetworkChange:
    """A change at one instant; instants are aware UTC, people as the event log names them."""

    number: str
    author: str
    request: ChangeRequest
    planned_at: datetime
    last_at: datetime
    state: ChangeState = ChangeState.PLANNED
    rehearsals: tuple[RehearsalTrail, ...] = ()
    approved_by: str = ""
    approved_at: datetime | None = None
    started_by: str = ""
    started_at: datetime | None = None
    starts: int = 0
    """How often somebody began or went on to carry it out."""
    hold: bool = False
    finished_at: datetime | None = None
    message: str = ""
    """Why it ended as it did."""
    gate_before: StampedGate | None = None
    stages: tuple[StageTrail, ...] = ()
    devices: dict[str, DeviceTrail] = field(default_factory=dict)
    cancel_requested_by: str = ""
    cancel_reason: str = ""

    @property
    def current_stage(self) -> StageTrail | None:
        """The stage under way, or the next one; None behind the last."""
        for stage in self.stages:
            if not stage.state.is_over:
                return stage
        return None

    def trial_token(self, index: int) -> str:
        """The name of a stage's trial on the devices: the same for every controller, and another
        one for a change of another record that was given the same number."""
        return f"{self.number}.{index}.{self.planned_at:%H%M%S%f}"

    @property
    def places(self) -> dict[str, Place]:
        return {name: trail.place for name, trail in self.devices.items()}

    @property
    def has_touched(self) -> bool:
        """Whether it ever set out to write to a device."""
        return any(stage.begun_at is not None for stage in self.stages)


def change_of(events: Sequence[Event]) -> NetworkChange:
    """The change that its events amount to, first to last."""
    return reduce(_after, events[1:], _planned(events[0]))


def _planned(event: Event) -> NetworkChange:
    request = ChangeRequest.model_validate(event.payload)
    stages = tuple(StageTrail(index) for index, _ in request.plan.numbered())
    devices = {
        name: DeviceTrail(name, index)
        for index, stage in request.plan.numbered()
        for name in stage.devices
    }
    return NetworkChange(
        number=event.aggregate_id,
        author=event.actor,
        request=request,
        planned_at=event.occurred_at,
        last_at=event.occurred_at,
        stages=stages,
        devices=devices,
    )


def _after(change: NetworkChange, event: Event) -> NetworkChange:
    change = replace(change, last_at=event.occurred_at)
    match event.type:
        case on_record.REHEARSED:
            return _rehearsed(change, event)
        case on_record.APPROVED:
            return replace(
                change,
                state=ChangeState.APPROVED,
                approved_by=event.actor,
                approved_at=event.occurred_at,
            )
        case on_record.CANCEL_REQUESTED:
            reason = CancelRequested.of(event.payload).reason
            return replace(change, cancel_requested_by=event.actor, cancel_reason=reason)
        case on_record.STARTED:
            return _started(change, event)
        case on_record.STAGE_REACHED:
            return _stage_reached(change, event)
        case on_record.DEVICE_PLACED:
            return _device_placed(change, event)
        case on_record.GATE_JUDGED:
            return _gate_judged(change, event)
        case on_record.ENDED:
            return _ended(change, event)
        case _:
            return change


def _rehearsed(change: NetworkChange, event: Event) -> NetworkChange:
    result = ChangeRehearsed.of(event.payload)
    trail = RehearsalTrail(event.occurred_at, event.actor, result)
    return replace(
        change,
        state=_state_after(change.state, result.outcome),
        rehearsals=(*change.rehearsals, trail),
    )


def _state_after(state: ChangeState, outcome: RehearsalOutcome) -> ChangeState:
    """The last rehearsal that came to a verdict counts; an approval stays what it is."""
    if state not in (ChangeState.PLANNED, ChangeState.REHEARSED):
        return state
    if outcome is RehearsalOutcome.PASSED:
        return ChangeState.REHEARSED
    return ChangeState.PLANNED if outcome is RehearsalOutcome.FAILED else state


def _started(change: NetworkChange, event: Event) -> NetworkChange:
    given = ChangeStarted.of(event.payload)
    return replace(
        change,
        state=ChangeState.RUNNING,
        started_by=change.started_by or event.actor,
        started_at=change.started_at or event.occurred_at,
        starts=change.starts + 1,
        hold=given.hold,
    )


def _stage_reached(change: NetworkChange, event: Event) -> NetworkChange:
    reached = StageReached.of(event.payload)
    stages = tuple(
        replace(
            stage,
            state=reached.state,
            begun_at=stage.begun_at or event.occurred_at,
            reached_at=event.occurred_at,
        )
        if stage.index == reached.stage
        else stage
        for stage in change.stages
    )
    return replace(change, stages=stages)


def _device_placed(change: NetworkChange, event: Event) -> NetworkChange:
    step = DevicePlaced.of(event.payload)
    before = change.devices.get(step.device)
    if before is None:
        return change
    trail = replace(
        before,
        place=step.place,
        at=event.occurred_at,
        message=step.message,
        steps=(*before.steps, step),
    )
    return replace(change, devices={**change.devices, step.device: trail})


def _gate_judged(change: NetworkChange, event: Event) -> NetworkChange:
    judged = GateJudged.of(event.payload)
    gate = StampedGate(at=event.occurred_at, judged=judged)
    if judged.stage == on_record.BEFORE:
        return replace(change, gate_before=gate)
    stages = tuple(
        replace(stage, gate=gate) if stage.index == judged.stage else stage
        for stage in change.stages
    )
    return replace(change, stages=stages)


def _ended(change: NetworkChange, event: Event) -> NetworkChange:
    end = ChangeEnded.of(event.payload)
    devices = {
        name: replace(trail, place=end.places.get(name, trail.place))
        for name, trail in change.devices.items()
    }
    return replace(
        change,
        state=end.state,
        message=end.message,
        finished_at=event.occurred_at,
        devices=devices,
    )
