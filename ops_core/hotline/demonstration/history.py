"""The course of an order from its dispatch to its callbacks, as it goes when nobody else acts on it
(pure)."""

from collections.abc import Generator, Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.hotline.callbacks.model import Answers, AttemptResult, CallbackOutcome, Resolved
from ops_core.hotline.cases.model import WEB_CHANNELS
from ops_core.hotline.deadline_policies.rules import Urgency
from ops_core.hotline.demonstration import cast, figures, wording
from ops_core.hotline.demonstration.agreed_deadlines import agreed_rules, urgency_of
from ops_core.hotline.demonstration.dice import Dice, dice_for
from ops_core.hotline.demonstration.happening import CalledBack, Stepped
from ops_core.hotline.demonstration.hours import OFFICE, POLITE, Hours, local_day
from ops_core.hotline.demonstration.intake import intake_acts
from ops_core.hotline.demonstration.long_orders import contributions, holds
from ops_core.hotline.demonstration.requests import PlannedRequest
from ops_core.hotline.orders.particulars import NO_PARTICULARS, Particulars
from ops_core.hotline.orders.second_round import escalated
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.permissions import Actor

_CYCLES = 2
_RESOLVED = {
    Resolved.YES: 88.0, Resolved.PARTLY: 6.0, Resolved.NO: 4.5, Resolved.NOT_ANSWERED: 1.5,
}  # fmt: skip
_NOT_REACHED = {
    AttemptResult.NO_ANSWER: 75.0, AttemptResult.BUSY: 20.0, AttemptResult.WRONG_NUMBER: 5.0,
}  # fmt: skip
_A_WEEK_DAYS = 5
_SCORED = 0.88
"""How often somebody who is reached gives a score."""


def history_of(seed: int, site: Site, request: PlannedRequest) -> list[Stepped | CalledBack]:
    """Every step and callback of a request's order, in order of time."""
    return list(_History(seed, site, request).run())


