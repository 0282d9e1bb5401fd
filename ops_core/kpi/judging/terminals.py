"""Indicator 13: how a terminal is judged at a snapshot (pure)."""

from datetime import datetime

from ops_core.kpi.judgements import GOOD, OUTSIDE, Judgement, RecordVerdict
from ops_core.kpi.periods import Period
from ops_core.kpi.reasons import Reason
from seat_assets.model import TerminalCondition, TerminalState


def judge_terminal(terminal: TerminalState, at: datetime, period: Period) -> Judgement:
    """Indicator 13: host and display in order, of all terminals of the snapshots (snapshot_at)."""
    return judge_parts(terminal.host, terminal.display) if period.holds(at) else OUTSIDE


def judge_parts(host: TerminalCondition, display: TerminalCondition) -> Judgement:
    """Both must be in order; what is unknown is not."""
    if host is TerminalCondition.BAD:
        return Judgement(RecordVerdict.MISSED, Reason.HOST_BAD)
    if display is TerminalCondition.BAD:
        return Judgement(RecordVerdict.MISSED, Reason.DISPLAY_BAD)
    if TerminalCondition.UNKNOWN in (host, display):
        return Judgement(RecordVerdict.MISSED, Reason.CONDITION_UNKNOWN)
    return GOOD
