"""Exact shares: compared as they are, shown cut off, N/A of nothing (pure)."""

from fractions import Fraction


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


def show_percent(value: Fraction | None) -> str:
    """A ratio as per cent with two digits cut off (95.996 % shows 95.99 %), or ``N/A``."""
    if value is None:
        return "N/A"
    hundredths = value.numerator * 10_000 // value.denominator
    return f"{hundredths // 100}.{hundredths % 100:02d}%"
