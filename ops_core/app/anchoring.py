"""The daily anchor of the audit chain: a line in a file, and one to the declared log audit."""

import threading
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.app.daily_times import is_due
from ops_core.app.log_audit import Send, syslog_message
from ops_core.kernel.anchors import ANCHORS, note_anchor, read_anchors
from ops_core.kernel.audit import Anchor, read_head
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import Database
from ops_core.kernel.settings import Settings
from ops_core.kernel.workers import Worker

LOOK_EVERY_S = 60.0
ANCHOR = "audit-anchor"


def anchor_now(path: Path, at: datetime, head: Anchor, site: Site, send: Send) -> str:
    """Note the chain's end in the file, tell the log audit; gives the line."""
    local = at.astimezone(ZoneInfo(site.contract.timezone))
    line = note_anchor(path, local, head)
    send(syslog_message(local, site.name, ANCHOR, line))
    return line


class DailyAnchor:
    """Notes the chain's end once a day; a day that was missed is made up for once."""

    def __init__(
        self, site: Site, settings: Settings, database: Database, clock: Clock, send: Send
    ) -> None:
        self._site, self._settings, self._database = site, settings, database
        self._clock, self._send = clock, send
        self._path = settings.state_directory / ANCHORS

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Look once a minute until ``stop``."""
        while not stop.is_set():
            with worker.boundary("anchor"):
                self.look()
            worker.succeeded()
            stop.wait(LOOK_EVERY_S)

    def look(self) -> str:
        """Note an anchor if one is due; empty where none is, or nothing is recorded yet."""
        now, zone = self._clock.now(), ZoneInfo(self._site.contract.timezone)
        noted = read_anchors(self._path)
        last = noted[-1].at if noted else None
        if not is_due(self._settings.anchor_at, last, now, zone):
            return ""
        with self._database.reading() as session:
            head = read_head(session)
        if head.position == 0:
            return ""
        return anchor_now(self._path, now, head, self._site, self._send)
