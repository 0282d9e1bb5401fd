"""Commands on reports: load, decide by the state machine, append the link, record.

Drafting and submitting need the data and the documents of a report and are above, in
:mod:`ops_core.reports.service`; they come back here with what they made.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from device_configs.site.model import Site
from device_configs.site.reporting import ReportDuty, ReportFrequency
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.json_values import JsonObject, canonical_json
from ops_core.kernel.masking import mask_text
from ops_core.kernel.permissions import Actor, Permission, require
from ops_core.kernel.shown_names import PersonName
from ops_core.obligations.calendar import due_at, obligations
from ops_core.obligations.model import (
    PURCHASERS_STEPS,
    REPORT,
    REVIEWING,
    OwedReport,
    ReportStep,
    apply_report_event,
    next_report_event,
    owed_detail,
)
from ops_core.obligations.store import find_report, store_report_step, store_snapshot
from ops_core.obligations.tables import ReportRow

TEXT_LIMIT, REASON_LIMIT, SUBJECT_LIMIT = 20_000, 2000, 200
TEXT_NAMES = ("summary", "cases", "suggestions")
"""What the author writes: 综述, 典型案例, 工作建议."""
FLASH_WINDOW = timedelta(hours=24)
"""A flash report has the data of this long before its trigger."""


class DeliveryMeans(StrEnum):
    """政务外网, 电子邮件, 纸质, 当面."""

    NETWORK = "network"
    """Over the government's own network, or this platform."""
    MAIL = "mail"
    PAPER = "paper"
    IN_PERSON = "in_person"


REPORT_PERMISSION: Mapping[ReportStep, Permission] = MappingProxyType(
    {
        ReportStep.OWE: Permission.WRITE_REPORTS,
        ReportStep.DRAFT: Permission.WRITE_REPORTS,
        ReportStep.WRITE: Permission.WRITE_REPORTS,
        ReportStep.REVIEW: Permission.REVIEW_REPORTS,
        ReportStep.HAND_BACK: Permission.REVIEW_REPORTS,
        ReportStep.SUBMIT: Permission.WRITE_REPORTS,
        ReportStep.RECEIVE: Permission.RECEIVE_REPORTS,
        ReportStep.RETURN: Permission.RECEIVE_REPORTS,
        ReportStep.WAIVE: Permission.RECEIVE_REPORTS,
    }
)


def owe_reports(uow: UnitOfWork, site: Site) -> int:
    """Put every report on record that is owed by now and is not yet; returns how many.

    Idempotent: the calendar always gives the same ones, and each has one key. The link is of the
    instant at which its period ended.
    """
    require(uow.actor, Permission.WRITE_REPORTS)
    zone = ZoneInfo(site.contract.timezone)
    owed = obligations(site.report_duties.values(), uow.clock.now(), zone)
    known = set(uow.session.scalars(select(ReportRow.key)))
    new = [one for one in owed if one.key not in known]
    for one in new:
        duty = one.duty
        detail = owed_detail(duty.name, one.label, one.start, one.owed_at, duty.due, duty.assessed)
        _record_step(uow, None, one.key, ReportStep.OWE, detail, at=one.owed_at)
    return len(new)


def trigger_flash_report(
    uow: UnitOfWork, site: Site, duty_name: str, subject: str, happened_at: datetime
) -> OwedReport:
    """Begin a flash report about something that happened; its clock runs from now.

    Raises Forbidden, NotFound (no such duty), Invalid (no flash report, no subject, the future).
    """
    require(uow.actor, Permission.WRITE_REPORTS)
    duty, now = _flash_duty(site, duty_name), uow.clock.now()
    about = mask_text(subject.strip())
    if not about or len(about) > SUBJECT_LIMIT:
        raise Invalid(
            "专报缺少事由", "", message("请用至多 {limit} 字写明事由。", limit=SUBJECT_LIMIT)
        )
    if happened_at > now:
        raise Invalid("发生时间在将来", "", "请核对发生时间。")
    zone = ZoneInfo(site.contract.timezone)
    key = _next_flash_key(uow.session, duty, now.astimezone(zone))
    start = min(happened_at, now) - FLASH_WINDOW
    label = f"{now.astimezone(zone):%Y-%m-%d %H:%M}"
    detail = owed_detail(duty.name, label, start, now, duty.due, duty.assessed, about)
    return _record_step(uow, None, key, ReportStep.OWE, detail)


