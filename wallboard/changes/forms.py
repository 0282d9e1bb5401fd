"""What a person asks for on the page of changes, read once for a plan and for a deployment."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Form
from pydantic import BaseModel

from device_configs.changes.background import PlanWish
from device_configs.changes.deploying import DeploymentWish
from device_configs.changes.windows import read_window
from ops_core.kernel.errors import Invalid


class AskedChange(BaseModel):
    """The fields of the form; an empty device asks for all of them."""

    reason: str = ""
    device: list[str] = []
    ticket: str = ""
    window: str = ""
    repair: bool = False
    set_secrets: bool = False

    @property
    def limit(self) -> tuple[str, ...]:
        """Devices or roles; none for all."""
        return tuple(name for name in self.device if name)

    def plan(self, now: datetime, zone: ZoneInfo) -> PlanWish:
        """Raises Invalid for a window that is none."""
        text = self.window.strip()
        window = read_window(text, now, zone) if text else None
        return PlanWish(self.limit, self.reason, self.ticket, window, self.repair, self.set_secrets)

    def deployment(self) -> DeploymentWish:
        """Raises Invalid for a window: a deployment is carried out at once; and for secrets of
        which nothing is known: another person approves that they are set."""
        if self.window.strip():
            raise Invalid("部署立即执行，没有变更窗口", remedy="清空窗口，或制定变更计划")
        if self.set_secrets:
            raise Invalid("部署不设置状态未知的密钥", remedy="制定变更计划，经另一人批准后执行")
        return DeploymentWish(self.limit, self.reason, self.ticket, self.repair)


ChangeAsked = Annotated[AskedChange, Form()]
