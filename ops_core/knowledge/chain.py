"""Links of the chains of the knowledge base: every step of everything in it is one (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import JsonValue

from ops_core.kernel.errors import Conflict
from ops_core.kernel.hash_chain import GENESIS, first_broken, link_hash
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.json_values import JsonObject


class Aggregate(StrEnum):
    """What has a chain: update notices, articles, corrections and questions, hot topics."""

    NOTICE = "knowledge_notice"
    ARTICLE = "knowledge_article"
    ENQUIRY = "knowledge_enquiry"
    TOPIC = "hot_topic"


@dataclass(frozen=True, slots=True)
class KnowledgeLink:
    """One step of one thing. ``at`` never lies before the step before it (aware UTC)."""

    aggregate: Aggregate
    number: str
    sequence: int
    step: str
    at: datetime
    recorded_at: datetime
    actor: str
    detail: JsonObject
    previous_hash: str
    hash: str

    def text(self, name: str) -> str:
        """A member of the detail as text; empty where it is missing."""
        value = self.detail.get(name)
        return "" if value is None else str(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """A member that lists texts."""
        value = self.detail.get(name)
        return tuple(str(one) for one in value) if isinstance(value, list) else ()

    def count(self, name: str) -> int:
        """A member that is a number; 0 where it is missing."""
        value = self.detail.get(name)
        return value if isinstance(value, int) else 0

    def instant(self, name: str) -> datetime | None:
        """A member that is an instant, None where it is missing."""
        value = self.detail.get(name)
        return datetime.fromisoformat(value) if isinstance(value, str) and value else None


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """Where a chain stands; what every replay carries along."""

    sequence: int
    at: datetime
    hash: str


def link_after(
    end: ChainEnd | None,
    aggregate: Aggregate,
    number: str,
    step: StrEnum,
    now: datetime,
    actor: str,
    detail: Mapping[str, JsonValue],
) -> KnowledgeLink:
    """The next link of a chain; ``end`` None begins one."""
    link = KnowledgeLink(
        aggregate=aggregate,
        number=number,
        sequence=1 if end is None else end.sequence + 1,
        step=step.value,
        at=now.astimezone(UTC) if end is None else max(now, end.at).astimezone(UTC),
        recorded_at=now.astimezone(UTC),
        actor=actor,
        detail={name: value for name, value in detail.items() if value not in ("", None)},
        previous_hash=GENESIS if end is None else end.hash,
        hash="",
    )
    return replace(link, hash=hash_of_link(link))


def end_of(link: KnowledgeLink) -> ChainEnd:
    return ChainEnd(link.sequence, link.at, link.hash)


def hash_of_link(link: KnowledgeLink) -> str:
    """The hash the link ought to bear, from the one before it and all its fields."""
    return link_hash(
        link.previous_hash,
        {
            "aggregate": link.aggregate.value,
            "number": link.number,
            "sequence": link.sequence,
            "step": link.step,
            "at": link.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "recorded_at": link.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": link.actor,
            "detail": dict(link.detail),
        },
    )


def broken_link(links: Sequence[KnowledgeLink]) -> int | None:
    """The sequence at which a chain is broken, None when every link holds."""
    return first_broken(links, hash_of_link)


def written(at: datetime | None) -> str:
    """An instant as a link's detail has it; empty for none."""
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="microseconds")


def refuse_step(
    subject: Message, state: Message, step: Message, allowed: Iterable[Message], code: str = ""
) -> Conflict:
    """The refusal (409) of a step that the state does not allow, with what it does allow."""
    others = tuple(allowed)
    return Conflict(
        "当前状态不允许此步骤",
        message("{subject} 处于 {state}，不能 {step}。", subject=subject, state=state, step=step),
        message("现在可以：{allowed}。", allowed=others)
        if others
        else message("此状态下没有后续步骤。"),
        members={"state": code},
    )
