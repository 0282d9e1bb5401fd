"""An item of planned work as a state machine over its own chained events (pure).

Which steps there are is the kind's to say; what holds for all kinds is here. What the operator
hands in the purchaser's side accepts or returns, never the side that handed it in. The due date
moves by an amendment alone: proposed by the operator with a reason, agreed to by the purchaser's
side while the present due date is not over. After it nothing raises the rate any more. Cancelled is
not done.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.hash_chain import GENESIS, first_broken, link_hash
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.permissions import Side
from ops_core.kernel.shown_names import PersonName
from ops_core.registers.kinds import (
    AGREE,
    PLAN,
    PLANNED,
    PROPOSE,
    REFUSE,
    RESERVED,
    RegisterKind,
    RegisterStep,
)

SIDE_WORDS: Mapping[Side, Message] = MappingProxyType(
    {
        Side.OPERATOR: message("热线运营方"),
        Side.PURCHASER: message("采购人"),
        Side.UNIT: message("承办单位"),
    }
)
_AMENDMENT_BY = MappingProxyType(
    {PROPOSE: Side.OPERATOR, AGREE: Side.PURCHASER, REFUSE: Side.PURCHASER}
)


@dataclass(frozen=True, slots=True)
class RegisterWorker:
    """Who takes a step, and for which side."""

    name: str
    side: Side


@dataclass(frozen=True, slots=True)
class RegisterEvent:
    """One link of an item's chain.

    ``state`` and ``due_on`` are what holds from it on. ``at`` is when it happened, ``recorded_at``
    when it was recorded (aware UTC); ``detail`` has the title, fields, reason and files.
    """

    item: str
    sequence: int
    step: str
    at: datetime
    recorded_at: datetime
    actor: str
    state: str
    due_on: date
    detail: JsonObject
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class PlanItem:
    """What the events of an item say; ``version`` counts them."""

    number: str
    kind: str
    title: str
    state: str
    version: int
    due_on: date
    planned_at: datetime
    last_at: datetime
    last_hash: str
    planned_by: str
    handed_in: int = 0
    """How often evidence came with a step: the version of what is judged."""
    done_at: datetime | None = None
    cancelled_at: datetime | None = None
    proposed_due_on: date | None = None
    """Of an amendment that nobody has decided on."""
    fields: Mapping[str, str] = field(default_factory=dict)
    takers: Mapping[str, str] = field(default_factory=dict)
    """Who took each step last, in the present round."""


def due_day(due_on: date, zone: ZoneInfo) -> datetime:
    """When the due day begins, in UTC: it puts an item into a period."""
    return datetime.combine(due_on, time(), zone).astimezone(UTC)


def due_at(due_on: date, zone: ZoneInfo) -> datetime:
    """When it ends: 24:00, in UTC; what happens at this very instant is still in time."""
    return due_day(due_on + timedelta(days=1), zone)


def plan_event(
    kind: RegisterKind,
    number: str,
    worker: RegisterWorker,
    at: datetime,
    due_on: date,
    zone: ZoneInfo,
    detail: JsonObject,
) -> RegisterEvent:
    """The first link of a new item.

    Raises :class:`Forbidden` for a side that does not plan this kind, :class:`Invalid` for a due
    date that is over: work is planned before it is due.
    """
    if worker.side not in kind.planned_by:
        raise _other_side(RESERVED[PLAN], kind.planned_by)
    _check_due(due_on, at, zone)
    return _linked(
        None, number, PLAN, worker, at, at, PLANNED, due_on, {"kind": kind.name, **detail}
    )


def step_event(
    kind: RegisterKind,
    item: PlanItem,
    name: str,
    worker: RegisterWorker,
    at: datetime,
    recorded_at: datetime,
    detail: JsonObject,
) -> RegisterEvent:
    """The event by which a worker takes a step of the kind.

    Raises :class:`Forbidden` for a step of the other side, or by somebody who judges an own act;
    :class:`Conflict` for one that the state does not allow, with what it allows.
    """
    step = kind.step(name)
    if step is None:
        raise _no_such_step(kind, item, name)
    if step.by is not worker.side:
        raise _other_side(step.word, (step.by,))
    _check_state(kind, item, step)
    _check_person(item, step, worker)
    return _linked(item, item.number, name, worker, at, recorded_at, step.to, item.due_on, detail)


def amendment_event(
    kind: RegisterKind,
    item: PlanItem,
    name: str,
    worker: RegisterWorker,
    at: datetime,
    recorded_at: datetime,
    zone: ZoneInfo,
    detail: JsonObject,
    due_on: date | None = None,
) -> RegisterEvent:
    """Propose another due date, or decide on the proposal.

    Raises :class:`Forbidden` for the other side, :class:`Conflict` for an item that is done or
    cancelled, without a proposal, or once the present due date is over.
    """
    if _AMENDMENT_BY[name] is not worker.side:
        raise _other_side(RESERVED[name], (_AMENDMENT_BY[name],))
    if not kind.is_open(item.state):
        raise _refused(kind, item, RESERVED[name])
    if (item.proposed_due_on is None) is not (name == PROPOSE):
        detail_word = (
            message("没有待定的调整申请。")
            if name != PROPOSE
            else message("已有一份调整申请待定。")
        )
        raise Conflict(
            "当前状态不允许此步骤", detail_word, "请刷新后再操作。", members=members_of(kind, item)
        )
    if name != REFUSE and at > due_at(item.due_on, zone):
        raise _too_late(kind, item)
    new = item.due_on
    proposed = dict(detail)
    if name == PROPOSE:
        if due_on is None or due_on == item.due_on:
            raise Invalid("到期日没有变化", "", "请填写新的到期日。")
        _check_due(due_on, at, zone)
        proposed["due_on"] = due_on.isoformat()
    elif name == AGREE and item.proposed_due_on is not None:
        new = item.proposed_due_on
    return _linked(item, item.number, name, worker, at, recorded_at, item.state, new, proposed)


def apply(kind: RegisterKind, item: PlanItem | None, event: RegisterEvent) -> PlanItem:
    """The item after an event. Raises Conflict for one that the state does not allow."""
    if item is None:
        return PlanItem(
            number=event.item,
            kind=kind.name,
            title=_text(event.detail, "title"),
            state=event.state,
            version=event.sequence,
            due_on=event.due_on,
            planned_at=event.at,
            last_at=event.at,
            last_hash=event.hash,
            planned_by=event.actor,
            fields=_texts(event.detail, "fields"),
            takers={PLAN: event.actor},
        )
    after = replace(item, version=event.sequence, last_at=event.at, last_hash=event.hash)
    if event.step == PROPOSE:
        return replace(after, proposed_due_on=date.fromisoformat(_text(event.detail, "due_on")))
    if event.step in (AGREE, REFUSE):
        return replace(after, due_on=event.due_on, proposed_due_on=None)
    step = kind.step(event.step)
    if step is None or item.state not in step.from_states:
        raise _no_such_step(kind, item, event.step)
    takers = {} if step.starts_round else dict(item.takers)
    is_done, is_cancelled = event.state == kind.done, event.state == kind.cancelled
    return replace(
        after,
        state=event.state,
        handed_in=item.handed_in + bool(event.detail.get("files")),
        done_at=event.at if is_done and item.done_at is None else item.done_at,
        cancelled_at=event.at if is_cancelled else None,
        proposed_due_on=item.proposed_due_on if kind.is_open(event.state) else None,
        fields={**item.fields, **_texts(event.detail, "fields")},
        takers={**takers, event.step: event.actor},
    )


def replay(kind: RegisterKind, events: Iterable[RegisterEvent]) -> PlanItem | None:
    """The item that events, in their sequence, amount to; None without any."""
    item: PlanItem | None = None
    for event in events:
        item = apply(kind, item, event)
    return item


def hash_of(event: RegisterEvent) -> str:
    """The hash the event ought to bear, from the one before it and all its fields."""
    return link_hash(
        event.previous_hash,
        {
            "item": event.item,
            "sequence": event.sequence,
            "step": event.step,
            "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "recorded_at": event.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": event.actor,
            "state": event.state,
            "due_on": event.due_on.isoformat(),
            "detail": dict(event.detail),
        },
    )


def first_break(events: Sequence[RegisterEvent]) -> int | None:
    """The sequence at which an item's chain is broken, None when every link holds."""
    return first_broken(events, hash_of)


