"""A play as its events have it; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

from ops_core.kernel.events import Event

PLAY = "play"
STARTED, STEP_DONE, OUTPUT = "PlayStarted", "PlayStepDone", "PlayOutput"
CANCEL_REQUESTED, FINISHED = "PlayCancelRequested", "PlayFinished"


class HostState(StrEnum):
    """What became of a host; ``unknown``: the run did not come to it, was broken off there, or says
    itself that it could not find out."""

    OK = "ok"
    CHANGED = "changed"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


_WORST_LAST = (
    HostState.SKIPPED, HostState.OK, HostState.CHANGED,
    HostState.UNKNOWN, HostState.FAILED, HostState.UNREACHABLE,
)  # fmt: skip
_BAD = (HostState.FAILED, HostState.UNREACHABLE)
_GOOD = (HostState.OK, HostState.CHANGED)


class PlayState(StrEnum):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """Whoever ran it was killed."""


@dataclass(frozen=True, slots=True)
class PlayStep:
    """A task on a host. Secrets are masked in ``message`` and ``diff`` (unified text)."""

    host: str
    task: str
    state: HostState
    message: str = ""
    diff: str = ""

    def payload(self) -> dict[str, JsonValue]:
        return {
            "host": self.host,
            "task": self.task,
            "state": self.state.value,
            "message": self.message,
            "diff": self.diff,
        }


@dataclass(frozen=True, slots=True)
class TimedStep:
    at: datetime
    step: PlayStep


@dataclass(frozen=True)
class PlayRecord:
    """One run. ``is_whole``: Ansible came to its end, whatever became of single hosts."""

    number: str
    play: str
    author: str
    check: bool
    hosts: tuple[str, ...]
    token: str
    """What the processes of the run bear in their environment, and names the file it locks."""
    started_at: datetime
    finished_at: datetime | None = None
    state: PlayState = PlayState.RUNNING
    is_whole: bool = False
    reason: str = ""
    cancelled_by: str = ""
    steps: tuple[TimedStep, ...] = ()
    output: str = field(default="", repr=False)

    @property
    def host_states(self) -> dict[str, HostState]:
        """What became of each host; while the run goes on, how far it is."""
        return host_states(self.hosts, [timed.step for timed in self.steps], is_whole=self.is_whole)


def host_states(
    hosts: Sequence[str], steps: Sequence[PlayStep], *, is_whole: bool
) -> dict[str, HostState]:
    """The worst of each host's steps.

    A host without a step is unknown. So is, where the run did not come to its end, every host
    that has not failed: what its next task would have been is not known.
    """
    found = {}
    for host in hosts:
        states = [step.state for step in steps if step.host == host]
        worst = max(states, key=_WORST_LAST.index, default=HostState.UNKNOWN)
        found[host] = worst if is_whole or worst in _BAD else HostState.UNKNOWN
    return found


def has_succeeded(states: Sequence[HostState], *, is_whole: bool) -> bool:
    """Whether a run did what it was to do on every host; on no host at all it did not."""
    return is_whole and bool(states) and all(state in _GOOD for state in states)


def play_of(events: Sequence[Event]) -> PlayRecord:
    """The run that its events amount to, first to last."""
    first, last = events[0], events[-1]
    end = last if last.type == FINISHED else None
    hosts = first.payload.get("hosts")
    return PlayRecord(
        number=first.aggregate_id,
        play=str(first.payload.get("play")),
        author=first.actor,
        check=bool(first.payload.get("check")),
        hosts=tuple(str(name) for name in hosts) if isinstance(hosts, list) else (),
        token=str(first.payload.get("token", "")),
        started_at=first.occurred_at,
        finished_at=end.occurred_at if end else None,
        state=PlayState(str(end.payload["state"])) if end else PlayState.RUNNING,
        is_whole=bool(end.payload.get("whole")) if end else False,
        reason=str(end.payload.get("reason", "")) if end else "",
        cancelled_by=next((one.actor for one in events if one.type == CANCEL_REQUESTED), ""),
        steps=tuple(_timed_step(one) for one in events if one.type == STEP_DONE),
        output="".join(str(one.payload.get("text")) for one in events if one.type == OUTPUT),
    )


def _timed_step(event: Event) -> TimedStep:
    given = event.payload
    step = PlayStep(
        host=str(given["host"]),
        task=str(given["task"]),
        state=HostState(str(given["state"])),
        message=str(given.get("message", "")),
        diff=str(given.get("diff", "")),
    )
    return TimedStep(event.occurred_at, step)
