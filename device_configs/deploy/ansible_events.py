"""What ansible-runner says of a run; pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

LONGEST_REASON = 2_000
"""Characters kept of what ended a run."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ERROR = re.compile(r"\[?ERROR\b")


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
