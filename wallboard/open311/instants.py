"""Instants as programs of the standard write them (pure)."""

from datetime import datetime

from ops_core.kernel.errors import Invalid
from ops_core.kernel.i18n import message


def instant_of(text: str) -> datetime | None:
    """The instant, None for an empty text. Raises :class:`Invalid` for anything else."""
    if not text.strip():
        return None
    try:
        # A blank is what an unescaped plus sign of an address arrives as.
        found = datetime.fromisoformat(text.strip().replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or found.utcoffset() is None or not 1970 < found.year < 9990:
        raise Invalid(
            message("时间不正确"),
            message("{text} 不是带时区的 ISO 8601 时间。", text=text),
            message("请写成 2026-11-24T08:30:00+08:00 的形式。"),
        )
    return found
