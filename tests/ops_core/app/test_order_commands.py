"""``zhishou orders answer`` and ``answer-directly``: a person's alone, with a password."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner, Result

from device_configs.site import load_site
from device_configs.site.hotline import CaseKind
from device_configs.site.model import Site
from ops_core.app.order_commands import orders
from ops_core.app.tables import TABLE_MODULES
from ops_core.hotline.cases.model import CaseDraft, Channel
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.identity import create_user
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import PROJECT_DIRECTORY, load_settings
from ops_core.knowledge.articles.service import Draft
from tests.ops_core.knowledge.people import published

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(PROJECT_DIRECTORY / "inventory")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.delenv("ZHISHOU_DATABASE_URL", raising=False)
    opened = open_database(load_settings())
    migrate(opened.engine, TABLE_MODULES)
    with unit_of_work(opened, None, SystemClock(), Actor.system("test")) as uow:
        create_user(uow, "lin", "林", PASSWORD, [Role.AGENT])
        create_user(uow, "zhou", "周", PASSWORD, [Role.PURCHASER_SUPERVISOR])
    yield opened
    opened.close()


@pytest.fixture
def order(database: Database, site: Site) -> str:
    now = SystemClock().now()
    draft = CaseDraft(
        Channel.WEB, "portal", "p-1", CaseKind.HELP, "heating", "province", "暖气", "不热", now
    )
    vault = ContactVault(Fernet.generate_key())
    with unit_of_work(database, None, SystemClock(), Actor.user("lin", [Role.AGENT])) as uow:
        number = record_case(uow, site, vault, draft).order
    assert number is not None
    return number


def run(*words: str, who: str = "") -> Result:
    said = [*words, *(("--as", who, "--password-stdin") if who else ())]
    return CliRunner().invoke(orders, said, input=PASSWORD + "\n")


def test_a_direct_answer_cites_what_it_was_read_out_of(
    database: Database, site: Site, order: str
) -> None:
    def work(actor: Actor):  # type: ignore[no-untyped-def]
        return unit_of_work(database, None, SystemClock(), actor)

    article = published(work, site, Draft("供暖时间", "十一月十五日起"))
    words = ("answer-directly", order, "--remark", "已按口径答复", "--cite")
    assert run("answer-directly", order, "--remark", "已答复", who="lin").exit_code == 2
    assert run(*words, f"{article}/1").exit_code == 5, "the machine's operator is no person"
    assert run(*words, f"{article}/1", who="zhou").exit_code == 5
    with database.reading() as session:
        last = read_audit(session, limit=1)[0]
    assert (last.actor, last.action, last.subject_id) == ("zhou", "refused", order)
    assert run(*words, f"{article}/9", who="lin").exit_code == 3
    assert run(*words, "K-1", who="lin").exit_code == 2
    answered = run(*words, f"{article}/1", "--json", who="lin")
    assert json.loads(answered.stdout)["state"] == "answered_directly"
    assert run(*words, f"{article}/1", who="lin").exit_code == 4
    assert f"{article}/1" in run("show", order).stdout


def test_a_first_answer_is_a_persons(database: Database, order: str) -> None:
    words = ("answer", order, "--remark", "已收到，正在核实")
    assert run(*words).exit_code == 5
    answered = run(*words, who="lin")
    assert answered.exit_code == 0, answered.output
    assert run(*words, who="lin").exit_code == 4
    with database.reading() as session:
        entries = [(one.actor, one.action) for one in read_audit(session, limit=9)]
    assert ("lin", "order.answer") in entries
