"""``zhishou orders dispatch|sign|...``: each side takes its own steps, a unit by its token."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner, Result

from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.app.tables import TABLE_MODULES
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.orders.cli import orders
from ops_core.hotline.orders.service import PERSONAL
from ops_core.hotline.orders.step_commands import HELP
from ops_core.hotline.orders.steps import Step
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.identity import create_user, issue_token
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import Settings

Invoke = Callable[..., Result]
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    opened = open_database(Settings(state_directory=tmp_path))
    migrate(opened.engine, TABLE_MODULES)
    return opened


@pytest.fixture
def invoke(tmp_path: Path) -> Invoke:
    def run(*words: str, token: str = "") -> Result:
        state = {"ZHISHOU_STATE_DIRECTORY": str(tmp_path), "ZHISHOU_LANGUAGE": "zh"}
        given = {"ZHISHOU_TOKEN": token} if token else {}
        return CliRunner().invoke(orders, [*words], env=state | given)

    return run


@pytest.fixture
def order(database: Database, site: Site) -> str:
    draft = CaseDraft(
        Channel.WEB, "portal", "p-1", CaseKind.HELP, "heating", "province", "暖气", "不热", NOW
    )
    vault = ContactVault(Fernet.generate_key())
    with unit_of_work(database, None, SystemClock(), Actor.user("agent", [Role.AGENT])) as uow:
        number = record_case(uow, site, vault, draft).order
    assert number is not None
    return number


def test_an_order_goes_its_way_each_step_by_its_own_side(
    database: Database, invoke: Invoke, order: str
) -> None:
    with unit_of_work(database, None, SystemClock(), Actor.system("setup")) as uow:
        create_user(uow, "housing.ma", "马", "long-enough-1", [Role.UNIT_HANDLER], "housing")
        token = issue_token(uow, "housing.ma").token
    assert invoke("dispatch", order, "--unit", "housing").exit_code == 0
    assert invoke("sign", order).exit_code == 5, "the operator signs for no unit"
    assert invoke("sign", order, token="no-such-token").exit_code == 6
    signed = invoke("sign", order, "--version", "2", "--json", token=token)
    assert json.loads(signed.stdout)["state"] == "signed"
    assert invoke("sign", order, token=token).exit_code == 4, "it is signed already"
    assert invoke("reply", order, token=token).exit_code == 2, "what was done is asked for"
    assert invoke("reply", order, "--remark", "已修复", token=token).exit_code == 0
    assert invoke("complete", order, token=token).exit_code == 4, "it is under review"
    assert invoke("approve", order, token=token).exit_code == 5
    assert invoke("approve", order).exit_code == 0
    assert invoke("complete", order, token=token).exit_code == 0
    assert invoke("reopen", "W-0", "--remark", "x").exit_code == 3
    with database.reading() as session:
        actors = {entry.action: entry.actor for entry in read_audit(session, 50)}
    assert actors["order.sign"] == actors["order.complete"] == "housing.ma"
    assert actors["order.approve"].startswith("system:cli/")


def test_every_step_that_people_take_has_a_command() -> None:
    own = {
        Step.DISPATCH, Step.EXTEND, Step.DECLINE, Step.TRANSFER, Step.MERGE, Step.ENLIST,
        Step.CO_MISSING, Step.SUSPEND,
    }  # fmt: skip
    assert {*own, *HELP} == set(Step) - {Step.ACCEPT, Step.UNDO} - PERSONAL


def test_an_order_that_no_unit_has_ends_by_the_command_line(
    database: Database, invoke: Invoke, order: str
) -> None:
    assert invoke("decline", order, "--reason", "too-hard", "--remark", "x").exit_code == 2
    declined = invoke("decline", order, "--reason", "petition", "--remark", "已信访", "--json")
    assert json.loads(declined.stdout)["state"] == "declining"
    assert invoke("confirm", order).exit_code == 5, "who proposed it does not decide"
    with unit_of_work(database, None, SystemClock(), Actor.system("setup")) as uow:
        create_user(uow, "super.gao", "高", "long-enough-1", [Role.SUPERVISOR])
        token = issue_token(uow, "super.gao").token
    assert invoke("admit", order, "--remark", "应予受理", token=token).exit_code == 0
    assert invoke("merge", order, "--into", order).exit_code == 2
    assert invoke("merge", order, "--into", "W-20260302-09999").exit_code == 3
    assert invoke("transfer", order, "--service", "120", "--remark", "已转").exit_code == 0
    shown = invoke("show", order).stdout
    assert "提出不予受理" in shown
    assert "已进入信访渠道" in shown
    assert "120 急救" in shown


def test_a_step_of_the_command_line_is_taken_back_there(invoke: Invoke, order: str) -> None:
    assert invoke("dispatch", order, "--unit", "housing").exit_code == 0
    undone = invoke("undo", order, "--json")
    assert undone.exit_code == 0
    assert json.loads(undone.stdout)["state"] == "accepted"
    assert json.loads(undone.stdout)["version"] == 3
    assert invoke("undo", order).exit_code == 4
