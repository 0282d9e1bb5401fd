"""Fault events become incidents whatever stands between them in the log."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import OperationalError

from device_configs.site import load_site
from device_configs.site.model import Site
from incident.read import list_incidents
from monitors.alerts.engine import FAULT
from monitors.alerts.faults import TRANSITION, FaultTransition, TransitionKind
from monitors.alerts.model import Confidence, FaultGroup, State
from monitors.evidence import Element
from ops_core.app import incident_feed
from ops_core.app.incident_feed import TRIES, IncidentFeed, is_of_the_database
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DomainError
from ops_core.kernel.events import EventBus
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import PROJECT_DIRECTORY

AT = datetime(2026, 11, 29, 1, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def site() -> Site:
    return load_site(PROJECT_DIRECTORY / "inventory")


@pytest.fixture
def feed(site: Site, database: Database) -> IncidentFeed:
    return IncidentFeed(site, database, EventBus(), FixedClock(AT))


def opened(device: str) -> FaultTransition:
    group = FaultGroup((Element.device(device),), State.DOWN, Confidence.HIGH, AT)
    return FaultTransition(f"{device}@x", 1, TransitionKind.OPENED, AT, group)


def emit(database: Database, key: str, kind: str, payload: JsonObject) -> None:
    with unit_of_work(database, EventBus(), FixedClock(AT), Actor.system("alerts")) as uow:
        uow.event(FAULT, key, kind, payload, AT)


def emit_transition(database: Database, transition: FaultTransition) -> None:
    payload = TRANSITION.dump_python(transition, mode="json")
    emit(database, transition.key, transition.kind, payload)


def roots(database: Database) -> set[str]:
    with database.reading() as session:
        return {str(i.fault.roots[0]) for i in list_incidents(session)}


def carry_until_quiet(feed: IncidentFeed) -> int:
    """As the worker does: after a failure it looks again. Returns how often it failed."""
    failures = 0
    while True:
        try:
            feed.carry()
        except ValueError:
            failures += 1
            assert failures < 50
        else:
            return failures


def test_an_event_that_cannot_be_taken_is_put_aside_and_the_faults_around_it_are_not_lost(
    feed: IncidentFeed, database: Database
) -> None:
    emit_transition(database, opened("rt-a"))
    emit(database, "bad", TransitionKind.OPENED, {"group": "no group"})
    emit(database, "worse", TransitionKind.UPDATED, {})
    emit_transition(database, opened("rt-b"))
    assert carry_until_quiet(feed) == 2 * (TRIES - 1)
    assert roots(database) == {"device/rt-a", "device/rt-b"}
    (concern,) = feed.concerns(AT)
    assert (concern.key, concern.is_vital) == ("incidents/put-aside", False)
    with database.reading() as session:
        aside = [e for e in read_audit(session, limit=20) if e.action == "FaultEventPutAside"]
    assert {entry.subject_id for entry in aside} == {"bad", "worse"}


def test_an_event_put_aside_once_is_not_looked_at_again(
    feed: IncidentFeed, site: Site, database: Database
) -> None:
    emit(database, "bad", TransitionKind.OPENED, {})
    carry_until_quiet(feed)
    again = IncidentFeed(site, database, EventBus(), FixedClock(AT))
    assert carry_until_quiet(again) == 0


@pytest.mark.parametrize("kind", [TransitionKind.RESOLVED, TransitionKind.MERGED])
def test_the_end_of_a_fault_whose_beginning_was_never_taken_opens_nothing(
    feed: IncidentFeed, database: Database, kind: TransitionKind
) -> None:
    emit_transition(database, replace(opened("rt-a"), sequence=2, kind=kind, merged_into="x"))
    assert carry_until_quiet(feed) == 0
    assert roots(database) == set()


def test_trouble_of_the_database_puts_nothing_aside(
    feed: IncidentFeed, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    emit_transition(database, opened("rt-a"))

    def locked(*_: object) -> int:
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    with monkeypatch.context() as while_locked:
        while_locked.setattr(incident_feed, "consume_faults", locked)
        for _ in range(3 * TRIES):
            with pytest.raises(OperationalError):
                feed.carry()
    assert carry_until_quiet(feed) == 0
    assert roots(database) == {"device/rt-a"}
    assert feed.concerns(AT) == []


@pytest.mark.parametrize(
    ("error", "of_the_database"),
    [
        (OSError(28, "No space left on device"), True),
        (DomainError("busy", status=503), True),
        (DomainError("not found", status=404), False),
        (ValueError("no"), False),
    ],
    ids=lambda value: repr(value),
)
def test_what_counts_as_the_databases_trouble(error: Exception, of_the_database: bool) -> None:
    assert is_of_the_database(error) is of_the_database
