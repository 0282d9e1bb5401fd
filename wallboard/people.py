"""Names of people as screens show them."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_core.kernel.i18n import Message, message
from ops_core.kernel.identity import User
from ops_core.kernel.permissions import Permission, permissions_of
from ops_core.kernel.tables import UserRow

KNOWN_FOR = timedelta(seconds=5)
CENTRE = message("热线中心")
PLATFORM = message("平台")


@dataclass(frozen=True, slots=True)
class ShownName:
    """A user's name on screens, and the unit he answers for."""

    display_name: str
    unit: str


class People:
    """The display names of all users, read anew every few seconds. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: Mapping[str, ShownName] = {}
        self._read_at: datetime | None = None

    def refresh(self, session: Session, now: datetime) -> None:
        """Read the names unless they are fresh."""
        with self._lock:
            if self._read_at is not None and timedelta(0) <= now - self._read_at < KNOWN_FOR:
                return
            rows = session.execute(select(UserRow.name, UserRow.display_name, UserRow.unit))
            self._names = {name: ShownName(shown, unit) for name, shown, unit in rows}
            self._read_at = now

    def shown(self, name: str, reader: User | None) -> str | Message:
        """How ``reader`` is shown whoever acted under this name.

        A unit's handler is shown his own unit's people by name and everybody else as the centre:
        who works there is the centre's affair.
        """
        unit = reader.unit if is_of_unit(reader) and reader is not None else ""
        return self.shown_to_unit(name, unit)

    def shown_to_unit(self, name: str, unit: str) -> str | Message:
        """The same to whoever answers for a unit; empty for everybody else."""
        known = self._names.get(name)
        if unit:
            ours = known is not None and known.unit == unit
            return known.display_name if ours and known is not None else CENTRE
        if known is not None:
            return known.display_name
        return PLATFORM if name.startswith("system:") else name


def is_of_unit(reader: User | None) -> bool:
    """Whether he answers for a government unit: the other side of the table."""
    return reader is not None and Permission.HANDLE_ORDERS in permissions_of(reader.roles)
