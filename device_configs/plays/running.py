"""Run a started play by ansible-runner, its steps on record as they come."""

import json
import logging
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

from device_configs.backups.redaction import WordMask
from device_configs.deploy.ansible_events import reason_of, remark_of
from device_configs.deploy.playbook import PlaybookRun, run_playbook
from device_configs.deploy.rendered import SECRETS
from device_configs.drills.settling import SETTLER, settle_killed
from device_configs.plays.controller import run_variables
from device_configs.plays.model import PlayState, PlayStep, has_succeeded, host_states
from device_configs.plays.processes import RUN_VARIABLE, end_processes
from device_configs.plays.recording import PlayRecorder, PlayWork
from device_configs.plays.running_file import DIRECTORY
from device_configs.plays.service import StartedPlay
from device_configs.plays.steps import Mask, is_end, output_of, step_of
from device_configs.plays.store import is_cancel_requested
from device_configs.render.secrets import MASK, Secrets, SecretsMissing
from device_configs.twin.client import TwinClient
from device_configs.twin.namespace import inside_network
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.errors import DatabaseBusy, DomainError
from ops_core.kernel.settings import PROJECT_DIRECTORY

log = logging.getLogger(__name__)

INVENTORY = PROJECT_DIRECTORY / "playbooks" / "inventory" / "declaration.yml"
LOOK_S = 1.0
"""Between two looks whether the run is to be broken off."""


def run_play(
    work: PlayWork,
    started: StartedPlay,
    network: int | None,
    on_step: Callable[[PlayStep], None] = lambda _: None,
) -> PlayState:
    """Run it to its end, or until it is cancelled; returns how it ended, which is on record.

    ``network`` is a descriptor of the monitoring host's network namespace; None where the calling
    thread reaches the devices. ``on_step`` is called from another thread. An interrupt of the
    calling thread (Ctrl-C) breaks the run off as a cancel does.
    """
    running = _Running(work, started, on_step)
    try:
        with ThreadPoolExecutor(1) as secondary:
            future = secondary.submit(running.run, network)
            try:
                return future.result()
            except KeyboardInterrupt:
                running.interrupted.set()
                return future.result()
    finally:
        started.release()


def masking(work: PlayWork) -> Mask:
    """What takes every secret out of a text: ours by their value, as it is and as JSON has it, and
    those that somebody else put on a device by the words in front of them."""
    words = WordMask()
    try:
        secrets = Secrets.load(work.settings.state_directory / SECRETS)
    except SecretsMissing:  # then no device was ever given one of ours
        return words.printed

    def mask(text: str) -> str:
        for value in secrets.hidden:
            text = text.replace(json.dumps(value, ensure_ascii=False)[1:-1], MASK)
        return words.printed(secrets.mask(text))

    return mask


class _Running:
    """One run, in its thread."""

    def __init__(
        self, work: PlayWork, started: StartedPlay, on_step: Callable[[PlayStep], None]
    ) -> None:
        self._work, self._started, self._on_step = work, started, on_step
        self._recorder = PlayRecorder(work, started.actor, started.number)
        self._mask = masking(work)
        self._steps: list[PlayStep] = []
        self._remarks: list[str] = []
        self._is_whole = False
        self._next_look = 0.0
        self._is_cancelled = False
        self.interrupted = threading.Event()

    def run(self, network: int | None) -> PlayState:
        directory = f"{DIRECTORY}/{self._started.token}"
        asked = PlaybookRun(
            playbook=self._started.play.playbook,
            devices=self._started.hosts,
            check=self._started.check,
            environment={RUN_VARIABLE: self._started.token}
            | run_variables(self._work.settings, self._started.actor),
            inventory=INVENTORY,
            directory=directory,
        )
        reason = ""
        try:
            with nullcontext() if network is None else inside_network(network):
                run_playbook(self._work.settings, asked, self._take, self._is_to_end)
        except Exception as error:
            log.exception("play %s was broken off", self._started.number)
            reason = str(error) or type(error).__name__
        finally:
            end_processes(self._started.token)
            # What ansible-runner keeps is as Ansible printed it: secrets may stand in it.
            shutil.rmtree(self._work.settings.state_directory / directory, ignore_errors=True)
            if self._started.play.breaks:
                self._mend()
        return self._end(reason)

    def _mend(self) -> None:
        """What a drill left that was ended with its processes."""
        work, state = self._work, self._work.settings.state_directory
        try:
            settle_killed(
                lambda: unit_of_work(work.database, work.bus, work.clock, SETTLER),
                TwinClient.of(state), state,
            )  # fmt: skip
        except DomainError:
            log.exception("play %s: the next drill has to mend the twin", self._started.number)

    def _take(self, event: Mapping[str, Any]) -> None:
        if (remark := remark_of(event)) is not None:
            self._remarks.append(remark)
        self._is_whole = self._is_whole or is_end(event)
        step = step_of(event, self._mask)
        self._recorder.happened(step, output_of(event, self._mask))
        if step is not None:
            self._steps.append(step)
            self._on_step(step)

    def _is_to_end(self) -> bool:
        """Asked several times a second; the record is looked at once in :data:`LOOK_S`."""
        if self.interrupted.is_set():
            self._is_cancelled = True
        now = time.monotonic()
        if not self._is_cancelled and now >= self._next_look:
            self._next_look = now + LOOK_S
            self._is_cancelled = self._is_cancel_on_record()
        return self._is_cancelled

    def _is_cancel_on_record(self) -> bool:
        try:
            with self._work.database.reading() as session:
                return is_cancel_requested(session, self._started.number)
        except DatabaseBusy:
            return False

    def _end(self, reason: str) -> PlayState:
        states = host_states(self._started.hosts, self._steps, is_whole=self._is_whole)
        if has_succeeded(list(states.values()), is_whole=self._is_whole) and not reason:
            state = PlayState.SUCCEEDED
        else:
            # A cancel that came when all was done changes nothing of what was done.
            is_cut = self._is_cancelled and not self._is_whole
            state = PlayState.CANCELLED if is_cut else PlayState.FAILED
            if state is PlayState.FAILED and not self._is_whole:
                reason = reason or self._mask(reason_of(self._remarks))
        self._recorder.finished(state, whole=self._is_whole, reason=reason)
        return state
