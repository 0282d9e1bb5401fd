"""How long units have, by what is wanted and how urgent it is (pure)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType

from pydantic import JsonValue

from device_configs.site.hotline import CaseKind, Hotline
from ops_core.hotline.deadline_policies.time_limits import (
    MOST_HOURS,
    MOST_WORKING_DAYS,
    NO_LIMIT,
    TimeLimit,
    is_possible,
    limit_of,
    written_limit,
)
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import Message, message
from ops_core.kernel.json_values import JsonObject


class Urgency(StrEnum):
    """普通, 紧急, 特急: how soon an order has to be handled, by whoever dispatches it."""

    ORDINARY = "ordinary"
    URGENT = "urgent"
    CRITICAL = "critical"


URGENCY_WORDS: Mapping[Urgency, Message] = MappingProxyType(
    {
        Urgency.ORDINARY: message("普通"),
        Urgency.URGENT: message("紧急"),
        Urgency.CRITICAL: message("特急"),
    }
)


@dataclass(frozen=True, slots=True)
class DeadlineRules:
    """From the first dispatch of a cycle on, for every kind and urgency; a co-unit's from when it
    was asked. Without one for co-units, theirs is the lead unit's."""

    sign_within: Mapping[Urgency, TimeLimit]
    handle_within: Mapping[CaseKind, Mapping[Urgency, TimeLimit]]
    contribute_within: Mapping[Urgency, TimeLimit] | None = None

    def as_detail(self) -> dict[str, JsonValue]:
        """For its event and its row; :func:`rules_of` reads it."""
        handle: dict[str, JsonValue] = {
            kind.value: _by_urgency(limits) for kind, limits in self.handle_within.items()
        }
        written: dict[str, JsonValue] = {
            "sign_within": _by_urgency(self.sign_within),
            "handle_within": handle,
        }
        if self.contribute_within is not None:
            written["contribute_within"] = _by_urgency(self.contribute_within)
        return written


def declared_rules(hotline: Hotline) -> DeadlineRules:
    """The declaration's: alike for every urgency."""
    sign = TimeLimit(hotline.orders.sign_within_working_days)
    return DeadlineRules(
        dict.fromkeys(Urgency, sign),
        {kind: dict.fromkeys(Urgency, TimeLimit(hotline.handle_within(kind))) for kind in CaseKind},
    )


def rules_of(detail: JsonObject) -> DeadlineRules:
    """The rules that :meth:`DeadlineRules.as_detail` wrote. Raises :class:`Invalid`."""
    handle = detail.get("handle_within")
    by_kind = handle if isinstance(handle, Mapping) else {}
    contribute = detail.get("contribute_within")
    return checked(
        DeadlineRules(
            _limits_of(detail.get("sign_within")),
            {kind: _limits_of(by_kind.get(kind.value)) for kind in CaseKind},
            None if contribute is None else _limits_of(contribute),
        )
    )


def checked(rules: DeadlineRules) -> DeadlineRules:
    """The rules themselves. Raises :class:`Invalid`, unless each is a possible limit and none can
    end later for the more urgent."""
    for limits in _each(rules):
        for urgency in Urgency:
            _check_limit(limits.get(urgency, NO_LIMIT))
        for less, more in pairwise(Urgency):
            if not limits[more].never_outlasts(limits[less]):
                raise Invalid(
                    "越紧急的时限不能越长",
                    message("{more}为 {limit}，{less}为 {shorter}。",
                            more=URGENCY_WORDS[more], limit=limits[more].words,
                            less=URGENCY_WORDS[less], shorter=limits[less].words),
                    "请核对各级的时限；1 个工作日可能长于任何小时数，但不短于 24 小时。",
                )  # fmt: skip
    return rules


def _each(rules: DeadlineRules) -> Iterator[Mapping[Urgency, TimeLimit]]:
    yield rules.sign_within
    for kind in CaseKind:
        yield rules.handle_within.get(kind, {})
    if rules.contribute_within is not None:
        yield rules.contribute_within


def _check_limit(limit: TimeLimit) -> None:
    if not is_possible(limit):
        raise Invalid(
            "时限不正确",
            message("填写的是 {limit}。", limit=limit.words),
            message("请填写 1 至 {days} 个工作日，或 1 至 {hours} 小时（写作 2h）。",
                    days=MOST_WORKING_DAYS, hours=MOST_HOURS),
        )  # fmt: skip


def _by_urgency(limits: Mapping[Urgency, TimeLimit]) -> dict[str, JsonValue]:
    return {urgency.value: written_limit(limits[urgency]) for urgency in Urgency}


def _limits_of(written: object) -> dict[Urgency, TimeLimit]:
    given = written if isinstance(written, Mapping) else {}
    return {urgency: limit_of(given.get(urgency.value)) for urgency in Urgency}
