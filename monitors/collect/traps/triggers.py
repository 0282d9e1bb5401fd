"""How often a device's traps may have devices read at once: polls cost far more than traps."""

from dataclasses import dataclass, replace

from monitors.collect.trap_meaning import Trigger

TRIGGERS_AT_ONCE = 20
TRIGGERS_PER_S = 0.5


@dataclass(slots=True)
class _Pace:
    tokens: float
    refilled_s: float
    kept: Trigger | None = None


class TriggerPacer:
    """Passes a device's first triggers at once; further ones become one, a little later.

    What is kept is bounded by the number of devices that send, each with its neighbours' names.
    """

    def __init__(self) -> None:
        self._paces: dict[str, _Pace] = {}
        self._keeping: set[str] = set()

    def passes(self, sender: str, trigger: Trigger, now_s: float) -> bool:
        """Whether the trigger may go on now; else it is kept until it is :meth:`due`."""
        pace = self._paces.setdefault(sender, _Pace(TRIGGERS_AT_ONCE, now_s))
        if pace.kept is None and self._has_token(pace, now_s):
            pace.tokens -= 1
            return True
        devices = (*(pace.kept.devices if pace.kept else ()), *trigger.devices)
        pace.kept = replace(trigger, devices=tuple(dict.fromkeys(devices)))
        self._keeping.add(sender)
        return False

    def due(self, now_s: float) -> list[Trigger]:
        """Kept triggers whose time has come."""
        found: list[Trigger] = []
        for sender in sorted(self._keeping):
            pace = self._paces[sender]
            if pace.kept is not None and self._has_token(pace, now_s):
                found.append(pace.kept)
                pace.tokens, pace.kept = pace.tokens - 1, None
                self._keeping.discard(sender)
        return found

    def _has_token(self, pace: _Pace, now_s: float) -> bool:
        passed_s = max(0.0, now_s - pace.refilled_s)
        pace.tokens = min(TRIGGERS_AT_ONCE, pace.tokens + passed_s * TRIGGERS_PER_S)
        pace.refilled_s = now_s
        return pace.tokens >= 1
