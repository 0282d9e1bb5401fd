"""The pages of one device, seat, service; of users, accounts, the audit log and settings."""

import html
import re

import httpx
import pytest

from incident.read import find_incident
from incident.service import note
from ops_core.kernel.audit import SEARCHED, read_head
from ops_core.kernel.commands import unit_of_work
from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import Language
from ops_core.kernel.identity import (
    OPERATOR_ROLES,
    Actor,
    Permission,
    Role,
    issue_token,
    set_roles,
)
from ops_core.kernel.settings import Settings
from ops_core.kernel.tables import AuditEntryRow
from tests.wallboard.conftest import sign_in
from tests.wallboard.serve import PASSWORD, Served
from wallboard.administration.settings import HIDDEN_SETTING, shown_settings
from wallboard.people import People

pytestmark = pytest.mark.usefixtures("day")

LI, ZHANG = (Actor.user(name, [Role.NETWORK_ENGINEER]) for name in ("li.ming", "zhang"))


@pytest.fixture
async def chief(served: Served, stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    with served.unit_of_work() as uow:
        set_roles(uow, "guest", OPERATOR_ROLES)
    await sign_in(stranger, "guest")
    return stranger


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("/devices/rt-a", ["rt-a", "接口", "相关故障", "本月的中断", "近期变更", "配置"]),
        ("/seats/37", ["37号席", "近30天的状态变化", "相关故障", "主机"]),
        ("/services/platform", ["相关故障", "承载设备"]),
        ("/audit?q=li.ming", ["li.ming", "李明"]),
        ("/settings", ["ZHISHOU_WEB_PORT", "8000"]),
        ("/users", ["li.ming", "李明", "网络工程师"]),
        ("/account", ["更改口令", "see_calls"]),
    ],
)
async def test_a_room_shows_what_is_known(
    chief: httpx.AsyncClient, address: str, parts: list[str]
) -> None:
    answer = await chief.get(address)
    assert answer.status_code == 200
    assert not [part for part in parts if part not in answer.text]


@pytest.mark.parametrize("address", ["/devices/nothing", "/seats/9999", "/services/nothing"])
async def test_what_is_not_declared_has_no_room(chief: httpx.AsyncClient, address: str) -> None:
    assert (await chief.get(address)).status_code == 404


async def test_a_user_is_added_signs_in_and_changes_his_password(
    chief: httpx.AsyncClient, served: Served
) -> None:
    form = {"name": "wang.fang", "display_name": "王芳", "roles": "agent"}
    found = re.search('class="once">([^<]+)<', (await chief.post("/users", data=form)).text)
    assert found is not None
    await chief.post("/logout")
    target = {"name": "wang.fang", "password": found[1], "target": "/account"}
    assert (await chief.post("/login", data=target)).status_code == 303
    new = {"former": "wrong", "password": "staple-battery-9", "again": "staple-battery-9"}
    assert (await chief.post("/account/password", data=new)).status_code == 422
    new["former"] = found[1]
    assert (await chief.post("/account/password", data=new)).status_code == 200
    assert (await chief.get("/account")).status_code == 303, "every sign-in has ended"
    target["password"] = new["password"]
    assert (await chief.post("/login", data=target)).status_code == 303


async def test_a_token_changes_no_account(stranger: httpx.AsyncClient, served: Served) -> None:
    with served.unit_of_work() as uow:
        token = issue_token(uow, "li.ming").token
    bearer = {"authorization": f"Bearer {token}"}
    form = {"days": "1", "permissions": "see_calls"}
    answer = await stranger.post("/account/tokens", data=form, headers=bearer)
    assert answer.status_code == 403


def test_secrets_are_not_among_the_settings_shown() -> None:
    secret = "postgresql+psycopg://u:hunter2@db/x"
    settings = Settings(database_url=secret, token="hunter2", influxdb_password="hunter2")
    shown = {one.name: one.value for one in shown_settings(settings, Language.CHINESE)}
    assert "hunter2" not in repr(shown)
    assert shown["ZHISHOU_DATABASE_URL"] == HIDDEN_SETTING


