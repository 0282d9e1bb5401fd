"""The day sums that indicator 1 is read from, held against the calls themselves."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.calls.model import Outcome
from ops_core.hotline.calls.tables import CallTallyRow
from ops_core.hotline.calls.tallies import recount


@dataclass(frozen=True, slots=True)
class TallyDifference:
    """A day sum that is not what the calls themselves give."""

    day: str
    outcome: Outcome
    offered: bool
    stored: int
    counted: int


def tally_differences(session: Session, site: Site) -> list[TallyDifference]:
    """The day sums held against every call; empty when indicator 1 rests on true ones."""
    counted = recount(session, ZoneInfo(site.contract.timezone))
    stored = {
        (row.day, row.outcome, row.offered): row.count
        for row in session.scalars(select(CallTallyRow))
    }
    return [
        TallyDifference(day, Outcome(outcome), offered, stored.get(key, 0), counted.get(key, 0))
        for key in sorted(stored.keys() | counted.keys())
        if stored.get(key, 0) != counted.get(key, 0)
        for day, outcome, offered in (key,)
    ]
