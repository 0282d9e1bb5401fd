"""Devices, a record and gates in memory, which can be ended at any step: for properties of the
engine over every order of faults. The real ones are tested beside it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from device_configs.changes.engine import ChangeEngine, NoDraining
from device_configs.changes.fleet import ChangeTrial, OnAnswer, StepAnswer, no_progress
from device_configs.changes.happenings import (
    APPROVED,
    CANCEL_REQUESTED,
    CHANGE,
    PLANNED,
    STARTED,
    CancelRequested,
    ChangeStarted,
    GateCheck,
    GateJudged,
    GateVerdict,
    Happening,
)
from device_configs.changes.history import NetworkChange, change_of
from device_configs.changes.model import (
    ChangePlan,
    ChangeRequest,
    ChangeStage,
    DeviceDifference,
    StageKind,
)
from device_configs.changes.states import Place
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.events import Event
from ops_core.kernel.json_values import JsonObject

AT = datetime(2026, 11, 29, 6, tzinfo=UTC)
REVERT_IN_S = 60


class Killed(BaseException):
    """The controller ends here."""


@dataclass
class Fuse:
    """Ends the controller at its n-th step; None: never."""

    left: int | None = None

    def burn(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise Killed


@dataclass
class SimulatedDevice:
    """``silent``: how many of the next questions it does not answer; ``refuses``: a load."""

    content: str = "old"
    token: str = ""
    deadline: datetime | None = None
    outcome: dict[str, str] = field(default_factory=dict)
    refuses: bool = False
    silent: int = 0
    halfway: bool = False

    def pass_time(self, now: datetime) -> None:
        if self.deadline is not None and now >= self.deadline:
            self.end("expired", "old")

    def end(self, outcome: str, content: str) -> None:
        self.outcome[self.token] = outcome
        self.content, self.token, self.deadline, self.halfway = content, "", None, False

    def place(self, token: str) -> Place:
        if self.token == token:
            return Place.LOADING if self.halfway else Place.TRIAL
        return Place.NEW if self.outcome.get(token) == "confirmed" else Place.OLD


@dataclass
class SimulatedFleet:
    devices: dict[str, SimulatedDevice]
    clock: FixedClock
    fuse: Fuse
    asked: set[str] = field(default_factory=set)

    def compare(
        self, devices: Sequence[str], former: Mapping[str, str]
    ) -> Mapping[str, DeviceDifference]:
        raise NotImplementedError

    def load(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        for name in devices:
            device = self.devices[name]
            self.fuse.burn()
            if trial.token in device.outcome:
                continue
            if device.refuses:
                device.outcome[trial.token] = "refused"
                continue
            device.token, device.halfway, device.content = trial.token, True, "mixed"
            device.deadline = self.clock.now() + timedelta(seconds=trial.revert_in_s)
            self.fuse.burn()
            device.halfway, device.content = False, "new"
            if not trial.revert_in_s:
                device.end("confirmed", "new")
        return self._answers(devices, trial, on_answer)

    def ask(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        self.fuse.burn()
        return self._answers(devices, trial, on_answer)

    def confirm(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        for name in devices:
            self.fuse.burn()
            device = self._settled(name)
            if not device.silent and device.token == trial.token and not device.halfway:
                device.end("confirmed", "new")
        return self._answers(devices, trial, on_answer)

    def revert(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer = no_progress
    ) -> Mapping[str, StepAnswer]:
        for name in devices:
            self.fuse.burn()
            device = self._settled(name)
            if not device.silent and device.token == trial.token:
                device.end("reverted", "old")
            elif not device.silent:
                device.outcome.setdefault(trial.token, "withdrawn")
        return self._answers(devices, trial, on_answer)

    def _settled(self, name: str) -> SimulatedDevice:
        device = self.devices[name]
        device.pass_time(self.clock.now())
        return device

    def _answers(
        self, devices: Sequence[str], trial: ChangeTrial, on_answer: OnAnswer
    ) -> Mapping[str, StepAnswer]:
        self.fuse.burn()
        self.asked.update(devices)
        found = {}
        for name in devices:
            found[name] = self._answer(self._settled(name), trial.token)
            on_answer(name, found[name])
        return found

    def check(self, devices: Sequence[str], changed: Collection[str]) -> list[GateCheck]:
        del devices, changed
        return []

    def close(self) -> None:
        pass

    def _answer(self, device: SimulatedDevice, token: str) -> StepAnswer:
        if device.silent:
            device.silent -= 1
            return StepAnswer(Place.UNKNOWN, "timed out")
        return StepAnswer(device.place(token))


@dataclass
class SimulatedGates:
    """``bad``: the stages whose gate does not pass."""

    bad: frozenset[int]
    fuse: Fuse
    clock: FixedClock
    takes_s: float = 1.0
    question: str = "reaches"
    """What does not pass."""

    def watching(self) -> None:
        pass

    def close(self) -> None:
        pass

    def judge(self, stage: int, changed: Sequence[str], pending: Sequence[str]) -> GateJudged:  # noqa: ARG002
        self.fuse.burn()
        self.clock.advance(timedelta(seconds=self.takes_s))
        failed = GateCheck(gate="probes", subject="seat-001", question=self.question,
                           verdict=GateVerdict.FAILED)  # fmt: skip
        return GateJudged(stage=stage, asked=1, checks=(failed,) if stage in self.bad else ())


@dataclass
class SimulatedLog:
    clock: FixedClock
    fuse: Fuse
    events: list[Event] = field(default_factory=list)
    _known: dict[int, NetworkChange] = field(default_factory=dict)

    def add(self, happened: str, payload: JsonObject) -> None:
        at, number = self.clock.now(), len(self.events) + 1
        self.events.append(
            Event(number, CHANGE, "N-20261129-001", number, happened, payload, at, at, "li.ming")
        )

    def record(self, happened: str, happening: Happening, *, at_once: bool = False) -> None:  # noqa: ARG002
        self.fuse.burn()
        self.add(happened, happening.payload())
        self.fuse.burn()

    def change(self) -> NetworkChange:
        number = len(self.events)
        if number not in self._known:
            self._known = {number: change_of(self.events)}
        return self._known[number]


@dataclass
class World:
    """Two halves of devices, and a change that is carried out however often its controller ends."""

    stages: tuple[tuple[str, ...], ...]
    bad_gates: frozenset[int] = frozenset()
    gate_takes_s: float = 1.0
    kind: StageKind = StageKind.SINGLE
    repair: bool = False
    question: str = "reaches"

    def __post_init__(self) -> None:
        self.clock, self.fuse = FixedClock(AT), Fuse()
        names = [name for stage in self.stages for name in stage]
        self.fleet = SimulatedFleet({n: SimulatedDevice() for n in names}, self.clock, self.fuse)
        self.log = SimulatedLog(self.clock, self.fuse)
        plan = ChangePlan(
            stages=tuple(ChangeStage(kind=self.kind, devices=s) for s in self.stages),
            differences=tuple(
                DeviceDifference(device=n, diff="+x\n", running="old", intended="new")
                for n in names
            ),
            revert_in_s=REVERT_IN_S,
            repair=self.repair,
        )
        request = ChangeRequest(plan=plan, reason="test")
        self.log.add(PLANNED, request.model_dump(mode="json"))
        self.log.add(APPROVED, {})

    def carry_out(self, *, kill_at: int | None = None, hold: bool = False) -> bool:
        """Begin or go on; False when the controller ended in the middle."""
        self.log.add(STARTED, ChangeStarted(hold=hold).payload())
        self.fuse.left = kill_at
        return self._run()

    def end_without(self, gone: Collection[str]) -> bool:
        """Bring it to its end as the platform does that finds it left; ``gone`` are not ours any
        more."""
        self.log.add(STARTED, ChangeStarted(resumed=True).payload())
        self.log.add(CANCEL_REQUESTED, CancelRequested(reason="left").payload())
        self.fleet.asked.clear()
        return self._run(frozenset(gone))

    def _run(self, gone: frozenset[str] = frozenset()) -> bool:
        gates = SimulatedGates(
            self.bad_gates, self.fuse, self.clock, self.gate_takes_s, self.question
        )
        engine = ChangeEngine(
            self.log, self.fleet, gates, self.clock, NoDraining(),
            pause=lambda s: self.clock.advance(timedelta(seconds=s)), gone=gone,
        )  # fmt: skip
        try:
            engine.carry_out()
        except Killed:
            return False
        finally:
            self.fuse.left = None
        return True