def members_of(kind: RegisterKind, item: PlanItem) -> dict[str, JsonValue]:
    """For programs: where the item is, and what may be done with it now."""
    return {"state": item.state, "allowed": [step.name for step in kind.steps_from(item.state)]}


def obstacle(item: PlanItem, step: RegisterStep, worker: RegisterWorker) -> Message | None:
    """Why this worker may not take a step that the state allows; None when he may."""
    if step.by is not worker.side:
        return message("由{side}办理", side=SIDE_WORDS[step.by])
    if any(item.takers.get(name) == worker.name for name in step.not_by):
        return message("不能审定自己办理的事项")
    return None


def _linked(
    item: PlanItem | None,
    number: str,
    step: str,
    worker: RegisterWorker,
    at: datetime,
    recorded_at: datetime,
    state: str,
    due_on: date,
    detail: JsonObject,
) -> RegisterEvent:
    if item is not None and at < item.last_at:
        raise Conflict(
            "时间早于上一步",
            message("上一步发生在 {at}。", at=item.last_at.isoformat()),
            "请核对发生时间。",
        )
    event = RegisterEvent(
        item=number,
        sequence=1 if item is None else item.version + 1,
        step=step,
        at=at.astimezone(UTC),
        recorded_at=recorded_at.astimezone(UTC),
        actor=worker.name,
        state=state,
        due_on=due_on,
        detail=detail,
        previous_hash=GENESIS if item is None else item.last_hash,
        hash="",
    )
    return replace(event, hash=hash_of(event))


