"""The dead-man heartbeat: a request to a declared address, as long as we are healthy.

Whoever receives it (healthchecks.io, an Alertmanager of another site, Uptime Kuma) raises the alarm
when it stays away: the one alarm that a dead platform cannot raise itself.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, build_opener

from pydantic import SecretStr

from ops_core.kernel.clock import Clock
from ops_core.kernel.health import Concern, Health, Measure, MeasureKind
from ops_core.kernel.i18n import message
from ops_core.kernel.workers import Worker

TIMEOUT_S = 10.0
MISSED = 3
"""Intervals without a delivery after which we say so ourselves."""


class HeartbeatRefused(Exception):
    """It did not arrive, or was not taken. The address is no part of the text."""


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """A receiver that sends us elsewhere has not taken the heartbeat."""


def sender() -> OpenerDirector:
    """What sends heartbeats: the standard library's, for httpx logs every address it asks."""
    return build_opener(ProxyHandler({}), _NoRedirect())


class DeadManHeartbeat:
    """One worker's work. ``url`` is a secret: whoever knows it can pretend that we live."""

    def __init__(
        self, url: SecretStr, every_s: float, health: Callable[[], Health], clock: Clock
    ) -> None:
        self._url, self._every_s, self._health, self._clock = url, every_s, health, clock
        self._began_at = clock.monotonic()
        self._delivered_at: float | None = None
        self._last_delivery: datetime | None = None
        self._delivered = self._withheld = self._failed = 0

    def run(self, worker: Worker, stop: threading.Event) -> None:
        """Send until ``stop``."""
        opener = sender()
        while not stop.is_set():
            with worker.boundary("delivery"):
                self.send(opener)
                worker.succeeded()
            stop.wait(self._every_s)

    def send(self, opener: OpenerDirector) -> None:
        """One heartbeat, or none while we are not healthy. Raises when it did not arrive."""
        if not self._health().is_healthy:
            self._withheld += 1
            return
        try:
            # The settings admit http and https alone.
            with opener.open(self._url.get_secret_value(), timeout=TIMEOUT_S):
                pass
        except HTTPError as error:
            self._failed += 1
            raise HeartbeatRefused(f"HTTP status {error.code}") from None
        except (OSError, HTTPException) as error:
            self._failed += 1
            raise HeartbeatRefused(type(error).__name__) from None
        self._delivered += 1
        self._delivered_at, self._last_delivery = self._clock.monotonic(), self._clock.now()

    def measures(self) -> list[Measure]:
        text = "Dead-man heartbeats by outcome; withheld while we are not healthy."
        counts = {"delivered": self._delivered, "failed": self._failed, "withheld": self._withheld}
        return [
            Measure(
                "zhishou_heartbeats_total", text, count, MeasureKind.COUNTER, {"outcome": outcome}
            )
            for outcome, count in counts.items()
        ]

    def concerns(self, _: datetime) -> list[Concern]:
        """One while nothing has been delivered for some intervals."""
        since = self._began_at if self._delivered_at is None else self._delivered_at
        if self._clock.monotonic() - since <= MISSED * self._every_s:
            return []
        text = message("平台心跳未送达，外部监督会误以为平台已停止")
        return [Concern("heartbeat/undelivered", text, since=self._last_delivery)]
