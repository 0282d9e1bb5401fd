"""A drill in production: one device hands its traffic over to its partner, and takes it back.

It is a change in which nothing changes, and goes the way of every change: a plan, approval by a
second person, its window, the gates before anything is touched, the traffic drained, an empty trial
that the device ends by itself, the gates again while the partner carries everything, and the
traffic back. A device whose controller dies ends its trial and its drain by its own timers. Power
is cut in a twin alone.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing

from device_configs.changes.carrying import ChangeWork
from device_configs.changes.model import (
    ChangeKind,
    ChangePlan,
    ChangeRequest,
    ChangeStage,
    ChangeWindow,
    DeviceDifference,
    StageKind,
)
from device_configs.draining.members import devices_to_drain, hands_over
from device_configs.site.model import Site
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Actor, Permission, require


def draw_up_handover(
    work: ChangeWork,
    actor: Actor,
    device: str,
    *,
    reason: str,
    window: ChangeWindow,
    ticket: str = "",
    revert_in_s: int,
) -> ChangeRequest:
    """Ask the device and its partner, and say what the drill would do; touches nothing.

    Raises Forbidden; Invalid for a device that cannot hand over; Conflict where it or what takes
    part is not known to be as it is declared.
    """
    require(actor, Permission.DEPLOY)
    concerned = concerned_by(work.site, device)
    with work.network() as network, closing(work.fleet(network)) as fleet:
        differences = fleet.compare(concerned, {})
    plan = handover_plan(device, concerned, differences, revert_in_s)
    return ChangeRequest(
        plan=plan, reason=reason, ticket=ticket, kind=ChangeKind.DRILL, window=window
    )


def concerned_by(site: Site, device: str) -> tuple[str, ...]:
    """The device, all that hand over with it, and their partners; pure. Raises Invalid for one that
    has no partner, or no program of ours that hands over."""
    known = site.devices.get(device)
    if known is None or not hands_over(known):
        able = (name for name, found in site.devices.items() if hands_over(found))
        raise Invalid(
            "这台设备不能做切换演练",
            device,
            message("可以切换的设备：{names}", names="、".join(able)),
        )
    members = devices_to_drain(site, [device])
    partners = (site.devices[name].partner for name in members)
    return tuple(dict.fromkeys((device, *members, *(name for name in partners if name))))


def handover_plan(
    device: str,
    concerned: Sequence[str],
    differences: Mapping[str, DeviceDifference],
    revert_in_s: int,
) -> ChangePlan:
    """One stage in which nothing changes; pure. Raises Conflict as :func:`draw_up_handover`."""
    odd = [
        f"{name}: {differences[name].problem or 'it is not as it is declared'}"
        for name in concerned
        if not differences[name].is_known or differences[name].changes
    ]
    if odd:
        raise Conflict("设备现状与声明不一致，不能演练", "\n".join(odd), "先恢复一致，再演练")
    found = differences[device]
    kind = StageKind.ACTIVE_HALF if found.active else StageKind.STANDBY_HALF
    return ChangePlan(
        stages=(ChangeStage(kind=kind, devices=(device,)),),
        differences=(found,),
        revert_in_s=revert_in_s,
    )
