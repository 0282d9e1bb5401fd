"""Which instants a source may tell: none of the future, none that cannot belong together (pure).

A clock that runs wrong, or a field that was mistaken for another, would put a record into a month
that nobody looks at any more, or show it as of now.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message
from ops_core.kernel.times import date_time

AHEAD = timedelta(hours=1)
"""How far another's clock, or ours, may be wrong."""
LONGEST_CALL = timedelta(hours=24)
"""Between the first and the last word of a call."""


def require_past(at: datetime, now: datetime, what: str) -> None:
    """Raises :class:`Invalid` for an instant of the future; ``what`` names the record."""
    if at > now + AHEAD:
        raise Invalid(
            "时间在将来",
            message(
                "{what}：{at}，现在是 {now}。", what=what, at=date_time(at), now=date_time(now)
            ),
            "请核对来源与本机的时钟，以及时间的时区。",
        )  # fmt: skip


def require_not_before(at: datetime, begun: datetime, what: str) -> None:
    """Raises :class:`Invalid` for an instant before what it is about began."""
    if at < begun:
        raise Invalid(
            "时间早于来电",
            message("{what}：{at}，来电于 {begun} 进入。", what=what, at=date_time(at),
                    begun=date_time(begun)),
            "请核对来源的时钟，以及时间的时区。",
        )  # fmt: skip


def require_one_call(call: str, instants: Iterable[datetime]) -> None:
    """Raises :class:`Invalid` for instants that lie too far apart to be of one call."""
    ordered = sorted(instants)
    if ordered and ordered[-1] - ordered[0] > LONGEST_CALL:
        raise Invalid(
            "同一来电的事件相隔过久",
            message("来电 {call}：{first} 至 {last}。", call=call, first=date_time(ordered[0]),
                    last=date_time(ordered[-1])),
            "请核对来源的时钟与来电编号；一通来电不会超过一天。",
        )  # fmt: skip
