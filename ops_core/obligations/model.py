"""A report that is owed as a state machine over its own chained events (pure).

owed 应报 → drafted 拟稿 → reviewed 审核 → submitted 报送 → received 签收, or returned 退回 and
drafted anew. Whoever wrote a report does not review it; only the purchaser's side receives,
returns or waives one (domain rules of indicator 9).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from pydantic import JsonValue

from device_configs.site.reporting import DueRule
from ops_core.kernel.errors import Conflict, Forbidden, Invalid
from ops_core.kernel.hash_chain import GENESIS, first_broken, link_hash
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.json_values import JsonObject
from ops_core.kernel.shown_names import PersonName

REPORT = "report"
"""Aggregate type of reports' events."""


class ReportState(StrEnum):
    """应报, 已拟稿, 已审核, 已报送, 已签收, 已退回, 免报."""

    OWED = "owed"
    DRAFTED = "drafted"
    REVIEWED = "reviewed"
    SUBMITTED = "submitted"
    RECEIVED = "received"
    RETURNED = "returned"
    WAIVED = "waived"


class ReportStep(StrEnum):
    """应报, 拟稿, 撰写, 审核通过, 退改, 报送, 签收, 退回, 免报."""

    OWE = "owe"
    DRAFT = "draft"
    """Freezes the data anew."""
    WRITE = "write"
    REVIEW = "review"
    HAND_BACK = "hand_back"
    SUBMIT = "submit"
    RECEIVE = "receive"
    RETURN = "return"
    WAIVE = "waive"


_OPEN = {ReportStep.WAIVE: ReportState.WAIVED}
REPORT_TRANSITIONS: Mapping[ReportState, Mapping[ReportStep, ReportState]] = MappingProxyType(
    {
        ReportState.OWED: {ReportStep.DRAFT: ReportState.DRAFTED, **_OPEN},
        ReportState.DRAFTED: {
            ReportStep.DRAFT: ReportState.DRAFTED,
            ReportStep.WRITE: ReportState.DRAFTED,
            ReportStep.REVIEW: ReportState.REVIEWED,
            ReportStep.HAND_BACK: ReportState.DRAFTED,
            **_OPEN,
        },
        ReportState.REVIEWED: {
            ReportStep.SUBMIT: ReportState.SUBMITTED,
            ReportStep.HAND_BACK: ReportState.DRAFTED,
            **_OPEN,
        },
        ReportState.SUBMITTED: {
            ReportStep.RECEIVE: ReportState.RECEIVED,
            ReportStep.RETURN: ReportState.RETURNED,
            **_OPEN,
        },
        ReportState.RETURNED: {
            ReportStep.DRAFT: ReportState.DRAFTED,
            ReportStep.WRITE: ReportState.DRAFTED,
            **_OPEN,
        },
        ReportState.RECEIVED: {},
        ReportState.WAIVED: {},
    }
)
PURCHASERS_STEPS = frozenset({ReportStep.RECEIVE, ReportStep.RETURN, ReportStep.WAIVE})
REVIEWING = frozenset({ReportStep.REVIEW, ReportStep.HAND_BACK})
REPORT_STATE_WORDS: Mapping[ReportState, Message] = MappingProxyType(
    {
        ReportState.OWED: message("待拟稿"),
        ReportState.DRAFTED: message("已拟稿"),
        ReportState.REVIEWED: message("已审核"),
        ReportState.SUBMITTED: message("已报送"),
        ReportState.RECEIVED: message("已签收"),
        ReportState.RETURNED: message("已退回"),
        ReportState.WAIVED: message("免报"),
    }
)
REPORT_STEP_WORDS: Mapping[ReportStep, Message] = MappingProxyType(
    {
        ReportStep.OWE: message("列入应报"),
        ReportStep.DRAFT: message("拟稿"),
        ReportStep.WRITE: message("撰写"),
        ReportStep.REVIEW: message("审核通过"),
        ReportStep.HAND_BACK: message("退改"),
        ReportStep.SUBMIT: message("报送"),
        ReportStep.RECEIVE: message("签收"),
        ReportStep.RETURN: message("退回"),
        ReportStep.WAIVE: message("免报"),
    }
)


