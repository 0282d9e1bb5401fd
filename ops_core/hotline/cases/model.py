"""What comes in as a request (诉求), whatever channel it comes by (pure)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import JsonValue

from device_configs.site.hotline import CaseKind, Hotline
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.json_values import canonical_json
from ops_core.kernel.masking import normal_number
from ops_core.kernel.written_text import written

TITLE_LIMIT, TEXT_LIMIT, NAME_LIMIT, SOURCE_LIMIT = 120, 8000, 40, 200


CASE = "case"
"""Aggregate type of requests' events."""


class Channel(StrEnum):
    """电话, 网站, 微信, 省直分中心转接, 地市热线转接."""

    PHONE = "phone"
    WEB = "web"
    WECHAT = "wechat"
    SUBCENTRE = "subcentre"
    CITY_HOTLINE = "city_hotline"


WEB_CHANNELS = frozenset({Channel.WEB, Channel.WECHAT})
"""By which requests come over the internet (网络工单): written, and answered in writing."""


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """A request as its source sends it; (``source_org``, ``source_ref``) names it for ever.

    ``call`` names the call it was taken on; ``number`` and ``name`` are the requester's, in clear.
    With a ``direct_answer`` it needs no order. ``stated_at`` is when the source said all this,
    where it tells: of two words about one request the later one holds.
    """

    channel: Channel
    source_org: str
    source_ref: str
    kind: CaseKind
    category: str
    region: str
    title: str
    text: str
    received_at: datetime
    number: str = ""
    name: str = ""
    call: str | None = None
    direct_answer: str = ""
    stated_at: datetime | None = None

    @property
    def content_hash(self) -> str:
        """Changes with anything the source said; the number does not leak by it (SHA-256).

        An instant is the same instant whatever its offset.
        """
        return self._hash_with(self.received_at.astimezone(UTC).isoformat())

    @property
    def content_hashes(self) -> tuple[str, ...]:
        """That, and as it was made when the offset still counted: of requests stored then."""
        return self.content_hash, self._hash_with(self.received_at.isoformat())

    def _hash_with(self, received_at: str) -> str:
        content = {
            "channel": self.channel.value,
            "kind": self.kind.value,
            "category": self.category,
            "region": self.region,
            "title": self.title,
            "text": self.text,
            "received_at": received_at,
            "call": self.call,
            "direct_answer": self.direct_answer,
        }
        return hashlib.sha256(canonical_json(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class DraftFault:
    """What is wrong with one field of a draft; ``field`` is the draft's own name of it."""

    field: str
    text: str


def as_written(draft: CaseDraft) -> CaseDraft:
    """The draft with what can be read of its texts."""
    return replace(
        draft,
        source_org=written(draft.source_org),
        source_ref=written(draft.source_ref),
        title=written(draft.title),
        text=written(draft.text),
        number=written(draft.number),
        name=written(draft.name),
        direct_answer=written(draft.direct_answer),
    )


def check_draft(draft: CaseDraft, hotline: Hotline) -> None:
    """Raises :class:`Invalid` with everything that is wrong with the draft."""
    refuse_faults(draft_faults(draft, hotline))


def refuse_faults(faults: Sequence[DraftFault]) -> None:
    """Raises :class:`Invalid` that names each fault and its field, unless there is none."""
    if faults:
        named: list[JsonValue] = [{"field": f.field, "detail": f.text} for f in faults]
        raise Invalid(
            "诉求填写有误",
            message("{faults}。", faults=tuple(fault.text for fault in faults)),
            "请改正后重新提交。",
            members={"faults": named},
        )


def draft_faults(draft: CaseDraft, hotline: Hotline) -> list[DraftFault]:
    """Everything that is wrong with the draft by itself."""
    faults = []
    for field, text in (("source_org", draft.source_org), ("source_ref", draft.source_ref)):
        if not written(text) or len(text) > SOURCE_LIMIT:
            faults.append(
                DraftFault(field, message("来源须为 1 至 {limit} 字", limit=SOURCE_LIMIT))
            )
    if not written(draft.title) or len(draft.title) > TITLE_LIMIT:
        faults.append(DraftFault("title", message("标题须为 1 至 {limit} 字", limit=TITLE_LIMIT)))
    if not written(draft.text) or len(draft.text) > TEXT_LIMIT:
        faults.append(DraftFault("text", message("内容须为 1 至 {limit} 字", limit=TEXT_LIMIT)))
    if len(draft.direct_answer) > TEXT_LIMIT:
        limit = message("答复须在 {limit} 字以内", limit=TEXT_LIMIT)
        faults.append(DraftFault("direct_answer", limit))
    if draft.category not in hotline.category_of:
        unknown = message("没有类别 {name}", name=draft.category)
        faults.append(DraftFault("category", unknown if draft.category else message("请选择类别")))
    if draft.region not in hotline.region_of:
        unknown = message("没有区域 {name}", name=draft.region)
        faults.append(DraftFault("region", unknown if draft.region else message("请选择区域")))
    if draft.received_at.utcoffset() is None:
        faults.append(DraftFault("received_at", message("受理时间须带时区")))
    if draft.stated_at is not None and draft.stated_at.utcoffset() is None:
        faults.append(DraftFault("stated_at", message("报送时间须带时区")))
    return faults + _contact_faults(draft)


def _contact_faults(draft: CaseDraft) -> list[DraftFault]:
    faults = []
    if draft.channel is Channel.PHONE and draft.call is None:
        faults.append(DraftFault("call", message("电话诉求须注明受理时的来电编号")))
    if len(draft.name) > NAME_LIMIT:
        faults.append(DraftFault("name", message("姓名须在 {limit} 字以内", limit=NAME_LIMIT)))
    if written(draft.number):
        try:
            normal_number(draft.number)
        except Invalid:
            faults.append(DraftFault("number", message("电话号码须为 3 至 20 位数字")))
    elif written(draft.name) and draft.call is None:
        faults.append(DraftFault("number", message("有姓名时须有联系电话，或一并留空（匿名）")))
    return faults
