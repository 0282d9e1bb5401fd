"""What screens and programs are shown of the registers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from ops_core.kernel.evidence_links import EvidenceFile, evidence_of
from ops_core.kernel.identity import list_users
from ops_core.kernel.permissions import Permission, Side, allows
from ops_core.registers.documents import AcknowledgementRate, in_effect, rate_of
from ops_core.registers.kinds import RegisterKind, every_kind, kind_named
from ops_core.registers.model import PlanItem, RegisterEvent, first_break
from ops_core.registers.store import ITEM, events_of_item, find_item, item_of
from ops_core.registers.tables import AcknowledgementRow, RegisterItemRow

DUE_SOON = timedelta(days=7)
PAGE_SIZE = 100


class ItemTab(StrEnum):
    """待办, 临期与逾期, 待采购人, 已完成, 全部."""

    OPEN = "open"
    DUE = "due"
    PURCHASER = "purchaser"
    DONE = "done"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """``branch`` is a choice of the kind's tree; ``query`` is sought in numbers and titles."""

    tab: ItemTab = ItemTab.OPEN
    query: str = ""
    branch: str = ""
    after: str = ""
    limit: int = PAGE_SIZE


@dataclass(frozen=True, slots=True)
class ListedItem:
    """An item with what its lists show; ``is_overdue`` as of the question."""

    item: PlanItem
    due_at: datetime
    is_overdue: bool
    needs_review: bool
    """Its review date is over."""


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """One item with its chain and its files."""

    listed: ListedItem
    kind: RegisterKind
    events: tuple[RegisterEvent, ...]
    files: tuple[EvidenceFile, ...]
    broken_at: int | None


@dataclass(frozen=True, slots=True)
class DocumentInEffect:
    """A document's edition in effect, its files, and who has acknowledged it."""

    item: PlanItem
    files: tuple[EvidenceFile, ...]
    rate: AcknowledgementRate
    lacking: tuple[str, ...]
    """The centre's people who have not acknowledged it."""
    acknowledged_at: datetime | None
    """By the reader."""


def list_items(
    session: Session, kind: RegisterKind, filters: ItemFilter, now: datetime
) -> tuple[list[ListedItem], str]:
    """Items by their due date, and the number after which the next page begins (empty: none)."""
    query = select(RegisterItemRow).where(RegisterItemRow.kind == kind.name)
    query = query.where(*_of_tab(kind, filters.tab, now))
    if filters.query:
        pattern = f"%{_escaped(filters.query)}%"
        query = query.where(
            RegisterItemRow.title.ilike(pattern, escape="\\")
            | RegisterItemRow.number.ilike(pattern, escape="\\")
        )
    if filters.branch and kind.tree:
        query = query.where(RegisterItemRow.fields[kind.tree].as_string() == filters.branch)
    rows = session.scalars(_page(session, query, filters)).all()
    shown = [listed_of(row, kind, now) for row in rows[: filters.limit]]
    return shown, shown[-1].item.number if len(rows) > filters.limit else ""


def count_items(session: Session, kind: RegisterKind, now: datetime) -> Mapping[ItemTab, int]:
    """How many items each tab has."""
    return {
        tab: session.scalar(
            select(func.count())
            .select_from(RegisterItemRow)
            .where(RegisterItemRow.kind == kind.name, *_of_tab(kind, tab, now))
        )
        or 0
        for tab in ItemTab
    }


def count_branches(session: Session, kind: RegisterKind) -> Mapping[str, int]:
    """How many items each branch of the kind's tree has, those without one under no name."""
    if not kind.tree:
        return {}
    branch = RegisterItemRow.fields[kind.tree].as_string()
    found = session.execute(
        select(branch, func.count()).where(RegisterItemRow.kind == kind.name).group_by(branch)
    )
    counts = Counter({str(name): count for name, count in found})
    choices = next(field.choices for field in kind.fields if field.name == kind.tree)
    return {choice: counts[choice] for choice in choices}