def _check_state(kind: RegisterKind, item: PlanItem, step: RegisterStep) -> None:
    if item.state not in step.from_states:
        raise _refused(kind, item, message(step.word))


def _check_person(item: PlanItem, step: RegisterStep, worker: RegisterWorker) -> None:
    if obstacle(item, step, worker) is not None:
        raise Forbidden(
            "不能审定自己办理的事项",
            message("{name} 已办理过本轮的前一环节。", name=PersonName(worker.name)),
            "请由另一名人员办理。",
        )


def _check_due(due_on: date, at: datetime, zone: ZoneInfo) -> None:
    if due_on < at.astimezone(zone).date():
        raise Invalid(
            "到期日已过",
            message("到期日 {due} 早于今天。", due=due_on.isoformat()),
            "请填写今天或以后的日期。",
        )


def _other_side(word: str, sides: Sequence[Side]) -> Forbidden:
    return Forbidden(
        "此步骤不属于您这一方",
        message(
            "步骤 {step} 由{sides}办理。",
            step=message(word),
            sides=tuple(SIDE_WORDS[s] for s in sides),
        ),
        "提交与验收须由不同的一方办理。",
    )


def _refused(kind: RegisterKind, item: PlanItem, word: Message) -> Conflict:
    allowed = tuple(message(step.word) for step in kind.steps_from(item.state))
    return Conflict(
        "当前状态不允许此步骤",
        message("事项处于 {state}，不能 {step}。", state=kind.state_word(item.state), step=word),
        message("现在可以：{allowed}。", allowed=allowed or "—"),
        members=members_of(kind, item),
    )


def _too_late(kind: RegisterKind, item: PlanItem) -> Conflict:
    return Conflict(
        "到期日已过，不能再调整",
        message("到期日是 {due}，调整须在此之前获得同意。", due=item.due_on.isoformat()),
        "事项按原到期日考核。",
        members=members_of(kind, item),
    )


def _no_such_step(kind: RegisterKind, item: PlanItem, name: str) -> Conflict:
    return _refused(kind, item, kind.word_of(name))


def _text(detail: JsonObject, name: str) -> str:
    value = detail.get(name)
    return value if isinstance(value, str) else ""


def _texts(detail: JsonObject, name: str) -> dict[str, str]:
    value = detail.get(name)
    found = value if isinstance(value, dict) else {}
    return {key: text for key, text in found.items() if isinstance(text, str)}
