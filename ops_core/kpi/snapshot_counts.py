"""What was counted at snapshots that are past, remembered as long as the process lives.

It rests on what had been recorded of terminals until the last of the snapshots, and that is only
ever appended: as many records up to then are the same records. A late one, a correction, another
snapshot or another seat list is another question.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from threading import Lock
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from ops_core.kernel.engines import TransactionKind, kind_of
from seat_assets.in_service import ServiceMove
from seat_assets.read import changes_until
from seat_assets.snapshots import Parts

MOST = 64
"""Periods remembered of one database: three years of months, contract years and windows."""
_SEEN: WeakKeyDictionary[Engine, dict[Hashable, Counter[Parts]]] = WeakKeyDictionary()
_ONE_AT_A_TIME = Lock()


def counted_once(
    session: Session,
    instants: Sequence[datetime],
    moves: Sequence[ServiceMove],
    count: Callable[[], Counter[Parts]],
) -> Counter[Parts]:
    """What ``count`` gives for the snapshots; it is not asked again while nothing is new.

    Remembered in transactions that only read: what another one sees may be taken back.
    """
    if not instants or kind_of(session.connection()) is not TransactionKind.READING:
        return count()
    asked = tuple(instants), tuple(moves), changes_until(session, instants[-1])
    with _ONE_AT_A_TIME:
        seen = _SEEN.setdefault(session.connection().engine, {})
        found = seen.get(asked)
    if found is None:
        found = count()
        with _ONE_AT_A_TIME:
            while len(seen) >= MOST:
                del seen[next(iter(seen))]
            seen[asked] = found
    return Counter(found)  # the caller's own: what is remembered stays as it was counted
