"""Files that people attach to a record while it is open: bounded in number, their names masked.

The domain's command says whose record it is, who may attach to it and until when; what is attached
is evidence like any other (:mod:`ops_core.kernel.evidence_links`), and is never taken away.
"""

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Invalid
from ops_core.kernel.evidence_files import StoredFile
from ops_core.kernel.evidence_links import EvidenceFile, evidence_of, link_evidence
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.masking import mask_text

MOST_FILES = 50
"""Files of one record, of either sort."""


def attach_files(
    uow: UnitOfWork, subject_type: str, subject_id: str, files: Sequence[StoredFile], zone: ZoneInfo
) -> Sequence[EvidenceFile]:
    """Let stored files belong to a record, as part of another command.

    Raises :class:`Invalid` without a file, :class:`Conflict` beyond :data:`MOST_FILES`.
    """
    if not files:
        raise Invalid("没有选择文件", "", "请选择要上传的文件。")
    attached = len(evidence_of(uow.session, subject_type, subject_id))
    if attached + len(files) > MOST_FILES:
        raise Conflict(
            "附件过多",
            message("已有 {count} 份，至多 {most} 份。", count=attached, most=MOST_FILES),
            "请合并为一份文件后再上传。",
        )
    masked = [replace(one, name=mask_text(one.name)) for one in files]
    return [link_evidence(uow, subject_type, subject_id, one, zone) for one in masked]


def no_longer_open(subject: str, state: Message, value: str) -> Conflict:
    """The refusal of files for a record on which everything was said; ``value``: its state."""
    return Conflict(
        "不能再添加附件",
        message("{subject} 处于 {state}。", subject=subject, state=state),
        "附件须在办理中添加；确有需要的，请先重新办理。",
        members={"state": value, "allowed": []},
    )
