"""Which of the events on the live stream concern a reader (pure)."""

from dataclasses import dataclass

from ops_core.kernel.permissions import Permission

_STAFF_SEES = {
    "incident": (Permission.SEE_INCIDENTS, Permission.SEE_CALLS),
    "fault": (Permission.SEE_INCIDENTS,),
    "monitoring": (Permission.SEE_INCIDENTS, Permission.SEE_HEALTH),
    "change": (Permission.SEE_INCIDENTS,),
    "drill": (Permission.SEE_INCIDENTS,),
    "play": (Permission.SEE_INCIDENTS,),
    "order": (Permission.SEE_ORDERS,),
    "deadline_policy": (Permission.SEE_ORDERS,),
    "case": (Permission.SEE_ORDERS, Permission.SEE_CALLS),
    "callback": (Permission.SEE_ORDERS, Permission.CALL_BACK),
    "call": (Permission.SEE_CALLS,),
    "call_source": (Permission.SEE_CALLS, Permission.SEE_ORDERS),
    "rating": (Permission.SEE_CALLS, Permission.SEE_INDICATORS),
    "register": (Permission.SEE_REGISTERS, Permission.ACKNOWLEDGE_DOCUMENTS),
    "acknowledgement": (Permission.SEE_REGISTERS, Permission.ACKNOWLEDGE_DOCUMENTS),
    "evidence": (Permission.SEE_REGISTERS,),
    "user": (Permission.ADMINISTER, Permission.SEE_AUDIT),
}
"""Either permission is enough. What is not named concerns everybody who works in the centre."""
_ANY_STAFF = (
    Permission.SEE_WALL,
    Permission.SEE_INCIDENTS,
    Permission.SEE_ORDERS,
    Permission.SEE_INDICATORS,
)
OF_UNITS = frozenset({"order", "callback"})
"""A unit's handler sees these of his unit's orders, and nothing else."""


@dataclass(frozen=True, slots=True)
class StreamSubject:
    """What an event is about; ``units`` had or have the order."""

    aggregate: str
    id: str
    units: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Audience:
    """A reader as the stream knows him."""

    name: str
    permissions: frozenset[Permission]
    unit: str = ""

    def concerns(self, subject: StreamSubject) -> bool:
        """Whether this reader may know that it happened."""
        if Permission.HANDLE_ORDERS in self.permissions:
            ours = self.unit and self.unit in subject.units
            return bool(ours) and subject.aggregate in OF_UNITS
        sufficient = _STAFF_SEES.get(subject.aggregate, _ANY_STAFF)
        return not self.permissions.isdisjoint(sufficient)
