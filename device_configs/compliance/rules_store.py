"""The last check of each device against the rules, stored and read."""

from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.compliance.rules_judgement import BrokenPlace, RulesCheck
from device_configs.compliance.tables import RulesCheckRow

_PLACES = TypeAdapter(tuple[BrokenPlace, ...])
_SINCE = TypeAdapter(dict[str, datetime])


def read_rules_checks(session: Session) -> dict[str, RulesCheck]:
    """The last check of every device that was ever checked, by its name."""
    return {row.device: _check_of(row) for row in session.scalars(select(RulesCheckRow))}


def keep_rules_check(session: Session, check: RulesCheck) -> None:
    """Store a check in place of the one before."""
    row = session.get(RulesCheckRow, check.device)
    if row is None:
        row = RulesCheckRow(device=check.device)
        session.add(row)
    row.checked_at, row.author, row.problem = check.at, check.author, check.problem
    row.asked = list(check.asked)
    row.places = _PLACES.dump_python(check.places, mode="json")
    row.since = _SINCE.dump_python(dict(check.since), mode="json")


def _check_of(row: RulesCheckRow) -> RulesCheck:
    return RulesCheck(
        row.device,
        row.checked_at,
        row.author,
        tuple(str(name) for name in row.asked),
        _PLACES.validate_python(row.places),
        row.problem,
        _SINCE.validate_python(row.since),
    )
