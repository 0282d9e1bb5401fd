"""From a filled form to the answers of a requester; what was left open is a fault (pure)."""

from dataclasses import dataclass

from device_configs.site.hotline import Satisfaction
from ops_core.hotline.callbacks.model import Answers, Resolved
from ops_core.hotline.cases.model import DraftFault
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.written_text import written

REMARK_LIMIT = 8000
NOT_GIVEN = "none"
"""Asked, and the requester gave no rating: said in so many words, never taken for granted."""


@dataclass(frozen=True, slots=True)
class ReachedFields:
    """The form as it was sent: nothing is chosen that nobody chose."""

    resolved: str
    result: str
    attitude: str
    recording: str
    remark: str


def answers_of(fields: ReachedFields, satisfaction: Satisfaction) -> Answers:
    """The answers. Raises :class:`Invalid` that names every question left open."""
    faults = []
    if fields.resolved not in set(Resolved):
        faults.append(DraftFault("resolved", message("请选择是否解决")))
    result, attitude = (
        _score(field, text, open_question, satisfaction, faults)
        for field, text, open_question in (
            ("result", fields.result, message("请选择对办理结果的评价，或选“未评价”")),
            ("attitude", fields.attitude, message("请选择对服务态度的评价，或选“未评价”")),
        )
    )
    if not written(fields.recording):
        faults.append(DraftFault("recording", message("请填写录音编号")))
    if len(fields.remark) > REMARK_LIMIT:
        faults.append(
            DraftFault("remark", message("请控制在 {limit} 字以内。", limit=REMARK_LIMIT))
        )
    if faults:
        raise Invalid(
            "回访填写不完整",
            message("{faults}。", faults=tuple(fault.text for fault in faults)),
            "未询问的问题不能代为作答。",
            members={"faults": [{"field": f.field, "detail": f.text} for f in faults]},
        )
    return Answers(Resolved(fields.resolved), result, attitude)


def _score(
    field: str,
    text: str,
    open_question: Message,
    satisfaction: Satisfaction,
    faults: list[DraftFault],
) -> int | None:
    if text == NOT_GIVEN:
        return None
    if text in {str(score) for score in satisfaction.scores}:
        return int(text)
    faults.append(DraftFault(field, open_question))
    return None
