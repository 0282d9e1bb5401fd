"""What is put on record of a change, in the words of the event log (values)."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field

from device_configs.changes.states import ChangeState, Place, StageState
from device_configs.drills.judging import DrillVerdict
from device_configs.site.values import Frozen
from ops_core.kernel.json_values import JsonObject

CHANGE = "change"
"""The aggregate; its number is ``N-20261129-001``."""

PLANNED = "ChangePlanned"
REHEARSED = "ChangeRehearsed"
APPROVED = "ChangeApproved"
CANCEL_REQUESTED = "ChangeCancelRequested"
STARTED = "ChangeStarted"
"""Somebody carries it out, for the first time or again after an interruption."""
STAGE_REACHED = "ChangeStageReached"
DEVICE_PLACED = "ChangeDevicePlaced"
GATE_JUDGED = "ChangeGateJudged"
ENDED = "ChangeEnded"

BEFORE = -1
"""The stage number of the gate before the first stage."""


class Happening(Frozen):
    """A payload of the event log."""

    @classmethod
    def of(cls, payload: JsonObject) -> Self:
        return cls.model_validate(payload)

    def payload(self) -> JsonObject:
        plain: JsonObject = self.model_dump(mode="json")
        return plain


class StageReached(Happening):
    stage: int
    state: StageState


class DevicePlaced(Happening):
    """Where a device is now; ``message`` is what it said, secrets masked, ``seconds`` how long the
    step took."""

    stage: int
    device: str
    place: Place
    message: str = ""
    seconds: float = 0.0


class GateVerdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It could not be asked; it never counts as passed."""


RAN_TO_ITS_END = "it ran to its end"
"""The question of a gate that was broken off: what else it would have found nobody knows."""


class GateCheck(Frozen):
    """One question of a gate. ``gate``: ``proofs``, ``verification``, ``probes``."""

    gate: str
    subject: str
    question: str
    verdict: GateVerdict
    message: str = ""


class GateJudged(Happening):
    """The answers before the first stage (:data:`BEFORE`) or behind a stage.

    ``checks`` lists what did not pass; ``asked`` counts all. ``longest_gap_ms`` is the longest
    silence a probe saw while the stage changed, None where none could watch. ``stood_still_ms`` is
    set where the machine itself stood still meanwhile, and a look afterwards was judged instead.
    """

    stage: int
    asked: int
    checks: tuple[GateCheck, ...] = ()
    longest_gap_ms: float | None = None
    stood_still_ms: float | None = None
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether something was asked and every answer was good."""
        return self.asked > 0 and not self.checks

    @property
    def is_whole(self) -> bool:
        """Whether all was asked that was to be."""
        return self.asked > 0 and not any(c.question == RAN_TO_ITS_END for c in self.checks)


class ChangeStarted(Happening):
    """``hold``: it waits behind the gates of each stage until a person confirms."""

    hold: bool = False
    resumed: bool = False


class RehearsalOutcome(StrEnum):
    PASSED = "passed"
    """Every device was new in the end, and every drill behind it held its bounds."""
    FAILED = "failed"
    UNKNOWN = "unknown"
    """The twin did not come about, or the machine was too busy to measure; it is no pass."""
    CANCELLED = "cancelled"


class RehearsalDrill(Frozen):
    """What a drill behind the rehearsed change measured: times in ms, None where it could not.

    ``verdict`` and ``session_survived`` as in :mod:`device_configs.drills.judging`.
    """

    fault: str
    verdict: DrillVerdict
    bound_ms: int
    gap_ms: float | None = None
    return_gap_ms: float | None = None
    control_ms: float = 0.0
    session_survived: bool | None = None
    trouble: str = ""


class ChangeRehearsed(Happening):
    """How the same plan went in a twin.

    ``state`` is what the change ended as there, None where it did not get so far; ``parts_s`` how
    long each part took; ``twin_mb`` what the twin took of the machine's memory, None if unknown;
    ``busy_share`` how much of the processors' time was used, 0 to 1, while it was drilled, or while
    it changed where no drill followed.
    ``stand_ins`` are vendors' boxes that a Linux device stood in for, ``not_rehearsed`` those of
    them that the change concerns: what they do with it is unknown.
    """

    outcome: RehearsalOutcome
    seconds: float
    state: ChangeState | None = None
    messages: tuple[str, ...] = ()
    gates: tuple[GateJudged, ...] = ()
    places: dict[str, Place] = Field(default_factory=dict)
    drills: tuple[RehearsalDrill, ...] = ()
    parts_s: dict[str, float] = Field(default_factory=dict)
    twin_mb: int | None = None
    busy_share: float = 0.0
    stand_ins: tuple[str, ...] = ()
    not_rehearsed: tuple[str, ...] = ()

    @property
    def succeeded(self) -> bool:
        return self.outcome is RehearsalOutcome.PASSED

    @property
    def longest_gap_ms(self) -> float | None:
        """The longest silence that a seat saw while a stage changed; None where none watched."""
        seen = (gate.longest_gap_ms for gate in self.gates if gate.stage != BEFORE)
        return max((gap for gap in seen if gap is not None), default=None)


class CancelRequested(Happening):
    reason: str = Field(min_length=1)


class ChangeEnded(Happening):
    """``places`` names every device that changed or was to change."""

    state: ChangeState
    message: str = ""
    places: dict[str, Place] = Field(default_factory=dict)


class StampedGate(Frozen):
    """A gate's judgement with its instant."""

    at: datetime
    judged: GateJudged
