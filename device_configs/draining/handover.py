"""Drain devices and take them back; what the change engine calls for each stage.

A drained device carries nothing of others and holds no virtual address, and its sessions with its
neighbours stay up. Nobody has to remember it: the device ends the drain when its time is over.
"""

import shlex
import time
from collections.abc import Iterable, Mapping

from device_configs.draining.members import PROGRAM, devices_to_drain
from device_configs.draining.shell import DeviceShell
from device_configs.draining.state import (
    DrainState,
    Participation,
    forwarded_a_second,
    read_state,
)
from device_configs.site.model import Site
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.i18n import message

LONGEST_S = 4 * 3600
EMPTY_PACKETS_A_SECOND = 20.0
"""Sessions of the routers among each other may still pass; traffic of seats is far above."""
_EMPTY_WITHIN_S, _COUNTED_OVER_S = 30.0, 0.5


def drain(
    site: Site, shell: DeviceShell, names: Iterable[str], *, who: str, seconds: int
) -> tuple[str, ...]:
    """Drain what must hand over so that ``names`` can be changed; returns the devices drained.

    They stay so for ``seconds`` from now at most; called again it extends that, and moves nothing.
    Either all are drained or none is: raises :class:`Conflict` where a device or its partner is not
    there to do it, where the partner is drained itself, and where the traffic did not move;
    :class:`Invalid` as :func:`devices_to_drain` does.
    """
    if not 1 <= seconds <= LONGEST_S:
        raise Invalid(
            "排空时间超出范围",
            detail=str(seconds),
            remedy=message("给出 1 到 {longest} 之间的秒数", longest=LONGEST_S),
        )
    members = devices_to_drain(site, names)
    if not members:
        return ()
    before = states(shell, (*members, *_partners(site, members)))
    _require(before, _partners(site, members), Participation.SERVING)
    _require(before, members, Participation.SERVING, Participation.DRAINED)
    started: list[str] = []
    try:
        for device in members:
            command = f"{PROGRAM} start {seconds} {shlex.quote(_word(who))}"
            answer = shell.run({device: command})[device]
            if before[device].participation is Participation.SERVING:
                started.append(device)
            if answer.returncode != 0:
                raise _refused({device: answer.text})
        _require(states(shell, _partners(site, members)), None, Participation.SERVING)
        _wait_until_empty(shell, members)
    except BaseException:
        shell.run(dict.fromkeys(started, f"{PROGRAM} end"))
        raise
    return members


def restore(site: Site, shell: DeviceShell, names: Iterable[str]) -> tuple[str, ...]:
    """Let the devices drained for ``names`` take part again, from the outside in.

    Devices that are not drained stay as they are. One that fails does not end the others; raises
    :class:`Conflict` with all that could not be restored: those do it themselves when their time
    is over.
    """
    members = devices_to_drain(site, names)
    refused = {}
    for device in reversed(members):
        answer = shell.run({device: f"{PROGRAM} end"})[device]
        if answer.returncode != 0:
            refused[device] = answer.text
    if refused:
        raise Conflict(
            "设备未能恢复承载业务",
            detail=_listed(refused),
            remedy="设备到时会自行恢复；恢复前不要变更其配对设备",
        )
    return members


def states(shell: DeviceShell, devices: Iterable[str]) -> Mapping[str, DrainState]:
    """What each device says of itself; one that does not answer is unknown."""
    asked = dict.fromkeys(devices, f"{PROGRAM} status")
    return {
        device: read_state(device, answer.returncode, answer.text)
        for device, answer in shell.run(asked).items()
    }


def _partners(site: Site, members: Iterable[str]) -> tuple[str, ...]:
    partners = (site.devices[name].partner for name in members)
    return tuple(name for name in partners if name is not None)


def _require(
    found: Mapping[str, DrainState], devices: Iterable[str] | None, *allowed: Participation
) -> None:
    wrong = {
        name: found[name].answered or found[name].participation.value
        for name in (found if devices is None else devices)
        if found[name].participation not in allowed
    }
    if wrong:
        raise _refused(wrong)


def _wait_until_empty(shell: DeviceShell, members: tuple[str, ...]) -> None:
    """Wait until nothing of others passes any more; raises :class:`Conflict` if it goes on."""
    deadline = time.monotonic() + _EMPTY_WITHIN_S
    at, before = time.monotonic(), states(shell, members)
    while True:
        time.sleep(_COUNTED_OVER_S)
        now, after = time.monotonic(), states(shell, members)
        _require(after, members, Participation.DRAINED)
        rates = {name: forwarded_a_second(before[name], after[name], now - at) for name in members}
        busy = {
            name: "?" if rate is None else f"{rate:.0f}/s"
            for name, rate in rates.items()
            if after[name].virtual or rate is None or rate > EMPTY_PACKETS_A_SECOND
        }
        if not busy:
            return
        if now > deadline:
            raise _refused(busy)
        at, before = now, after


def _refused(wrong: Mapping[str, str]) -> Conflict:
    return Conflict(
        "设备未能排空，业务仍走原路径",
        detail=_listed(wrong),
        remedy="先使该设备及其配对设备都恢复正常并已部署，再重试",
    )


def _listed(wrong: Mapping[str, str]) -> str:
    return "；".join(f"{name}: {' '.join(text.split())[:200]}" for name, text in wrong.items())


def _word(who: str) -> str:
    return "-".join(who.split())[:60] or "nobody"
