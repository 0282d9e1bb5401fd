"""Plays that a person starts and does not wait for, each in a thread of its own."""

import logging
import os
import threading
from collections.abc import Sequence

from device_configs.plays.model import PlayState
from device_configs.plays.recording import PlayRecorder, PlayWork
from device_configs.plays.running import run_play
from device_configs.plays.service import StartedPlay, settle_interrupted, start_play
from device_configs.twin.client import TwinClient
from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Actor

log = logging.getLogger(__name__)

AT_ONCE = 3
"""Plays of this process that may run at a time."""


class BackgroundPlays:
    """Runs plays beside the platform; what they did is in the event log."""

    def __init__(self, work: PlayWork, twin: TwinClient) -> None:
        self._work, self._twin = work, twin
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def settle(self) -> None:
        """At the start of the platform: runs that an earlier one left are ended, on record."""
        for number in settle_interrupted(self._work):
            log.warning("play %s had been interrupted", number)

    def start(self, name: str, limit: Sequence[str], check: bool, actor: Actor) -> str:
        """Run a play on the hosts (all when empty); returns the run's number at once.

        Raises what :func:`device_configs.plays.service.start_play` does, and Conflict while
        :data:`AT_ONCE` run already.
        """
        if not self._places.acquire(blocking=False):
            raise Conflict(
                "同时运行的剧本过多", message("最多同时运行 {count} 个。", count=AT_ONCE),
                "等其中一个结束后再试",
            )  # fmt: skip
        started = None
        try:
            started = start_play(self._work, actor, name, limit, check)
            threading.Thread(target=self._run, args=(started,), name="play", daemon=True).start()
        except BaseException as error:
            self._places.release()
            if started is not None:  # the system has no thread left
                self._end(started, str(error))
            raise
        return started.number

    def _run(self, started: StartedPlay) -> None:
        try:
            # Playbooks inherit this thread's precedence; the platform's own is not for them.
            os.setpriority(os.PRIO_PROCESS, 0, max(0, os.getpriority(os.PRIO_PROCESS, 0)))
            try:
                network = self._twin.network_namespace(self._work.site.monitoring_host.name)
            except Exception as error:
                log.exception("play %s was not begun", started.number)
                self._end(started, str(error) or type(error).__name__)
                return
            try:
                run_play(self._work, started, network)
            except Exception:
                log.exception("play %s was not finished", started.number)
            finally:
                os.close(network)
        finally:
            self._places.release()

    def _end(self, started: StartedPlay, reason: str) -> None:
        """Put the end of a run on record that could not even be begun."""
        try:
            recorder = PlayRecorder(self._work, started.actor, started.number)
            recorder.finished(PlayState.FAILED, whole=False, reason=reason)
        finally:
            started.release()
