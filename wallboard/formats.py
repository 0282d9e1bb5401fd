"""Figures as people read them. Nothing here rounds in favour of the operator."""

from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor
from zoneinfo import ZoneInfo

from ops_core.kpi.figures import Figure

SITE_ZONE = ZoneInfo("Asia/Shanghai")

Translate = Callable[[str], str]
"""Gives the text of a Chinese source string in the reader's language."""


def percent(value: Fraction, digits: int = 1) -> str:
    """A ratio as a percentage, truncated: 0.95996 reads ``95.9%`` and only 1 reads ``100%``."""
    if value >= 1:
        return f"{floor(value * 100)}%"
    scaled = floor(value * 100 * 10**digits)
    whole, part = divmod(scaled, 10**digits)
    return f"{whole}.{part:0{digits}d}%" if digits else f"{whole}%"


def target_percent(value: Fraction) -> str:
    """A target in as few digits as it has: 0.9 reads ``90%``."""
    exact = value * 100
    return f"{exact.numerator}%" if exact.denominator == 1 else f"{float(exact):g}%"


def goal(figure: Figure) -> str:
    """A figure's target as the contract compares it: ``≥96%``, ``100%``."""
    if figure.target == 1:
        return target_percent(figure.target)
    sign = {">=": "≥", "<=": "≤"}.get(figure.indicator.comparison, "=")
    return f"{sign}{target_percent(figure.target)}"


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


def clock_time(at: datetime) -> str:
    """``14:32:07`` in the site's zone."""
    return at.astimezone(SITE_ZONE).strftime("%H:%M:%S")


def minute_time(at: datetime) -> str:
    """``14:32`` in the site's zone."""
    return at.astimezone(SITE_ZONE).strftime("%H:%M")


def exact_time(at: datetime) -> str:
    """``14:24:11.400`` in the site's zone, for timelines."""
    return at.astimezone(SITE_ZONE).strftime("%H:%M:%S.%f")[:-3]


def date_time(at: datetime) -> str:
    """``2026-11-23 14:32:07`` in the site's zone."""
    return at.astimezone(SITE_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def due_time(at: datetime) -> str:
    """The end of a limit in the site's zone: midnight is the 24:00 of the day that ends with it."""
    local = at.astimezone(SITE_ZONE)
    if (local.hour, local.minute) == (0, 0):
        return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{local:%Y-%m-%d %H:%M}"


def short_due_time(at: datetime) -> str:
    """The same without its year, for narrow tables: ``11-26 24:00``."""
    return due_time(at)[5:]


def short_time(at: datetime) -> str:
    """``11-26 14:32`` in the site's zone."""
    return f"{at.astimezone(SITE_ZONE):%m-%d %H:%M}"


def epoch_ms(at: datetime) -> int:
    """Milliseconds since 1970, as the browser counts."""
    return floor(at.timestamp() * 1000)
