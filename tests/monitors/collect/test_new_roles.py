"""docs/how-to/add-a-role.md and add-a-profile.md are true: what they quote loads, plans, is polled,
rendered and documented, without a line of Python."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from device_configs.documents.sockets import sockets_of
from device_configs.render import (
    NotRenderable,
    Secrets,
    manifest,
    render_device,
    render_site,
    trees,
)
from device_configs.site import Site, load_site
from device_configs.twin.plan import plan_twin
from incident.wording import headline
from monitors.alerts.conditions import RuleWatch
from monitors.alerts.graph import build_graph
from monitors.alerts.model import State, Timing
from monitors.alerts.rules import RuleBook, load_rules
from monitors.alerts.verdict import judge
from monitors.collect import profiles
from monitors.collect.plan import CollectionPlan, plan_collection
from monitors.collect.polling.poller import SnmpPoller
from monitors.evidence import Element, EvidenceRegister
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.errors import Invalid
from tests.how_to import quoted_files
from tests.monitors.collect.agents import UPS_ON_BATTERY
from tests.monitors.collect.conftest import INVENTORY, SECRETS, Record, Snmpd, answered_by, until
from tests.monitors.collect.test_poller import running

RENDERING = Secrets(
    snmp_community="c",
    snmp_user="u",
    snmp_auth_password="authentication",
    snmp_priv_password="privacy-of-it",
    login_keys={"root": "ssh-rsa AAAA root", "duty-engineer": "ssh-rsa AAAA duty-engineer"},
)
TAGS = {
    "kind": "small", "vendor_series": "S", "owner": "network-team", "room": "machine-room",
    "criticality": "normal", "warranty": "2029-03-01",
}  # fmt: skip


@pytest.fixture
def declaration(tmp_path: Path) -> Path:
    return Path(shutil.copytree(INVENTORY, tmp_path / "inventory"))


def add_role(folder: Path, role: str, text: str) -> None:
    (folder / "roles").mkdir(exist_ok=True)
    (folder / "roles" / f"{role}.yml").write_text(text, "utf-8")


def add_hosts(folder: Path, group: dict[str, object]) -> None:
    document = yaml.safe_load((folder / "hosts.yml").read_text("utf-8"))
    document["all"]["children"] |= group
    (folder / "hosts.yml").write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")


def small_device(title: str, number: int, **more: object) -> dict[str, object]:
    return {
        "title": {"zh": title, "en": title},
        "half": "shared",
        "rack": "R6",
        "ansible_host": f"10.255.0.{number}",
        "snmp": "v2c",
        "asset": {"vendor": "V", "model": "M", "serial": f"S-{number}", "purchased": "2026-03-02",
                  "unit": number - 50},
        "asset_tags": TAGS,
        **more,
    }  # fmt: skip


@pytest.fixture
def with_templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the templates that a test may add to."""
    folder = Path(shutil.copytree(manifest.TEMPLATES, tmp_path / "templates"))
    monkeypatch.setattr(manifest, "TEMPLATES", folder)
    monkeypatch.setattr(trees, "TEMPLATES", folder)
    manifest.load_manifest.cache_clear()
    trees._environment.cache_clear()
    yield folder
    manifest.load_manifest.cache_clear()
    trees._environment.cache_clear()


@pytest.fixture
def as_the_how_to_says(declaration: Path, with_templates: Path) -> Site:
    """The shipped site with what the how-to adds to it."""
    for path, text in quoted_files("add-a-role.md"):
        if path == "inventory/hosts.yml":
            add_hosts(declaration, yaml.safe_load(text))
        elif path.startswith("inventory/roles/"):
            add_role(declaration, Path(path).stem, text)
        else:
            target = with_templates / path.removeprefix("device_configs/templates/")
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, "utf-8")
    accounts = yaml.safe_load((declaration / "accounts.yml").read_text("utf-8"))
    next(a for a in accounts["accounts"] if a["name"] == "root")["roles"].append("time_server")
    (declaration / "accounts.yml").write_text(yaml.safe_dump(accounts, allow_unicode=True), "utf-8")
    return load_site(declaration)


def test_the_how_to_of_roles_touches_two_files_and_four(as_the_how_to_says: Site) -> None:
    paths = [path for path, _ in quoted_files("add-a-role.md")]
    assert len([p for p in paths if "camera" in p]) == 1
    assert len({Path(p).parent for p in paths if "time_server" in p}) == 2
    assert as_the_how_to_says.devices["cam-1"].polled
    assert not as_the_how_to_says.devices["cam-1"].deployed


def test_a_role_that_is_only_watched_is_never_rendered_and_one_that_is_deployed_is(
    as_the_how_to_says: Site,
) -> None:
    site = as_the_how_to_says
    rendered = render_site(site, RENDERING)
    assert "cam-1" not in rendered
    with pytest.raises(NotRenderable, match="cam-1"):
        render_device(site, RENDERING, "cam-1")
    files = {file.path: file.content for file in rendered["ntp-1"].files}
    assert files["/etc/chrony/chrony.conf"] == (
        "# ntp-1: time for example-12345\nlocal stratum 10\nallow 10.255.0.0/24\n"
    )
    assert "/etc/snmp/snmpd.conf" in files


