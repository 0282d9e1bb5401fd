"""What may be done with a change, and what comes next while it runs (pure)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum

from device_configs.changes.history import NetworkChange
from device_configs.changes.states import ChangeState, Place, StageState
from ops_core.kernel.errors import Conflict, Forbidden
from ops_core.kernel.i18n import message


def require_state(change: NetworkChange, *allowed: ChangeState) -> None:
    """Raises :class:`Conflict`, which names the state it is in."""
    if change.state in allowed:
        return
    raise Conflict(
        "变更的状态不允许此操作",
        message("变更 {number} 的状态为 {state}。", number=change.number, state=change.state),
        message("允许的状态：{states}", states="、".join(allowed)),
        members={"change": change.number, "state": change.state.value},
    )


def require_second_person(change: NetworkChange, approver: str) -> None:
    """Whoever planned a change never approves it."""
    if approver == change.author:
        raise Forbidden(
            "不能审批自己制定的变更",
            message("变更 {number} 由 {author} 制定。", number=change.number, author=approver),
            "请由另一位具备审批权限的人员审批",
        )


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


class NextMove(StrEnum):
    """What to do with a stage, given where its devices are."""

    LOAD = "load"
    """Nothing was done to it yet."""
    GATE = "gate"
    """Every device has the new configuration on trial: ask the gates."""
    CONFIRM = "confirm"
    """Confirming has begun, so the gates had passed: confirm the others too."""
    REVERT = "revert"
    """Take back what is on trial."""
    CLOSE = "close"
    """Every device is at rest: say what it has."""
    ASK = "ask"
    """Of a device nothing is known; ask again until its own timer must have ended."""


def next_move(state: StageState, places: Iterable[Place]) -> NextMove:
    """The next move of a stage in a state whose devices are found at the places.

    Holds after an interruption at any point as it does without one: it rests on what the devices
    answer and on the record alone.
    """
    found = set(places)
    if state is StageState.WAITING:
        return NextMove.LOAD
    if Place.UNKNOWN in found:
        return NextMove.ASK
    if Place.TRIAL not in found:
        return NextMove.CLOSE
    if state is StageState.CONFIRMING and Place.OLD not in found:
        return NextMove.CONFIRM
    if state in (StageState.LOADING, StageState.GATING) and found == {Place.TRIAL}:
        return NextMove.GATE
    if state is StageState.CONFIRMING and Place.NEW in found:
        # Some are confirmed and one took itself back: the fewest halves differ by going on.
        return NextMove.CONFIRM
    return NextMove.REVERT


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
