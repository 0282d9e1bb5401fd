"""The files of a record as pages, programs and the command line show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ops_core.hotline.orders.attaching import PERSONAL_OF_ORDER
from ops_core.kernel.evidence_links import EvidenceFile, evidence_of
from ops_core.kernel.permissions import Actor
from wallboard.attachments.kinds import kind_named
from wallboard.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class AttachmentModel:
    """A file by its number: ``/api/evidence/{number}`` hands it out. ``size`` in bytes."""

    number: str
    name: str
    size: int
    media_type: str
    sha256: str
    uploaded_by: str
    at: datetime
    personal: bool
    """With personal data: only for who may see contacts in the clear, and on record."""


def files_of(seen: Snapshot, actor: Actor, kind: str, number: str) -> Sequence[AttachmentModel]:
    """The files of a record, the first attached first. Raises NotFound, and Forbidden for a record
    that the actor may not see."""
    attached = kind_named(kind)
    attached.sees(seen, number, actor)
    found = [one for name in attached.types for one in evidence_of(seen.session, name, number)]
    return [model_of(one) for one in sorted(found, key=lambda one: (one.at, one.number))]


def model_of(file: EvidenceFile) -> AttachmentModel:
    """A stored file as it is shown."""
    return AttachmentModel(
        file.number, file.name, file.size, file.media_type, file.sha256,
        file.uploaded_by, file.at, file.subject_type == PERSONAL_OF_ORDER,
    )  # fmt: skip
