"""A month is closed by two people who read only what the screen shows them.

They know no address and no rule: they choose from the menu, follow links, fill in the fields of a
form and press its buttons. Everything they do begins on the form of the month.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from ops_core.app.demonstration_year.loading import YearLoader
from ops_core.app.demonstration_year.scope import year_scope
from ops_core.hotline.adjudications.kinds import AdjudicationKind
from ops_core.hotline.adjudications.model import Submission
from ops_core.hotline.adjudications.service import submit
from ops_core.kernel.clock import FixedClock
from ops_core.kernel.evidence_files import EvidenceStore
from ops_core.kernel.permissions import Actor, Role
from ops_core.kpi.assessment.exempting import request_exemption
from ops_core.kpi.assessment.exemptions import ExemptionRequest
from tests.wallboard.conftest import ORIGIN, sign_in
from tests.wallboard.serve import VAULT, Served, make
from tests.wallboard.shown import Shown, read_page
from wallboard.application import create_application

LOADED_AT = datetime(2026, 2, 1, 2, tzinfo=UTC)
"""January is over, and some of what it needs is not."""
MONTH = "2026-01"
SCALE = 0.02
DAYS = 12
"""Both look at the form once a day; by then January is sealed."""
INDICATORS = 15


@dataclass
class Person:
    """Somebody at a screen, and what it shows."""

    client: httpx.AsyncClient
    page: Shown

    async def choose(self, word: str) -> None:
        """From the menu."""
        await self.follow(self._named(self.page.all("nav")[0], word))

    async def follow(self, link: Shown) -> None:
        await self._shows(await self.client.get(link["href"].partition("#")[0]))

    async def press(self, button: Shown) -> None:
        """With its form filled in: a field says by its kind what it takes."""
        form = button.above("form")
        fields = dict(_filled(form, button))
        address = button["formaction"] or form["action"]
        await self._shows(await self.client.post(address, data=fields, follow_redirects=True))

    async def see_month(self) -> list[Shown]:
        """The rows of the form of the month."""
        await self.choose("考核")
        while MONTH not in self.page.all("h1")[0].words:
            months = next(one for one in self.page.all("span") if one["class"] == "months")
            await self.follow(months.all("a")[0])
        return [one for one in self.page.all("tr") if one["id"].startswith("row-")]

    async def _shows(self, answer: httpx.Response) -> None:
        assert answer.status_code == 200, (answer.url, answer.status_code, answer.text[:600])
        self.page = read_page(answer.text)

    @staticmethod
    def _named(within: Shown, word: str) -> Shown:
        return next(one for one in within.all("a") if one.words == word)


def _filled(form: Shown, button: Shown) -> Iterator[tuple[str, str]]:
    for one in form.all("input", "textarea", "select"):
        if not one["name"] or one["type"] == "checkbox":
            continue
        if one.tag == "select":
            yield one["name"], _chosen(one, button)
        elif one["type"] == "month":
            yield one["name"], MONTH
        else:
            written = one["value"] or one.words
            yield one["name"], written or ("已核对，情况属实。" if one["type"] != "hidden" else "")


def _chosen(select: Shown, button: Shown) -> str:
    """What is chosen already, or else what speaks of the button."""
    options = select.all("option")
    chosen = next((one for one in options if "selected" in one.attributes), options[0])
    word = button.words.partition(" ")[0]
    fitting = [one for one in options if one["value"] and one.words.startswith(word)]
    return chosen["value"] or (fitting or options)[0]["value"]


def closed_month(folder: Path) -> None:
    """The demonstration's January and the first days of February, in the folder."""
    served = make(folder, FixedClock(LOADED_AT))
    site, store = served.dependencies.site, EvidenceStore(folder / "evidence", 1 << 22)
    paper = store.take_in("材料.txt", io.BytesIO("成果材料".encode()))
    scope = year_scope(site, LOADED_AT.year, SCALE, 12345, LOADED_AT)
    loader = YearLoader(
        site, served.dependencies.database, FixedClock(LOADED_AT), VAULT, store, paper, scope
    )
    loader.run(lambda _: None)
    served.close()


