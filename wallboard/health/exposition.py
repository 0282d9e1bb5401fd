"""Our figures in Prometheus' text exposition format, version 0.0.4."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ops_core.kernel.health import Health, Measure, MeasureKind
from ops_core.kernel.workers import WorkerState

MEDIA_TYPE = CONTENT_TYPE_LATEST


class Exposition:
    """What /metrics answers: the parts' figures, the workers, the concerns, and the process."""

    def __init__(self, health: Callable[[], Health]) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_HealthCollector(health))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def text(self) -> bytes:
        """Everything as it is now."""
        return generate_latest(self._registry)


class _HealthCollector(Collector):
    def __init__(self, health: Callable[[], Health]) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        health = self._health()
        yield from families([*own_measures(health), *health.measures])


def own_measures(health: Health) -> Iterator[Measure]:
    """Workers and concerns as figures."""
    yield Measure("zhishou_healthy", "1 unless a vital part fails.", float(health.is_healthy))
    for worker in health.workers:
        yield from _worker_measures(worker)
    for concern in health.concerns:
        labels = {"concern": concern.key, "vital": str(concern.is_vital).lower()}
        yield Measure("zhishou_concern", "1 while the concern holds.", 1, labels=labels)


def _worker_measures(worker: WorkerState) -> Iterator[Measure]:
    labels = {"worker": worker.name}
    counter = MeasureKind.COUNTER
    yield Measure(
        "zhishou_worker_alive", "1 while the worker runs.", float(worker.is_alive), labels=labels
    )
    yield Measure(
        "zhishou_worker_restarts_total",
        "Starts after a failure.",
        worker.restarts,
        counter,
        labels,
    )
    yield Measure(
        "zhishou_worker_silent_seconds",
        "Since its last success.",
        worker.silent_s,
        labels=labels,
    )
    for item, count in worker.item_failures.items():
        yield Measure(
            "zhishou_worker_item_failures_total",
            "Failures contained to one item.",
            count,
            counter,
            labels | {"item": item},
        )


def families(measures: Iterable[Measure]) -> Iterator[Metric]:
    """Measures by name, as the format wants them: together, with one set of label names.

    A measure that stands twice with the same labels counts as its last value: the format would
    be invalid with both, and no scraper would take any.
    """
    by_name: dict[str, list[Measure]] = {}
    for measure in measures:
        by_name.setdefault(measure.name, []).append(measure)
    for name, found in sorted(by_name.items()):
        labels = sorted({label for measure in found for label in measure.labels})
        kind = CounterMetricFamily if found[0].kind is MeasureKind.COUNTER else GaugeMetricFamily
        family = kind(name, found[0].text, labels=labels)
        values = {
            tuple(measure.labels.get(label, "") for label in labels): measure.value
            for measure in found
        }
        for texts, value in sorted(values.items()):
            family.add_metric(list(texts), value)
        yield family
