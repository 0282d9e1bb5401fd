"""Where a vendor box is with regard to a trial, from what it shows (pure)."""

import hashlib
from dataclasses import dataclass

from device_configs.changes.box_targets import BoxPath
from device_configs.changes.fleet import StepAnswer
from device_configs.changes.states import Place
from device_configs.changes.text_targets import TextPath


@dataclass(frozen=True, slots=True)
class BoxSeen:
    """What a box shows of itself. ``pending`` is the number of the change that a trial or a watch
    of the box waits for, None where nothing waits; what is ``saved`` counts then alone."""

    running: str
    pending: str | None
    saved: str = ""


def change_id_of(token: str) -> str:
    """The number of a trial on the box: letters and digits that every platform takes."""
    return f"zs-{hashlib.sha256(token.encode()).hexdigest()[:12]}"


def answer_of_box(seen: BoxSeen, path: BoxPath | TextPath | None, token: str) -> StepAnswer:
    """Where the box is, by its own word: a trial that waits, and what runs and is saved.

    What runs the new configuration and has not saved it is on trial still: a restart would take it
    back. What was held without a watch is half loaded where it is neither old nor new, and nobody
    but the controller takes it back.
    """
    mine = change_id_of(token)
    if path is None:
        if seen.pending == mine:
            return StepAnswer(Place.UNKNOWN, "of the trial that it waits on nothing is kept here")
        return StepAnswer(Place.OLD)
    is_new = path.is_after(seen.running)
    if seen.pending == mine:
        return StepAnswer(Place.TRIAL if is_new else Place.LOADING)
    if path.is_before(seen.running):
        return StepAnswer(Place.OLD)
    if seen.pending is not None:
        return StepAnswer(Place.MIXED, f"another change waits on it: {seen.pending or '?'}")
    if is_new:
        is_saved = seen.saved == seen.running or path.is_after(seen.saved)
        return StepAnswer(Place.NEW if is_saved else Place.TRIAL)
    if path.held:
        return StepAnswer(Place.LOADING)
    return StepAnswer(Place.MIXED, "it runs neither the former nor the new configuration")
