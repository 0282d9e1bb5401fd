"""The lists of seats, of their terminals in service, and of calls."""

from collections.abc import Sequence
from dataclasses import dataclass

from device_configs.site.model import Seat
from ops_core.hotline.calls.listing import CallSummary, read_page
from ops_core.hotline.calls.words import outcome_word
from ops_core.kernel.i18n import message
from ops_core.kernel.permissions import Permission
from seat_assets.in_service import ServiceInterval
from wallboard.calls.impact import SeatTraffic, read_impact, read_seats_traffic
from wallboard.calls.query import call_filter
from wallboard.lists.cells import Cell, Named
from wallboard.lists.model import (
    Asking,
    ListColumn,
    ListTable,
    all_pages,
    seconds,
)
from wallboard.seats.served import served_intervals
from wallboard.wall.state import SeatView
from wallboard.wall.words import (
    part_word,
    seat_word,
)

CALL_FIELDS = ("day", "outcome", "queue", "seat", "agent", "incident", "abnormal")


@dataclass(frozen=True, slots=True)
class ListedSeat:
    """One seat of the list."""

    declared: Seat
    view: SeatView
    traffic: SeatTraffic


def _seats(asking: Asking) -> Sequence[ListedSeat]:
    views = {view.number: view for view in asking.given.wall.state().seats.seats}
    traffic = read_seats_traffic(asking.seen)
    declared = sorted(asking.site.seats.values(), key=lambda seat: seat.number)
    return [
        ListedSeat(seat, views[seat.number], traffic.of(seat.number))
        for seat in declared
        if seat.number in views
    ]


def _calls_today(one: ListedSeat, asking: Asking) -> Cell:
    return one.traffic.calls if asking.reader.may(Permission.SEE_CALLS) else None


def _part(one: ListedSeat, asking: Asking) -> Cell:
    part = one.view.part
    return None if part is None else Named(part, part_word(part, asking.gettext))


SEATS = ListTable(
    "seats", "/seats", (Permission.SEE_INCIDENTS,),
    (
        ListColumn("seat", message("席位"), lambda one, _: one.declared.number),
        ListColumn("condition", message("状态"),
            lambda one, by: Named(one.view.condition, seat_word(one.view.condition, by.gettext))),
        ListColumn("part", message("部位"), _part),
        ListColumn("since", message("自"), lambda one, _: one.view.since),
        ListColumn("incidents", message("故障"),
            lambda one, _: " ".join(one.traffic.incidents)),
        ListColumn("calls_today", message("今日来电"), _calls_today),
        ListColumn("switch", message("接入"), lambda one, _: one.declared.switch),
        ListColumn("host", message("主机"), lambda one, _: one.declared.host_asset),
        ListColumn("display", message("显示器"),
            lambda one, _: one.declared.display_asset),
        ListColumn("phone", message("话机"), lambda one, _: one.declared.phone),
    ),
    _seats,
)  # fmt: skip


def _served(asking: Asking) -> Sequence[ServiceInterval]:
    return served_intervals(asking.seen)


IN_SERVICE = ListTable(
    "in-service", "/seats/in-service", (Permission.SEE_INDICATORS,),
    (
        ListColumn("seat", message("席位"), lambda one, _: one.seat),
        ListColumn("host", message("主机"), lambda one, _: one.host),
        ListColumn("displays", message("显示器"), lambda one, _: one.displays),
        ListColumn("start", message("起"), lambda one, _: one.start),
        ListColumn("end", message("止"), lambda one, _: one.end),
    ),
    _served,
)  # fmt: skip


def _calls(asking: Asking) -> Sequence[CallSummary]:
    chosen = call_filter(**{name: asking.asked.get(name, "") for name in CALL_FIELDS})
    seen, impact = asking.seen, read_impact(asking.seen, chosen.incident)

    def page(after: str) -> tuple[Sequence[CallSummary], str | None]:
        found = read_page(seen.session, seen.site, seen.now, chosen, impact, after or None, 500)
        return found.calls, found.next

    return all_pages(page)


def _talked(call: CallSummary) -> Cell:
    if call.answered_at is None or call.left_at is None:
        return None
    return seconds(call.left_at - call.answered_at)


def _queue(call: CallSummary, asking: Asking) -> Cell:
    titles = {queue.name: queue.title for queue in asking.site.hotline.queues}
    known = titles.get(call.queue)
    return call.queue if known is None else asking.title(call.queue, known)


CALLS = ListTable(
    "calls", "/calls", (Permission.SEE_CALLS,),
    (
        ListColumn("call", message("来电编号"), lambda one, _: one.call),
        ListColumn("entered_at", message("进入"), lambda one, _: one.entered_at),
        ListColumn("outcome", message("结果"),
            lambda one, by: Named(one.outcome, outcome_word(one.outcome, by.gettext))),
        ListColumn("waited_s", message("等待（秒）"),
            lambda one, _: seconds(one.waited)),
        ListColumn("talked_s", message("通话（秒）"), lambda one, _: _talked(one)),
        ListColumn("seat", message("席位"), lambda one, _: one.seat),
        ListColumn("agent", message("话务员"), lambda one, _: one.agent),
        ListColumn("queue", message("队列"), _queue),
        ListColumn("caller", message("来电人"), lambda one, _: one.caller),
        ListColumn("orders", message("工单"), lambda one, _: " ".join(one.orders)),
    ),
    _calls,
)  # fmt: skip
