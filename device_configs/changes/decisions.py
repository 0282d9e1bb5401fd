"""What may be done with a change, and what comes next while it runs (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from device_configs.changes.happenings import (
    RAN_TO_ITS_END,
    GateCheck,
    GateJudged,
    GateVerdict,
)
from device_configs.changes.history import NetworkChange
from device_configs.changes.model import ChangeKind
from device_configs.changes.states import CHANGE_STATE_WORDS, ChangeState, Place, StageState
from ops_core.kernel.errors import Conflict, Forbidden
from ops_core.kernel.i18n import message

COMMAND_LINE = "system:cli/"
"""Before the name of a machine's login (:func:`ops_core.kernel.command_line.operator`)."""


def require_state(change: NetworkChange, *allowed: ChangeState) -> None:
    """Raises :class:`Conflict`, which names the state it is in."""
    if change.state in allowed:
        return
    raise Conflict(
        "变更的状态不允许此操作",
        message(
            "变更 {number} 的状态为 {state}。",
            number=change.number,
            state=CHANGE_STATE_WORDS[change.state],
        ),
        message("允许的状态：{states}", states=tuple(CHANGE_STATE_WORDS[one] for one in allowed)),
        members={"change": change.number, "state": change.state.value},
    )


def person_of(actor: str) -> str:
    """Who an actor on record is: a login of the machine (``system:cli/li.ming``) and the account of
    the same name are one person (pure)."""
    return actor.removeprefix(COMMAND_LINE).strip().casefold()


def require_second_person(change: NetworkChange, approver: str) -> None:
    """Whoever planned a change never approves it, whichever way that person came in."""
    if person_of(approver) == person_of(change.author):
        raise Forbidden(
            "不能审批自己制定的变更",
            message("变更 {number} 由 {author} 制定。", number=change.number, author=approver),
            "请由另一位具备审批权限的人员审批",
        )


def require_rehearsable(change: NetworkChange) -> None:
    """Neither running nor over, and no rollback: what is kept of the former files is on the devices
    themselves. Raises :class:`Conflict`."""
    require_state(change, ChangeState.PLANNED, ChangeState.REHEARSED, ChangeState.APPROVED)
    if change.request.kind is ChangeKind.ROLLBACK:
        raise Conflict("回退变更不能演练", remedy="设备上保留的原配置只在设备本身")


def require_startable(change: NetworkChange, now: datetime) -> None:
    """Approved, not cancelled, and its window open. Raises :class:`Conflict`."""
    require_state(change, ChangeState.APPROVED)
    require_window(change, now)


def require_window(change: NetworkChange, now: datetime) -> None:
    """Raises :class:`Conflict` outside of the change's window; without one it is always open."""
    window = change.request.window
    if window is None or window.is_open(now):
        return
    raise Conflict(
        "不在变更窗口内",
        message("窗口：{opens} 至 {closes}。", opens=f"{window.opens:%Y-%m-%d %H:%M %Z}",
                closes=f"{window.closes:%Y-%m-%d %H:%M %Z}"),
        "在窗口内执行，或重新制定变更计划",
    )  # fmt: skip


def require_waiting(change: NetworkChange) -> None:
    """Whether a stage waits on trial for a person. Raises :class:`Conflict`."""
    require_state(change, ChangeState.RUNNING)
    stage = change.current_stage
    if not change.hold or stage is None or stage.state is not StageState.GATING:
        raise Conflict("没有等待确认的阶段", remedy="用 zhishou net history 查看变更进度")


class NextMove(StrEnum):
    """What to do with a stage, given where its devices are."""

    LOAD = "load"
    """Nothing was done to it yet."""
    GATE = "gate"
    """Every device has the new configuration on trial: ask the gates."""
    CONFIRM = "confirm"
    """The gates had passed: confirm what is still on trial."""
    REVERT = "revert"
    """Take back what is not confirmed."""
    ASK = "ask"
    """Of a device nothing is known; ask again until its own timer must have ended."""
    CLOSE = "close"
    """Every device is at rest: say what it has."""


UNSETTLED = frozenset({Place.TRIAL, Place.LOADING})
"""What does not stay as it is: a confirmation, a revert or the device's own timer ends it."""


def next_move(state: StageState, places: Iterable[Place]) -> NextMove:
    """The next move of a stage in a state whose devices are found at the places.

    Holds after an interruption at any point as it does without one: it rests on what the devices
    answer and on the record alone. That confirming has begun is on record before the first device
    is confirmed, so in any other state a stage goes forward only if it stands on trial as a whole.
    """
    found = set(places)
    if state is StageState.WAITING:
        return NextMove.LOAD
    if not found & UNSETTLED:
        return NextMove.ASK if Place.UNKNOWN in found else NextMove.CLOSE
    if state is StageState.CONFIRMING or Place.NEW in found:
        # One that took itself back meanwhile stays old; the fewest differ by going on.
        return NextMove.CONFIRM if Place.TRIAL in found else NextMove.REVERT
    if state is not StageState.REVERTING and found == {Place.TRIAL}:
        return NextMove.GATE
    return NextMove.REVERT


def with_checks(judged: GateJudged, more: Sequence[GateCheck]) -> GateJudged:
    """The judgement with further questions, of which those that did not pass are listed."""
    failed = tuple(check for check in more if check.verdict is not GateVerdict.PASSED)
    return judged.model_copy(
        update={"asked": judged.asked + len(more), "checks": (*judged.checks, *failed)}
    )


def worse_than(judged: GateJudged, before: GateJudged) -> GateJudged:
    """What a gate of a repair finds that was not broken before: a repair may leave things as bad as
    they were, and makes nothing worse. What was broken off excuses nothing, on either side."""
    known = {
        (check.gate, check.subject, check.question)
        for check in before.checks
        if check.question != RAN_TO_ITS_END
    }
    new = [c for c in judged.checks if (c.gate, c.subject, c.question) not in known]
    return judged.model_copy(update={"checks": tuple(new)})


def stage_end(places: Iterable[Place]) -> StageState:
    """What a stage ended as, from where its devices are at rest."""
    found = set(places)
    if found == {Place.NEW}:
        return StageState.CONFIRMED
    return StageState.REVERTED if found == {Place.OLD} else StageState.UNEVEN


def end_of(places: Mapping[str, Place], *, touched: bool) -> ChangeState:
    """What a change ended as. Of nothing it is said that it is done unless every device is known
    to be wholly old or wholly new."""
    found = set(places.values())
    if not touched:
        return ChangeState.CANCELLED
    if found <= {Place.NEW}:
        return ChangeState.CONFIRMED
    return ChangeState.ROLLED_BACK if found == {Place.OLD} else ChangeState.FAILED


def mixture_of(places: Mapping[str, Place]) -> str:
    """Which devices have what, for people: ``new: rt-b; old: rt-a; unknown: sw-1``."""
    named = ((place, [n for n, found in places.items() if found is place]) for place in Place)
    return "; ".join(f"{place}: {', '.join(names)}" for place, names in named if names)
