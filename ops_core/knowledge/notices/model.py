"""An update notice as the replay of its links (pure).

The 24 hours of indicator 8 run from the stamp of the document (``received_at``) to the instant at
which the version that fulfils its last point is in force: to publish is what counts, not to submit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import Message, message
from ops_core.knowledge.chain import ChainEnd, KnowledgeLink, end_of, refuse_step

UPDATE_WITHIN = timedelta(hours=24)
"""24小时内: exactly 24 hours are in time."""


class NoticeState(StrEnum):
    """待更新, 已更新, 已撤回."""

    OPEN = "open"
    FULFILLED = "fulfilled"
    WITHDRAWN = "withdrawn"


class UpdateNoticeStep(StrEnum):
    """登记, 更新一点, 撤回."""

    RECORD = "record"
    FULFIL = "fulfil"
    WITHDRAW = "withdraw"


NOTICE_TRANSITIONS: Mapping[NoticeState, frozenset[UpdateNoticeStep]] = MappingProxyType(
    {
        NoticeState.OPEN: frozenset({UpdateNoticeStep.FULFIL, UpdateNoticeStep.WITHDRAW}),
        NoticeState.FULFILLED: frozenset(),
        NoticeState.WITHDRAWN: frozenset(),
    }
)
NOTICE_STATE_WORDS: Mapping[NoticeState, Message] = MappingProxyType(
    {
        NoticeState.OPEN: message("待更新"),
        NoticeState.FULFILLED: message("已更新"),
        NoticeState.WITHDRAWN: message("已撤回"),
    }
)
NOTICE_STEP_WORDS: Mapping[UpdateNoticeStep, Message] = MappingProxyType(
    {
        UpdateNoticeStep.RECORD: message("登记通知"),
        UpdateNoticeStep.FULFIL: message("更新一点"),
        UpdateNoticeStep.WITHDRAW: message("撤回通知"),
    }
)


@dataclass(frozen=True, slots=True)
class FulfilledPoint:
    """A point of a notice and the version that says it; ``live_at`` is when that is in force."""

    point: int
    article: str
    version: int
    live_at: datetime


@dataclass(frozen=True, slots=True)
class UpdateNotice:
    """What the links of a notice say; ``points`` count from 1."""

    number: str
    state: NoticeState
    source: str
    asked_by: str
    points: tuple[str, ...]
    received_at: datetime
    recorded_at: datetime
    recorded_by: str
    end: ChainEnd
    fulfilled: tuple[FulfilledPoint, ...] = ()
    withdrawn_by: str = ""
    reason: str = ""

    @property
    def due_at(self) -> datetime:
        return self.received_at + UPDATE_WITHIN

    @property
    def live_at(self) -> datetime | None:
        """When the last point came, or comes, into force; None while one is missing."""
        if self.state is not NoticeState.FULFILLED:
            return None
        return max(one.live_at for one in self.fulfilled)

    @property
    def awaited(self) -> tuple[int, ...]:
        """The points that a version may still fulfil: none of one that is withdrawn."""
        return self.missing if self.state is NoticeState.OPEN else ()

    @property
    def missing(self) -> tuple[int, ...]:
        """The points that no version says yet."""
        done = {one.point for one in self.fulfilled}
        return tuple(n for n in range(1, len(self.points) + 1) if n not in done)


def check_notice_step(notice: UpdateNotice, step: UpdateNoticeStep, point: int = 0) -> None:
    """Raises :class:`Conflict` unless the notice allows the step now."""
    if step not in NOTICE_TRANSITIONS[notice.state]:
        raise refuse_step(
            message("通知 {number}", number=notice.number),
            NOTICE_STATE_WORDS[notice.state],
            NOTICE_STEP_WORDS[step],
            (NOTICE_STEP_WORDS[one] for one in sorted(NOTICE_TRANSITIONS[notice.state])),
            notice.state.value,
        )
    if step is UpdateNoticeStep.FULFIL and point not in notice.missing:
        raise Conflict(
            "通知的这一点不待更新",
            message("通知 {number} 没有待更新的第 {point} 点。", number=notice.number, point=point),
            message("待更新的有：{points}。", points=tuple(str(n) for n in notice.missing)),
        )


def apply_notice(notice: UpdateNotice | None, link: KnowledgeLink) -> UpdateNotice:
    """The notice after a link. Raises Conflict for one that the state does not allow."""
    step = UpdateNoticeStep(link.step)
    if notice is None:
        return UpdateNotice(
            number=link.number,
            state=NoticeState.OPEN,
            source=link.text("source"),
            asked_by=link.text("asked_by"),
            points=link.texts("points"),
            received_at=link.instant("received_at") or link.at,
            recorded_at=link.at,
            recorded_by=link.actor,
            end=end_of(link),
        )
    check_notice_step(notice, step, link.count("point"))
    if step is UpdateNoticeStep.WITHDRAW:
        return replace(
            notice,
            state=NoticeState.WITHDRAWN,
            withdrawn_by=link.actor,
            reason=link.text("reason"),
            end=end_of(link),
        )
    done = FulfilledPoint(
        link.count("point"),
        link.text("article"),
        link.count("version"),
        link.instant("live_at") or link.at,
    )
    after = replace(notice, fulfilled=(*notice.fulfilled, done), end=end_of(link))
    return after if after.missing else replace(after, state=NoticeState.FULFILLED)


def replay_notice(links: Iterable[KnowledgeLink]) -> UpdateNotice:
    """The notice that links, in their sequence, amount to. Raises ValueError without any."""
    notice: UpdateNotice | None = None
    for link in links:
        notice = apply_notice(notice, link)
    if notice is None:
        raise ValueError("a notice begins with a link")
    return notice
