"""Lines of one device's own: held against its platform, rendered in their view, never silent."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from device_configs.emulator.eos.configuration import read_lines, shown_lines
from device_configs.emulator.eos.unknown_lines import unknown_lines
from device_configs.grammar import check_text
from device_configs.proofs.prove import prove, subject_of
from device_configs.render import NotRenderable, Secrets, render_device
from device_configs.render.families import render_vendor
from device_configs.render.site_lines import TextLayout, layout_of, with_site_lines
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


EOS = "arista_eos"
EOS_LINES = [
    (("interface Ethernet1",), "mtu 1400", ()),
    (("management ssh", "vrf management"), "client-alive interval 60", ()),
    ((), "ip route 192.0.2.0/24 10.253.1.1", ()),
    (("router bgp 65010", "address-family ipv4"), "network 192.0.2.0/24", ()),
    (
        ("route-map own permit 10",),
        "match ip address prefix-list x",
        ("!", "route-map own permit 10"),
    ),
]


@pytest.mark.parametrize(("within", "line", "opened"), EOS_LINES)
def test_eos_lines_stand_last_in_their_mode(
    within: tuple[str, ...],
    line: str,
    opened: tuple[str, ...],
    secrets: Secrets,
    tmp_path: Path,
) -> None:
    lines = one(line, ", ".join(within))
    with_own = load_site(declared(tmp_path / "own", lines, platform=EOS))
    plain = load_site(declared(tmp_path / "plain", "[]", platform=EOS))
    text, before = (render_vendor(s, secrets, "rt-a", EOS) for s in (with_own, plain))
    own = f"{'   ' * len(within)}{line}"
    rows = text.splitlines()
    at = rows.index(own)
    assert rows[at + 1] in ("!", "   !", "end")
    assert [row for row in before.splitlines() if row not in rows] == []
    added = len(rows) - len(before.splitlines())
    assert added == 1 + len(opened) + (not within)
    for depth, header in enumerate(within):
        above = [i for i, row in enumerate(rows[:at]) if row == f"{'   ' * depth}{header}"]
        assert above, header
        assert all(row.startswith("   " * (depth + 1)) for row in rows[above[-1] + 1 : at + 1])


def test_an_eos_box_takes_known_lines_and_what_no_form_holds_is_said_as_unknown(
    secrets: Secrets, tmp_path: Path
) -> None:
    known = f'{{lines: [shape rate 5000 mbps], within: [interface Ethernet1], reason: "{REASON}"}}'
    other = f'{{lines: [mtu 1400, no shutdown], within: [interface Ethernet1], reason: "{REASON}"}}'
    site = load_site(declared(tmp_path, f"[{known}]", platform=EOS))
    assert "shape rate 5000 mbps" in str(
        [*shown_lines(read_lines(render_vendor(site, secrets, "rt-a", EOS).splitlines()))]
    )
    (tmp_path / "both").mkdir()
    both = load_site(declared(tmp_path / "both", f"[{known}, {other}]", platform=EOS))
    (parity,) = prove(subject_of(both), ["parity"])
    notes = [(note.elements, str(note.what), note.witness) for note in parity.notes]
    assert notes.count((("rt-a",), "has 1 lines of its own",
                        "interface Ethernet1 > shape rate 5000 mbps")) == 1  # fmt: skip
    assert [note for note in notes if "no command form" in note[1]] == [
        (("rt-a",), "1 of its own lines are in no command form that is known", "mtu 1400")
    ]


@pytest.mark.parametrize(
    ("within", "lines", "unknown"),
    [
        ((), ["ip routing", "no ip routing", "no lldp", "default lldp run"], []),
        ((), ["no", "queue-monitor length", "no queue-monitor"], ["no", "queue-monitor length",
                                                                  "no queue-monitor"]),
        (("interface Ethernet1",), ["no ip ospf", "mtu 1400"], ["mtu 1400"]),
        (("interface Ethernet1", "tx-queue 1"), ["bandwidth percent 10"], []),
        (("mlag configuration",), ["domain-id x"], ["mlag configuration", "domain-id x"]),
        (("ip routing",), ["x y"], ["ip routing", "x y"]),
        (("interface Ethernet1", "mystery"), ["a", "b"], ["mystery", "a", "b"]),
    ],
)  # fmt: skip
def test_what_no_form_holds_is_unknown(
    within: tuple[str, ...], lines: list[str], unknown: list[str]
) -> None:
    assert [*unknown_lines(within, lines)] == unknown


def test_every_rendered_line_of_eos_is_in_a_known_form(secrets: Secrets, tmp_path: Path) -> None:
    site = load_site(declared(tmp_path, "[]", platform=EOS))
    path: list[str] = []
    for line in render_vendor(site, secrets, "rt-a", EOS).splitlines():
        depth = (len(line) - len(line.lstrip())) // layout_of(EOS).indent
        if line.strip() in ("!", "end"):
            continue
        path[depth:] = [line.strip()]
        assert [*unknown_lines(path[:-1], path[-1:])] == [], line


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
        (one("username ops secret 0 hunter1234"), "rt-a", "arista_eos", "holds a secret"),
        (one("username ops secret sha512 hash1234"), "rt-a", "arista_eos", "holds a secret"),
        (one("reload now"), "rt-a", "arista_eos", "leaves the view or acts at once"),
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
        with_site_lines(TEXT, [lines], "a", TextLayout())


words = st.sampled_from(["alpha", "beta", "gamma 1", "delta x y"])


@given(st.lists(st.tuples(st.lists(words, max_size=3), words), max_size=5, unique_by=repr))
def test_nothing_rendered_is_lost_or_moved(found: list[tuple[list[str], str]]) -> None:
    groups = [SiteLines(lines=(f"own {n} {line}",), within=tuple(within), reason=REASON)
              for n, (within, line) in enumerate(found)]  # fmt: skip
    lines = with_site_lines(TEXT, groups, "a", TextLayout()).splitlines()
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