def draft_report_on(
    uow: UnitOfWork, key: str, content: JsonObject, version: int | None = None
) -> OwedReport:
    """Freeze data as a report's next version: from here on it says these and no others.

    Raises NotFound, Forbidden, Conflict.
    """
    text = canonical_json(content)
    checksum = hashlib.sha256(text.encode()).hexdigest()
    after = take_report_step(uow, key, ReportStep.DRAFT, {"snapshot": checksum}, version)
    store_snapshot(uow.session, key, after.revision, text)
    return after


def submit_report_with(
    uow: UnitOfWork,
    key: str,
    files: Mapping[str, str],
    recipients: Sequence[str],
    via: DeliveryMeans,
    version: int | None = None,
) -> OwedReport:
    """Record that a reviewed report went out: which files (name to SHA-256), to whom, and how.

    Raises NotFound, Forbidden, Conflict, Invalid.
    """
    whom = [name.strip() for name in recipients if name.strip()]
    if not whom:
        raise Invalid("缺少接收单位", "", "请写明报送给谁。")
    sums: dict[str, JsonValue] = dict(files)
    detail: JsonObject = {"files": sums, "recipients": [*whom], "via": via.value}
    return take_report_step(uow, key, ReportStep.SUBMIT, detail, version)


def write_report(
    uow: UnitOfWork, key: str, texts: Mapping[str, str], version: int | None = None
) -> OwedReport:
    """Put the author's texts into a draft; numbers of callers in them are masked.

    Raises Forbidden, NotFound, Conflict, Invalid.
    """
    unknown = set(texts) - set(TEXT_NAMES)
    if unknown:
        raise Invalid(
            "没有这一段",
            message("报告没有名为 {names} 的段落。", names="、".join(sorted(unknown))),
            message("可写：{names}。", names="、".join(TEXT_NAMES)),
        )
    for text in texts.values():
        _check_length(text, TEXT_LIMIT)
    written: dict[str, JsonValue] = {
        name: mask_text(texts[name].strip()) for name in TEXT_NAMES if texts.get(name, "").strip()
    }
    return take_report_step(uow, key, ReportStep.WRITE, {"texts": written}, version)


def review_report(uow: UnitOfWork, key: str, version: int | None = None) -> OwedReport:
    """Let a report pass; by somebody who wrote nothing of it. Raises Forbidden, Conflict."""
    return take_report_step(uow, key, ReportStep.REVIEW, {}, version)


def hand_back_report(
    uow: UnitOfWork, key: str, reason: str, version: int | None = None
) -> OwedReport:
    """Give a report back to its author with a reason. Raises Forbidden, Conflict, Invalid."""
    return take_report_step(uow, key, ReportStep.HAND_BACK, {"reason": _reason(reason)}, version)


def receive_report(uow: UnitOfWork, key: str, version: int | None = None) -> OwedReport:
    """The purchaser's receipt: it came, and it is whole. Raises Forbidden, Conflict."""
    return take_report_step(uow, key, ReportStep.RECEIVE, {}, version)


def return_report(
    uow: UnitOfWork, key: str, reason: str, is_whole: bool, version: int | None = None
) -> OwedReport:
    """The purchaser's return; ``is_whole`` where nothing is missing but something is to be changed.

    Raises Forbidden, Conflict, Invalid.
    """
    detail: JsonObject = {"reason": _reason(reason), "whole": is_whole}
    return take_report_step(uow, key, ReportStep.RETURN, detail, version)


