"""No change begins beside a trial that another one has left: on hold, or by a killed controller.

The kernel's locks (:mod:`device_configs.changes.locks`) hold while a controller lives. What it put
on trial stays so until the devices' own time is over, and while one half may take itself back at
any moment the other one is not touched.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.changes.happenings import CHANGE, STARTED
from device_configs.changes.history import NetworkChange, StageTrail
from device_configs.changes.locks import lock_names
from device_configs.changes.read import read_change
from device_configs.changes.states import ChangeState, StageState
from device_configs.site.model import Site
from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import message
from ops_core.kernel.tables import EventRow

SETTLED_AFTER = timedelta(minutes=2)
"""Behind the devices' own time: the load begins later than its record, and a drain ends later."""
LOOK_BACK = 20
"""The newest beginnings among which one is looked for that was left."""


def at_rest_from(change: NetworkChange) -> datetime | None:
    """When nothing of the change is on trial any more, whatever became of its controller; None
    where nothing is now (pure)."""
    stage = change.current_stage
    if change.state is not ChangeState.RUNNING or stage is None:
        return None
    if stage.state is StageState.WAITING or not change.request.plan.stages[stage.index].on_trial:
        return None
    revert_in = timedelta(seconds=change.request.plan.revert_in_s)
    return _touched_at(change, stage) + revert_in + SETTLED_AFTER


def _touched_at(change: NetworkChange, stage: StageTrail) -> datetime:
    """When the stage or a device of it was last brought further. Who begins again, cancels or asks
    puts that on record, and moves no device's timer by it."""
    placed = (trail.at for trail in change.devices.values() if trail.stage == stage.index)
    return max(
        (at for at in (stage.begun_at, stage.reached_at, *placed) if at is not None),
        default=change.last_at,
    )


def require_no_left_trial(
    session: Session, site: Site, change: NetworkChange, now: datetime
) -> None:
    """Raises :class:`Conflict`, which names the change whose trial goes on on a device of this one,
    or on the other half. A first configuration meets no trial: its devices never had any."""
    if not any(stage.on_trial for stage in change.request.plan.stages):
        return
    own_locks = set(lock_names(site, change.request.plan.devices))
    for other in _begun(session):
        until = at_rest_from(other)
        shared = own_locks.intersection(lock_names(site, _declared(site, other)))
        if other.number != change.number and until is not None and now < until and shared:
            raise _on_trial(other, until, ZoneInfo(site.contract.timezone))


def _begun(session: Session) -> list[NetworkChange]:
    numbers = session.scalars(
        select(EventRow.aggregate_id)
        .where(EventRow.aggregate_type == CHANGE, EventRow.type == STARTED)
        .order_by(EventRow.position.desc())
        .limit(LOOK_BACK)
    )
    return [read_change(session, number) for number in dict.fromkeys(numbers)]


def _declared(site: Site, change: NetworkChange) -> list[str]:
    return [name for name in change.request.plan.devices if name in site.devices]


def _on_trial(other: NetworkChange, until: datetime, zone: ZoneInfo) -> Conflict:
    since = other.last_at.astimezone(zone)
    return Conflict(
        "另一项变更正在进行",
        message(
            "{author} 的变更 {number} 自 {since} 起有设备处于试用期，最迟 {until} 结束。",
            author=other.started_by,
            number=other.number,
            since=f"{since:%H:%M:%S}",
            until=f"{until.astimezone(zone):%H:%M:%S}",
        ),
        message("先用 zhishou net resume {number} 使其结束，或等到该时刻", number=other.number),
        members={"author": other.started_by, "change": other.number, "until": until.isoformat()},
    )
