"""Lists of orders as tables to take away: what a list shows, masked as it is there."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from device_configs.site.hotline import Category, Region, Unit
from device_configs.site.model import Site
from ops_core.hotline.orders.deadlines import DeadlineReading
from ops_core.hotline.orders.listed import ListedOrder, OrderList
from ops_core.hotline.orders.step_words import STATE_WORDS
from ops_core.hotline.words import DEADLINE_WORDS, KIND_WORDS, VERDICT_WORDS
from ops_core.kernel.errors import Invalid
from ops_core.kernel.exported_tables import TableFormat, written_table
from ops_core.kernel.i18n import Language, Message, message, translate

MOST_EXPORTED = 10_000
_HEADS: Sequence[Message] = (
    message("编号"), message("状态"), message("类型"), message("标题"), message("类别"),
    message("区域"), message("承办单位"), message("受理"), message("派单"), message("签收"),
    message("答复"), message("办结"), message("首次回应"), message("并入"), message("退回次数"),
    message("轮次"), message("时限"), message("到期"), message("结果"),
)  # fmt: skip
Titled = Category | Region | Unit


def order_table(found: OrderList, site: Site, language: Language, as_format: TableFormat) -> bytes:
    """The orders of a list with their instants in the site's time, in a reader's language.

    Raises :class:`Invalid` for a list that goes on: a part of it would pass for the whole.
    """
    if found.after is not None:
        raise Invalid(
            "工单过多，不能一次导出",
            message("一次至多导出 {most} 张工单。", most=MOST_EXPORTED),
            "请用查找、单位或状态缩小范围。",
        )
    return written_table(_rows(found.orders, site, language), as_format)


def _rows(orders: Sequence[ListedOrder], site: Site, language: Language) -> Iterator[list[str]]:
    yield [translate(head, language) for head in _HEADS]
    zone = ZoneInfo(site.contract.timezone)
    for listed in orders:
        yield [*_what(listed, site, language), *_when(listed, zone), *_due(listed, zone, language)]


def _what(listed: ListedOrder, site: Site, language: Language) -> list[str]:
    order, hotline = listed.order, site.hotline
    return [
        order.number,
        translate(STATE_WORDS[order.state], language),
        translate(KIND_WORDS[listed.kind], language),
        listed.title,
        _titled(hotline.category_of.get(listed.category), listed.category, language),
        _titled(hotline.region_of.get(listed.region), listed.region, language),
        _titled(hotline.unit_of.get(order.unit), order.unit, language),
    ]


def _when(listed: ListedOrder, zone: ZoneInfo) -> list[str]:
    order = listed.order
    instants = (
        order.accepted_at, order.dispatched_at, order.signed_at, order.replied_at,
        order.completed_at, order.answered_at,
    )  # fmt: skip
    counts = (order.merged_into, str(order.returns), str(order.cycle))
    return [*(_local(at, zone) for at in instants), *counts]


def _due(listed: ListedOrder, zone: ZoneInfo, language: Language) -> list[str]:
    """The open deadline that ends first, else the last one that there was."""
    last: DeadlineReading | None = listed.deadlines[-1] if listed.deadlines else None
    deadline = listed.next_deadline or last
    if deadline is None:
        return ["", "", ""]
    words = (DEADLINE_WORDS[deadline.kind], VERDICT_WORDS[deadline.verdict])
    kind, verdict = (translate(word, language) for word in words)
    return [kind, _local(deadline.due_at, zone), verdict]


def _local(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _titled(declared: Titled | None, name: str, language: Language) -> str:
    """One that is declared no more keeps its name."""
    if declared is None:
        return name
    return declared.title.en if language is Language.ENGLISH else declared.title.zh
