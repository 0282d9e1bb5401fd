"""The quick list of incidents says what the whole reading says."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from device_configs.site.model import FaultClassName
from incident.listing import ListedIncident, read_listed
from incident.model import ClassHeld, Incident, IncidentState
from incident.read import list_incidents, open_incidents
from incident.service import CLASSES
from incident.tables import IncidentRow
from monitors.alerts.faults import GROUP
from monitors.alerts.model import Confidence, FaultGroup, State
from monitors.evidence import Element
from ops_core.kernel.database import Database
from tests.monitors.alerts.simulation import START

CLASS_NAMES = list(FaultClassName)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the fixture ``database`` is."""
    return tmp_path / "zhishou.db"


def stored(number: int) -> IncidentRow:
    """An incident of its own state, classes, roots and damage."""
    at = START + timedelta(seconds=37 * (number // 2), microseconds=number % 3)
    roots = (Element.device(f"rt-{number}"), Element.port("core-a", f"p{number}"))[: number % 2 + 1]
    group = FaultGroup(
        roots=roots,
        state=State.DOWN,
        confidence=Confidence.HIGH,
        since=at,
        seats=tuple(range(number)),
        services=tuple(f"service-{n}" for n in range(number % 4)),
    )
    classes = tuple(ClassHeld(name, at, 1) for name in CLASS_NAMES[: number % len(CLASS_NAMES) + 1])
    return IncidentRow(
        number=f"F-20261123-{number:03}",
        day="20261123",
        state=list(IncidentState)[number % len(IncidentState)],
        detected_at=at,
        cleared=False,
        fault_key=f"key-{number}",
        classes=CLASSES.dump_python(classes, mode="json"),
        fault=GROUP.dump_python(group, mode="json"),
        reopened=0,
        version=1,
    )


@pytest.fixture
def filled(database: Database) -> Database:
    with database.transaction() as session:
        session.add_all(stored(number) for number in range(230))
    return database


def in_short(incident: Incident) -> ListedIncident:
    return ListedIncident(
        incident.number,
        incident.fault_class,
        incident.state,
        tuple(str(root) for root in incident.fault.roots),
        incident.stamps.detected_at,
        len(incident.fault.seats),
        len(incident.fault.services),
        None if incident.false_alarm is None else incident.false_alarm.state,
    )


def test_open_incidents_are_the_same_in_the_same_order(filled: Database, file: Path) -> None:
    with filled.reading() as session:
        whole = [in_short(incident) for incident in open_incidents(session)]
    assert read_listed(file, everything=False) == whole
    assert len(whole) == 184


def test_the_newest_of_all_are_the_same_in_the_same_order(filled: Database, file: Path) -> None:
    with filled.reading() as session:
        whole = [in_short(incident) for incident in list_incidents(session)]
    assert read_listed(file, everything=True) == whole
    assert len(whole) == 200


def test_no_incident_is_an_empty_list(database: Database, file: Path) -> None:
    assert database.engine.url.database == str(file)
    assert read_listed(file, everything=True) == []


def test_it_leaves_to_the_whole_reading_what_it_does_not_know(
    filled: Database, file: Path, tmp_path: Path
) -> None:
    assert read_listed(tmp_path / "none.db", everything=True) is None
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "other.db").write_text("no database at all, but a text that is long enough")
    assert read_listed(tmp_path / "other.db", everything=True) is None
    with closing(sqlite3.connect(tmp_path / "older.db")) as older:
        older.execute("CREATE TABLE incidents (number TEXT, state TEXT)")
    assert read_listed(tmp_path / "older.db", everything=True) is None
    with filled.transaction() as session:
        session.get_one(IncidentRow, "F-20261123-229").fault = {"root": "of another shape"}
    assert read_listed(file, everything=True) is None
