"""Numbers, timers and keys of protocols: as declared in every family, and on Linux as FRR takes
them; ``--update-golden`` rewrites what they change of the shipped renderings."""

import difflib
import subprocess
from pathlib import Path

import pytest

from device_configs.grammar import FAMILIES, check_text
from device_configs.render import Secrets, render_device
from device_configs.render.families import load_family, render_vendor
from device_configs.render.refusal import NotRenderable
from device_configs.render.secrets import SecretsMissing
from device_configs.site import Site, load_site
from device_configs.site.faults import SiteInvalid
from tests.device_configs.render.changes import (
    INVENTORY,
    OTHER_AS,
    PROTOCOLS,
    SIGNED,
    SIGNED_CIRCUITS,
    Change,
    Edit,
    sites_of,
)

GOLDEN = Path(__file__).parent / "golden" / "protocols"
DEVICES = ("rt-a", "fwi-a", "core-a", "egov")
CASES = [(family, name) for family in (*FAMILIES, "arista_eos", "frr") for name in DEVICES
         if family != "arista_eos" or name in ("rt-a", "core-a")]  # fmt: skip
EVERYTHING = Change(
    "signed", (Edit("protocols.yml", PROTOCOLS, SIGNED), *SIGNED_CIRCUITS, OTHER_AS)
)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return sites_of(EVERYTHING, tmp_path_factory.mktemp("signed"))[1]


def text_of(site: Site, secrets: Secrets, name: str, family: str) -> str:
    if family == "frr":
        return render_device(site, secrets, name).file("/etc/frr/frr.conf").content
    if family == "arista_eos":  # it signs time by md5 alone
        key = site.protocols.ntp.key
        if key is not None:
            ntp = site.protocols.ntp.model_copy(
                update={"key": key.model_copy(update={"algorithm": "md5"})}
            )
            protocols = site.protocols.model_copy(update={"ntp": ntp})
            site = site.model_copy(update={"protocols": protocols})
    return render_vendor(site, secrets, name, family)


@pytest.mark.parametrize(("family", "name"), CASES)
def test_what_is_declared_changes_these_lines_alone(
    family: str, name: str, site: Site, signed: Site, secrets: Secrets, update_golden: bool
) -> None:
    before, after = (text_of(one, secrets, name, family) for one in (site, signed))
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    found = "".join(f"{secrets.mask(line)}\n" for line in list(lines)[2:]
                    if not line.startswith("@@"))  # fmt: skip
    golden = GOLDEN / f"{family}-{name}.txt"
    if update_golden:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found, "utf-8")
    assert found == golden.read_text("utf-8")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_grammar_accepts_every_device(family: str, signed: Site, secrets: Secrets) -> None:
    boxes = load_family(family).boxes
    faults = [
        str(fault)
        for name, device in signed.devices.items()
        for fault in check_text(family, render_vendor(signed, secrets, name, family), name,
                                boxes[device.role.name].platform)
    ]  # fmt: skip
    assert faults == []


@pytest.mark.daemon
@pytest.mark.parametrize("name", DEVICES)
def test_frr_accepts_every_line(name: str, signed: Site, secrets: Secrets, tmp_path: Path) -> None:
    file = tmp_path / "frr.conf"
    file.write_text(text_of(signed, secrets, name, "frr"), "utf-8")
    done = subprocess.run(["vtysh", "-C", "-f", str(file)], capture_output=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr).decode()


@pytest.mark.parametrize("family", [*FAMILIES, "frr"])
def test_a_key_that_the_secrets_lack_is_named(family: str, signed: Site, secrets: Secrets) -> None:
    keys = {name: key for name, key in secrets.keys.items() if name != "egov-b"}
    with pytest.raises(SecretsMissing, match="egov-b"):
        text_of(signed, secrets.model_copy(update={"keys": keys}), "rt-a", family)


@pytest.mark.parametrize(
    ("family", "name", "longest"),
    [("frr", "ospf-inside", 16), ("huawei_vrp", "gateways", 8), ("h3c_comware", "egov-a", 80)],
)
def test_a_key_that_would_be_cut_is_refused_with_its_length(
    family: str, name: str, longest: int, signed: Site, secrets: Secrets
) -> None:
    def render(length: int) -> str:
        keys = {**secrets.keys, name: "k" * length}
        return text_of(signed, secrets.model_copy(update={"keys": keys}), "rt-a", family)

    render(longest)
    with pytest.raises(NotRenderable, match=rf"keys\.{name}: has {longest + 1} characters"):
        render(longest + 1)


