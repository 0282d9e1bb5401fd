"""What has become of the samples: how the metric writer stands, and its figures. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitors.store.spool import SpoolState
from ops_core.kernel.health import Measure, MeasureKind


@dataclass(frozen=True, slots=True)
class WriterState:
    """What has become of the samples so far; ``available`` is the outcome of the last attempt.

    ``lag_s`` is the age of the oldest sample in memory that no store and no spool has yet,
    ``waiting_s`` how long the store has been at the write that goes on.
    """

    accepted: int
    refused: int
    dropped: int
    queued: int
    available: bool
    spool: SpoolState | None
    lag_s: float = 0.0
    waiting_s: float = 0.0
    away_since: datetime | None = None
    attempts_failed: int = 0
    restarts: int = 0


def measures_of(state: WriterState) -> Iterable[Measure]:
    """The figures of a writer, and of its spool if it has one."""
    counter = MeasureKind.COUNTER
    for name, text, count in (
        ("accepted", "Samples that the metric store has.", state.accepted),
        ("refused", "Samples that the metric store will never take.", state.refused),
        ("dropped", "Samples dropped from memory, above its bound.", state.dropped),
    ):
        yield Measure(f"zhishou_samples_{name}_total", text, count, counter)
    yield Measure(
        "zhishou_store_failures_total",
        "Writes to the metric store that failed.",
        state.attempts_failed,
        counter,
    )
    yield Measure("zhishou_store_up", "Whether the last write was taken.", state.available)
    yield Measure("zhishou_samples_queued", "Samples in memory.", state.queued)
    yield Measure("zhishou_samples_lag_seconds", "Age of the oldest sample in memory.", state.lag_s)
    yield Measure(
        "zhishou_store_waiting_seconds", "Age of the write that goes on.", state.waiting_s
    )
    spool = state.spool
    if spool is None:
        return
    yield Measure("zhishou_spool_bytes", "Bytes that wait in the spool.", spool.bytes_waiting)
    yield Measure("zhishou_spool_samples", "Samples that wait there.", spool.samples_waiting)
    for name, text, count in (
        ("dropped_samples", "Samples dropped from the spool, above its bound.",
         spool.dropped_samples),
        ("damaged", "Places in the spool that could not be read.", spool.damaged),
        ("refused_appends", "Batches that the spool's disk did not take.", spool.refused_appends),
        ("unsaved_positions", "Positions that it did not take.", spool.unsaved_positions),
    ):  # fmt: skip
        yield Measure(f"zhishou_spool_{name}_total", text, count, counter)
