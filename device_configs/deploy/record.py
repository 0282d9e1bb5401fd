"""Deployments on record: who brought what to which devices, when, and with which outcome.

A deployment is an aggregate of the event log (``D-20261124-001``): started, one event a device,
finished. Progress on screens and the history are the same events.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.changes.locks import take_device_locks
from device_configs.deploy.exclusion import DeploymentLock, Holder, take_deployment_lock
from device_configs.deploy.recording import (
    DEPLOYMENT,
    DEVICE_DONE,
    FINISHED,
    STARTED,
    DeploymentRecorder,
)
from device_configs.deploy.results import DeployProgress, DeployResult, DeviceResult, DeviceState
from device_configs.deploy.runner import run, select_devices
from device_configs.site.model import Site
from ops_core.kernel.clock import Clock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.errors import NotFound
from ops_core.kernel.events import Event, EventBus, events_of
from ops_core.kernel.i18n import message
from ops_core.kernel.numbering import DEPLOYMENTS
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import Settings
from ops_core.kernel.tables import EventRow

ABANDONED_AFTER = timedelta(minutes=10)
"""Without a word for so long, whoever ran it was killed."""


@dataclass(frozen=True)
class DeviceOutcome:
    at: datetime
    result: DeviceResult


@dataclass(frozen=True)
class DeploymentRecord:
    """One deployment as its events have it; ``succeeded`` None while it runs.

    ``reason`` says why it ended before it came to every device; empty where it did come.
    """

    number: str
    author: str
    check: bool
    devices: tuple[str, ...]
    started_at: datetime
    last_at: datetime
    finished_at: datetime | None
    succeeded: bool | None
    outcomes: tuple[DeviceOutcome, ...]
    reason: str = ""

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


@dataclass(frozen=True)
class StartedDeployment:
    """A deployment whose beginning is on record; it holds the right to deploy until it has run."""

    number: str
    actor: Actor
    limit: tuple[str, ...]
    check: bool
    lock: DeploymentLock


def start_deployment(
    work: DeploymentWork, actor: Actor, limit: Sequence[str], check: bool = False
) -> StartedDeployment:
    """Take the right to deploy and put the beginning on record; then :func:`run_recorded`.

    Raises Invalid for unknown names, and Conflict, with nothing on record, while another runs or a
    change holds one of the devices.
    """
    devices = select_devices(work.site, limit)
    holder = Holder(str(actor), work.clock.now())
    directory = work.settings.state_directory
    lock = take_deployment_lock(directory, holder)
    try:
        if not check:
            lock.join(*take_device_locks(work.site, directory, devices, holder))
        number = _record_start(work, actor, devices, check)
        lock.name(replace(holder, number=number))
    except BaseException:
        lock.release()
        raise
    return StartedDeployment(number, actor, tuple(limit), check, lock)


def _record_start(work: DeploymentWork, actor: Actor, devices: Sequence[str], check: bool) -> str:
    named: list[JsonValue] = list(devices)
    detail: dict[str, JsonValue] = {"devices": named, "check": check}
    zone = ZoneInfo(work.site.contract.timezone)
    with unit_of_work(work.database, work.bus, work.clock, actor) as uow:
        numbers = DEPLOYMENTS.on_day_of(uow.clock.now(), zone)
        started = (EventRow.aggregate_type == DEPLOYMENT, EventRow.sequence == 1)
        number = numbers.next_free(uow.session, EventRow.aggregate_id, *started)
        uow.event(DEPLOYMENT, number, STARTED, detail)
        uow.audit(STARTED, DEPLOYMENT, number, detail)
    return number


def record_failure(work: DeploymentWork, started: StartedDeployment, text: str) -> None:
    """Put the end of a deployment on record that could not even be run, and let others deploy."""
    try:
        _recorder(work, started).finished(succeeded=False, text=text)
    finally:
        started.lock.release()


def run_recorded(
    work: DeploymentWork,
    started: StartedDeployment,
    network: int | None,
    on_progress: Callable[[DeployProgress], None] = lambda _: None,
) -> DeployResult:
    """Run the deployment that was started; each device and the end go on record."""
    recorder = _recorder(work, started)

    def note(progress: DeployProgress) -> None:
        recorder.device_done(progress.result)
        on_progress(progress)

    try:
        done = _run(work, started, network, note, recorder)
        recorder.finished(succeeded=done.succeeded, text=done.reason)
    finally:
        started.lock.release()
    return done


def _recorder(work: DeploymentWork, started: StartedDeployment) -> DeploymentRecorder:
    return DeploymentRecorder(work.database, work.bus, work.clock, started.actor, started.number)


def _run(
    work: DeploymentWork,
    started: StartedDeployment,
    network: int | None,
    on_progress: Callable[[DeployProgress], None],
    recorder: DeploymentRecorder,
) -> DeployResult:
    """Whatever breaks it off is the reason on record."""
    try:
        return run(
            work.site, work.settings, network,
            limit=started.limit, check=started.check, on_progress=on_progress, lock=started.lock,
        )  # fmt: skip
    except Exception as error:
        recorder.finished(succeeded=False, text=str(error) or type(error).__name__)
        raise


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
    """The deployment that its events amount to, first to last; pure."""
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
        reason=str(finished.payload.get("message", "")) if finished else "",
    )


def _outcome(event: Event) -> DeviceOutcome:
    payload = event.payload
    services, files = payload.get("services"), payload.get("files")
    result = DeviceResult(
        device=str(payload["device"]),
        state=DeviceState(str(payload["state"])),
        files=tuple(str(name) for name in files) if isinstance(files, list) else (),
        services=tuple(str(name) for name in services) if isinstance(services, list) else (),
        diff=str(payload.get("diff", "")),
        message=str(payload.get("message", "")),
    )
    return DeviceOutcome(event.occurred_at, result)
