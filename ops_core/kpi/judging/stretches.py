"""The few stretches of days whose open callbacks are judged alike (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ops_core.kernel.working_days import WorkCalendar
from ops_core.kpi.judgements import Judgement
from ops_core.kpi.judging.callbacks import (
    judge_open_callback,
)
from ops_core.kpi.periods import Period


@dataclass(frozen=True, slots=True)
class Stretch:
    """[start, end): open callbacks of cycles completed in it are judged alike."""

    start: datetime
    end: datetime
    judgement: Judgement


def open_stretches(
    period: Period, within_days: int, calendar: WorkCalendar, zone: ZoneInfo, now: datetime
) -> tuple[Stretch, ...]:
    """The period cut where the judgement of an open callback changes.

    A deadline in working days depends on the local day alone, so these few stretches answer for any
    number of orders.
    """
    stretches: list[Stretch] = []
    start = period.start
    while start < period.end:
        day = start.astimezone(zone).date() + timedelta(days=1)
        end = min(datetime(day.year, day.month, day.day, tzinfo=zone), period.end)
        judgement = judge_open_callback(start, within_days, calendar, zone, now)
        if stretches and stretches[-1].judgement == judgement:
            stretches[-1] = Stretch(stretches[-1].start, end, judgement)
        else:
            stretches.append(Stretch(start, end, judgement))
        start = end
    return tuple(stretches)
