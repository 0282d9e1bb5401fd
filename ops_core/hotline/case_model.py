"""What comes in as a request (诉求), whatever channel it comes by (pure)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from device_configs.site.hotline import CaseKind, Hotline
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.json_values import canonical_json

TITLE_LIMIT, TEXT_LIMIT = 120, 8000


class Channel(StrEnum):
    """电话, 网站, 微信, 省直分中心转接, 地市热线转接."""

    PHONE = "phone"
    WEB = "web"
    WECHAT = "wechat"
    SUBCENTRE = "subcentre"
    CITY_HOTLINE = "city_hotline"


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """A request as its source tells it; (``source_org``, ``source_ref``) names it for ever.

    ``call`` is the call it was taken on. ``number`` and ``name`` are the requester's, in the clear.
    With a ``direct_answer`` it needs no order.
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

    @property
    def content_hash(self) -> str:
        """Changes with anything the source said; the number does not leak by it (SHA-256)."""
        told = {
            "channel": self.channel.value,
            "kind": self.kind.value,
            "category": self.category,
            "region": self.region,
            "title": self.title,
            "text": self.text,
            "received_at": self.received_at.isoformat(),
            "call": self.call,
            "direct_answer": self.direct_answer,
        }
        return hashlib.sha256(canonical_json(told).encode()).hexdigest()


def check_draft(draft: CaseDraft, hotline: Hotline) -> None:
    """Raises :class:`Invalid` with everything that is wrong with the draft."""
    faults = []
    if not draft.source_org.strip() or not draft.source_ref.strip():
        faults.append("缺少来源或来源编号")
    if not draft.title.strip() or len(draft.title) > TITLE_LIMIT:
        faults.append(message("标题须为 1 至 {limit} 字", limit=TITLE_LIMIT))
    if not draft.text.strip() or len(draft.text) > TEXT_LIMIT:
        faults.append(message("内容须为 1 至 {limit} 字", limit=TEXT_LIMIT))
    if draft.category not in hotline.category_of:
        faults.append(message("没有类别 {name}", name=draft.category))
    if draft.region not in hotline.region_of:
        faults.append(message("没有区域 {name}", name=draft.region))
    if draft.received_at.utcoffset() is None:
        faults.append("受理时间须带时区")
    if faults:
        raise Invalid("诉求填写有误", "；".join(faults) + "。", "请改正后重新提交。")
