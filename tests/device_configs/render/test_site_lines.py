"""Lines of one device's own: held against its platform, rendered in their view, never silent."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from device_configs.grammar import check_text
from device_configs.proofs.prove import prove, subject_of
from device_configs.render import NotRenderable, Secrets, render_device
from device_configs.render.families import render_vendor
from device_configs.render.site_lines import with_site_lines
from device_configs.site import Site, load_site
from device_configs.site.faults import SiteInvalid
from device_configs.site.model import SiteLines
from ops_core.app.cli import app

INVENTORY = Path(__file__).parents[3] / "inventory"
REASON = "The carrier's converter wants it."
FAMILIES = {"huawei_vrp": "Ten-GigabitEthernet2/0/0", "h3c_comware": "Ten-GigabitEthernet2/0/0"}


def declared(folder: Path, lines: str, device: str = "rt-a", platform: str = "frr") -> Path:
    """The shipped declaration with site lines (YAML in flow style) at a device."""
    inventory = Path(shutil.copytree(INVENTORY, folder / "inventory"))
    hosts = inventory / "hosts.yml"
    text = hosts.read_text("utf-8")
    opened = f"        {device}:\n"
    assert text.count(opened) == 1
    text = text.replace(opened, f"{opened}          site_lines: {lines}\n")
    routers = "    router:\n      vars:\n"
    assert text.count(routers) == 1
    text = text.replace(routers, f"{routers}        platform: {platform}\n")
    hosts.write_text(text, "utf-8")
    return inventory


def one(lines: str, within: str = "") -> str:
    return f'[{{lines: [{lines}], within: [{within}], reason: "{REASON}"}}]'


def interface_of(site: Site, secrets: Secrets, family: str) -> str:
    """The first interface of rt-a that OSPF runs on."""
    text = render_vendor(site, secrets, "rt-a", family)
    before, _, _ = text.partition(" ospf network-type p2p")
    return before[before.rindex("interface ") :].splitlines()[0]


@pytest.mark.parametrize("family", FAMILIES)
def test_lines_stand_last_in_the_view_that_is_named(
    family: str, site: Site, secrets: Secrets, tmp_path: Path
) -> None:
    view = interface_of(site, secrets, family)
    found = load_site(declared(tmp_path, one("arp expire-time 600" if family == "huawei_vrp"
                                             else "mtu 1400", view), platform=family))  # fmt: skip
    text = render_vendor(found, secrets, "rt-a", family)
    plain = render_vendor(site, secrets, "rt-a", family)
    own = found.devices["rt-a"].site_lines[0].lines[0]
    block = text[text.index(f"{view}\n") :].split("\n#\n")[0]
    assert block.endswith(f"\n {own}")
    assert text.replace(f"\n {own}\n", "\n", 1) == plain
    assert check_text(family, text, "rt-a") == ()


@pytest.mark.parametrize("family", FAMILIES)
def test_lines_of_the_system_view_stand_before_the_end(
    family: str, secrets: Secrets, tmp_path: Path
) -> None:
    line = "ip route-static 192.0.2.0 255.255.255.0 10.253.1.1"
    found = load_site(declared(tmp_path, one(line), platform=family))
    text = render_vendor(found, secrets, "rt-a", family)
    assert text.endswith(f"#\n{line}\n#\nreturn\n")
    other = "h3c_comware" if family == "huawei_vrp" else "huawei_vrp"
    assert line not in render_vendor(found, secrets, "rt-a", other), "lines of another language"


def test_lines_of_linux_are_lines_of_frr(secrets: Secrets, tmp_path: Path) -> None:
    views = "router bgp 65010, address-family ipv4 unicast"
    found = load_site(declared(tmp_path, one("network 192.0.2.0/24", views)))
    text = render_device(found, secrets, "rt-a").file("/etc/frr/frr.conf").content
    assert "\n  network 192.0.2.0/24\n exit-address-family\nexit\n" in text


def test_a_view_that_is_not_rendered_is_opened_at_the_end(secrets: Secrets, tmp_path: Path) -> None:
    found = load_site(declared(tmp_path, one("permit 192.0.2.0/24", "ip prefix-view x")))
    text = render_device(found, secrets, "rt-a").file("/etc/frr/frr.conf").content
    assert "\n!\nip prefix-view x\n permit 192.0.2.0/24\nexit\n" in text


@pytest.mark.parametrize(
    ("lines", "device", "platform", "said"),
    [
        (one("mtuu 1400"), "rt-a", "huawei_vrp", "'mtuu 1400' is no line of huawei_vrp"),
        (one("mtu 99999999", "interface GigabitEthernet0/0/1"), "rt-a", "h3c_comware", "mtu"),
        (one("snmp-agent community read public"), "rt-a", "huawei_vrp", "holds a secret"),
        (one("mtu 1400", "interface Ethernet1"), "rt-a", "arista_eos", "are not put into the text"),
        (one("quit"), "rt-a", "frr", "leaves the view or acts at once"),
        (one("reset saved-configuration"), "rt-a", "huawei_vrp", "leaves the view or acts at once"),
        (one('"sysname x\\nuser-interface vty 0 4"'), "rt-a", "huawei_vrp", "control characters"),
        (one("ip ospf cost 7"), "sw-1", "frr", "sw-1 runs no routing daemon"),
        (one("ip ospf cost 7"), "egov", "frr", "nothing is brought to egov"),
        ("[{lines: [ip forwarding], reason: short}]", "rt-a", "frr", "reason"),
        ("[{lines: [], reason: a long enough reason}]", "rt-a", "frr", "lines"),
        (one("password simple 1234"), "rt-a", "frr", "holds a secret"),
    ],
)  # fmt: skip
def test_what_is_no_line_of_a_device_is_a_fault(
    lines: str, device: str, platform: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(SiteInvalid) as invalid:
        load_site(declared(tmp_path, lines, device, platform))
    assert said in str(invalid.value)
    assert f"{device}.site_lines" in str(invalid.value)
    assert "1234" not in str(invalid.value)
    assert "public" not in str(invalid.value)


TEXT = "#\nsysname a\n#\nundo telnet server enable\n#\ninterface x\n mtu 1\n#\nreturn\n"


@pytest.mark.parametrize(
    ("line", "within", "said"),
    [
        ("sysname a", (), "is rendered already"),
        ("undo sysname", (), "takes back what is rendered"),
        ("telnet server enable", (), "is rendered as taken back"),
        ("mtu 1", ("interface x",), "is rendered already"),
        ("undo mtu", ("interface x",), "takes back"),
    ],
)
def test_a_line_that_contradicts_the_rendering_is_refused(
    line: str, within: tuple[str, ...], said: str
) -> None:
    lines = SiteLines(lines=(line,), within=within, reason=REASON)
    with pytest.raises(NotRenderable, match=said):
        with_site_lines(TEXT, [lines], "a", linux=False)


words = st.sampled_from(["alpha", "beta", "gamma 1", "delta x y"])


@given(st.lists(st.tuples(st.lists(words, max_size=3), words), max_size=5, unique_by=repr))
def test_nothing_rendered_is_lost_or_moved(found: list[tuple[list[str], str]]) -> None:
    groups = [SiteLines(lines=(f"own {n} {line}",), within=tuple(within), reason=REASON)
              for n, (within, line) in enumerate(found)]  # fmt: skip
    lines = with_site_lines(TEXT, groups, "a", linux=False).splitlines()
    kept = [line for line in lines if line in set(TEXT.splitlines())]
    rest = iter(lines)
    assert all(line in rest for line in TEXT.splitlines()), "the rendered lines, in their order"
    assert kept[-1] == "return"
    for n, (within, line) in enumerate(found):
        (at,) = [i for i, text in enumerate(lines) if text == " " * len(within) + f"own {n} {line}"]
        above = [text for text in lines[:at] if text.strip() in within]
        assert [w for w in within if not any(text.strip() == w for text in above)] == []


def test_the_difference_says_why_and_the_proofs_list_them(
    tmp_path: Path, site: Site, secrets: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = "ip route-static 192.0.2.0 255.255.255.0 10.253.1.1"
    inventory = declared(tmp_path, one(line), platform="huawei_vrp")
    running = tmp_path / "running.cfg"
    running.write_text(render_vendor(site, secrets, "rt-a", "huawei_vrp"), "utf-8")
    monkeypatch.setenv("ZHISHOU_INVENTORY", str(inventory))
    shown = CliRunner().invoke(app, ["net", "render", "rt-a", "--diff", str(running)])
    assert shown.stdout == f"+ {line}   [hosts.yml: {REASON}]\n"

    (parity,) = prove(subject_of(load_site(inventory)), ["parity"])
    assert [(n.elements, str(n.what), n.why, n.witness) for n in parity.notes] == [
        (("rt-a",), "has 1 lines of its own", REASON, line)
    ]
    assert any("differs from its twin in static routes" in str(f) for f in parity.findings)
