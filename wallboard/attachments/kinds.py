"""Records that files are attached to: who sees them, who adds one, and where their page is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from zoneinfo import ZoneInfo

from ops_core.hotline.adjudications.access import require_sight_of_matter
from ops_core.hotline.adjudications.attaching import DECIDING, SUBMITTING, attach_to_matter
from ops_core.hotline.adjudications.store import ADJUDICATION, find_adjudication
from ops_core.hotline.orders.access import require_sight, require_sight_of
from ops_core.hotline.orders.attaching import ATTACHING, PERSONAL_OF_ORDER, attach_to_order
from ops_core.hotline.orders.order import names_of
from ops_core.hotline.orders.service import ORDER
from ops_core.hotline.orders.store import find_row
from ops_core.kernel.commands import UnitOfWork
from ops_core.kernel.errors import Invalid, NotFound
from ops_core.kernel.evidence_files import StoredFile
from ops_core.kernel.evidence_links import EvidenceFile
from ops_core.kernel.permissions import Actor, Permission, require
from ops_core.knowledge.chain import Aggregate
from ops_core.knowledge.training.attaching import attach_to_topic
from ops_core.knowledge.training.read import read_topic
from ops_core.kpi.assessment.attaching import ATTACHING_TO_EXEMPTIONS, attach_to_exemption
from ops_core.kpi.assessment.exemption_store import EXEMPTION, find_exemption
from wallboard.snapshot import Snapshot

Attach = Callable[[UnitOfWork, str, Sequence[StoredFile], ZoneInfo, bool], Sequence[EvidenceFile]]


@dataclass(frozen=True, slots=True)
class AttachedKind:
    """``page`` is the record's own, with its number to be filled in; ``sees`` raises Forbidden or
    NotFound; ``types`` are the subject types of its files, the personal ones last."""

    types: tuple[str, ...]
    page: str
    adding: tuple[Permission, ...]
    sees: Callable[[Snapshot, str, Actor], None]
    attach: Attach


def _sees_order(seen: Snapshot, number: str, actor: Actor) -> None:
    require_sight(actor)
    row = find_row(seen.session, number)
    require_sight_of(actor, row.unit, *names_of(row.co_units))


def _sees_matter(seen: Snapshot, number: str, actor: Actor) -> None:
    require_sight_of_matter(actor, find_adjudication(seen.session, number))


def _sees_exemption(seen: Snapshot, number: str, actor: Actor) -> None:
    require(actor, Permission.SEE_INDICATORS)
    find_exemption(seen.session, number)


def _sees_topic(seen: Snapshot, number: str, actor: Actor) -> None:
    require(actor, Permission.SEE_TRAINING)
    read_topic(seen.session, number)


KINDS: Mapping[str, AttachedKind] = MappingProxyType(
    {
        "orders": AttachedKind(
            (ORDER, PERSONAL_OF_ORDER), "/orders/{}", ATTACHING, _sees_order, attach_to_order
        ),
        "adjudications": AttachedKind(
            (ADJUDICATION,), "/adjudications/{}", (*SUBMITTING, *DECIDING), _sees_matter,
            lambda uow, number, files, zone, _: attach_to_matter(uow, number, files, zone),
        ),
        "exemptions": AttachedKind(
            (EXEMPTION,), "/exemptions#{}", ATTACHING_TO_EXEMPTIONS, _sees_exemption,
            lambda uow, number, files, zone, _: attach_to_exemption(uow, number, files, zone),
        ),
        "topics": AttachedKind(
            (Aggregate.TOPIC.value,), "/training/{}", (Permission.DECLARE_TOPICS,), _sees_topic,
            lambda uow, number, files, zone, _: attach_to_topic(uow, number, files, zone),
        ),
    }
)  # fmt: skip
"""By the name in an address."""
ADDING = tuple(dict.fromkeys(one for kind in KINDS.values() for one in kind.adding))


def check_personal(attached: AttachedKind, *, is_personal: bool) -> None:
    """Raises :class:`Invalid` where files of a record are never personal: they are seen by whoever
    sees it."""
    if is_personal and len(attached.types) == 1:
        raise Invalid(
            "这类附件不能标为含个人信息",
            "凡能看到该记录的人都能下载其附件。",
            "请去掉个人信息后再添加，或添加到工单。",
        )


def kind_named(name: str) -> AttachedKind:
    """Raises :class:`NotFound`."""
    found = KINDS.get(name)
    if found is None:
        raise NotFound("没有这类附件", "", "附件属于工单、认定、剔除申请或热点培训。")
    return found
