"""Commands on adjudications: load, decide, store, record."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from device_configs.site.model import Site
from ops_core.hotline.adjudications.kinds import KIND_WORDS, RULES, AdjudicationKind
from ops_core.hotline.adjudications.model import (
    Adjudication,
    AdjudicationEvent,
    AdjudicationStep,
    Ruling,
    Submission,
    apply,
    decided,
    require_person,
    submitted,
)
from ops_core.hotline.adjudications.store import (
    ADJUDICATION,
    find_adjudication,
    live_matters,
    month_bounds,
    serious_events,
    store_adjudication,
)
from ops_core.hotline.adjudications.tables import AdjudicationRow
from ops_core.hotline.calls.references import no_such_call, require_name
from ops_core.hotline.calls.tables import CallRow
from ops_core.hotline.day_sums.model import moved
from ops_core.hotline.day_sums.returns import keys_of_dispatched
from ops_core.hotline.day_sums.store import move_day_sums
from ops_core.hotline.orders.tables import WorkOrderRow
from ops_core.hotline.recorded_times import require_past
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Invalid, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.masking import mask_text
from ops_core.kernel.numbering import ADJUDICATIONS
from ops_core.kernel.permissions import Permission, require, require_any
from ops_core.kernel.times import SITE_ZONE

EVENT_TYPES = {step: f"Adjudication{step.value.capitalize()}" for step in AdjudicationStep}
"""The event by which each step is recorded."""
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
NAME_LIMIT, SUBJECT_LIMIT = 64, 200


def submit(uow: UnitOfWork, site: Site, submission: Submission) -> Adjudication:
    """Submit a matter; phone numbers in its text are masked.

    Raises Forbidden, Invalid, NotFound for an order or a call that is not there, and Conflict
    where the subject has a live matter.
    """
    rules = RULES[submission.kind]
    if rules.submit is None:
        raise Invalid("此类事项随退回自动提交", "", "请等待承办单位退回工单。")
    require_person(uow.actor)
    require(uow.actor, rules.submit)  # before anything is ruling of the subject
    return open_matter(uow, _resolved(uow.session, site, submission, uow.clock.now()))


def open_matter(uow: UnitOfWork, submission: Submission) -> Adjudication:
    """Submit a matter whose subject is known, as part of another command."""
    if RULES[submission.kind].is_single:
        _check_single(uow.session, submission)
    submission = replace(submission, text=mask_text(submission.text))
    now = uow.clock.now()
    event = submitted(submission, uow.actor, now)
    series = ADJUDICATIONS.on_day_of(now, SITE_ZONE)
    number = series.next_free(uow.session, AdjudicationRow.number)
    return _record(uow, None, number, event)


def take_step(
    uow: UnitOfWork,
    number: str,
    step: AdjudicationStep,
    ruling: Ruling,
    version: int | None = None,
) -> Adjudication:
    """Uphold, reject, open anew or withdraw.

    Raises NotFound, Forbidden (the wrong side, a part in it, a program), Conflict and Invalid.
    """
    require_person(uow.actor)
    require_any(uow.actor, _may_take(step))  # before anything is ruling of the matter
    matter = find_adjudication(uow.session, number)
    ruling = replace(ruling, text=mask_text(ruling.text))
    event = decided(matter, step, uow.actor, ruling, uow.clock.now())
    if version is not None and version != matter.version:
        raise Conflict(
            "事项已被他人更新",
            message(
                "您看到的是第 {seen} 版，现在是第 {now} 版。", seen=version, now=matter.version
            ),
            "请刷新后再操作。",
        )
    return _record(uow, matter, number, event)


def _may_take(step: AdjudicationStep) -> tuple[Permission, ...]:
    """Permissions of which a step needs one, whatever the matter."""
    if step is AdjudicationStep.WITHDRAW:
        return tuple(r.submit for r in RULES.values() if r.may_withdraw and r.submit is not None)
    return tuple(dict.fromkeys(rules.decide for rules in RULES.values()))


def _record(
    uow: UnitOfWork, matter: Adjudication | None, number: str, event: AdjudicationEvent
) -> Adjudication:
    after = apply(matter, number, event)
    with _day_sums_follow(uow.session, matter):
        store_adjudication(uow.session, after)
    payload = dict(event.payload)
    kind = EVENT_TYPES[event.step]
    uow.event(ADJUDICATION, number, kind, payload, event.at)
    uow.audit(kind, ADJUDICATION, number, payload)
    return after


@contextmanager
def _day_sums_follow(session: Session, matter: Adjudication | None) -> Iterator[None]:
    """Move the order whose return is decided in the block; its submission moves with its step."""
    if matter is None or matter.submission.kind is not AdjudicationKind.RETURN:
        yield
        return
    order = matter.submission.order
    before = keys_of_dispatched(session, order)
    yield
    move_day_sums(session, moved(before, keys_of_dispatched(session, order)))


def _check_single(session: Session, submission: Submission) -> None:
    for number in live_matters(session, submission.kind, submission.subject):
        raise Conflict(
            "已有同一事项",
            message(
                "{subject} 的{kind}已提交为 {number}。",
                subject=submission.subject, kind=KIND_WORDS[submission.kind], number=number,
            ),
            "请在该事项上继续。",
        )  # fmt: skip


def _resolved(session: Session, site: Site, submission: Submission, now: datetime) -> Submission:
    """The submission with its subject as the product names it."""
    order, call = submission.order.strip(), submission.call.strip()
    if order and session.get(WorkOrderRow, order) is None:
        raise NotFound("没有这张工单", message("找不到工单 {number}。", number=order), "")
    if call:
        call = require_name(session, site, call)
        if session.get(CallRow, call) is None:
            raise no_such_call(call)
    if len(submission.person) > NAME_LIMIT or len(submission.subject) > SUBJECT_LIMIT:
        raise Invalid("名称过长", "", message("请控制在 {limit} 字以内。", limit=SUBJECT_LIMIT))
    person, subject = submission.person.strip(), submission.subject.strip()
    match submission.kind:
        case AdjudicationKind.APPEAL:
            if not order:
                raise Invalid("请注明工单", "", "需申诉工单须写明工单编号。")
            subject = order
        case AdjudicationKind.COMPLAINT:
            if not (order or call or person):
                raise Invalid("请注明投诉对象", "", "来电、工单、人员至少填写一项。")
            subject = order or call or person
        case AdjudicationKind.OPINION_EVENT:
            if not subject:
                raise Invalid("请注明舆论事件", "", "请写明标题或发布的位置。")
            subject = mask_text(subject)
        case AdjudicationKind.NIL_RETURN:
            return replace(submission, occurred_at=_signed_month(session, subject, now))
        case _:
            pass
    require_past(submission.occurred_at, now, subject)
    return replace(submission, order=order, call=call, person=person, subject=subject)


def _signed_month(session: Session, label: str, now: datetime) -> datetime:
    """The start of a month that may be signed for: it is over, and no event of it is open or
    serious. Raises Invalid and Conflict."""
    if _MONTH.fullmatch(label) is None:
        raise Invalid("月份格式不正确", "", "请写成 2026-11 的形式。")
    start, end = month_bounds(label)
    if now < end:
        raise Conflict(
            "本月尚未结束", message("{month} 结束后才能签署。", month=label), "请于次月签署。"
        )
    for number in serious_events(session, start, end):
        raise Conflict(
            "该月有舆论事件",
            message("{number} 待认定或已认定为严重舆论事件。", number=number),
            "有严重舆论事件的月份不能签署零报告；待认定的，请先由采购方认定。",
        )
    return start
