"""``zhishou views`` and ``zhishou attachments``: as the person who signs in, with a password."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from device_configs.site.model import Site
from ops_core.app.tables import TABLE_MODULES
from ops_core.hotline.cases.service import record_case
from ops_core.hotline.contacts.vault import ContactVault
from ops_core.hotline.saved_views.cli import views
from ops_core.kernel.audit import read_audit
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.database import Database, migrate, open_database
from ops_core.kernel.evidence_links import evidence_breaks
from ops_core.kernel.identity import create_user
from ops_core.kernel.permissions import Actor, Role
from ops_core.kernel.settings import load_settings
from tests.ops_core.hotline.conftest import AGENT
from tests.ops_core.hotline.test_order_read import WEB
from wallboard.attachments.cli import attachments

PASSWORD = "correct-horse-battery"
DISPATCHER, HANDLER = "dispatch.he", "water.lin"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("ZHISHOU_STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setenv("ZHISHOU_LANGUAGE", "zh")
    monkeypatch.delenv("ZHISHOU_DATABASE_URL", raising=False)
    opened = open_database(load_settings())
    migrate(opened.engine, TABLE_MODULES)
    with unit_of_work(opened, None, SystemClock(), Actor.system("test")) as uow:
        create_user(uow, DISPATCHER, "何", PASSWORD, [Role.DISPATCHER])
        create_user(uow, HANDLER, "林", PASSWORD, [Role.UNIT_HANDLER], "water")
    yield opened
    opened.close()


def run(group: typer.Typer, *words: str, who: str = DISPATCHER, expect: int = 0) -> str:
    said = [*words, "--as", who, "--password-stdin"]
    result = CliRunner().invoke(group, said, input=PASSWORD + "\n")
    assert result.exit_code == expect, result.output
    return result.stdout


def test_a_view_is_kept_shared_and_taken_away_by_its_owner(database: Database) -> None:
    kept = run(views, "save", "临期供暖", "--tab", "due", "--query", "供暖", "--shared")
    number = kept.split("\t")[0]
    run(views, "save", "临期供暖", expect=4)
    run(views, "save", " ", expect=2)
    (listed,) = json.loads(run(views, "list", "--json"))
    assert (listed["name"], listed["tab"], listed["shared"]) == ("临期供暖", "due", True)
    assert json.loads(run(views, "list", "--json", who=HANDLER)) == [], "another circle"
    run(views, "remove", number, who=HANDLER, expect=3)
    run(views, "remove", number)
    assert run(views, "list") == ""


def test_files_are_attached_by_who_may_and_seen_by_who_sees_the_order(
    database: Database, site: Site, vault: ContactVault, tmp_path: Path
) -> None:
    with unit_of_work(database, None, SystemClock(), AGENT) as uow:
        draft = replace(WEB, received_at=SystemClock().now())
        order = record_case(uow, site, vault, draft).order
    assert order is not None
    good, bad = tmp_path / "现场.txt", tmp_path / "总结.exe"
    good.write_text("现场情况")
    bad.write_bytes(b"MZ")
    run(attachments, "add", "orders", order, str(good), str(bad), expect=2)
    run(attachments, "add", "orders", order, str(tmp_path), expect=2)
    assert json.loads(run(attachments, "list", "orders", order, "--json")) == [], "all, or none"
    (made,) = json.loads(run(attachments, "add", "orders", order, str(good), "--json"))
    assert made["personal"] is False
    assert run(attachments, "list", "orders", order).startswith(made["number"])
    for words in (("list", "orders", order), ("add", "orders", order, str(good))):
        run(attachments, *words, who=HANDLER, expect=5)
    run(attachments, "list", "moons", order, expect=3)
    with database.reading() as session:
        assert not list(evidence_breaks(session))
        last = read_audit(session, limit=1)[0]
    assert (last.actor, last.action, last.subject_id) == (HANDLER, "refused", order)
