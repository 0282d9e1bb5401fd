"""Ratings recorded when a call's identifier alone named it: which call each is of today."""

from collections.abc import Collection, Iterator
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.hotline.calls.model import CallEvent, CallEventKind
from ops_core.hotline.calls.store import event_of
from ops_core.hotline.calls.tables import CallEventRow

_CALL = "call:"


def present_subjects(session: Session, former: Collection[str]) -> Iterator[tuple[str, str]]:
    """Former and present subject of ratings whose call was named by an identifier alone.

    Where several telephone systems gave it, it is the call that was taken first: so migration 0018
    has it.
    """
    identifiers = [s.removeprefix(_CALL) for s in former if s.startswith(_CALL)]
    rows = session.execute(
        select(CallEventRow.__table__)
        .where(CallEventRow.call.in_(identifiers))
        .order_by(CallEventRow.call)
    )
    for identifier, events in groupby(map(event_of, rows), key=lambda event: event.call):
        yield _CALL + identifier, _CALL + min(events, key=_first_taken).name


def _first_taken(event: CallEvent) -> tuple[bool, object, str, int]:
    return event.kind is not CallEventKind.CONNECT, event.at, event.source, event.sequence
