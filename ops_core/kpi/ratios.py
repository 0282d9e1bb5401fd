"""Exact shares: compared as they are, shown cut off, N/A of nothing (pure)."""

from fractions import Fraction
from math import ceil, floor


def ratio(numerator: int, denominator: int) -> Fraction | None:
    """The exact share, None (N/A) of nothing: neither 0 nor 100 %."""
    return Fraction(numerator, denominator) if denominator else None


def meets(value: Fraction, comparison: str, target: Fraction) -> bool:
    """Whether an exact value meets a target."""
    match comparison:
        case ">=":
            return value >= target
        case "<=":
            return value <= target
        case _:
            return value == target


def show_percent(value: Fraction | None, digits: int = 2, *, upwards: bool = False) -> str:
    """A ratio as per cent with some digits (95.996 % shows 95.99 %), or ``N/A``.

    Cut off, or with ``upwards`` made greater where digits are left out: never better than it is,
    where less is better.
    """
    if value is None:
        return "N/A"
    scaled = value * 100 * 10**digits
    units = ceil(scaled) if upwards else floor(scaled)
    whole, part = divmod(units, 10**digits)
    return f"{whole}.{part:0{digits}d}%"
