"""Deployments on record: who brought what to which devices, when, and with which outcome.

A deployment is an aggregate of the event log (``D-20261124-001``): started, one event a device,
finished. Progress on screens and the history are the same events.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import JsonValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from device_configs.deploy.results import DeployProgress, DeployResult, DeviceResult, DeviceState
from device_configs.deploy.runner import run, select_devices
from device_configs.site.model import Site
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import DomainError, NotFound
from ops_core.kernel.events import Event, EventBus, events_of
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import Settings
from ops_core.kernel.tables import EventRow

DEPLOYMENT = "deployment"
STARTED, DEVICE_DONE, FINISHED = "DeploymentStarted", "DeploymentDeviceDone", "DeploymentFinished"
ABANDONED_AFTER = timedelta(minutes=10)
"""Without a word for so long, whoever ran it was killed."""


@dataclass(frozen=True)
class DeviceOutcome:
    at: datetime
    result: DeviceResult


@dataclass(frozen=True)
class DeploymentRecord:
    """One deployment as the event log tells it; ``succeeded`` None while it runs."""

    number: str
    author: str
    check: bool
    devices: tuple[str, ...]
    started_at: datetime
    last_at: datetime
    finished_at: datetime | None
    succeeded: bool | None
    outcomes: tuple[DeviceOutcome, ...]

    def is_abandoned(self, now: datetime) -> bool:
        """Whether it will never finish."""
        return self.finished_at is None and now - self.last_at > ABANDONED_AFTER


@dataclass(frozen=True)
class DeploymentWork:
    """What a recorded deployment needs besides its devices."""

    site: Site
    settings: Settings
    database: Database
    bus: EventBus
    clock: Clock


def start_record(
    work: DeploymentWork, actor: Actor, limit: Sequence[str], check: bool = False
) -> str:
    """Put the beginning on record and return the number. Raises Invalid for unknown names."""
    devices = select_devices(work.site, limit)
    with unit_of_work(work.database, work.bus, work.clock, actor) as uow:
        number = _next_number(uow.session, work)
        named: list[JsonValue] = list(devices)
        detail: dict[str, JsonValue] = {"devices": named, "check": check}
        uow.event(DEPLOYMENT, number, STARTED, detail)
        uow.audit(STARTED, DEPLOYMENT, number, detail)
    return number


def run_recorded(
    work: DeploymentWork,
    number: str,
    network: int,
    actor: Actor,
    limit: Sequence[str],
    check: bool = False,
    on_progress: Callable[[DeployProgress], None] = lambda _: None,
) -> DeployResult:
    """Run the deployment that ``number`` began; each device and the end go on record."""

    def note(progress: DeployProgress) -> None:
        _note_device(work, number, actor, progress.result)
        on_progress(progress)

    try:
        done = run(work.site, work.settings, network, limit=limit, check=check, on_progress=note)
    except DomainError as refused:
        _finish(work, number, actor, succeeded=False, text=str(refused))
        raise
    _finish(work, number, actor, succeeded=done.succeeded, text="")
    return done


def _note_device(work: DeploymentWork, number: str, actor: Actor, result: DeviceResult) -> None:
    with unit_of_work(work.database, work.bus, work.clock, actor) as uow:
        uow.event(
            DEPLOYMENT,
            number,
            DEVICE_DONE,
            {
                "device": result.device,
                "state": result.state.value,
                "files": list(result.files),
                "services": list(result.services),
                "diff": result.diff,
                "message": result.message,
            },
        )
        uow.audit(DEVICE_DONE, "device", result.device,
                  {"deployment": number, "state": result.state.value})  # fmt: skip


def _finish(work: DeploymentWork, number: str, actor: Actor, *, succeeded: bool, text: str) -> None:
    with unit_of_work(work.database, work.bus, work.clock, actor) as uow:
        detail: dict[str, JsonValue] = {"succeeded": succeeded, "message": text}
        uow.event(DEPLOYMENT, number, FINISHED, detail)
        uow.audit(FINISHED, DEPLOYMENT, number, detail)


def read_deployment(session: Session, number: str) -> DeploymentRecord:
    """One deployment. Raises NotFound."""
    events = events_of(session, DEPLOYMENT, number)
    if not events:
        raise NotFound("没有这次部署", message("找不到部署 {number}。", number=number))
    return record_of(events)


def read_deployments(session: Session, limit: int) -> list[DeploymentRecord]:
    """The newest deployments first."""
    numbers = session.scalars(
        select(EventRow.aggregate_id)
        .where(EventRow.aggregate_type == DEPLOYMENT, EventRow.type == STARTED)
        .order_by(EventRow.position.desc())
        .limit(limit)
    )
    return [record_of(events_of(session, DEPLOYMENT, number)) for number in numbers]


def record_of(events: Sequence[Event]) -> DeploymentRecord:
    """The deployment that a list of its events tells, first to last; pure."""
    first, last = events[0], events[-1]
    finished = last if last.type == FINISHED else None
    named = first.payload.get("devices")
    return DeploymentRecord(
        number=first.aggregate_id,
        author=first.actor,
        check=bool(first.payload.get("check")),
        devices=tuple(str(name) for name in named) if isinstance(named, list) else (),
        started_at=first.occurred_at,
        last_at=last.occurred_at,
        finished_at=finished.occurred_at if finished else None,
        succeeded=bool(finished.payload.get("succeeded")) if finished else None,
        outcomes=tuple(_outcome(event) for event in events if event.type == DEVICE_DONE),
    )


def _outcome(event: Event) -> DeviceOutcome:
    told = event.payload
    services, files = told.get("services"), told.get("files")
    result = DeviceResult(
        device=str(told["device"]),
        state=DeviceState(str(told["state"])),
        files=tuple(str(name) for name in files) if isinstance(files, list) else (),
        services=tuple(str(name) for name in services) if isinstance(services, list) else (),
        diff=str(told.get("diff", "")),
        message=str(told.get("message", "")),
    )
    return DeviceOutcome(event.occurred_at, result)


def _next_number(session: Session, work: DeploymentWork) -> str:
    day = work.clock.now().astimezone(ZoneInfo(work.site.contract.timezone)).strftime("%Y%m%d")
    taken = session.scalar(
        select(func.count())
        .select_from(EventRow)
        .where(
            EventRow.aggregate_type == DEPLOYMENT,
            EventRow.type == STARTED,
            EventRow.aggregate_id.startswith(f"D-{day}-"),
        )
    )
    return f"D-{day}-{(taken or 0) + 1:03d}"
