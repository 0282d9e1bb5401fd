"""Our health for programs."""

from datetime import datetime

from pydantic import BaseModel

from ops_core.kernel.health import Health
from ops_core.kernel.i18n import translate


class WorkerModel(BaseModel):
    """A long-lived thread or task. Durations in seconds."""

    name: str
    vital: bool
    alive: bool
    stuck: bool
    restarts: int
    last_success: datetime | None
    silent_s: float
    item_failures: dict[str, int]
    last_error: str


class ConcernModel(BaseModel):
    """Something of the product's own that does not work as it should."""

    key: str
    text: str
    detail: str
    vital: bool
    since: datetime | None


class MeasureModel(BaseModel):
    name: str
    kind: str
    labels: dict[str, str]
    value: float


class HealthModel(BaseModel):
    """Everything at one instant."""

    at: datetime
    healthy: bool
    concerns: list[ConcernModel]
    workers: list[WorkerModel]
    measures: list[MeasureModel]


def health_model(health: Health, language: str) -> HealthModel:
    return HealthModel(
        at=health.at,
        healthy=health.is_healthy,
        concerns=[
            ConcernModel(
                key=concern.key,
                text=translate(concern.text, language),
                detail=concern.detail,
                vital=concern.is_vital,
                since=concern.since,
            )
            for concern in health.concerns
        ],
        workers=[
            WorkerModel(
                name=worker.name,
                vital=worker.is_vital,
                alive=worker.is_alive,
                stuck=worker.is_stuck,
                restarts=worker.restarts,
                last_success=worker.last_success,
                silent_s=round(worker.silent_s, 3),
                item_failures=dict(worker.item_failures),
                last_error=worker.last_error,
            )
            for worker in health.workers
        ],
        measures=[
            MeasureModel(
                name=measure.name,
                kind=measure.kind,
                labels=dict(measure.labels),
                value=measure.value,
            )
            for measure in health.measures
        ],
    )
