"""Material of hot topics as files: by whoever may declare one."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from ops_core.kernel.attaching import attach_files
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.evidence_files import StoredFile
from ops_core.kernel.evidence_links import EvidenceFile
from ops_core.kernel.permissions import Permission, require
from ops_core.knowledge.chain import Aggregate
from ops_core.knowledge.training.service import load_topic


def attach_to_topic(
    uow: UnitOfWork, number: str, files: Sequence[StoredFile], zone: ZoneInfo
) -> Sequence[EvidenceFile]:
    """Raises Forbidden, NotFound, Invalid and Conflict (too many)."""
    require(uow.actor, Permission.DECLARE_TOPICS)
    load_topic(uow, number)
    return attach_files(uow, Aggregate.TOPIC, number, files, zone)
