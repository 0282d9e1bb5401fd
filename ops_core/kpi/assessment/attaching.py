"""Evidence of exemptions: by either side, until the purchaser has decided."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from ops_core.kernel.attaching import attach_files, no_longer_open
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.evidence_files import StoredFile
from ops_core.kernel.evidence_links import EvidenceFile
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission, require_any
from ops_core.kpi.assessment.exemption_store import EXEMPTION, find_exemption
from ops_core.kpi.assessment.exemptions import ExemptionState

ATTACHING_TO_EXEMPTIONS = (Permission.REQUEST_EXEMPTIONS, Permission.APPROVE_EXEMPTIONS)


def attach_to_exemption(
    uow: UnitOfWork, number: str, files: Sequence[StoredFile], zone: ZoneInfo
) -> Sequence[EvidenceFile]:
    """Raises Forbidden, NotFound, Invalid, and Conflict for one that was decided."""
    require_any(uow.actor, ATTACHING_TO_EXEMPTIONS)
    exemption = find_exemption(uow.session, number)
    if exemption.state is not ExemptionState.REQUESTED:
        raise no_longer_open(number, message("已办理"), exemption.state.value)
    return attach_files(uow, EXEMPTION, number, files, zone)
