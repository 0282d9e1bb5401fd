"""How people get into boxes: as declared in every family; ``--update-golden`` rewrites what it
changes of the shipped renderings."""

import difflib
from datetime import date
from pathlib import Path

import pytest

from device_configs.compliance.rule_documents import load_rules
from device_configs.compliance.rules_check import check_compliance
from device_configs.grammar import FAMILIES, check_text
from device_configs.render import Secrets, render_device
from device_configs.render.families import load_family, render_vendor
from device_configs.render.refusal import NotRenderable
from device_configs.render.secrets import SecretsMissing
from device_configs.site import Site
from device_configs.site.faults import SiteInvalid
from tests.device_configs.render.changes import ACCESS, EMERGENCY, GUARDING, Change, Edit, sites_of

GOLDEN = Path(__file__).parent / "golden" / "access"
TACACS = Edit("access.yml", "protocol: radius", "protocol: tacacs")
CASES = [
    *((family, "core-a") for family in (*FAMILIES, "arista_eos")),
    *((family, "fwi-a") for family in FAMILIES),
]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return sites_of(Change("guarded", GUARDING), tmp_path_factory.mktemp("guarded"))[1]


@pytest.fixture(scope="module")
def with_tacacs(tmp_path_factory: pytest.TempPathFactory) -> Site:
    change = Change("tacacs", (TACACS,), before=GUARDING)
    return sites_of(change, tmp_path_factory.mktemp("tacacs"))[1]


def added(before: str, after: str, secrets: Secrets) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
    return "".join(f"{secrets.mask(line)}\n" for line in list(lines)[2:])


@pytest.mark.parametrize(("family", "name"), CASES)
def test_what_is_declared_changes_these_lines_alone(
    family: str,
    name: str,
    site: Site,
    guarded: Site,
    with_tacacs: Site,
    secrets: Secrets,
    update_golden: bool,
) -> None:
    texts = [render_vendor(one, secrets, name, family) for one in (site, guarded, with_tacacs)]
    found = f"{added(texts[0], texts[1], secrets)}=== TACACS\n{added(texts[1], texts[2], secrets)}"
    golden = GOLDEN / f"{family}-{name}.txt"
    if update_golden:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found, "utf-8")
    assert found == golden.read_text("utf-8")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_grammar_accepts_every_device(
    family: str, guarded: Site, with_tacacs: Site, secrets: Secrets
) -> None:
    boxes = load_family(family).boxes
    faults = [
        str(fault)
        for site in (guarded, with_tacacs)
        for name, device in site.devices.items()
        for fault in check_text(family, render_vendor(site, secrets, name, family), name,
                                boxes[device.role.name].platform)
    ]  # fmt: skip
    assert faults == []


@pytest.mark.parametrize("family", FAMILIES)
def test_rules_find_the_console_closed(family: str, guarded: Site, secrets: Secrets) -> None:
    text = render_vendor(guarded, secrets, "core-a", family)
    found = check_compliance("core-a", family, text, load_rules(), today=date(2026, 11, 30))
    assert {"console-authenticates", "lines-authenticate"}.isdisjoint(f.rule for f in found)


def test_linux_shows_the_banner_and_has_no_break_glass_account(
    site: Site, guarded: Site, secrets: Secrets
) -> None:
    tree = render_device(guarded, secrets, "core-a")
    accounts = tree.file("/etc/ssh/sshd_config.d/40-accounts.conf").content
    assert "Banner /etc/ssh/banner" in accounts
    assert "emergency" not in accounts
    assert tree.file("/etc/ssh/banner").content.startswith("Hotline 12345 - use is logged")
    with pytest.raises(KeyError):
        render_device(site, secrets, "core-a").file("/etc/ssh/banner")


@pytest.mark.parametrize(
    ("password", "said"),
    [("Short-1", "14 characters"), ("onlysmallletters", "3 kinds"), ("abc", "and 3 kinds")],
)
def test_a_password_against_the_policy_is_refused_with_what_it_lacks(
    password: str, said: str, guarded: Site, secrets: Secrets
) -> None:
    weak = secrets.model_copy(update={"keys": {**secrets.keys, "emergency": password}})
    with pytest.raises(NotRenderable, match=said) as refusal:
        render_vendor(guarded, weak, "core-a", "huawei_vrp")
    assert password not in str(refusal.value)


def test_a_missing_password_is_named(guarded: Site, secrets: Secrets) -> None:
    keys = {name: key for name, key in secrets.keys.items() if name != "emergency"}
    with pytest.raises(SecretsMissing, match="emergency"):
        render_vendor(guarded, secrets.model_copy(update={"keys": keys}), "core-a", "h3c_comware")


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ((Edit("access.yml", ACCESS, "banner: 热线\n"),), "banner"),
        ((Edit("access.yml", ACCESS, "banner: 'a%b'\n"),), "banner"),
        ((*GUARDING, Edit("access.yml", "10.255.0.61", "10.20.1.61")),
         "access.yml:4: servers.hosts[0].address: 10.20.1.61 is not in the network management"),
        (GUARDING[:1], "access.yml:1: servers: has no way in behind it"),
        ((Edit("accounts.yml", "accounts:\n", "accounts:\n" + EMERGENCY.replace(
            "    password_secret: emergency\n", "")),), "password_secret should be there"),
        ((Edit("accounts.yml", "accounts:\n", "accounts:\n" + EMERGENCY.replace(
            "break_glass", "person")),), "password_secret should be there"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_a_fault_with_its_place(
    edits: tuple[Edit, ...], said: str, tmp_path: Path
) -> None:
    with pytest.raises(SiteInvalid) as invalid:
        sites_of(Change("faulty", edits), tmp_path)
    assert said in str(invalid.value), str(invalid.value)


def test_only_deployments_account_counts_as_the_administrator_of_a_device(tmp_path: Path) -> None:
    alone = Edit("accounts.yml", "privilege: administrator\n    roles: [router, firewall, "
                 "intrusion_prevention, core_switch", "privilege: administrator\n    roles: "
                 "[firewall, intrusion_prevention, core_switch")  # fmt: skip
    with pytest.raises(SiteInvalid, match="no administrator by ssh on rt-a, rt-b"):
        sites_of(Change("alone", (alone, *GUARDING)), tmp_path)
