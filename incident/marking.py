"""Commands on false alarms, and the news that void them."""

from dataclasses import replace
from datetime import datetime

from incident.false_alarm import (
    EVENT,
    Mark,
    Words,
    decide,
    event_detail,
    gains,
    require_step,
    voided,
)
from incident.false_alarm_terms import FalseAlarmStep, News
from incident.model import Incident, highest_class
from incident.store import check_version, find_row, incident_of, mark_of, record_change, store_mark
from incident.tables import IncidentRow
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.masking import mask_text


def take_step(
    uow: UnitOfWork, number: str, step: FalseAlarmStep, words: Words, version: int | None = None
) -> Incident:
    """Propose, confirm, reject, withdraw or revoke; phone numbers in the text are masked.

    Raises Forbidden, NotFound, Conflict, Invalid. A refusal changes nothing; whoever asked has it
    audited in a unit of work of its own, for this one is undone by it.
    """
    require_step(uow.actor, step)  # before anything is said of the incident
    row = find_row(uow.session, number)
    check_version(row, version)
    words = replace(words, text=mask_text(words.text))
    is_part = incident_of(row).is_only_a_part
    mark = decide(mark_of(row), is_part, step, uow.actor, words, uow.clock.now())
    # The event bears the very instant the mark does, for its replay must give the same mark.
    return _store(uow, row, mark, _instant(mark))


def void_after_update(
    uow: UnitOfWork, row: IncidentRow, before: Incident, at: datetime
) -> Incident:
    """The incident after a change that monitoring reported; a mark that knew less is void."""
    after = incident_of(row)
    if before.false_alarm is None or not before.false_alarm.is_live:
        return after
    rose = after.fault_class is not before.fault_class and (
        highest_class((before.fault_class, after.fault_class)) is after.fault_class
    )
    if rose:
        return void(uow, row, News.CLASS_ROSE, "", at)
    if gains(before.fault, after.fault):
        return void(uow, row, News.NEW_EVIDENCE, "", at)
    return after


def void(uow: UnitOfWork, row: IncidentRow, news: News, detail: str, at: datetime) -> Incident:
    """End a live mark because of news; a row without one stays as it is."""
    mark = mark_of(row)
    if mark is None or not mark.is_live:
        return incident_of(row)
    return _store(uow, row, voided(mark, news, detail, uow.actor, at), at)


def _store(uow: UnitOfWork, row: IncidentRow, mark: Mark, at: datetime | None) -> Incident:
    store_mark(row, mark)
    return record_change(uow, row, EVENT[mark.state], event_detail(mark), at)


def _instant(mark: Mark) -> datetime:
    return mark.ended_at or mark.confirmed_at or mark.proposed_at