@pytest.fixture
def served(tmp_path: Path, clock: FixedClock) -> Iterator[Served]:
    closed_month(tmp_path)
    clock.adjust(LOADED_AT - clock.now())
    made = make(tmp_path, clock, prepared=(tmp_path / "wall.sqlite").read_bytes())
    yield made
    made.close()


async def at_a_screen(served: Served, role: str) -> Person:
    transport = httpx.ASGITransport(create_application(served.dependencies))
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    client = httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers)
    await sign_in(client, role)
    answer = await client.get("/", follow_redirects=True)
    person = Person(client, read_page(answer.text))
    await person.follow(person.page.all("a")[0])  # out of the wall
    return person


def leave_open(served: Served) -> None:
    """What both sides still have to say of January: a complaint, and a window to exempt."""
    site, at = served.dependencies.site, datetime(2026, 1, 14, 2, tzinfo=UTC)
    complaint = Submission(
        AdjudicationKind.COMPLAINT, "demo.agent-01", at, "来电人反映态度生硬。",
        person="demo.agent-01", nature="attitude",
    )  # fmt: skip
    window = ExemptionRequest((1,), at, at + timedelta(hours=1), "运营商中断", "豫通〔2026〕7号")
    with served.unit_of_work() as uow:
        work = uow.acting_as(Actor.user("demo.supervisor-1", (Role.SUPERVISOR,)))
        submit(work, site, complaint)
        request_exemption(work, site, window)


async def mend(person: Person, month_row: Shown) -> None:
    """Follow what the row says is missing, and do there what this person can do."""
    lacks = [one for one in month_row.all("div") if one["class"] == "lack"]
    for link in [link for lack in lacks for link in lack.all("a")]:
        await person.follow(link)
        await decide_all(person)


async def decide_all(person: Person) -> None:
    """Everything the list shows that waits for this person."""
    signing = [one for one in person.page.all("a") if one.words.startswith("登记")]
    if signing and MONTH not in person.page.words:
        await person.follow(signing[0])
        await person.press(person.page.all("main")[0].buttons[0])
        return
    rows = [one for one in person.page.all("tr") if "待审批" in one.words]
    for asked in [one for one in rows if one.buttons][:1]:
        await person.press(asked.buttons[0])
    rows = [one for one in person.page.all("tr") if "待认定" in one.words]
    for link in [one for row in rows for one in row.all("a")]:
        await person.follow(link)
        aside = person.page.all("aside")
        if aside and aside[0].buttons:
            await person.press(aside[0].buttons[0])


async def work_on(person: Person, number: int) -> str:
    """What one of them can do about an indicator's month today; what its row says was missing."""
    name = f"row-{number}"
    row = next(one for one in await person.see_month() if one["id"] == name)
    missing = " ".join(one.words for one in row.all("div") if one["class"] == "lack")
    await mend(person, row)
    row = next(one for one in await person.see_month() if one["id"] == name)
    going = [one for one in row.buttons if one["class"] == "go"]
    if going:
        await person.press(going[0])
    return missing


async def test_all_indicators_of_a_month_are_sealed_by_reading_the_screen_alone(
    served: Served, clock: FixedClock
) -> None:
    leave_open(served)
    missing, unsealed = "", range(1, INDICATORS + 1)
    for _ in range(DAYS):
        for role in ("supervisor", "purchaser_supervisor"):
            person = await at_a_screen(served, role)
            for number in unsealed:
                missing += await work_on(person, number)
        rows = await person.see_month()
        unsealed = [n for n, row in enumerate(rows, 1) if "已封存" not in row.words]
        if not unsealed:
            break
        clock.adjust(timedelta(days=1))
    assert [row.words for row in rows if "已封存" not in row.words] == []
    assert len(rows) == INDICATORS
    for word in ("待认定的记录", "未签零报告的月份", "待审批的剔除申请"):
        assert word in missing
