"""The JSON interface to incidents."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from device_configs.site import Site
from incident import service
from incident.api import IncidentWeb, incident_router
from monitors.alerts.faults import FaultTransition, TransitionKind
from monitors.alerts.model import ClassInputs, Confidence, FaultGroup, State
from monitors.evidence import Element, ElementKind, Observation
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import Conflict
from ops_core.kernel.events import EventBus
from ops_core.kernel.permissions import Actor, Role
from tests.monitors.alerts.simulation import START


@pytest.fixture
def client(
    site: Site, database: Database, bus: EventBus, clock: FixedClock
) -> Iterator[TestClient]:
    link = Element(ElementKind.LINK, "rt-a--egov")
    port = Element(ElementKind.PORT, "rt-a:egov")
    group = FaultGroup(
        roots=(link,),
        state=State.DOWN,
        confidence=Confidence.HIGH,
        since=START,
        evidence=(Observation(port, "trap", False, START, "linkDown"),),
        class_inputs=ClassInputs(core_redundancy_lost=True, seats_total=72),
    )
    opened = FaultTransition("k", 1, TransitionKind.OPENED, START, group)
    with unit_of_work(database, bus, clock, Actor.system("t")) as uow:
        service.apply_transition(uow, opened, site.contract, service.IncidentPolicy())
    actor = Actor.user("li.ming", [Role.DUTY_TECHNICIAN])
    app = FastAPI()
    app.include_router(
        incident_router(IncidentWeb(site.contract, database, bus, clock, lambda: actor))
    )
    with TestClient(app) as found:
        yield found


def test_the_list_names_root_class_and_clock(client: TestClient) -> None:
    (incident,) = client.get("/api/incidents").json()
    assert incident["roots"] == ["link/rt-a--egov"]
    assert incident["fault_class"] == "severe"
    assert incident["clocks"][0]["remaining_s"] == 7200


def test_a_command_answers_with_the_new_state_and_the_detail_opens_to_evidence(
    client: TestClient,
) -> None:
    number = client.get("/api/incidents").json()[0]["number"]
    answer = client.post(f"/api/incidents/{number}/acknowledge", json={"version": 1})
    assert answer.json()["state"] == "acknowledged"
    detail = client.get(f"/api/incidents/{number}").json()
    assert detail["evidence"][0]["detail"] == "linkDown"
    assert [entry["type"] for entry in detail["timeline"]] == [
        "IncidentOpened",
        "IncidentAcknowledged",
    ]


def test_a_command_out_of_turn_is_refused(client: TestClient) -> None:
    number = client.get("/api/incidents").json()[0]["number"]
    with pytest.raises(Conflict):
        client.post(f"/api/incidents/{number}/close", json={})
