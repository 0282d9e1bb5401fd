"""Which devices are checked soon, because they said that somebody signs in to them or changes them.

A device is checked when it has been quiet for a moment, at the latest a minute after it first
spoke, and not more often than once a minute: a storm of notices costs no more than that.
"""

import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from device_configs.site.model import Site
from monitors.collect.configuration_notices import ConfigurationNotice

QUIET_FOR = timedelta(seconds=5)
AT_LATEST = timedelta(minutes=1)
APART = timedelta(minutes=1)
AT_ONCE = 16
"""Devices a round; the others wait for the next."""


@dataclass(frozen=True, slots=True)
class _Asked:
    first: datetime
    last: datetime
    notice: ConfigurationNotice


class ChecksSoon:
    """Notices come from the collector's thread, questions from that of the checks.

    Our own programs sign in from the monitoring host all the time, and devices that nothing is
    brought to cannot be compared: neither is a reason to look.
    """

    def __init__(self, site: Site) -> None:
        own = site.monitoring_host.management_address
        self._own = "" if own is None else str(own)
        self._deployed = frozenset(device.name for device in site.deployed)
        self._asked: dict[str, _Asked] = {}
        self._checked: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def heard(self, notice: ConfigurationNotice) -> None:
        """Take a notice; from any thread, and in no time."""
        if notice.device not in self._deployed or (self._own and notice.source == self._own):
            return
        with self._lock:
            known = self._asked.get(notice.device)
            if known is None:
                self._asked[notice.device] = _Asked(notice.at, notice.at, notice)
                return
            newest = notice if notice.who or not known.notice.who else known.notice
            self._asked[notice.device] = _Asked(known.first, max(known.last, notice.at), newest)

    def due(self, now: datetime) -> dict[str, ConfigurationNotice]:
        """The devices to check now, those that wait longest first, with what they said last.

        They stay until :meth:`checked`, so that a check that fails is tried again.
        """
        with self._lock:
            waiting = sorted(
                (asked.first, device) for device, asked in self._asked.items()
                if self._is_due(device, asked, now)
            )  # fmt: skip
            return {device: self._asked[device].notice for _, device in waiting[:AT_ONCE]}

    def checked(self, devices: Collection[str], at: datetime) -> None:
        """A check that began ``at`` is done; what was said after it stands."""
        with self._lock:
            for device in devices:
                asked = self._asked.get(device)
                if asked is None:
                    continue
                self._checked[device] = at
                if asked.last <= at:
                    del self._asked[device]
                else:
                    self._asked[device] = _Asked(asked.last, asked.last, asked.notice)

    def _is_due(self, device: str, asked: _Asked, now: datetime) -> bool:
        before = self._checked.get(device)
        if before is not None and now - before < APART:
            return False
        return now - asked.last >= QUIET_FOR or now - asked.first >= AT_LATEST
