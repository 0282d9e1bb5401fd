"""From what a month lacks to the page on which somebody does something about it (pure)."""

from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.kernel.permissions import Permission
from ops_core.kpi.assessment.exemptions import ExemptionState
from ops_core.kpi.assessment.missing import MissingKind
from ops_core.kpi.assessment.month import AssessmentRow
from ops_core.kpi.periods import PeriodKind
from ops_core.kpi.records import Show
from wallboard.indicators.links import RecordLink
from wallboard.indicators.router import address_of


def missing_link(row: AssessmentRow, kind: MissingKind, label: str) -> RecordLink | None:
    """Where it is mended, and who may open that; None for what only time brings about."""
    match kind:
        case MissingKind.NOT_OVER:
            return None
        case MissingKind.UNDECIDED:
            return _records(row, Show.LEFT_OUT, label)
        case MissingKind.PENDING:
            return _records(row, Show.PENDING, label)
        case MissingKind.UNPROVEN:
            href = f"/adjudications?kind={AdjudicationKind.NIL_RETURN.value}"
            return RecordLink(label, href, Permission.SEE_ADJUDICATIONS)
        case MissingKind.EXEMPTIONS:
            href = f"/exemptions?state={ExemptionState.REQUESTED.value}"
            return RecordLink(label, href, Permission.SEE_INDICATORS)


def _records(row: AssessmentRow, show: Show, label: str) -> RecordLink:
    href = address_of(row.indicator.number, PeriodKind.MONTH, row.period.month, show)
    return RecordLink(label, href, Permission.SEE_INDICATORS)
