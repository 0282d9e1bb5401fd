"""Planned work of a centre, at random: any item, any step, by either side."""

from contextlib import suppress
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from ops_core.kernel.errors import DomainError
from ops_core.kernel.evidence_files import StoredFile
from ops_core.kernel.permissions import Side
from ops_core.registers.kinds import every_kind
from ops_core.registers.service import (
    PlanDraft,
    StepTaken,
    decide_due_date,
    plan_item,
    propose_due_date,
    take_step,
)
from ops_core.registers.store import find_item
from ops_core.registers.tables import RegisterItemRow
from tests.ops_core.hotline.conftest import PURCHASER, REVIEWER, SHANGHAI
from tests.ops_core.registers.story import FIELDS, GIVEN
from tests.ops_core_kpi.centre import FiguresOfACentre

REGISTERS = {"standards": 11, "assessments": 14, "activities": 15}
PAPER = StoredFile("0" * 64, "成果.pdf", 15, "application/pdf")


class PlannedWorkAtRandom(FiguresOfACentre):
    """Indicators 11, 14 and 15."""

    @rule(kind=st.sampled_from(sorted(REGISTERS)), days=st.integers(0, 30))
    def somebody_plans(self, kind: str, days: int) -> None:
        due = self.clock.now().astimezone(SHANGHAI).date() + timedelta(days=days)
        before = self.figure(REGISTERS[kind]).value
        with self.work(REVIEWER) as uow:
            plan_item(uow, self.site, kind, PlanDraft("计划", due, FIELDS[kind]))
        assert self.figure(REGISTERS[kind]).value == before, "a plan is no result"

    @precondition(lambda self: self.items())
    @rule(data=st.data(), steps=st.integers(1, 5))
    def planned_work_goes_on(self, data: st.DataObject, steps: int) -> None:
        number = data.draw(st.sampled_from(self.items()))
        for _ in range(steps):
            with self.database.reading() as session:
                item = find_item(session, number)
            kind = every_kind()[item.kind]
            names = [s.name for s in kind.steps if item.state in s.from_states]
            if not names:
                return
            self.step_of_work(item.kind, number, data.draw(st.sampled_from(names)))

    def step_of_work(self, kind: str, number: str, name: str) -> None:
        step = every_kind()[kind].step(name)
        assert step is not None
        actor = PURCHASER if step.by is Side.PURCHASER else REVIEWER
        taken = StepTaken("说明", fields=GIVEN.get((kind, name), {}), files=(PAPER,))
        before = self.share(REGISTERS[kind])
        with suppress(DomainError), self.work(actor) as uow:
            take_step(uow, self.site, number, name, taken)
        if name == "cancel":
            assert not self.rose(REGISTERS[kind], before), "work that was cancelled is not done"
        else:
            assert not self.fell(REGISTERS[kind], before), f"{name} made the figure worse"

    @precondition(lambda self: self.items())
    @rule(data=st.data(), days=st.integers(-3, 40), agrees=st.booleans())
    def a_due_date_is_to_move(self, data: st.DataObject, days: int, agrees: bool) -> None:
        number = data.draw(st.sampled_from(self.items()))
        due = self.clock.now().astimezone(SHANGHAI).date() + timedelta(days=days)
        before = [self.figure(n).value for n in REGISTERS.values()]
        with suppress(DomainError), self.work(REVIEWER) as uow:
            propose_due_date(uow, self.site, number, due, "场地冲突")
        with suppress(DomainError), self.work(PURCHASER) as uow:
            decide_due_date(uow, self.site, number, "意见", agree=agrees)
        assert [self.figure(n).value for n in REGISTERS.values()] == before

    def items(self) -> list[str]:
        with self.database.reading() as session:
            query = select(RegisterItemRow.number).order_by(RegisterItemRow.number)
            return list(session.scalars(query))
