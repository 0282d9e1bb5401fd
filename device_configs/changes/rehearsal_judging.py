"""What a rehearsal came to, from the change as it ended in the twin and the drills behind it
(pure)."""

from collections.abc import Iterator, Sequence

from device_configs.changes.happenings import RehearsalDrill, RehearsalOutcome
from device_configs.changes.states import ChangeState
from device_configs.drills.judging import DrillFigure, DrillVerdict, verdict_of

SATURATED_SHARE = 0.97
"""Of the time of all processors: beyond it hellos come too late, whatever is configured."""


def drill_of(figure: DrillFigure) -> RehearsalDrill:
    """A measured fault as it is put on record with the rehearsal."""
    return RehearsalDrill(
        fault=figure.fault.name,
        verdict=verdict_of(figure),
        bound_ms=figure.fault.bound_ms,
        gap_ms=figure.worst_ms if figure.gaps_ms else None,
        return_gap_ms=figure.worst_return_ms if figure.return_gaps_ms else None,
        control_ms=figure.control_ms,
        session_survived=figure.session_survived,
        trouble=figure.trouble,
    )


def outcome_of(
    state: ChangeState,
    drills: Sequence[RehearsalDrill],
    busy_share: float,
    *,
    is_whole: bool = True,
) -> RehearsalOutcome:
    """A change that ended otherwise than new as a whole has failed, and so has one behind which a
    drill exceeds its bound.

    Unknown is what says nothing of the change: a twin that was not well before it (no device was
    touched), a drill that could not be measured, and a failure on a machine that had no processor
    to spare: neighbours time out there by themselves. So is a change of which a part could not be
    rehearsed (not ``is_whole``), however well the rest went. ``busy_share``: of the processors'
    time while what decides was under way, 0 to 1: the drills, or the change that came to none.
    """
    if state is ChangeState.CANCELLED:
        return RehearsalOutcome.UNKNOWN
    is_saturated = busy_share >= SATURATED_SHARE
    failed = RehearsalOutcome.UNKNOWN if is_saturated else RehearsalOutcome.FAILED
    verdicts = {drill.verdict for drill in drills}
    if state is not ChangeState.CONFIRMED or DrillVerdict.EXCEEDED in verdicts:
        return failed
    if DrillVerdict.UNKNOWN in verdicts or not is_whole:
        return RehearsalOutcome.UNKNOWN
    return RehearsalOutcome.PASSED


def reasons_of(ended: str, drills: Sequence[RehearsalDrill]) -> tuple[str, ...]:
    """Why it did not pass: the change's own words at its end, and each drill that does not hold."""
    return (*filter(None, (ended,)), *_drill_reasons(drills))


def busy_share(before: str, after: str) -> float:
    """Share of the processors' time that was used between two readings of ``/proc/stat``
    (proc_stat(5)): all but idle and iowait; 0 where no time passed."""
    used, whole = (late - early for early, late in zip(_times(before), _times(after), strict=True))
    return used / whole if whole > 0 else 0.0


def _times(stat: str) -> tuple[int, int]:
    """Used and whole time, ticks. Guest time is within user time already."""
    ticks = [int(word) for word in stat.splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def _drill_reasons(drills: Sequence[RehearsalDrill]) -> Iterator[str]:
    for drill in drills:
        if drill.verdict is DrillVerdict.HOLDS:
            continue
        if drill.session_survived is False:
            yield f"{drill.fault}: the TCP session was lost"
        elif drill.trouble:
            yield f"{drill.fault}: {drill.trouble}"
        else:
            yield (f"{drill.fault}: gap {_ms(drill.gap_ms)} of {drill.bound_ms} ms, return "
                   f"{_ms(drill.return_gap_ms)}, control {_ms(drill.control_ms)}")  # fmt: skip


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