def read_item(session: Session, number: str, now: datetime) -> ItemRecord:
    """Raises :class:`NotFound`."""
    item = find_item(session, number)
    row = session.get_one(RegisterItemRow, number)
    kind = every_kind()[item.kind]
    events = tuple(events_of_item(session, number))
    files = tuple(evidence_of(session, ITEM, number))
    return ItemRecord(listed_of(row, kind, now), kind, events, files, first_break(events))


def is_in_effect(session: Session, item: PlanItem, local_now: datetime) -> bool:
    """Whether this edition of a document is the one that holds; ``local_now`` in the zone."""
    kind = every_kind()[item.kind]
    if not kind.acknowledged:
        return False
    present = in_effect(_of_kind(session, kind), local_now.date())
    return item.number in {one.number for one in present}


def documents_in_effect(
    session: Session, reader: str, local_now: datetime
) -> list[DocumentInEffect]:
    """Every document that is in effect, by code; ``reader`` by the name he signs in with."""
    staff = staff_names(session)
    found: list[DocumentInEffect] = []
    kinds = [kind for kind in every_kind().values() if kind.acknowledged]
    for item in (i for k in kinds for i in in_effect(_of_kind(session, k), local_now.date())):
        rows = session.scalars(
            select(AcknowledgementRow).where(AcknowledgementRow.item == item.number)
        )
        by_person = {row.person: row.at for row in rows}
        found.append(
            DocumentInEffect(
                item,
                tuple(evidence_of(session, ITEM, item.number)),
                rate_of(by_person, staff),
                tuple(name for name in staff if name not in by_person),
                by_person.get(reader),
            )
        )
    return found


def staff_names(session: Session) -> tuple[str, ...]:
    """The operator's people who may sign in, by name: who documents are for."""
    return tuple(
        user.name
        for user in list_users(session)
        if user.active
        and user.actor.side is Side.OPERATOR
        and allows(user.actor, Permission.ACKNOWLEDGE_DOCUMENTS)
    )


def listed_of(row: RegisterItemRow, kind: RegisterKind, now: datetime) -> ListedItem:
    """What a list shows of a stored item."""
    item = item_of(row)
    late_by = item.done_at or now
    overdue = item.cancelled_at is None and late_by > row.due_at
    review_on = item.fields.get("review_on", "")
    needs_review = bool(review_on) and item.state == kind.done and review_on < str(now.date())
    return ListedItem(item, row.due_at, overdue, needs_review)


def _of_kind(session: Session, kind: RegisterKind) -> list[PlanItem]:
    query = select(RegisterItemRow).where(
        RegisterItemRow.kind == kind_named(kind.name).name, RegisterItemRow.state == kind.done
    )
    return [item_of(row) for row in session.scalars(query)]


def _of_tab(kind: RegisterKind, tab: ItemTab, now: datetime) -> Sequence[ColumnElement[bool]]:
    row = RegisterItemRow
    is_open = row.state.not_in([kind.done, kind.cancelled])
    match tab:
        case ItemTab.OPEN:
            return (is_open,)
        case ItemTab.DUE:
            return (is_open, row.due_at <= now + DUE_SOON)
        case ItemTab.PURCHASER:
            states = {
                s for step in kind.steps if step.by is Side.PURCHASER for s in step.from_states
            }
            return (row.state.in_(states) | row.proposed_due_on.is_not(None),)
        case ItemTab.DONE:
            return (row.state == kind.done,)
        case ItemTab.ALL:
            return ()


def _page(
    session: Session, query: Select[RegisterItemRow], filters: ItemFilter
) -> Select[RegisterItemRow]:
    row = RegisterItemRow
    last = session.get(RegisterItemRow, filters.after) if filters.after else None
    if last is not None:
        query = query.where(
            (row.due_day > last.due_day)
            | ((row.due_day == last.due_day) & (row.number > last.number))
        )
    return query.order_by(row.due_day, row.number).limit(filters.limit + 1)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
