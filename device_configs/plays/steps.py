"""What ansible-runner reports of a play, as steps and output; secrets masked; pure."""

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any

from device_configs.plays.model import HostState, PlayStep

LONGEST_TEXT = 100_000
"""Characters kept of a diff, a message or a piece of output."""
CUT = "\n[... cut here ...]\n"

_STATES = {
    "runner_on_ok": HostState.OK,
    "runner_on_skipped": HostState.SKIPPED,
    "runner_on_failed": HostState.FAILED,
    "runner_on_unreachable": HostState.UNREACHABLE,
}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

Mask = Callable[[str], str]


def step_of(event: Mapping[str, Any], mask: Mask) -> PlayStep | None:
    """The step that an event ends; None where it ends none."""
    state = _STATES.get(str(event.get("event")))
    data = event.get("event_data", {})
    if state is None or "host" not in data:
        return None
    result = data.get("res") or {}
    if state is HostState.FAILED and data.get("ignore_errors"):
        state = HostState.OK
    if state is HostState.FAILED and result.get("unknown"):
        state = HostState.UNKNOWN
    if state is HostState.OK and result.get("changed"):
        state = HostState.CHANGED
    return PlayStep(
        host=str(data["host"]),
        task=str(data.get("task", "")),
        state=state,
        message=_bounded(mask(_message_of(result))) if state not in _QUIET else "",
        diff=_bounded(mask(_diff_of(result.get("diff")))),
    )


_QUIET = (HostState.OK, HostState.CHANGED)


def output_of(event: Mapping[str, Any], mask: Mask) -> str:
    """What Ansible printed at this event, without colours; empty for most events."""
    text = _COLOUR.sub("", str(event.get("stdout") or "")).replace("\r\n", "\n")
    return _bounded(mask(text.rstrip("\n") + "\n")) if text.strip() else ""


def is_end(event: Mapping[str, Any]) -> bool:
    """Whether Ansible came to the end of the playbook."""
    return event.get("event") == "playbook_on_stats"


def _message_of(result: Mapping[str, Any]) -> str:
    parts = [str(result[name]) for name in ("msg", "stderr") if result.get(name)]
    return "\n".join(parts)


def _diff_of(diff: Any) -> str:
    parts = diff if isinstance(diff, list) else [diff] if diff else []
    return "".join(_unified(part) for part in parts if isinstance(part, Mapping))


def _unified(part: Mapping[str, Any]) -> str:
    if "prepared" in part:
        return str(part["prepared"])
    before, after = str(part.get("before") or ""), str(part.get("after") or "")
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(),
        str(part.get("before_header") or "before"), str(part.get("after_header") or "after"),
        lineterm="",
    )  # fmt: skip
    return "".join(f"{line}\n" for line in lines)


def _bounded(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + CUT
