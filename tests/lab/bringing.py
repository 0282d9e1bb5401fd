"""Bring devices of the shared twin to the declaration by the engine of changes, with gates that ask
little: where a test is about what a device takes over, and not about the gates."""

from collections.abc import Sequence
from dataclasses import dataclass

from device_configs.changes.carrying import ChangeWork, draw_up_plan
from device_configs.changes.deploying import Deployment, DeploymentWish, deploy
from device_configs.changes.engine import Draining, Gates, NoDraining
from device_configs.changes.happenings import GateCheck, GateJudged, GateVerdict
from device_configs.changes.model import REVERT_IN_S, ChangePlan
from device_configs.deploy.lab import Lab
from device_configs.twin.client import TwinClient
from ops_core.kernel.permissions import Actor

TESTER = Actor.system("test")


@dataclass(frozen=True)
class AnsweringGates:
    """Whether the devices of the change still run."""

    twin: TwinClient
    devices: Sequence[str]

    def watching(self) -> None:
        """Nobody's way is watched."""

    def close(self) -> None:
        """Nobody is watched."""

    def judge(self, stage: int, changed: Sequence[str], pending: Sequence[str]) -> GateJudged:
        del changed, pending
        silent = [n for n in self.devices if self.twin.execute(n, ["true"]).returncode]
        checks = tuple(
            GateCheck(gate="verification", subject=name, question="it answers",
                      verdict=GateVerdict.FAILED)
            for name in silent
        )  # fmt: skip
        return GateJudged(stage=stage, asked=len(self.devices), checks=checks)


class BriefWork(ChangeWork):
    def gates(self, plan: ChangePlan, network: int | None, number: str = "") -> Gates:
        del network, number
        assert self.twin is not None
        return AnsweringGates(self.twin, plan.devices)

    def draining(self, number: str, plan: ChangePlan, network: int | None) -> Draining:
        del number, plan, network
        return NoDraining()


def brief(work: ChangeWork) -> BriefWork:
    """The same work with gates that ask little."""
    return BriefWork(work.site, work.settings, work.database, work.bus, work.clock, work.twin)


def bring(lab: Lab, *limit: str) -> Deployment:
    """Devices or roles to the declaration."""
    with lab.changing() as work:
        return deploy(brief(work), TESTER, DeploymentWish(limit))


def planned(lab: Lab, *limit: str) -> ChangePlan:
    """What would change; nothing is touched."""
    with lab.changing() as work:
        return draw_up_plan(work, TESTER, limit, revert_in_s=REVERT_IN_S)
