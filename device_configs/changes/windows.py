"""Change windows as people write them: ``2026-11-29 22:00/2026-11-30 02:00`` or ``22:00/02:00`` of
today, in the site's time zone (pure)."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from device_configs.changes.model import ChangeWindow
from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message


def read_window(text: str, now: datetime, zone: ZoneInfo) -> ChangeWindow:
    """The window that the text names. Hours alone mean the next one that is not over at ``now``;
    a window over midnight closes on the day after. Raises Invalid."""
    opens_text, _, closes_text = text.partition("/")
    try:
        if ":" in opens_text and "-" not in text:
            return _next(time.fromisoformat(opens_text.strip()),
                         time.fromisoformat(closes_text.strip()), now.astimezone(zone))  # fmt: skip
        opens, closes = (datetime.fromisoformat(t.strip()) for t in (opens_text, closes_text))
    except ValueError:
        raise Invalid(
            "变更窗口不正确",
            message("{text} 不是变更窗口。", text=text),
            "写作 22:00/02:00 或 2026-11-29 22:00/2026-11-30 02:00",
        ) from None
    window = ChangeWindow(opens=_in(opens, zone), closes=_in(closes, zone))
    if window.closes <= max(window.opens, now):
        raise Invalid("变更窗口不正确", remedy="结束时间必须晚于开始时间，且尚未过去")
    return window


def _next(opens: time, closes: time, now: datetime) -> ChangeWindow:
    for day in (now.date() - timedelta(days=1), now.date(), now.date() + timedelta(days=1)):
        begin = datetime.combine(day, opens, now.tzinfo)
        end = datetime.combine(day, closes, now.tzinfo)
        if end <= begin:
            end = datetime.combine(day + timedelta(days=1), closes, now.tzinfo)
        if end > now:
            return ChangeWindow(opens=begin, closes=end)
    raise AssertionError("a window of tomorrow is never over")


def _in(at: datetime, zone: ZoneInfo) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)
