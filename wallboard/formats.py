"""Figures as people read them. Nothing here rounds in favour of the operator."""

from datetime import timedelta
from fractions import Fraction
from math import floor

from ops_core.kernel.i18n import Translate


def percent(value: Fraction, digits: int = 1) -> str:
    """A ratio as a percentage, truncated: 0.95996 reads ``95.9%`` and only 1 reads ``100%``."""
    if value >= 1:
        return f"{floor(value * 100)}%"
    scaled = floor(value * 100 * 10**digits)
    whole, part = divmod(scaled, 10**digits)
    return f"{whole}.{part:0{digits}d}%" if digits else f"{whole}%"


def throughput(bits_per_second: float) -> str:
    """``312 Mbps``, ``1.25 Gbps``, ``840 kbps``; three significant figures at most."""
    for limit, unit in ((1e9, "Gbps"), (1e6, "Mbps"), (1e3, "kbps")):
        if bits_per_second >= limit:
            figure = bits_per_second / limit
            return f"{figure:.0f} {unit}" if figure >= 100 else f"{figure:.3g} {unit}"
    return f"{bits_per_second:.0f} bps"


def milliseconds(value: float) -> str:
    """``6 ms``, ``0.4 ms``."""
    return f"{value:.0f} ms" if value >= 10 else f"{value:.2g} ms"


def file_size(size: int) -> str:
    """``812 B``, ``34 KB``, ``1.2 MB``: of bytes, in steps of 1024."""
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:.0f} KB" if size < 1024**2 else f"{size / 1024**2:.1f} MB"


def countdown(remaining: timedelta) -> str:
    """``22:03`` below an hour, ``21:14:05`` above; counts down to ``00:00`` and stays there."""
    seconds = max(0, floor(remaining.total_seconds()))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


def span(length: timedelta, translate: Translate) -> str:
    """A length in words, two units at most, truncated: ``21时14分``, ``7分57秒``, ``0.21秒``."""
    _ = translate
    seconds = max(0.0, length.total_seconds())
    if seconds < 10:
        return _("%(seconds)s秒") % {"seconds": f"{floor(seconds * 100) / 100:g}"}
    days, rest = divmod(floor(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, whole = divmod(rest, 60)
    if days:
        return _("%(days)d天%(hours)d时") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d时%(minutes)d分") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)d分%(seconds)d秒") % {"minutes": minutes, "seconds": whole}
    return _("%(seconds)s秒") % {"seconds": whole}


def limit_words(limit: timedelta, translate: Translate) -> str:
    """A contract limit in its own unit: ``30分钟``, ``24小时``."""
    _ = translate
    minutes = floor(limit.total_seconds() / 60)
    hours, rest = divmod(minutes, 60)
    if hours and not rest:
        return _("%(hours)d小时") % {"hours": hours}
    return _("%(minutes)d分钟") % {"minutes": minutes}
