"""What stands against submitting and sealing a month of an indicator (pure)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from ops_core.kernel.i18n import Message, message
from ops_core.kpi.figures import Figure
from ops_core.kpi.judgements import RecordVerdict
from ops_core.kpi.reasons import UNDECIDED


class MissingKind(StrEnum):
    NOT_OVER = "not_over"
    """The month is running."""
    UNDECIDED = "undecided"
    """Records whose clock is running: what they will be is not known."""
    PENDING = "pending"
    """Records of which people have yet to say as what they count."""
    UNPROVEN = "unproven"
    """Nobody signed that there was nothing."""
    EXEMPTIONS = "exemptions"
    """Requests that the purchaser has not decided."""


MISSING_WORDS: Mapping[MissingKind, Message] = MappingProxyType(
    {
        MissingKind.NOT_OVER: message("本月未结束"),
        MissingKind.UNDECIDED: message("时限未到的记录"),
        MissingKind.PENDING: message("待认定的记录"),
        MissingKind.UNPROVEN: message("未签零报告的月份"),
        MissingKind.EXEMPTIONS: message("待审批的剔除申请"),
    }
)
MISSING_REMEDIES: Mapping[MissingKind, Message] = MappingProxyType(
    {
        MissingKind.NOT_OVER: message("月末之后由运营方提交"),
        MissingKind.UNDECIDED: message("时限届满后自动判定"),
        MissingKind.PENDING: message("由采购人逐条认定或签收"),
        MissingKind.UNPROVEN: message("由运营方签署零报告，再由采购人认定"),
        MissingKind.EXEMPTIONS: message("由采购人审批"),
    }
)
"""Who does what about it."""


@dataclass(frozen=True, slots=True)
class Lack:
    kind: MissingKind
    count: int = 0


def missing_of(figure: Figure, waiting: int, now: datetime) -> tuple[Lack, ...]:
    """Of a month's figure; ``waiting`` counts undecided requests for exemption."""
    return tuple(_missing(figure, waiting, now))


def _missing(figure: Figure, waiting: int, now: datetime) -> Iterator[Lack]:
    if now < figure.period.end:
        yield Lack(MissingKind.NOT_OVER)
    reasons = figure.counts.reasons(RecordVerdict.LEFT_OUT)
    if undecided := sum(count for reason, count in reasons if reason in UNDECIDED):
        yield Lack(MissingKind.UNDECIDED, undecided)
    if figure.pending:
        yield Lack(MissingKind.PENDING, figure.pending)
    if figure.is_unproven:
        yield Lack(MissingKind.UNPROVEN, len(figure.unproven))
    if waiting:
        yield Lack(MissingKind.EXEMPTIONS, waiting)
