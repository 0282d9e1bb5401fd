"""What is put on record of a change, in the words of the event log (values)."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import Field

from device_configs.changes.states import ChangeState, Place, StageState
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
    silence a probe saw while the stage changed, None where none could watch.
    """

    stage: int
    asked: int
    checks: tuple[GateCheck, ...] = ()
    longest_gap_ms: float | None = None
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether something was asked and every answer was good."""
        return self.asked > 0 and not self.checks


class ChangeStarted(Happening):
    """``hold``: it waits behind the gates of each stage until a person confirms."""

    hold: bool = False
    resumed: bool = False


class ChangeRehearsed(Happening):
    """How the same plan went in a twin. ``gaps_ms`` by stage; drills by name with their result."""

    succeeded: bool
    outcome: str
    seconds: float
    messages: tuple[str, ...] = ()
    gaps_ms: tuple[float, ...] = ()


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
