"""docs/how-to/add-seats-and-a-policy.md stays true: its edit is checked, proved and asked."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops_core.app.cli import app
from ops_core.kernel.settings import PROJECT_DIRECTORY

GUIDE = PROJECT_DIRECTORY / "docs" / "how-to" / "add-seats-and-a-policy.md"
CABINET = (
    "  - {name: W7, title: {zh: 话务区壁柜7, en: Floor cabinet 7}, room: seat-floor, units: 9, "
    "feeds: [feed-a, feed-b]}\n"
)
SWITCH = """        sw-7:
          title: {zh: 接入7, en: Access 7}
          half: shared
          rack: W7
          ansible_host: 10.255.0.20
          wall: {column: 8.4, row: 6}
          snmp: v2c
          asset: {vendor: Huawei, model: S5735-L24T4X, serial: DEMO-0030, purchased: 2026-11-20, power_supplies: 1, unit: 9, height: 1}
          asset_tags: {kind: access_switch, vendor_series: S5735, owner: network-team, room: seat-floor, criticality: normal, warranty: "2029-12-31"}
"""  # noqa: E501
NETWORK = """  - name: seats-7
    zone: seats
    prefix: 10.20.7.0/24
    vlan: 17
    bridges: [sw-7]
    members: {core-a: 10.20.7.2, core-b: 10.20.7.3, sw-7: 10.20.7.4}
    virtual_addresses:
      - {name: gateway, address: 10.20.7.1, router_id: 17, members: [core-a, core-b]}
"""
SEATS = (
    "  - {name: row-7, numbers: [73, 74], switch: sw-7, network: seats-7, row: 7, first: {address: "
    '10.20.7.11, column: 1, phone: "8073", host_asset: PC-073, display_asset: DP-073}}\n'
)
GROUP = "  - {name: trainees, title: {zh: 学员, en: Trainees}, networks: [seats-7]}\n"
HOURS = (
    "  - {name: training-hours, title: {zh: 培训时段, en: Training hours}, "
    'periods: [{days: [mon, tue, wed, thu, fri], start: "09:00", end: "18:00"}]}\n'
)

Ask = Callable[..., tuple[int, str]]


def before(folder: Path, file: str, mark: str, added: str) -> None:
    """Put a text before the first occurrence of another in a file."""
    text = (folder / file).read_text()
    assert mark in text, (file, mark)
    (folder / file).write_text(text.replace(mark, added + mark, 1))


def rule_of_the_guide() -> str:
    return GUIDE.read_text().split("```yaml\n")[1].split("```")[0]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The shipped site with the guide's edit, the risk not yet accepted."""
    folder = tmp_path / "site"
    shutil.copytree(PROJECT_DIRECTORY / "inventory", folder)
    before(folder, "premises.yml", "  - {name: W6,", CABINET)
    before(folder, "hosts.yml", "        sw-ops:\n", SWITCH)
    before(folder, "networks.yml", "  - name: ops\n", NETWORK)
    cables = [
        line.replace("sw-6", "sw-7").replace("seats-6", "seats-7") + "\n"
        for line in (folder / "links.yml").read_text().splitlines()
        if "b: sw-6" in line
    ]
    before(folder, "links.yml", "  - {a: core-a, b: sw-ops", "".join(cables))
    with (folder / "seats.yml").open("a") as seats:
        seats.write(SEATS)
    before(folder, "objects.yml", "  - {name: supervisors,", GROUP)
    text = (folder / "objects.yml").read_text()
    (folder / "objects.yml").write_text(text.replace("time_ranges:\n", f"time_ranges:\n{HOURS}"))
    before(folder, "policies.yml", "      - name: agents-platform\n", rule_of_the_guide())
    return folder


@pytest.fixture
def ask(site: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setenv("ZHISHOU_INVENTORY", str(site))

    def asked(*words: str) -> tuple[int, str]:
        answer = CliRunner().invoke(app, list(words))
        return answer.exit_code, answer.output

    return asked


def test_a_new_switch_is_a_risk_until_somebody_accepts_it(site: Path, ask: Ask) -> None:
    assert ask("check")[0] == 0
    code, printed = ask("net", "prove", "--only", "single_points")
    assert code == 1
    assert "sw-7: its failure cuts 2 seats" in printed
    risks = (site / "risks.yml").read_text()
    risks = risks.replace("sw-5, sw-6]", "sw-5, sw-6, sw-7]").replace("seats: 72", "seats: 74")
    (site / "risks.yml").write_text(risks.replace('"rack:W6"]', '"rack:W6", "rack:W7"]'))
    code, printed = ask("net", "prove")
    assert code == 2, printed  # coverage: what no declaration can show
    assert printed.count("holds ") == 10


def test_a_trainee_reaches_the_knowledge_base_by_the_rule_and_nothing_else(ask: Ask) -> None:
    allowed, refused = (
        ask("net", "reach", "seat-073", "knowledge"),
        ask("net", "reach", "seat-073", "platform"),
    )
    assert "trainees-knowledge" in allowed[1]
    assert "trainees-knowledge" not in refused[1]
    assert "agents-" not in refused[1]
    assert "trainees-knowledge" in ask("net", "render", "fwi-a", "--family", "huawei_vrp")[1]
