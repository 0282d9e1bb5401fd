"""Corrections and questions: raised by whoever reads, answered by whoever writes."""

from collections.abc import Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from device_configs.site.model import Site
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Conflict, Invalid, NotFound
from ops_core.kernel.i18n import message
from ops_core.kernel.numbering import KNOWLEDGE_ENQUIRIES
from ops_core.kernel.permissions import Permission, require
from ops_core.knowledge.chain import Aggregate, KnowledgeLink, link_after
from ops_core.knowledge.enquiries.model import (
    Enquiry,
    EnquiryKind,
    EnquiryState,
    EnquiryStep,
    apply_enquiry,
    check_enquiry_step,
    replay_enquiry,
)
from ops_core.knowledge.store import append, links_of
from ops_core.knowledge.tables import KnowledgeEnquiryRow, KnowledgeVersionRow
from ops_core.knowledge.wording import checked_text

ENQUIRY_PERMISSION: Mapping[EnquiryStep, Permission] = MappingProxyType(
    {
        EnquiryStep.RAISE: Permission.SEARCH_KNOWLEDGE,
        EnquiryStep.ADOPT: Permission.WRITE_KNOWLEDGE,
        EnquiryStep.ANSWER: Permission.WRITE_KNOWLEDGE,
        EnquiryStep.ASK_AGAIN: Permission.SEARCH_KNOWLEDGE,
        EnquiryStep.CLOSE: Permission.SEARCH_KNOWLEDGE,
    }
)
"""Settling one is part of publishing a version."""


def raise_enquiry(
    uow: UnitOfWork, site: Site, kind: EnquiryKind, article: str, version: int, text: str
) -> Enquiry:
    """Report an error in a version, or ask something. Raises Forbidden, NotFound, Invalid.

    A correction names the version that is wrong; a question may be about no article (empty, 0).
    """
    require(uow.actor, ENQUIRY_PERMISSION[EnquiryStep.RAISE])
    if kind is EnquiryKind.CORRECTION and not article:
        raise Invalid("纠错须指明知识", "", "请在有误的知识页面上提出纠错。")
    if article and uow.session.get(KnowledgeVersionRow, (article, version)) is None:
        raise NotFound(
            "没有这一版",
            message("知识 {number} 没有已发布的第 {version} 版。", number=article, version=version),
        )
    now = uow.clock.now()
    series = KNOWLEDGE_ENQUIRIES.on_day_of(now, ZoneInfo(site.contract.timezone))
    number = series.next_free(uow.session, KnowledgeEnquiryRow.number)
    detail: dict[str, JsonValue] = {
        "kind": kind.value,
        "article": article,
        "version": version if article else None,
        "text": checked_text(text, message("内容")),
    }
    link = link_after(
        None, Aggregate.ENQUIRY, number, EnquiryStep.RAISE, now, str(uow.actor), detail
    )
    return _store(uow, None, link)


def answer_enquiry(uow: UnitOfWork, number: str, text: str, adopt: bool = False) -> Enquiry:
    """Answer it, or adopt a correction: the version that says it right answers it then.

    Raises Forbidden (one's own), NotFound, Conflict and Invalid.
    """
    step = EnquiryStep.ADOPT if adopt else EnquiryStep.ANSWER
    return _take(uow, number, step, {"text": checked_text(text, message("答复"))})


def ask_again(uow: UnitOfWork, number: str, text: str) -> Enquiry:
    """The answer was none: by whoever raised it. Raises as above."""
    return _take(uow, number, EnquiryStep.ASK_AGAIN, {"text": checked_text(text, message("内容"))})


def close_enquiry(uow: UnitOfWork, number: str) -> Enquiry:
    """Content with the answer: by whoever raised it. Raises as above."""
    return _take(uow, number, EnquiryStep.CLOSE, {})


def require_adopted(uow: UnitOfWork, number: str) -> None:
    """Raises NotFound and Conflict unless a version may answer this correction."""
    if not is_adopted(uow, number):
        raise Conflict(
            "这条纠错没有待更新的内容",
            message("{number} 不在已采纳状态。", number=number),
            "请先采纳纠错，再更新知识。",
        )


def is_adopted(uow: UnitOfWork, number: str) -> bool:
    """Whether a correction waits for the version that says it right. Raises NotFound."""
    enquiry = replay_enquiry(links_of(uow.session, Aggregate.ENQUIRY, number))
    return enquiry.state is EnquiryState.ADOPTED


def settle_enquiry(uow: UnitOfWork, number: str, article: str, version: int) -> Enquiry:
    """The version that says it right is published: part of publishing it."""
    return _append(uow, number, EnquiryStep.SETTLE, {"article": article, "version": version})


def _take(
    uow: UnitOfWork, number: str, step: EnquiryStep, detail: Mapping[str, JsonValue]
) -> Enquiry:
    require(uow.actor, ENQUIRY_PERMISSION[step])
    return _append(uow, number, step, detail)


def _append(
    uow: UnitOfWork, number: str, step: EnquiryStep, detail: Mapping[str, JsonValue]
) -> Enquiry:
    enquiry = replay_enquiry(links_of(uow.session, Aggregate.ENQUIRY, number))
    check_enquiry_step(enquiry, step, str(uow.actor))
    link = link_after(
        enquiry.end, Aggregate.ENQUIRY, number, step, uow.clock.now(), str(uow.actor), detail
    )
    return _store(uow, enquiry, link)


def _store(uow: UnitOfWork, before: Enquiry | None, link: KnowledgeLink) -> Enquiry:
    enquiry = apply_enquiry(before, link)
    append(uow, link, {"kind": enquiry.kind.value, "state": enquiry.state.value})
    row = uow.session.get(KnowledgeEnquiryRow, enquiry.number)
    if row is None:
        row = KnowledgeEnquiryRow(number=enquiry.number)
        uow.session.add(row)
    for name, value in enquiry_values(enquiry).items():
        setattr(row, name, value)
    return enquiry


def enquiry_values(enquiry: Enquiry) -> dict[str, object]:
    """What of an enquiry goes into its row, by column."""
    return {
        "kind": enquiry.kind.value,
        "state": enquiry.state.value,
        "article": enquiry.article,
        "raised_by": enquiry.raised_by,
        "raised_at": enquiry.raised_at,
        "last_hash": enquiry.end.hash,
    }
