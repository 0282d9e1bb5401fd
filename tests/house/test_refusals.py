"""A refusal says states, steps, causes and roles in the words of the screens, in both languages;
identifiers are for programs, in its members."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from functools import cache
from itertools import product
from typing import Any

import pytest

from device_configs.changes.decisions import require_state
from device_configs.changes.history import NetworkChange
from device_configs.changes.states import ChangeState
from device_configs.twin.refusals import CommandRefused
from device_configs.twin.state import NodeState
from incident.bulk import BulkItem, judge
from incident.false_alarm import (
    Mark,
    Words,
    decide,
)
from incident.false_alarm_terms import Cause, FalseAlarmStep, MarkState
from incident.model import Incident, IncidentState, TimeStamps
from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.adjudications.model import (
    Adjudication,
    AdjudicationState,
    AdjudicationStep,
    Ruling,
    Submission,
    submitted,
)
from ops_core.hotline.adjudications.model import decided as decided_matter
from ops_core.hotline.deadline_policies.model import DeadlinePolicy, PolicyState, PolicyStep
from ops_core.hotline.deadline_policies.model import decided as decided_policy
from ops_core.hotline.orders.model import next_event
from ops_core.hotline.orders.order import Order, OrderWorker
from ops_core.hotline.orders.steps import OrderSide, OrderState, Step
from ops_core.kernel.errors import DomainError, problem_of
from ops_core.kernel.i18n import Message, translate
from ops_core.kernel.identity.accounts import check_roles
from ops_core.kernel.permissions import Actor, Permission, Role, Side, require
from ops_core.knowledge.articles.model import (
    Article,
    ArticleState,
    ArticleStep,
    check_article_step,
)
from ops_core.knowledge.enquiries.model import (
    Enquiry,
    EnquiryKind,
    EnquiryState,
    EnquiryStep,
    check_enquiry_step,
)
from ops_core.knowledge.notices.model import (
    NoticeState,
    UpdateNotice,
    UpdateNoticeStep,
    check_notice_step,
)
from ops_core.knowledge.training.model import (
    HotTopic,
    TopicStep,
    Trainee,
    TraineeState,
    check_trainee_step,
)
from ops_core.kpi.assessment.exemptions import Exemption, ExemptionState, ExemptionStep
from ops_core.kpi.assessment.exemptions import decided as decided_exemption
from ops_core.kpi.assessment.missing import Lack, MissingKind
from ops_core.kpi.assessment.period_terms import PeriodState, PeriodStep
from ops_core.kpi.assessment.periods import AssessedPeriod, stepped
from ops_core.obligations.model import OwedReport, ReportState, ReportStep, check_report_step
from ops_core.registers.kinds import every_kind
from ops_core.registers.model import PlanItem, RegisterWorker, step_event
from tests.house.sources import modules

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
HAN = re.compile(r"[\u4e00-\u9fff]")
IDENTIFIER = re.compile(r"[a-z]+(?:_[a-z]+)*")
ACTORS = [Actor.user("zhao.lei", [role]) for role in Role] + [Actor.system("platform")]
Cases = Iterator[Callable[[], object]]


def made(of: type[Any], /, **given: object) -> Any:
    """A value of which only the named members matter."""
    rest = {
        f.name: NOW if f.name.endswith("_at") else ""
        for f in fields(of)
        if f.name not in given and f.default is MISSING and f.default_factory is MISSING
    }
    return of(**rest, **given)


def of_orders() -> Cases:
    workers = [OrderWorker("li.ming", side, "water") for side in OrderSide]
    for state, step, worker in product(OrderState, Step, workers):
        order = made(Order, state=state, version=1, cycle=1, unit="water", co_waiting=",police,")
        yield lambda o=order, s=step, w=worker: next_event(o, "W-1", s, w, NOW, NOW, "water")


def of_matters() -> Cases:
    every = product(AdjudicationKind, AdjudicationState, AdjudicationStep, ACTORS)
    for kind, state, step, actor in every:
        of = made(Submission, kind=kind, order="", text="说明")
        matter = made(Adjudication, submission=of, state=state, version=1)
        yield lambda m=matter, s=step, a=actor: decided_matter(m, s, a, Ruling("说明"), NOW)
        yield lambda o=of, a=actor: submitted(o, a, NOW)


def of_periods() -> Cases:
    lacks = tuple(Lack(kind, 1) for kind in MissingKind)
    for state, step, actor in product(PeriodState, PeriodStep, ACTORS):
        end = NOW + timedelta(days=1 if state is PeriodState.OPEN else -1)
        period = made(AssessedPeriod, month="2026-10", indicator=4, ends_at=end, state=state)
        yield lambda p=period, s=step, a=actor: stepped(p, s, "说明", a, NOW, ())
        yield lambda p=period, s=step, a=actor: stepped(p, s, "说明", a, NOW, lacks)


def of_exemptions() -> Cases:
    for state, step, actor in product(ExemptionState, ExemptionStep, ACTORS):
        one = made(Exemption, number="E-1", state=state)
        yield lambda o=one, s=step, a=actor: decided_exemption(o, s, "", a, NOW)


def of_policies() -> Cases:
    for state, step, actor in product(PolicyState, PolicyStep, ACTORS):
        one = made(
            DeadlinePolicy, version=1, state=state, effective_from=NOW, drafted_side=Side.OPERATOR
        )
        yield lambda o=one, s=step, a=actor: decided_policy(o, s, "", a, NOW)


def of_false_alarms() -> Cases:
    marks = [None, *(Mark(state, Cause.DRILL, "说明", "li.ming", NOW) for state in MarkState)]
    for mark, step, actor in product(marks, FalseAlarmStep, ACTORS):
        for merged, words in product((False, True), (Words("说明"), Words(""))):
            yield lambda m=mark, o=merged, s=step, a=actor, w=words: decide(m, o, s, a, w, NOW)


def of_knowledge() -> Cases:
    for article, step in product(ArticleState, ArticleStep):
        yield lambda a=article, s=step: check_article_step(
            made(Article, state=a, draft=None), s, "li.ming"
        )
    for notice, taken in product(NoticeState, UpdateNoticeStep):
        yield lambda n=notice, s=taken: check_notice_step(made(UpdateNotice, state=n), s)
    for state, asked, kind in product(EnquiryState, EnquiryStep, EnquiryKind):
        enquiry = made(Enquiry, state=state, kind=kind)
        yield lambda e=enquiry, s=asked: check_enquiry_step(e, s, "li.ming")
    for trainee, learnt in product(TraineeState, TopicStep):
        held = {"li.ming": made(Trainee, state=trainee)}
        topic = made(HotTopic, roster=("li.ming",), touched=held)
        yield lambda t=topic, s=learnt: check_trainee_step(t, "li.ming", s)


def of_reports() -> Cases:
    for state, step in product(ReportState, ReportStep):
        yield lambda r=made(OwedReport, state=state), s=step: check_report_step(r, s)


def of_registers() -> Cases:
    for kind in every_kind().values():
        for state, step, side in product(kind.states, kind.steps, Side):
            item = made(PlanItem, state=state, version=1, due_on=NOW.date())
            by = RegisterWorker("x", side)
            yield lambda k=kind, i=item, s=step, w=by: step_event(k, i, s.name, w, NOW, NOW, {})


def of_changes() -> Cases:
    for state, allowed in product(ChangeState, ChangeState):
        change = made(NetworkChange, state=state)
        yield lambda c=change, a=allowed: require_state(c, a)


def of_the_twin() -> Cases:
    for state in NodeState:
        yield lambda s=state: raised(CommandRefused("core-1", s))


def of_roles() -> Cases:
    for actor, permission in product(ACTORS, Permission):
        yield lambda a=actor, p=permission: require(a, p)
    for held in product(Role, Role):
        yield lambda h=held: check_roles(h, "")


def raised(error: DomainError) -> None:
    raise error


MACHINES: Mapping[str, Callable[[], Cases]] = {
    "orders": of_orders,
    "adjudications": of_matters,
    "months": of_periods,
    "exemptions": of_exemptions,
    "deadlines": of_policies,
    "false alarms": of_false_alarms,
    "knowledge": of_knowledge,
    "reports": of_reports,
    "planned work": of_registers,
    "changes": of_changes,
    "twin": of_the_twin,
    "roles": of_roles,
}


@pytest.mark.parametrize("machine", MACHINES)
def test_no_refusal_of_a_state_machine_shows_an_identifier(machine: str) -> None:
    refused = {str(e): e for e in map(refusal, MACHINES[machine]()) if e is not None}
    assert refused
    for error in refused.values():
        assert list(identifiers_in(error)) == [], error
        english = problem_of(error, "en")
        for text in (english.title, english.detail, english.remedy):
            assert HAN.search(text) is None, text


def test_what_a_bulk_answer_says_of_a_state_is_the_screens_word() -> None:
    for state in IncidentState:
        incident = made(Incident, state=state, merged_into=None, version=1, stamps=made(TimeStamps))
        reason = judge(incident, BulkItem("I-1")).reason
        assert f" {state.value}" not in reason
        assert HAN.search(translate(reason, "en")) is None


def test_no_text_is_made_of_an_identifier() -> None:
    """``message(..., state=row.state.value)`` never is a word of the screens."""
    found = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "message"
        for keyword in node.keywords
        if any(isinstance(n, ast.Attribute) and n.attr == "value" for n in ast.walk(keyword.value))
    ]
    assert found == []


def refusal(attempt: Callable[[], object]) -> DomainError | None:
    try:
        attempt()
    except DomainError as error:
        return error
    return None


def identifiers_in(error: DomainError) -> Iterator[object]:
    """Values of enumerations that a refusal's texts are made of, as such or by their value."""
    for text in (error.title, error.detail, error.remedy):
        for leaf in leaves(text) if isinstance(text, Message) else ():
            is_one = isinstance(leaf, Enum) and not isinstance(leaf, Permission)
            if is_one or (
                type(leaf) is str and any(w in values_of_all() for w in IDENTIFIER.findall(leaf))
            ):
                yield leaf


def words_of(text: str) -> list[str]:
    return IDENTIFIER.findall(text)


@cache
def values_of_all() -> frozenset[str]:
    return frozenset(value for kind in StrEnum.__subclasses__() for value in kind)


def leaves(text: Message) -> Iterator[object]:
    """The values of a text, and of the texts in it."""
    for value in text.values.values():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Message):
                yield from leaves(one)
            else:
                yield one