async def test_the_language_is_changed_on_the_very_page(chief: httpx.AsyncClient) -> None:
    page = await chief.get("/orders?tab=all&q=%E4%BE%9B%E6%9A%96")
    found = re.search('name="target" value="([^"]+)"', page.text)
    assert found is not None
    target = found[1].replace("&amp;", "&")
    answer = await chief.post("/language", data={"language": "en", "target": target})
    assert answer.headers["location"] == "/orders?tab=all&q=%E4%BE%9B%E6%9A%96"


async def test_signing_in_leads_back_to_page_and_query(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/orders?tab=all&unit=housing")
    assert answer.headers["location"] == "/login?next=/orders%3Ftab%3Dall%26unit%3Dhousing"


def test_a_unit_is_shown_its_own_people_and_no_sign_in_name_of_the_centre(served: Served) -> None:
    people, given = People(), served.dependencies
    from ops_core.kernel.identity import find_user

    with given.database.reading() as session:
        people.refresh(session, given.clock.now())
        handler, engineer = (find_user(session, one) for one in ("unit_handler", "li.ming"))
    assert people.shown("li.ming", engineer) == "李明"
    assert people.shown("li.ming", handler) == "热线中心"
    assert people.shown("unit_handler", handler) == "张伟"
    assert people.shown("somebody", handler) == "热线中心"
    assert people.shown("system:demonstration", engineer) == "平台"


@pytest.mark.parametrize("between", [[LI], [ZHANG], [LI, ZHANG]], ids=["own", "another's", "both"])
def test_a_page_that_anything_changed_since_is_refused(
    served: Served, between: list[Actor]
) -> None:
    given, number = served.dependencies, "F-20261123-007"

    def do(actor: Actor, version: int | None) -> None:
        with unit_of_work(given.database, given.bus, given.clock, actor) as uow:
            note(uow, number, "记录", version)

    with given.database.reading() as session:
        seen = find_incident(session, number).version
    for actor in between:
        do(actor, None)
    with pytest.raises(Conflict):
        do(LI, seen)


async def test_the_permissions_of_a_token_are_those_that_were_chosen(
    chief: httpx.AsyncClient,
) -> None:
    form = {"days": "7", "permissions": [Permission.SEE_CALLS.value]}
    page = (await chief.post("/account/tokens", data=form)).text
    found = re.search('class="once">([^<]+)<', page)
    assert found is not None
    await chief.post("/logout")
    bearer = {"authorization": f"Bearer {found[1]}"}
    assert (await chief.get("/api/calls", headers=bearer)).status_code == 200
    assert (await chief.get("/api/incidents", headers=bearer)).status_code == 403
    assert PASSWORD not in page


async def test_a_search_of_a_long_audit_log_says_how_far_it_came_and_goes_on(
    chief: httpx.AsyncClient, served: Served
) -> None:
    """Two hundred thousand links further on: the page ends before the first ones."""
    with served.dependencies.database.transaction() as session:
        last = read_head(session)
        row = session.get_one(AuditEntryRow, last.position)
        values = {
            column.key: getattr(row, column.key) for column in AuditEntryRow.__table__.columns
        }
        session.add(AuditEntryRow(**(values | {"position": last.position + SEARCHED})))
        name = session.get_one(AuditEntryRow, 1).action
    cut = (await chief.get(f"/audit?q={name}")).text
    assert "更早的记录尚未查找" in cut
    assert "没有符合条件的记录" not in cut
    [following] = re.findall(r'href="(/audit\?before=\d+&amp;q=[^"]+)"', cut)
    rest = (await chief.get(html.unescape(following))).text
    assert "更早的记录尚未查找" not in rest
    assert f"<td>{name}</td>" in rest
