"""Evidence of matters before the purchaser: by either side, until it is decided."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from ops_core.hotline.adjudications.access import require_sight_of_matter
from ops_core.hotline.adjudications.kinds import RULES
from ops_core.hotline.adjudications.model import STATE_WORDS, AdjudicationState
from ops_core.hotline.adjudications.store import ADJUDICATION, find_adjudication
from ops_core.kernel.attaching import attach_files, no_longer_open
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.evidence_files import StoredFile
from ops_core.kernel.evidence_links import EvidenceFile
from ops_core.kernel.permissions import require_any

SUBMITTING = tuple(
    dict.fromkeys(rules.submit for rules in RULES.values() if rules.submit is not None)
)
DECIDING = tuple(dict.fromkeys(rules.decide for rules in RULES.values()))


def attach_to_matter(
    uow: UnitOfWork, number: str, files: Sequence[StoredFile], zone: ZoneInfo
) -> Sequence[EvidenceFile]:
    """Raises Forbidden, NotFound, Invalid, and Conflict for a matter that was decided."""
    require_any(uow.actor, (*SUBMITTING, *DECIDING))
    matter = find_adjudication(uow.session, number)
    require_sight_of_matter(uow.actor, matter)
    if matter.state is not AdjudicationState.PENDING:
        raise no_longer_open(number, STATE_WORDS[matter.state], matter.state.value)
    return attach_files(uow, ADJUDICATION, number, files, zone)