class _History:
    """One order as it goes on: ``at`` is the present instant, ``version`` what it rests on."""

    def __init__(self, seed: int, site: Site, request: PlannedRequest) -> None:
        draft = request.draft
        self._site, self._ref, self._outcome = site, draft.source_ref, request.outcome
        self._seed, self._channel = seed, draft.channel
        self._limits = agreed_rules(site.hotline).handle_within[draft.kind]
        self._limit_days = self._limits[Urgency.ORDINARY].working_days
        self._urgency = Urgency.ORDINARY
        self._says_urgency = False
        self._unit = site.hotline.proposed_unit(draft.category, draft.region)
        self._zone = ZoneInfo(site.contract.timezone)
        self._dice: Dice = dice_for(seed, "course", draft.source_ref)
        self._at, self._version = request.at, 1

    def run(self) -> Iterator[Stepped | CalledBack]:
        yield from self._answer()
        ended = yield from self._intake()
        if ended:
            return
        is_redone = False
        for cycle in range(1, _CYCLES + 1):
            yield from self._sign() if is_redone else self._reach_the_unit()
            yield from self._handle()
            answers = None
            for callback in self._call_back(cycle):
                answers = callback.answers
                yield callback
            dissatisfied = answers is not None and answers.resolved is Resolved.NO
            reopens = dissatisfied and self._dice.happens(figures.REOPENED)
            if cycle == _CYCLES or not reopens:
                return
            self._wait(POLITE, 0.2, 2.5)
            is_redone = dice_for(self._seed, "redone", self._ref).happens(figures.REDONE)
            yield self._again(Step.REDO if is_redone else Step.REOPEN)

    def _again(self, step: Step) -> Stepped:
        """Another cycle: a second round is a grade more urgent, and its unit has it already."""
        if step is Step.REDO:
            self._limit_days = self._limits[escalated(self._urgency)].working_days
        reason = wording.reopening_reason(self._dice)
        return self._step(step, cast.reviewer(self._dice), remark=reason)

    def _answer(self) -> Iterator[Stepped]:
        """Whoever writes is answered the same day, by a person; few only by the unit's reply."""
        dice = dice_for(self._seed, "answer", self._ref)
        if self._channel in WEB_CHANNELS and not dice.happens(figures.ANSWERED_LATE):
            self._at += dice.skewed_seconds(2400, 0.8, 36_000)
            yield self._step(Step.ANSWER, cast.writer(dice), remark=wording.first_answer(dice))

    def _intake(self) -> Generator[Stepped, None, bool]:
        """Some orders reach no unit; returns whether this one has ended."""
        dice = dice_for(self._seed, "intake", self._ref)
        acts = intake_acts(dice)
        for act in acts:
            self._at += dice.skewed_seconds(600, 0.6, 7200)
            yield self._step(act.step, act.actor, remark=act.remark, particulars=act.particulars)
        return bool(acts) and acts[-1].step is not Step.ADMIT

    def _reach_the_unit(self) -> Iterator[Stepped]:
        """Dispatched until a unit has signed for it, or was made to take it."""
        dice = self._dice
        self._urgency = urgency_of(dice_for(self._seed, "urgency", self._ref, self._version))
        self._limit_days, self._says_urgency = self._limits[self._urgency].working_days, True
        others = [u.name for u in self._site.hotline.units if u.name != self._unit]
        if others and dice.happens(figures.WRONGLY_DISPATCHED):
            yield from self._sent_astray(dice.pick(others))
        yield self._dispatch(self._unit)
        if dice.happens(figures.OBJECTED):
            yield from self._dispute(self._unit, upheld=False)
            return
        yield from self._sign()

    def _sign(self) -> Iterator[Stepped]:
        late = self._dice.happens(figures.SIGNED_LATE)
        self._wait(OFFICE, *((15.0, 24.0) if late else (0.1, 5.5)))
        yield self._step(Step.SIGN, cast.handler(self._dice, self._unit))

    def _sent_astray(self, wrong: str) -> Iterator[Stepped]:
        yield self._dispatch(wrong)
        if self._dice.happens(0.4):
            yield from self._dispute(wrong, upheld=True)
            return
        self._wait(OFFICE, 0.3, 5)
        reason = wording.return_reason(self._dice)
        yield self._step(Step.RETURN, cast.handler(self._dice, wrong), remark=reason)

    def _dispute(self, unit: str, upheld: bool) -> Iterator[Stepped]:
        self._wait(OFFICE, 0.3, 5)
        reason = wording.dispute_reason(self._dice)
        yield self._step(Step.DISPUTE, cast.handler(self._dice, unit), remark=reason)
        self._wait(OFFICE, 0.3, 3)
        verdict = Step.UPHOLD if upheld else Step.REJECT
        answer = wording.verdict(self._dice, upheld)
        yield self._step(verdict, cast.reviewer(self._dice), remark=answer)

    def _dispatch(self, unit: str) -> Stepped:
        """Only the first of a cycle says how urgent it is."""
        self._at += self._dice.skewed_seconds(420, 0.7, 5400)
        given = Particulars(urgency=self._urgency if self._says_urgency else "")
        self._says_urgency = False
        return self._step(Step.DISPATCH, cast.dispatcher(self._dice), unit, particulars=given)

    def _handle(self) -> Iterator[Stepped]:
        """Signed until completed; every part of it by the same handler of the unit."""
        dice = self._dice
        handler = cast.handler(dice, self._unit)
        if self._limit_days > _A_WEEK_DAYS:
            yield from self._press(handler)
            yield from self._note(handler)
            yield from self._long_order(handler)
        self._wait(OFFICE, *self._handling_hours())
        yield self._step(Step.REPLY, handler, remark=wording.reply(dice, self._outcome))
        if dice.happens(figures.REWORKED):
            self._wait(OFFICE, 0.2, 2)
            reason = wording.rework_reason(dice)
            yield self._step(Step.REWORK, cast.reviewer(dice), remark=reason)
            self._wait(OFFICE, 1, 6)
            yield self._step(Step.REPLY, handler, remark=wording.reply(dice, self._outcome))
        self._wait(OFFICE, 0.1, 3)
        yield self._step(Step.APPROVE, cast.reviewer(dice))
        self._wait(OFFICE, 0.1, 2)
        yield self._step(Step.COMPLETE, handler, remark=wording.completion(dice))

    def _press(self, handler: Actor) -> Iterator[Stepped]:
        """Some are reminded, few supervised; few units ask for more time."""
        dice = dice_for(self._seed, "pressed", self._ref)
        if dice.happens(figures.REMINDED):
            self._wait(OFFICE, 0.1, 1)
            yield self._step(Step.NUDGE, cast.reviewer(dice), remark="请尽快办理并告知诉求人。")
        if dice.happens(figures.SUPERVISED):
            self._wait(OFFICE, 0.1, 1)
            yield self._step(Step.SUPERVISE, cast.PURCHASER, remark="群众反映集中，列入督办。")
        if dice.happens(figures.EXTENDED):
            reason, days = wording.extension_reason(dice), dice.randint(1, 3)
            yield self._step(Step.EXTEND, handler, remark=reason, particulars=Particulars(days))
            self._wait(OFFICE, 0.2, 2)
            refused = dice.happens(figures.EXTENSION_REFUSED)
            verdict = Step.REFUSE if refused else Step.GRANT
            remark = "可按期办结，请抓紧办理。" if refused else ""
            yield self._step(verdict, cast.PURCHASER, remark=remark)

    def _note(self, handler: Actor) -> Iterator[Stepped]:
        dice = dice_for(self._seed, "noted", self._ref, self._version)
        if dice.happens(figures.NOTED):
            self._wait(OFFICE, 0.1, 1)
            yield self._step(Step.NOTE, handler, remark="已到现场查看，正在安排处理。")

    def _long_order(self, handler: Actor) -> Iterator[Stepped]:
        units = [unit.name for unit in self._site.hotline.units]
        dice = dice_for(self._seed, "long", self._ref, self._version)
        today = local_day(self._at, self._zone)
        for late in (*contributions(dice, self._unit, units), *holds(dice, handler, today)):
            self._wait(OFFICE, *late.hours)
            act = late.act
            yield self._step(act.step, act.actor, remark=act.remark, particulars=act.particulars)

    def _handling_hours(self) -> tuple[float, float]:
        """From signing to the reply; most are done well within the limit, a few after it."""
        limit = self._limit_days * OFFICE.per_day()
        if self._dice.happens(figures.REPLIED_LATE):
            return limit + OFFICE.per_day(), limit + 2 * OFFICE.per_day()
        share = self._dice.betavariate(1.6, 3.2) * 0.6
        return share * limit, share * limit + 2

    def _call_back(self, cycle: int) -> Iterator[CalledBack]:
        dice, policy = self._dice, self._site.hotline.orders.callback
        if dice.happens(figures.NOT_CALLED_BACK):
            return
        actor = cast.caller_back(dice)
        made, days = 0, set[date]()
        self._wait(POLITE, 0.3, 6)
        while made < policy.attempts or len(days) < policy.days:
            recording = f"demo-rec-{self._ref}-{cycle}-{made + 1}"
            if dice.happens(figures.REACHED):
                yield self._reached(cycle, made, actor, recording)
                return
            result = dice.one_of(_NOT_REACHED)
            yield CalledBack(self._at, self._ref, cycle, made, actor, result, recording=recording)
            days.add(local_day(self._at, self._zone))
            made += 1
            self._wait(POLITE, 1.5, 6)
        self._at += timedelta(seconds=30)
        yield CalledBack(
            self._at, self._ref, cycle, made, actor, AttemptResult.NO_ANSWER,
            CallbackOutcome.UNREACHABLE,
        )  # fmt: skip

    def _reached(self, cycle: int, made: int, actor: Actor, recording: str) -> CalledBack:
        dice = self._dice
        if dice.happens(figures.REFUSED):
            return CalledBack(
                self._at, self._ref, cycle, made, actor, AttemptResult.REACHED,
                CallbackOutcome.REFUSED, recording=recording,
            )  # fmt: skip
        resolved = dice.one_of(_RESOLVED)
        answers = Answers(resolved, self._result(resolved), self._score(figures.ATTITUDE))
        return CalledBack(
            self._at, self._ref, cycle, made, actor, AttemptResult.REACHED,
            CallbackOutcome.REACHED, answers, recording,
            wording.callback_remark(dice, resolved),
        )  # fmt: skip

    def _result(self, resolved: Resolved) -> int | None:
        if resolved is Resolved.NO:
            return self._score({2: 50.0, 1: 40.0, 3: 10.0})
        return self._score(figures.RESULT)

    def _score(self, weights: Mapping[int, float]) -> int | None:
        """A score of the declared scale, or None from somebody who gives none."""
        known = self._site.hotline.satisfaction.scores
        usable = {score: weight for score, weight in weights.items() if score in known}
        if not usable or not self._dice.happens(_SCORED):
            return None
        return self._dice.one_of(usable)

    def _wait(self, hours: Hours, shortest: float, longest: float) -> None:
        spent = self._dice.uniform(shortest, longest)
        self._at = hours.after(self._at, spent, self._site.calendar, self._zone)

    def _step(
        self,
        step: Step,
        actor: Actor,
        unit: str = "",
        remark: str = "",
        particulars: Particulars = NO_PARTICULARS,
    ) -> Stepped:
        taken = Stepped(self._at, self._ref, self._version, step, actor, unit, remark, particulars)
        self._version += 1
        return taken


def end_of(history: list[Stepped | CalledBack], begun: datetime) -> datetime:
    """The instant of the last that is planned."""
    return history[-1].at if history else begun
