"""What the web face is given by the composition root."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from device_configs.changes.background import PlanWish, StepUnderWay
from device_configs.changes.deploying import DeploymentWish
from device_configs.proofs.verdict import Proof
from device_configs.site.model import Site
from monitors.alerts.engine import EngineView
from monitors.store.protocol import MetricStore
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.clock import Clock
from ops_core.kernel.database import Database
from ops_core.kernel.events import EventBus
from ops_core.kernel.health import HealthRegistry
from ops_core.kernel.permissions import Actor
from ops_core.kernel.settings import Settings
from ops_core.kernel.workers import Workers
from wallboard.wall.state import WallSource


class PlayStarter(Protocol):
    """Runs playbooks, in the background. Called from worker threads."""

    def start(self, name: str, limit: Sequence[str], check: bool, actor: Actor) -> str:
        """Run a play on hosts by name or group (all when empty); returns the number at once.

        Raises NotFound, Invalid, Forbidden, and Conflict while too much runs or somebody deploys.
        """
        ...


class ChangeStarter(Protocol):
    """Starts steps of changes, in the background; each asks permission and raises its refusals.
    Called from worker threads."""

    def last_step(self, number: str = ...) -> StepUnderWay | None: ...
    def plan(self, wish: PlanWish, actor: Actor) -> None: ...
    def deploy(self, wish: DeploymentWish, actor: Actor) -> None: ...
    def rehearse(self, number: str, actor: Actor) -> None: ...
    def cancel_rehearsal(self, number: str, actor: Actor) -> None: ...
    def apply(self, number: str, actor: Actor, *, hold: bool) -> None: ...
    def confirm(self, number: str, actor: Actor) -> None: ...
    def resume(self, number: str, actor: Actor) -> None: ...
    def rollback(self, number: str, actor: Actor) -> None: ...


class ProofSource(Protocol):
    """What is proved about the declaration this platform works from."""

    def proofs(self) -> Sequence[Proof]:
        """Every proof in its order. Blocks while they are made, once."""
        ...


@dataclass(frozen=True)
class Dependencies:
    """Menu entries appear for what is given: plays, proofs, changes are optional."""

    database: Database
    bus: EventBus
    clock: Clock
    settings: Settings
    site: Site
    wall: WallSource
    metrics: MetricStore
    verdicts: Callable[[], EngineView | None]
    vault: ContactVault
    workers: Workers
    health: HealthRegistry
    plays: PlayStarter | None = None
    proofs: ProofSource | None = None
    changes: ChangeStarter | None = None