@dataclass(frozen=True, slots=True)
class ReportEvent:
    """One link of a report's chain; ``at`` is when it happened, both instants aware UTC."""

    report: str
    sequence: int
    step: ReportStep
    at: datetime
    recorded_at: datetime
    actor: str
    detail: JsonObject
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class OwedReport:
    """What the events of a report say.

    ``start`` and ``owed_at`` bound what it is about; the rule of its deadline is the one it was
    owed under. ``whole_at`` is when the first version was submitted that its receiver found whole.
    """

    key: str
    duty: str
    label: str
    start: datetime
    owed_at: datetime
    due_working_day: int | None
    due_within_s: int | None
    assessed: bool
    subject: str
    """What a flash report is about; empty otherwise."""
    state: ReportState
    version: int
    last_at: datetime
    last_hash: str
    revision: int = 0
    """How often its data were frozen; the last snapshot is the one that counts."""
    snapshot: str = ""
    """SHA-256 of that snapshot."""
    writers: tuple[str, ...] = ()
    """Whoever drafted or wrote it, in whatever version: none of them reviews it."""
    reviewer: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each rendered file of the last submission, by its name."""
    submissions: int = 0
    submitted_at: datetime | None = None
    whole_at: datetime | None = None
    found_incomplete: bool = False
    """Whether the last verdict was a return as incomplete."""

    @property
    def allowed(self) -> tuple[ReportStep, ...]:
        return tuple(REPORT_TRANSITIONS[self.state])

    @property
    def rule(self) -> DueRule:
        """By when it is owed."""
        within = None if self.due_within_s is None else timedelta(seconds=self.due_within_s)
        return DueRule(working_day=self.due_working_day, within=within)


def next_report_event(
    report: OwedReport | None,
    key: str,
    step: ReportStep,
    actor: str,
    at: datetime,
    recorded_at: datetime,
    detail: JsonObject,
) -> ReportEvent:
    """The event by which somebody takes a step; ``report`` is None for one that becomes owed.

    Raises :class:`Conflict` for a step that the state does not allow, :class:`Forbidden` for who
    would review an own text, :class:`Invalid` for a return without a reason.
    """
    check_report_step(report, step)
    if report is not None and step in REVIEWING and actor in report.writers:
        raise Forbidden(
            "不能审核自己撰写的报告",
            message("{name} 参与了报告 {key} 的撰写。", name=PersonName(actor), key=report.key),
            "请由另一名审核人员审核。",
        )
    if step in (ReportStep.RETURN, ReportStep.WAIVE, ReportStep.HAND_BACK) and not detail.get(
        "reason"
    ):
        raise Invalid("此步骤须写明理由", "", "请填写理由。")
    if report is not None and at < report.last_at:
        raise Conflict(
            "时间早于上一步",
            message("上一步发生在 {at}。", at=report.last_at.isoformat()),
            "请核对发生时间。",
        )
    event = ReportEvent(
        report=key,
        sequence=1 if report is None else report.version + 1,
        step=step,
        at=at.astimezone(UTC),
        recorded_at=recorded_at.astimezone(UTC),
        actor=actor,
        detail=detail,
        previous_hash=GENESIS if report is None else report.last_hash,
        hash="",
    )
    return replace(event, hash=report_event_hash(event))


def check_report_step(report: OwedReport | None, step: ReportStep) -> None:
    """Raises :class:`Conflict`, with what is allowed, for a step that the state does not allow."""
    allowed = (ReportStep.OWE,) if report is None else report.allowed
    if step in allowed:
        return
    state = "—" if report is None else REPORT_STATE_WORDS[report.state]
    words = tuple(REPORT_STEP_WORDS[one] for one in allowed)
    named: list[JsonValue] = [one.value for one in allowed]
    raise Conflict(
        "当前状态不允许此步骤",
        message("报告处于 {state}，不能 {step}。", state=state, step=REPORT_STEP_WORDS[step]),
        message("现在可以：{allowed}。", allowed=words or ("—",)),
        members={"state": None if report is None else report.state.value, "allowed": named},
    )


def apply_report_event(report: OwedReport | None, event: ReportEvent) -> OwedReport:
    """The report after an event. Raises Conflict for one that the state does not allow."""
    check_report_step(report, event.step)
    if report is None:
        return _owed(event)
    after = replace(
        report,
        state=REPORT_TRANSITIONS[report.state][event.step],
        version=event.sequence,
        last_at=event.at,
        last_hash=event.hash,
    )
    return _with_effect(report, after, event)


def replay_report(events: Iterable[ReportEvent]) -> OwedReport | None:
    """The report that events, in their sequence, amount to; None without any."""
    report: OwedReport | None = None
    for event in events:
        report = apply_report_event(report, event)
    return report


def report_event_hash(event: ReportEvent) -> str:
    """The hash the event ought to bear, from the one before it and all its fields."""
    return link_hash(
        event.previous_hash,
        {
            "report": event.report,
            "sequence": event.sequence,
            "step": event.step.value,
            "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "recorded_at": event.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": event.actor,
            "detail": dict(event.detail),
        },
    )


def first_report_break(events: Sequence[ReportEvent]) -> int | None:
    """The sequence at which a report's chain is broken, None when every link holds."""
    return first_broken(events, report_event_hash)


