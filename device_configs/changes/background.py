"""Steps of changes that a person starts in the browser and does not wait for, each in a thread.

What a step did is in the event log. What no event can tell (that the devices are being asked, or
why nothing came of it) is kept here for the pages, as long as the process lives.
"""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from device_configs.changes import service
from device_configs.changes.carrying import (
    ChangeWork,
    carry_out,
    draw_up_plan,
    draw_up_rollback,
    record_request,
)
from device_configs.changes.decisions import (
    require_rehearsable,
    require_startable,
    require_state,
    require_waiting,
)
from device_configs.changes.deploying import DeploymentWish, deploy
from device_configs.changes.model import REVERT_IN_S, ChangeRequest, ChangeWindow
from device_configs.changes.read import read_change
from device_configs.changes.rehearsal import rehearse_change
from device_configs.changes.rehearsal_progress import RehearsalCancellation, RehearsalProgress
from device_configs.changes.rehearsal_twin import remove_left_over
from device_configs.changes.states import ChangeState
from device_configs.deploy.exclusion import Holder
from device_configs.deploy.selection import select_devices
from ops_core.kernel.errors import Conflict, DomainError, Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Actor, Permission, require
from ops_core.kernel.written_text import written

log = logging.getLogger(__name__)

_SETTLER = Actor.system("changes")
DRAFT = ""
"""The key of the step that draws up a plan: it has no number yet."""


class BackgroundStep(StrEnum):
    PLAN = "plan"
    REHEARSE = "rehearse"
    APPLY = "apply"
    RESUME = "resume"
    ROLLBACK = "rollback"
    DEPLOY = "deploy"


@dataclass(frozen=True, slots=True)
class StepUnderWay:
    """The last step of a change, or of drawing one up, that was started in this process.

    ``problem`` says why nothing came of it; ``ended_at`` None while it goes on; ``made`` is the
    number of the change that it put on record. ``progress`` and ``cancellation``
    are a rehearsal's.
    """

    step: BackgroundStep
    actor: str
    started_at: datetime
    ended_at: datetime | None = None
    problem: str = ""
    detail: str = ""
    made: str = ""
    progress: tuple[RehearsalProgress, ...] = ()
    cancellation: RehearsalCancellation | None = None

    @property
    def is_running(self) -> bool:
        return self.ended_at is None

    @property
    def can_be_cancelled(self) -> bool:
        """Whether it is a rehearsal under way that nobody asked to end yet."""
        return self.is_running and self.cancellation is not None and not self.cancellation.by


@dataclass(frozen=True)
class PlanWish:
    """What a person asks for: devices or roles (all when empty), why, and when."""

    limit: Sequence[str]
    reason: str
    ticket: str = ""
    window: ChangeWindow | None = None
    repair: bool = False
    sets_unknown: bool = False