def test_eos_has_no_better_signature_of_time_and_says_so(signed: Site, secrets: Secrets) -> None:
    with pytest.raises(NotRenderable, match=r"ntp\.key\.algorithm.*write md5"):
        render_vendor(signed, secrets, "rt-a", "arista_eos")


def test_no_key_is_shown_by_what_prints_secrets(secrets: Secrets) -> None:
    assert all(key not in repr(secrets) for key in secrets.keys.values())
    assert all(key in secrets.hidden for key in secrets.keys.values())


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ((Edit("protocols.yml", "dead_s: 4", "dead_s: 1"),), "ospf"),
        ((Edit("protocols.yml", "hold_s: 3,", "hold_s: 3, keepalive_s: 2,"),), "keepalive_s"),
        ((Edit("protocols.yml", "{area: 0.0.0.0,", "{area: 0,"),), "write an address in dots"),
        ((Edit("protocols.yml", "hello_s: 1,", "hello_s: 1, key: {secret: 'a b'},"),),
         "ospf.key.secret"),
        ((Edit("hosts.yml", "loopback: 10.254.0.1\n", "loopback: 10.254.0.1\n"
               "          as_number: 65010\n"),), "rt-a.as_number: is of one of our own devices"),
        ((Edit("circuits.yml", "contract_number: L-2026-003", "contract_number: L-2026-003, "
               "bgp_secret: x"),), "circuits[internet].bgp_secret: is for a session"),
        ((Edit("protocols.yml", PROTOCOLS, SIGNED),
          Edit("hosts.yml", "          partner: rt-b\n",
               "          partner: rt-b\n          platform: huawei_vrp\n"),
          Edit("hosts.yml", "          partner: rt-a\n",
               "          partner: rt-a\n          platform: huawei_vrp\n")),
         "protocols.yml:1: ospf.key.algorithm: hmac-sha-256 is unknown to one end of rt-a--fwi-a"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_a_fault_with_its_place(
    edits: tuple[Edit, ...], said: str, tmp_path: Path
) -> None:
    with pytest.raises(SiteInvalid) as invalid:
        sites_of(Change("faulty", edits), tmp_path)
    assert said in str(invalid.value), str(invalid.value)


def test_a_declaration_without_the_file_is_as_the_shipped_one(
    site: Site, secrets: Secrets, tmp_path: Path
) -> None:
    import shutil

    folder = Path(shutil.copytree(INVENTORY, tmp_path / "inventory"))
    (folder / "protocols.yml").unlink()
    bare = load_site(folder)
    for family in (*FAMILIES, "frr"):
        assert text_of(bare, secrets, "rt-a", family) == text_of(site, secrets, "rt-a", family)


@pytest.mark.parametrize(
    ("family", "line"),
    [
        ("huawei_vrp", "snmp-agent usm-user v3 zhishou authentication-mode sha2-256 cipher"),
        ("h3c_comware", "pollers simple authentication-mode sha256 authentication-of-the-test"),
        (
            "arista_eos",
            "snmp-server user zhishou pollers v3 auth sha256 authentication-of-the-test",
        ),
        ("frr", 'createUser zhishou SHA-256 "authentication-of-the-test" AES'),
    ],
)
def test_snmp_is_signed_as_declared(
    family: str, line: str, secrets: Secrets, tmp_path: Path
) -> None:
    edit = Edit("hosts.yml", "loopback: 10.254.0.1\n",
                "loopback: 10.254.0.1\n          snmp_authentication: sha-256\n")  # fmt: skip
    site = sites_of(Change("sha-256", (edit,)), tmp_path)[1]
    if family == "frr":
        text = render_device(site, secrets, "rt-a").file("/etc/snmp/snmpd.conf").content
    else:
        text = render_vendor(site, secrets, "rt-a", family)
    assert line in text
    if family in FAMILIES:
        platform = load_family(family).boxes["router"].platform
        assert list(check_text(family, text, "rt-a", platform)) == []


def test_a_way_to_sign_what_is_not_signed_is_a_fault(tmp_path: Path) -> None:
    own = "          asset: {serial: DEMO-0009"
    edit = Edit("hosts.yml", own, f"          snmp_authentication: sha-256\n{own}")
    with pytest.raises(SiteInvalid, match=r"sw-1\.snmp_authentication: is of SNMPv3"):
        sites_of(Change("faulty", (edit,)), tmp_path)