def owed_detail(
    duty: str, label: str, start: datetime, owed_at: datetime, rule: DueRule, assessed: bool,
    subject: str = "",
) -> JsonObject:  # fmt: skip
    """What the first link of a chain holds: all that the report was owed under."""
    return {
        "duty": duty,
        "label": label,
        "start": start.astimezone(UTC).isoformat(),
        "owed_at": owed_at.astimezone(UTC).isoformat(),
        "due_working_day": rule.working_day,
        "due_within_s": None if rule.within is None else int(rule.within.total_seconds()),
        "assessed": assessed,
        "subject": subject,
    }


def _owed(event: ReportEvent) -> OwedReport:
    detail = event.detail
    day, seconds = detail.get("due_working_day"), detail.get("due_within_s")
    return OwedReport(
        key=event.report,
        duty=str(detail["duty"]),
        label=str(detail["label"]),
        start=datetime.fromisoformat(str(detail["start"])),
        owed_at=datetime.fromisoformat(str(detail["owed_at"])),
        due_working_day=day if isinstance(day, int) else None,
        due_within_s=seconds if isinstance(seconds, int) else None,
        assessed=bool(detail["assessed"]),
        subject=str(detail.get("subject", "")),
        state=ReportState.OWED,
        version=1,
        last_at=event.at,
        last_hash=event.hash,
    )


def _with_effect(before: OwedReport, after: OwedReport, event: ReportEvent) -> OwedReport:
    match event.step:
        case ReportStep.DRAFT:
            return replace(
                after,
                revision=before.revision + 1,
                snapshot=str(event.detail["snapshot"]),
                writers=_joined(before, event),
                reviewer="",
            )
        case ReportStep.WRITE:
            texts = event.detail.get("texts")
            written = {str(k): str(v) for k, v in texts.items()} if isinstance(texts, dict) else {}
            return replace(after, texts=written, writers=_joined(before, event), reviewer="")
        case ReportStep.REVIEW:
            return replace(after, reviewer=event.actor)
        case ReportStep.HAND_BACK:
            return replace(after, reviewer="")
        case ReportStep.SUBMIT:
            files = event.detail.get("files")
            sums = {str(k): str(v) for k, v in files.items()} if isinstance(files, dict) else {}
            return replace(
                after,
                files=sums,
                submissions=before.submissions + 1,
                submitted_at=event.at,
                found_incomplete=False,
            )
        case ReportStep.RECEIVE:
            return replace(after, whole_at=before.whole_at or before.submitted_at)
        case ReportStep.RETURN:
            is_whole = event.detail.get("whole") is True
            whole_at = before.whole_at or (before.submitted_at if is_whole else None)
            return replace(after, whole_at=whole_at, found_incomplete=not is_whole)
        case _:
            return after


def _joined(before: OwedReport, event: ReportEvent) -> tuple[str, ...]:
    return tuple(sorted({*before.writers, event.actor}))