def test_a_new_role_is_planned_judged_drawn_and_built_like_any_other(
    as_the_how_to_says: Site,
) -> None:
    site = as_the_how_to_says
    plan = plan_collection(site, SECRETS)
    assert {"cam-1", "ntp-1"} <= plan.targets.keys()
    assert [t.name for t in plan.targets["cam-1"].profile.tables] == ["interfaces", "sensors"]
    assert {"cam-1", "ntp-1"} <= build_graph(site).devices
    assert sockets_of(site)["cam-1", "mgmt"] == "MGMT"
    assert str(plan_twin(site).devices["cam-1"].addresses[0].address) == "10.255.0.70/24"
    assert {d.name for d in site.deployed} & {"cam-1", "ntp-1"} == {"ntp-1"}


@pytest.mark.daemon
async def test_ups_camera_and_printer_are_polled_by_a_real_agent_and_a_ups_on_battery_is_a_fault(
    declaration: Path, start_snmpd: Callable[..., Snmpd], record: Record
) -> None:
    for number, (role, profile, name) in enumerate(
        (("ups", "ups", "ups-1"), ("camera", "sensors", "cam-9"), ("printer", "printer", "prn-1"))
    ):
        add_role(declaration, role, f"title: {{zh: {name}, en: {name}}}\nprofiles: [{profile}]\n")
        add_hosts(declaration, {role: {"hosts": {name: small_device(name, 70 + number)}}})
    site = load_site(declaration)
    plan = plan_collection(site, SECRETS)
    port = start_snmpd(UPS_ON_BATTERY).port
    targets = {
        name: answered_by(plan, name, port, "v2c").targets[name]
        for name in ("ups-1", "cam-9", "prn-1")
    }
    await poll(replace(plan, targets=targets, liveness=(), checks=()), record, set(targets))
    found = RuleWatch(RuleBook(load_rules())).take(record.samples)
    register = EvidenceRegister().merged([*record.observations, *found])
    verdict = judge(build_graph(site), register, Timing(), datetime.now(UTC))
    assert verdict.state(Element.device("ups-1")) is State.UP
    (group,) = verdict.groups
    assert group.roots == (Element.condition("ups_on_battery", "ups-1"),)
    title = headline(site, group)
    assert (title.zh, title.en) == ("ups-1 由电池供电", "ups-1: On battery")


async def poll(plan: CollectionPlan, record: Record, names: set[str]) -> None:
    """Until every agent answered and the UPS was measured."""

    def are_known() -> bool:
        answered = {name for name in names if record.ok(Element.device(name))}
        return answered == names and bool(record.measured("ups", agent_host="ups-1"))

    async with running(SnmpPoller(plan, record.outlet, SystemClock())):
        await until(are_known)


@pytest.mark.daemon
async def test_the_profile_of_the_how_to_is_one_file_and_is_polled(
    declaration: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    snmpd: Snmpd,
    record: Record,
) -> None:
    ((path, text),) = quoted_files("add-a-profile.md")
    folder = Path(shutil.copytree(profiles.FOLDER, tmp_path / "profiles"))
    (folder / Path(path).name).write_text(text, "utf-8")
    monkeypatch.setattr(profiles, "FOLDER", folder)
    add_role(declaration, "recorder", "title: {zh: 录像机, en: Recorder}\nprofiles: [storage]\n")
    add_hosts(declaration, {"recorder": {"hosts": {"rec-1": small_device("录像机1", 73)}}})
    plan = plan_collection(load_site(declaration), SECRETS)
    poller = SnmpPoller(answered_by(plan, "rec-1", snmpd.port, "v2c"), record.outlet, SystemClock())
    async with running(poller):
        await until(lambda: bool(record.measured("storage")))
    rules = RuleWatch(RuleBook(load_rules(profiles=folder)))
    found = {o.element.name for o in rules.take(record.samples)}
    assert any(name.startswith("storage_full:rec-1:") for name in found)


def test_a_role_that_names_a_profile_nobody_wrote_is_refused_with_the_nearest_name(
    declaration: Path,
) -> None:
    add_role(declaration, "ups", "title: {zh: 不间断电源, en: UPS}\nprofiles: [upss]\n")
    add_hosts(declaration, {"ups": {"hosts": {"ups-1": small_device("UPS", 70)}}})
    with pytest.raises(Invalid) as refused:
        plan_collection(load_site(declaration), SECRETS)
    assert refused.value.detail == (
        "roles/ups.yml: profiles: no profile is named 'upss'; did you mean 'ups'?"
    )


def test_a_device_that_is_not_polled_is_neither_asked_nor_judged(declaration: Path) -> None:
    document = yaml.safe_load((declaration / "hosts.yml").read_text("utf-8"))
    document["all"]["children"]["log_audit"]["hosts"]["log-b"]["polled"] = False
    (declaration / "hosts.yml").write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    site = load_site(declaration)
    plan = plan_collection(site, SECRETS)
    assert "log-b" not in plan.targets
    assert Element.device("log-b") not in {target.element for target in plan.liveness}
    graph = build_graph(site)
    assert "log-b" not in graph.devices
    verdict = judge(graph, EvidenceRegister(), Timing(), datetime.now(UTC))
    assert verdict.state(Element.device("log-b")) is State.UNKNOWN
