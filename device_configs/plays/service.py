"""Commands about plays: start one, run it, break it off, and settle those whose runner was killed.

A run is an aggregate of the event log (``P-20261124-001``): started, a step a task and host with
what Ansible printed, finished. Screens follow the same events.
"""

import secrets as random
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from device_configs.plays.catalogue import Play, play_named, select_hosts
from device_configs.plays.model import CANCEL_REQUESTED, PLAY, STARTED, PlayState
from device_configs.plays.processes import end_processes
from device_configs.plays.recording import PlayRecorder, PlayWork
from device_configs.plays.running_file import held, is_held
from device_configs.plays.store import read_play, unfinished_plays
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import message
from ops_core.kernel.numbering import PLAYS
from ops_core.kernel.permissions import Actor, Permission, require
from ops_core.kernel.tables import EventRow

INTERRUPTED = "whoever ran it was killed; its processes were ended"
_SETTLER = Actor.system("plays")


@dataclass(frozen=True)
class StartedPlay:
    """A run whose beginning is on record. It holds what it needs until :meth:`release`."""

    number: str
    play: Play
    hosts: tuple[str, ...]
    check: bool
    token: str
    actor: Actor
    holds: ExitStack

    def release(self) -> None:
        """Let others run what this one excluded; releasing twice does nothing more."""
        self.holds.close()


def start_play(
    work: PlayWork, actor: Actor, name: str, limit: Sequence[str] = (), check: bool = False
) -> StartedPlay:
    """Put the beginning of a run on record; then :func:`device_configs.plays.running.run_play`.

    Raises NotFound for a play, Invalid for hosts that there are not, and Forbidden.
    """
    play = play_named(name)
    require(actor, play.permission)
    hosts = select_hosts(work.site, play, limit)
    settle_interrupted(work)
    token = random.token_hex(16)
    with ExitStack() as holds:
        holds.enter_context(held(work.settings.state_directory, token))
        number = _record_start(work, actor, play, hosts, check, token)
        return StartedPlay(number, play, hosts, check, token, actor, holds.pop_all())


def cancel_play(uow: UnitOfWork, number: str) -> None:
    """Ask for a run to be broken off; whoever runs it ends all its processes.

    Raises NotFound, Forbidden for who may not run the play, and Conflict for a run that is over.
    """
    require(uow.actor, Permission.SEE_INCIDENTS)
    record = read_play(uow.session, number)
    require(uow.actor, play_named(record.play).permission)
    if record.state is not PlayState.RUNNING:
        raise Conflict("这次运行已经结束", message("{number} 已结束。", number=number))
    if not record.cancelled_by:
        uow.event(PLAY, number, CANCEL_REQUESTED, {})
        uow.audit(CANCEL_REQUESTED, PLAY, number, {"play": record.play})


def settle_interrupted(work: PlayWork) -> tuple[str, ...]:
    """End what is left of runs whose runner was killed, and say so on record; their numbers.

    Nothing where another process does so just now.
    """
    try:
        with held(work.settings.state_directory, "settling"):
            return _settle(work)
    except BlockingIOError:
        return ()


def _settle(work: PlayWork) -> tuple[str, ...]:
    with work.database.reading() as session:
        unfinished = unfinished_plays(session)
    settled = []
    for record in unfinished:
        if is_held(work.settings.state_directory, record.token):
            continue
        end_processes(record.token)
        recorder = PlayRecorder(work, _SETTLER, record.number)
        recorder.finished(PlayState.INTERRUPTED, whole=False, reason=INTERRUPTED)
        settled.append(record.number)
    return tuple(settled)


def _record_start(
    work: PlayWork, actor: Actor, play: Play, hosts: Sequence[str], check: bool, token: str
) -> str:
    named: list[JsonValue] = list(hosts)
    detail: dict[str, JsonValue] = {"play": play.name, "hosts": named, "check": check}
    zone = ZoneInfo(work.site.contract.timezone)
    with unit_of_work(work.database, work.bus, work.clock, actor) as uow:
        numbers = PLAYS.on_day_of(uow.clock.now(), zone)
        started = (EventRow.aggregate_type == PLAY, EventRow.sequence == 1)
        number = numbers.next_free(uow.session, EventRow.aggregate_id, *started)
        uow.event(PLAY, number, STARTED, detail | {"token": token})
        uow.audit(STARTED, PLAY, number, detail)
    return number
