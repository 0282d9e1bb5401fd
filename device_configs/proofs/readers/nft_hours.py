"""Days and hours as nftables writes them, as minutes of the site's week."""

from device_configs.proofs.filters.boxes import WEEK_MIN

_DAY_MIN = 24 * 60


def week_of(
    days: tuple[int, ...] | None, hours: tuple[int, int] | None, offset_min: int
) -> int | None:
    """Minutes of the site's week, Monday first; days count from Sunday, hours in seconds of UTC."""
    if days is None and hours is None:
        return None
    first, last = hours or (0, 86_399)
    if first % 60 or (last + 1) % 60 or not 0 <= first < last < 86_400:
        raise ValueError(f"meta hour {first}-{last} is not of whole minutes of a day")
    minutes = ((1 << ((last + 1 - first) // 60)) - 1) << (first // 60)
    week = 0
    for day in range(7) if days is None else days:
        week |= minutes << ((day - 1) % 7 * _DAY_MIN)
    shift = offset_min % WEEK_MIN
    return ((week << shift) | (week >> (WEEK_MIN - shift))) & ((1 << WEEK_MIN) - 1)
