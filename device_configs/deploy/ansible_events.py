"""What ansible-runner says, as results; pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from device_configs.backups.redaction import WordMask
from device_configs.deploy.results import DeviceResult, DeviceState

TASK = "device_configuration"
LONGEST_REASON = 2_000
"""Characters kept of what ended a run."""

_STATES = {
    "runner_on_ok": DeviceState.OK,
    "runner_on_failed": DeviceState.FAILED,
    "runner_on_unreachable": DeviceState.UNREACHABLE,
}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ERROR = re.compile(r"\[?ERROR\b")


def device_result(event: Mapping[str, Any]) -> DeviceResult | None:
    """What an event of ansible-runner says of a device; None when it says nothing final."""
    state = _STATES.get(str(event.get("event")))
    data = event.get("event_data", {})
    if state is None or (state is DeviceState.OK and data.get("task_action") != TASK):
        return None
    result = data.get("res", {})
    if state is DeviceState.OK and result.get("changed"):
        state = DeviceState.CHANGED
    return DeviceResult(
        device=str(data["host"]),
        state=state,
        files=tuple(result.get("files", ())),
        services=tuple(result.get("services", ())),
        diff=WordMask().difference(
            "".join(part.get("prepared", "") for part in result.get("diff", ()))
        ),
        message=str(result.get("msg", ""))
        if state not in (DeviceState.OK, DeviceState.CHANGED)
        else "",
    )


def remark_of(event: Mapping[str, Any]) -> str | None:
    """What Ansible prints outside of plays and tasks: why it did not begin, or broke off."""
    if event.get("event") not in ("verbose", "error"):
        return None
    return _COLOUR.sub("", str(event.get("stdout", ""))).rstrip()


def reason_of(remarks: Iterable[str]) -> str:
    """Why a run ended before it came to every device: from its first error on, if it names one."""
    lines = [line for remark in remarks for line in remark.splitlines() if line.strip()]
    first = next((n for n, line in enumerate(lines) if _ERROR.match(line)), 0)
    return "\n".join(lines[first:])[:LONGEST_REASON]
