"""People of both sides, and the commands they give, on a database of its own."""

import io
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from device_configs.site.model import Site
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.commands import UnitOfWork, unit_of_work
from ops_core.kernel.database import Database
from ops_core.kernel.evidence_files import EvidenceStore, StoredFile
from ops_core.kernel.permissions import Actor, Role
from ops_core.registers.model import PlanItem
from ops_core.registers.service import (
    PlanDraft,
    StepTaken,
    decide_due_date,
    plan_item,
    propose_due_date,
    take_step,
)

START = datetime(2026, 3, 2, 1, tzinfo=UTC)
"""A Monday, 09:00 there."""
ZONE = ZoneInfo("Asia/Shanghai")
LIN = Actor.user("lin", [Role.SUPERVISOR])
WEI, QI, SUN = (Actor.user(name, [Role.DISPATCHER]) for name in ("wei", "qi", "sun"))
ZHAO = Actor.user("zhao", [Role.PURCHASER_SUPERVISOR])
AGENT = Actor.user("agent", [Role.AGENT])
HANDLER = Actor.user("handler", [Role.UNIT_HANDLER], "housing")
MACHINE = Actor.system("cli/root")
FIELDS = {
    "standards": {"branch": "服务"},
    "assessments": {"assessed": "地市热线", "deliverable": "考核报告"},
    "activities": {"theme": "走基层"},
    "content": {"column": "政策解读", "channel": "网站"},
    "documents": {"code": "GF-01", "edition": "1.0", "family": "服务规范"},
}
GIVEN = {
    ("standards", "publish"): {"standard_number": "DB41/T 1", "review_on": "2028-03-01"},
    ("standards", "review"): {"review_on": "2030-03-01"},
    ("activities", "submit"): {"attended": "12"},
    ("content", "publish"): {"published_in": "网站", "address": "https://hotline.example/1"},
    ("content", "record_reads"): {"reads": "1024"},
    ("documents", "publish"): {"effective_on": "2026-03-10"},
}
"""What goes with a step that has fields."""


@dataclass
class Registers:
    """Commands in people's names; the clock moves when it is moved."""

    database: Database
    site: Site
    store: EvidenceStore
    clock: FixedClock

    def work(self, actor: Actor) -> AbstractContextManager[UnitOfWork]:
        return unit_of_work(self.database, None, self.clock, actor)

    def file(self, text: str = "成果") -> StoredFile:
        return self.store.take_in("成果.txt", io.BytesIO(text.encode()))

    def plan(self, kind: str = "activities", due: date = date(2026, 3, 20), actor: Actor = LIN,
             **fields: str) -> PlanItem:  # fmt: skip
        with self.work(actor) as uow:
            draft = PlanDraft("春季走访", due, FIELDS[kind] | fields)
            return plan_item(uow, self.site, kind, draft)

    def step(
        self, item: PlanItem | str, name: str, actor: Actor = LIN, **changes: object
    ) -> PlanItem:
        number = item if isinstance(item, str) else item.number
        kind = "" if isinstance(item, str) else item.kind
        taken = StepTaken(
            reason="说明", fields=GIVEN.get((kind, name), {}), files=(self.file(),),
            **changes,  # type: ignore[arg-type]
        )  # fmt: skip
        with self.work(actor) as uow:
            return take_step(uow, self.site, number, name, taken)

    def done(self, item: PlanItem) -> PlanItem:
        """Through its kind's shortest way."""
        ways = {
            "standards": (("start", LIN), ("comment", LIN), ("submit", LIN), ("accept", ZHAO),
                          ("publish", LIN)),
            "content": (("submit", LIN), ("first_proof", WEI), ("first_review", WEI),
                        ("second_proof", QI), ("second_review", QI), ("third_proof", SUN),
                        ("accept", ZHAO), ("publish", LIN)),
            "documents": (("start", LIN), ("submit", LIN), ("accept", ZHAO), ("publish", LIN)),
        }  # fmt: skip
        usual = (("start", LIN), ("submit", LIN), ("accept", ZHAO))
        for name, actor in ways.get(item.kind, usual):
            item = self.step(item, name, actor)
        return item

    def propose(self, item: PlanItem, due: date, actor: Actor = LIN) -> PlanItem:
        with self.work(actor) as uow:
            return propose_due_date(uow, self.site, item.number, due, "场地冲突")

    def decide(self, item: PlanItem, *, agree: bool, actor: Actor = ZHAO) -> PlanItem:
        with self.work(actor) as uow:
            return decide_due_date(uow, self.site, item.number, "意见", agree=agree)

    def pass_days(self, days: float) -> None:
        self.clock.advance(timedelta(days=days))
