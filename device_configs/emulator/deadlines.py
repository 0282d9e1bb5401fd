"""What passes by the clock alone: trials, rollback points, planned reboots (pure)."""

from dataclasses import replace

from device_configs.emulator.state import BoxState, Instant


def advanced(state: BoxState, now: Instant) -> BoxState:
    """The box at an instant: what was due until then has happened, in the order of its deadlines.

    An instant before the box's own changes nothing.
    """
    now = max(now, state.now)
    while (due := next_deadline(state)) is not None and due <= now:
        state = _passed(replace(state, now=max(due, state.now)), due)
    return replace(state, now=now)


def next_deadline(state: BoxState) -> Instant | None:
    """When something happens by itself next; None for nothing."""
    waiting = [
        state.trial.deadline if state.trial is not None else None,
        state.rollback_point.deadline if state.rollback_point is not None else None,
        state.reboot_at,
    ]
    return min((due for due in waiting if due is not None), default=None)


def _passed(state: BoxState, due: Instant) -> BoxState:
    if state.trial is not None and state.trial.deadline <= due:
        return without_trial(state)
    if state.rollback_point is not None and state.rollback_point.deadline <= due:
        return replace(state, running=state.rollback_point.before, rollback_point=None)
    return rebooted(state)


def without_trial(state: BoxState) -> BoxState:
    """The trial is rolled back: what ran before it runs again, its commit leaves the list."""
    trial = state.trial
    if trial is None:
        return state
    return replace(
        state,
        running=trial.before,
        trial=None,
        commits=state.commits[:-1],
    )


def rebooted(state: BoxState) -> BoxState:
    """The box starts again with what was saved; every session is gone."""
    return replace(
        state,
        running=state.saved,
        sessions={},
        trial=None,
        rollback_point=None,
        exclusive=None,
        reboot_at=None,
        reboots=state.reboots + 1,
        booted=state.now,
    )
