"""A fault's gaps from drill to drill as one small line (pure)."""

from dataclasses import dataclass

from device_configs.drills.trend import FaultTrend

WIDTH, HEIGHT, SHOWN = 120, 24, 20


@dataclass(frozen=True, slots=True)
class Sparkline:
    """Points of an SVG polyline in ``WIDTH`` x ``HEIGHT``; ``bound_y`` is where the bound lies.
    A drill that measured nothing has no point."""

    points: str
    bound_y: float
    last_x: float
    last_y: float


def sparkline(trend: FaultTrend) -> Sparkline | None:
    """None where fewer than two drills measured the fault."""
    gaps = [point.gap_ms for point in trend.points if point.gap_ms is not None][-SHOWN:]
    if len(gaps) < 2:
        return None
    top = max(*gaps, trend.bound_ms) * 1.05
    step = WIDTH / (len(gaps) - 1)
    placed = [(index * step, HEIGHT - gap / top * HEIGHT) for index, gap in enumerate(gaps)]
    return Sparkline(
        points=" ".join(f"{x:.1f},{y:.1f}" for x, y in placed),
        bound_y=round(HEIGHT - trend.bound_ms / top * HEIGHT, 1),
        last_x=round(placed[-1][0], 1),
        last_y=round(placed[-1][1], 1),
    )
