"""The daily anchor of the audit chain: a line in a file, and one to the declared log audit."""

import threading
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.app.daily_times import is_due
from ops_core.app.log_audit import Send, syslog_message
from ops_core.kernel.anchors import (
    ANCHORS,
    note_anchor,
    note_sent,
    read_anchors,
    unsent_anchors,
)
from ops_core.kernel.audit import Anchor, read_head
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import Database
from ops_core.kernel.health import Concern, Measure
from ops_core.kernel.i18n import message
from ops_core.kernel.settings import Settings
from ops_core.kernel.workers import Worker

LOOK_EVERY_S = 60.0
ANCHOR = "audit-anchor"


def send_noted(path: Path, site: Site, send: Send) -> int:
    """Send the log audit what was noted and not sent yet, in order; gives how many remain."""
    waiting = unsent_anchors(path)
    for done, line in enumerate(waiting):
        at = datetime.fromisoformat(line.partition(" ")[0])
        if not send(syslog_message(at, site.name, ANCHOR, line)):
            return len(waiting) - done
        note_sent(path, line)
    return 0


def anchor_now(path: Path, at: datetime, head: Anchor, site: Site, send: Send | None) -> str:
    """Note the chain's end in the file, and send the log audit what it has not got yet."""
    line = note_anchor(path, at.astimezone(ZoneInfo(site.contract.timezone)), head)
    if send is not None:
        send_noted(path, site, send)
    return line


class DailyAnchor:
    """Notes the chain's end once a day; a day that was missed is made up for once.

    What the log audit could not be sent is sent again with every look, until it could be.
    """

    def __init__(
        self, site: Site, settings: Settings, database: Database, clock: Clock, send: Send | None
    ) -> None:
        self._site, self._settings, self._database = site, settings, database
        self._clock, self._send = clock, send
        self._path = settings.state_directory / ANCHORS
        self._unsent = 0

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Look once a minute until ``stop``."""
        while not stop.is_set():
            with worker.boundary("anchor"):
                self.look()
            worker.succeeded()
            stop.wait(LOOK_EVERY_S)

    def look(self) -> str:
        """Note an anchor if one is due; empty where none is, or nothing is recorded yet."""
        try:
            return self._note()
        finally:
            if self._send is not None:
                self._unsent = send_noted(self._path, self._site, self._send)

    def measures(self) -> tuple[Measure, ...]:
        text = "noted ends of the audit chain that the log audit has not been sent yet"
        return (Measure("zhishou_audit_anchors_unsent", text, self._unsent),)

    def concerns(self, _now: datetime) -> tuple[Concern, ...]:
        if not self._unsent:
            return ()
        text = message("{count} 个审计锚点尚未送达日志审计", count=self._unsent)
        return (Concern("audit-anchor/unsent", text),)

    def _note(self) -> str:
        now, zone = self._clock.now(), ZoneInfo(self._site.contract.timezone)
        noted = read_anchors(self._path)
        last = noted[-1].at if noted else None
        if not is_due(self._settings.anchor_at, last, now, zone):
            return ""
        with self._database.reading() as session:
            head = read_head(session)
        if head.position == 0:
            return ""
        return note_anchor(self._path, now.astimezone(zone), head)