class BackgroundChanges:
    """One step of a change at a time; several changes may go on beside each other, as far as their
    devices' locks let them."""

    def __init__(self, work: ChangeWork) -> None:
        self._work = work
        self._steps: dict[str, StepUnderWay] = {}
        self._lock = threading.Lock()

    def last_step(self, number: str = DRAFT) -> StepUnderWay | None:
        """The last step of a change, or the last plan that was to be drawn up."""
        with self._lock:
            return self._steps.get(number)

    def plan(self, wish: PlanWish, actor: Actor) -> None:
        """Ask the devices and put the plan on record. Raises Forbidden, Invalid, Conflict."""
        require(actor, Permission.DEPLOY)
        if not written(wish.reason):
            raise Invalid("变更必须写明原因")

        def draw_up(work: ChangeWork) -> str:
            drawn = draw_up_plan(
                work, actor, wish.limit, revert_in_s=REVERT_IN_S, repair=wish.repair,
                sets_unknown=wish.sets_unknown,
            )  # fmt: skip
            request = ChangeRequest(
                plan=drawn, reason=wish.reason, ticket=wish.ticket, window=wish.window
            )
            return record_request(work, actor, request)

        self._start(DRAFT, BackgroundStep.PLAN, actor, draw_up)

    def deploy(self, wish: DeploymentWish, actor: Actor) -> None:
        """Ask the devices, and carry the plan out at once. Raises Forbidden, Invalid, Conflict."""
        require(actor, Permission.DEPLOY)
        select_devices(self._work.site, wish.limit)

        def bring(work: ChangeWork) -> str:
            done = deploy(work, actor, wish, on_number=self._made)
            return "" if done.change is None else done.change.number

        self._start(DRAFT, BackgroundStep.DEPLOY, actor, bring)

    def _made(self, number: str) -> None:
        """The page leads to the change as soon as it is on record."""
        with self._lock:
            self._steps[DRAFT] = replace(self._steps[DRAFT], made=number)

    def settle(self) -> None:
        """Remove what a rehearsal left whose process was killed."""
        holder = Holder(str(_SETTLER), self._work.clock.now())
        if remove_left_over(self._work.settings.state_directory, holder):
            log.warning("removed what a killed rehearsal had left")

    def rehearse(self, number: str, actor: Actor) -> None:
        """Carry the change out in a twin of its own. Raises Forbidden, NotFound, Conflict."""
        require(actor, Permission.DEPLOY)
        with self._work.database.reading() as session:
            require_rehearsable(read_change(session, number))
        cancellation = RehearsalCancellation()

        def rehearse(work: ChangeWork) -> str:
            rehearse_change(
                work, actor, number, lambda line: self._went_on(number, line), cancellation
            )
            return ""

        self._start(number, BackgroundStep.REHEARSE, actor, rehearse, cancellation)

    def cancel_rehearsal(self, number: str, actor: Actor) -> None:
        """Ask the rehearsal under way here to end; its twin goes at once. Raises Forbidden, and
        Conflict where none is under way in this process."""
        require(actor, Permission.DEPLOY)
        with self._lock:
            step = self._steps.get(number)
            if step is None or not step.is_running or step.cancellation is None:
                raise Conflict("没有正在进行的演练", remedy="在启动它的终端中按 Ctrl-C 取消")
            step.cancellation.request(str(actor))

    def _went_on(self, number: str, line: RehearsalProgress) -> None:
        with self._lock:
            step = self._steps[number]
            self._steps[number] = replace(step, progress=(*step.progress, line))

    def apply(self, number: str, actor: Actor, *, hold: bool) -> None:
        """Carry an approved change out. Raises Forbidden, NotFound, Conflict."""
        require(actor, Permission.DEPLOY)
        work = self._work
        with work.database.reading() as session:
            require_startable(read_change(session, number), work.clock.now())
        self._start(number, BackgroundStep.APPLY, actor, self._carry(number, actor, hold=hold))

    def resume(self, number: str, actor: Actor) -> None:
        """Go on with a change that was left, or confirm the stage that waits."""
        require(actor, Permission.DEPLOY)
        with self._work.database.reading() as session:
            require_state(read_change(session, number), ChangeState.RUNNING)
        self._start(number, BackgroundStep.RESUME, actor, self._carry(number, actor, again=True))

    def confirm(self, number: str, actor: Actor) -> None:
        """Confirm the stage that waits on trial. Raises Conflict where none waits."""
        require(actor, Permission.DEPLOY)
        with self._work.database.reading() as session:
            require_waiting(read_change(session, number))
        self.resume(number, actor)

    def rollback(self, number: str, actor: Actor) -> None:
        """Take back what a change confirmed, as a change of its own."""
        require(actor, Permission.DEPLOY)
        with self._work.database.reading() as session:
            service.require_rollback(read_change(session, number))

        def take_back(work: ChangeWork) -> str:
            made = record_request(work, actor, draw_up_rollback(work, actor, number))
            carry_out(work, actor, made)
            return made

        self._start(number, BackgroundStep.ROLLBACK, actor, take_back)

    @staticmethod
    def _carry(
        number: str, actor: Actor, *, again: bool = False, hold: bool | None = None
    ) -> Callable[[ChangeWork], str]:
        def carry(work: ChangeWork) -> str:
            carry_out(work, actor, number, again=again, hold=hold)
            return ""

        return carry

    def _start(
        self,
        number: str,
        step: BackgroundStep,
        actor: Actor,
        do: Callable[[ChangeWork], str],
        cancellation: RehearsalCancellation | None = None,
    ) -> None:
        work = self._work
        with self._lock:
            going = self._steps.get(number)
            if going is not None and going.is_running:
                raise Conflict(
                    "已有一步正在进行",
                    message("{actor} 于 {at:%H:%M:%S} 开始。", actor=going.actor,
                            at=going.started_at.astimezone(work.zone)),
                )  # fmt: skip
            self._steps[number] = StepUnderWay(
                step, str(actor), work.clock.now(), cancellation=cancellation
            )
        thread = threading.Thread(
            target=self._run, args=(number, work, do), name=f"change-{step}", daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:  # the system has no thread left
            self._end(number, work, str(error))
            raise

    def _run(self, number: str, work: ChangeWork, do: Callable[[ChangeWork], str]) -> None:
        try:
            # Playbooks inherit this thread's precedence; the platform's own is not for them.
            os.setpriority(os.PRIO_PROCESS, 0, max(0, os.getpriority(os.PRIO_PROCESS, 0)))
            made = do(work)
        except DomainError as error:
            self._end(number, work, error.title, error.detail)
        except BaseException as error:  # a library's panic, too: no step stays under way for ever
            log.exception("a step of change %s broke off", number or "(draft)")
            self._end(number, work, str(error) or type(error).__name__)
        else:
            self._end(number, work, made=made)

    def _end(
        self,
        number: str,
        work: ChangeWork,
        problem: str = "",
        detail: str = "",
        made: str = "",
    ) -> None:
        with self._lock:
            self._steps[number] = replace(
                self._steps[number], ended_at=work.clock.now(), problem=problem, detail=detail,
                made=made or self._steps[number].made,
            )  # fmt: skip
