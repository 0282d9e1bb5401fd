"""The page of the rules, its JSON, and the line on the wall: nothing unknown looks good."""

from dataclasses import replace
from datetime import date, timedelta

import httpx
import pytest

from device_configs.compliance.rule_documents import load_rules
from device_configs.compliance.rules_check import applying_rules
from device_configs.compliance.rules_judgement import BrokenPlace, RulesCheck
from device_configs.compliance.rules_store import keep_rules_check
from device_configs.site.model import ComplianceException
from monitors.alerts.model import State, Timing, Verdict
from monitors.evidence import Element
from ops_core.kernel.i18n import Language
from tests.wallboard.conftest import NOW, sign_in
from tests.wallboard.serve import Served
from wallboard.application import create_application
from wallboard.pages import Pages
from wallboard.static_files import StaticFiles
from wallboard.wall.conditions import CONFIGURATION_RULES, configuration_view
from wallboard.wall.state import ConfigurationView
from wallboard.wall.tiles import TileRenderer

SSHD = "/etc/ssh/sshd_config"
ROOT = BrokenPlace("logins-are-limited", SSHD, 3, "PermitRootLogin <b>yes")


def store(served: Served, device: str, *places: BrokenPlace, problem: str = "") -> None:
    asked = tuple(rule.name for rule in applying_rules(load_rules(), "frr", production=False))
    since = {place.rule: NOW - timedelta(hours=3) for place in places}
    check = RulesCheck(device, NOW, "system:device-checks", asked, places, problem, since)
    with served.dependencies.database.transaction() as session:
        keep_rules_check(session, check)


async def test_before_the_first_check_everything_is_unknown(engineer: httpx.AsyncClient) -> None:
    page = (await engineer.get("/network/compliance")).text
    assert "尚未检查" in page
    assert 'class="state kept"' not in page
    report = (await engineer.get("/api/compliance")).json()
    assert report["counts"]["kept"] == report["counts"]["violated"] == 0
    assert report["counts"]["unknown"] == len(report["rules"]) > 0
    assert "声明中没有例外" in page


async def test_what_is_broken_is_named_with_place_since_and_remedy(
    served: Served, engineer: httpx.AsyncClient
) -> None:
    store(served, "rt-a", ROOT)
    store(served, "rt-b", problem="no answer within 30 s")
    page = (await engineer.get("/network/compliance")).text
    assert "PermitRootLogin &lt;b&gt;yes" in page
    assert "关闭口令登录" in page
    assert "no answer within 30 s" in page
    one = (await engineer.get("/api/compliance?state=violated")).json()["rules"]
    assert [(r["device"], r["rule"], r["places"][0]["line"]) for r in one] == [
        ("rt-a", ROOT.rule, 3)
    ]
    kept = (await engineer.get("/network/compliance?state=kept&device=rt-a")).text
    assert "PermitRootLogin" not in kept
    assert (
        "没有符合筛选条件的规则"
        in (await engineer.get("/network/compliance?state=kept&device=rt-b")).text
    )
    assert (await engineer.get("/network/compliance?state=fine")).status_code == 422


@pytest.mark.parametrize(
    ("until", "state", "word"),
    [(date(2026, 11, 23), "excepted", "至2026-11-23"), (date(2026, 11, 22), "violated", "已于")],
)
async def test_an_exception_is_shown_with_its_end(
    served: Served, until: date, state: str, word: str
) -> None:
    given = served.dependencies
    exception = ComplianceException(
        name="old-login", rule=ROOT.rule, devices=("rt-a",),
        reason="The maker's remote service needs it.", owner="network-team", until=until,
    )  # fmt: skip
    site = given.site.model_copy(update={"compliance_exceptions": {"old-login": exception}})
    store(served, "rt-a", ROOT)
    transport = httpx.ASGITransport(create_application(replace(given, site=site)))
    headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1", headers=headers
    ) as client:
        await sign_in(client, "li.ming")
        page = (await client.get("/network/compliance")).text
        report = (await client.get("/api/compliance?device=rt-a")).json()
    assert word in page
    found = {rule["rule"]: (rule["state"], rule["expired"]) for rule in report["rules"]}
    assert found[ROOT.rule] == (state, state == "violated")
    assert [one["holds"] for one in report["exceptions"]] == [state == "excepted"]


def test_drift_and_violations_stand_on_the_walls_network_tile(served: Served) -> None:
    site = served.dependencies.site
    drift, violation = CONFIGURATION_RULES
    names = [device.name for device in site.deployed]
    states = {Element.condition(rule, name): State.UP for rule in (drift, violation)
              for name in names}  # fmt: skip
    verdict = Verdict(NOW, states, (), Timing())
    assert configuration_view(site, verdict) == ConfigurationView(total=len(names))
    states[Element.condition(drift, "rt-a")] = State.DOWN
    states[Element.condition(violation, "rt-b")] = State.DOWN
    del states[Element.condition(drift, "core-a")]
    seen = configuration_view(site, verdict)
    assert seen == ConfigurationView(1, 1, 1, len(names))
    now = served.centre.state()
    shown = replace(now, network=replace(now.network, configuration=seen))
    renderer = TileRenderer(site, Pages(StaticFiles()), Language.ENGLISH)
    tile = renderer.render(shown)["network"]
    for text in ('id="wall-drift"', "1 drifted", "1 violate a rule", "1 configurations unknown"):
        assert text in tile
    well = replace(now.network, configuration=ConfigurationView(total=len(names)))
    assert "as declared and compliant" in renderer.render(replace(now, network=well))["network"]
    unwatched = renderer.render(now)["network"]
    assert "compliant" not in unwatched, "where nobody checks nothing is claimed"