def waive_report(
    uow: UnitOfWork, site: Site, key: str, reason: str, version: int | None = None
) -> OwedReport:
    """The purchaser lets a report go; before it is due, for a miss is no more undone by that.

    Raises Forbidden, Conflict, Invalid.
    """
    _require_for(uow.actor, ReportStep.WAIVE)
    report = find_report(uow.session, key)
    due = due_at(report.rule, report.owed_at, site.calendar, ZoneInfo(site.contract.timezone))
    if due is not None and uow.clock.now() > due:
        raise Conflict(
            "报告已逾期，不能免报",
            message("报告 {key} 的时限是 {due}。", key=key, due=due.isoformat()),
            "逾期后只能按剔除程序申请。",
        )
    return take_report_step(uow, key, ReportStep.WAIVE, {"reason": _reason(reason)}, version)


def take_report_step(
    uow: UnitOfWork, key: str, step: ReportStep, detail: JsonObject, version: int | None = None
) -> OwedReport:
    """Let the actor take a step of a report now. ``version`` is what the actor saw.

    Raises NotFound, Forbidden (a missing permission, an own text), Conflict (not in this state, or
    changed by somebody meanwhile) and Invalid.
    """
    _require_for(uow.actor, step)
    report = find_report(uow.session, key)
    if version is not None and version != report.version:
        raise Conflict(
            "报告已被他人更新",
            message(
                "您看到的是第 {seen} 版，现在是第 {now} 版。", seen=version, now=report.version
            ),
            "请刷新后再操作。",
        )
    return _record_step(uow, report, key, step, detail)


def _require_for(actor: Actor, step: ReportStep) -> None:
    """What two people or two sides answer for is never done by a program."""
    require(actor, REPORT_PERMISSION[step])
    if step in REVIEWING | PURCHASERS_STEPS and not actor.is_person:
        raise Forbidden(
            "此步骤须由本人办理",
            message("{actor} 不是登录的人员。", actor=PersonName(actor)),
            "请由具备权限的人员登录后办理。",
        )


def _record_step(
    uow: UnitOfWork,
    report: OwedReport | None,
    key: str,
    step: ReportStep,
    detail: JsonObject,
    at: datetime | None = None,
) -> OwedReport:
    now = uow.clock.now()
    happened = now if at is None else at
    if report is not None:
        happened = max(happened, report.last_at)
    event = next_report_event(report, key, step, str(uow.actor), happened, now, detail)
    after = apply_report_event(report, event)
    store_report_step(uow.session, after, event)
    taken: JsonObject = {"step": step.value, "state": after.state.value, "version": after.version}
    uow.event(REPORT, key, "ReportStepTaken", taken, event.at)
    uow.audit(f"report.{step.value}", REPORT, key, {**taken, "hash": event.hash})
    return after


def _flash_duty(site: Site, name: str) -> ReportDuty:
    duty = site.report_duties.get(name)
    if duty is None or duty.frequency is not ReportFrequency.FLASH:
        named = (d.name for d in site.report_duties.values() if d.frequency == "flash")
        raise NotFound(
            "没有这种专报",
            message("{name} 不是登记的专报。", name=name),
            message("可选：{names}。", names="、".join(named)),
        )
    return duty


def _next_flash_key(session: Session, duty: ReportDuty, local: datetime) -> str:
    prefix = f"{duty.name}-{local:%Y%m%d}-"
    taken = session.scalars(select(ReportRow.key).where(ReportRow.key.startswith(prefix)))
    last = max((int(key.removeprefix(prefix)) for key in taken), default=0)
    return f"{prefix}{last + 1:03d}"


def _reason(reason: str) -> str:
    _check_length(reason, REASON_LIMIT)
    return mask_text(reason.strip())


def _check_length(text: str, limit: int) -> None:
    if len(text) > limit:
        raise Invalid("内容过长", "", message("请控制在 {limit} 字以内。", limit=limit))
