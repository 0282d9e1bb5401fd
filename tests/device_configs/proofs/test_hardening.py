"""Which lines of a text are in force, on each platform, and what the proof says of them."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from device_configs.grammar import FAMILIES
from device_configs.proofs.hardening.proof import prove_hardening
from device_configs.proofs.prove import Subject, placeholders, subject_of
from device_configs.proofs.readers.blocks import read_blocks
from device_configs.proofs.readers.box_hardening import hardened_lines, read_eos_hardening
from device_configs.proofs.readers.lines_in_force import SYSTEM, LinesInForce
from device_configs.proofs.readers.linux_hardening import kernel_settings
from device_configs.proofs.running import with_running
from device_configs.proofs.verdict import Proof, ProofVerdict
from device_configs.render import Secrets, Tree
from device_configs.render.families import families, render_vendor
from device_configs.render.families.hardening import family_hardening
from device_configs.render.tree import RenderedFile
from device_configs.site import Site
from ops_core.kernel.errors import NotFound
from tests.device_configs.proofs.planting import on_platform, shipped_site, shipped_subject
from tests.device_configs.render.changes import GUARDING, Change, declared, sites_of
from tests.device_configs.render.dual_stack import DUAL

ROOT = Path(__file__).parents[3]
PORT = "interface GigabitEthernet0/0/1"
KERNEL = "/etc/sysctl.d/50-device.conf"


def proved(subject: Subject) -> Proof:
    return prove_hardening(subject.site, subject.trees, subject.failed)


def secrets_of(site: Site) -> Secrets:
    """A password that the policy of break-glass accounts takes."""
    keys = dict.fromkeys(site.secret_names, "Word-of-the-test-1")
    return placeholders(site).model_copy(update={"keys": keys})


def lines_of(text: str, family: str = "huawei_vrp") -> LinesInForce:
    return hardened_lines(family, read_blocks(family, text, "x"))


IN_FORCE = [
    ("port-security max-mac-num 2\n", True),
    ("port-security max-mac-num 2\n undo port-security max-mac-num\n", False),
    ("port-security max-mac-num 2\n port-security max-mac-num 9\n", False),
    ("port-security max-mac-num 9\n port-security max-mac-num 2\n", True),
    ("port-security max-mac-num 2\n undo port-security max-mac-num\n"
     " port-security max-mac-num 2\n", True),
    (f"port-security max-mac-num 2\n#\n{PORT}\n undo port-security max-mac-num\n", False),
    ("port-security max-mac-num 2\n#\ninterface GigabitEthernet0/0/2\n"
     " undo port-security max-mac-num\n", True),
    ("port-security max-mac-num 2\n undo port-security enable\n", True),
    ("port-security max-mac-num 20\n", False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "in_force"), IN_FORCE)
def test_a_line_is_in_force_unless_a_later_one_of_its_view_takes_it_away(
    text: str, in_force: bool
) -> None:
    lines = lines_of(f"{PORT}\n {text}")
    assert bool(lines.in_force(PORT, "port-security max-mac-num 2")) is in_force


def test_a_view_that_is_taken_away_takes_its_lines_with_it() -> None:
    text = "attack-defense policy a\n signature detect land action drop logging\n#\n"
    lines = lines_of(f"{text}undo attack-defense policy a\n", "h3c_comware")
    (line,) = lines.views["attack-defense policy a"]
    assert line.undone_by == "undo attack-defense policy a"


SAID = ("firewall defend land enable", "firewall defend smurf enable")
UNDONE = tuple(f"undo {line}" for line in SAID)


@given(st.lists(st.sampled_from((*SAID, *UNDONE)), max_size=12))
def test_the_last_word_about_a_line_decides(said: list[str]) -> None:
    lines = lines_of("".join(f"{line}\n" for line in said))
    for line in SAID:
        last = next((x for x in reversed(said) if x in (line, f"undo {line}")), "")
        assert bool(lines.in_force(SYSTEM, line)) is (last == line)


@pytest.mark.parametrize("platform", ["huawei_vrp", "h3c_comware"])
def test_each_line_of_each_measure_that_is_lost_is_named(platform: str) -> None:
    subject = shipped_subject(platform)
    for measure in family_hardening(platform).measures:
        device = next(d for d in subject.site.devices.values() if d.role.name == measure.roles[-1])
        text = subject.trees[device.name].files[0].content
        for line in measure.lines:
            rows = text.splitlines(keepends=True)
            lost = "".join(row for row in rows if row.strip() != line)
            found = _of_one(subject, device.name, lost).findings
            assert (device.name, measure.name) in {f.elements for f in found}, line
            assert all(line in str(f.what) for f in found), line


def _of_one(subject: Subject, device: str, text: str) -> Proof:
    """Of one device whose text is another; the others are as they were and hold."""
    tree = Tree(device, (RenderedFile("startup.cfg", text),), ())
    return proved(replace(subject, trees={**subject.trees, device: tree}))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_console_asks_for_the_account_that_is_declared_for_it(
    family: str, tmp_path: Path
) -> None:
    site = on_platform(sites_of(Change("guarded", GUARDING), tmp_path)[1], family)
    subject = replace(shipped_subject(family), site=site)
    text = render_vendor(site, secrets_of(site), "core-a", family)
    assert _measures_of(subject, text) == set()
    console = family_hardening(family).console
    assert console is not None
    view = next(view for view in console.views if f"{view}\n" in text)
    opened = text.replace(f"{view}\n {console.line}\n", f"{view}\n")
    assert opened != text
    assert _measures_of(subject, opened) == {"console"}
    nobody = text.replace(f"{view}\n {console.line}", f"{view}\n authentication-mode none")
    assert _measures_of(subject, nobody) == {"console", "open-line"}


def _measures_of(subject: Subject, text: str) -> set[str]:
    """What is named of core-a; other devices of the account have the texts of before."""
    found = _of_one(subject, "core-a", text).findings
    return {finding.elements[1] for finding in found if finding.elements[0] == "core-a"}


def test_a_console_without_an_account_is_a_note_where_it_asks_nobody_by_default() -> None:
    assert not [n for n in proved(shipped_subject("huawei_vrp")).notes if "console" in n.what]
    (note,) = proved(shipped_subject("h3c_comware")).notes
    assert "core-a" in note.elements
    assert "console asks nobody" in note.what


EOS = [
    ("management api http-commands\n   no shutdown\n", "web-management"),
    ("management telnet\n   no shutdown\n", "telnet"),
    ("aaa authentication login console none\n", "open-line"),
    ("management telnet\n   no shutdown\n!\nmanagement telnet\n   shutdown\n", ""),
    ("aaa authentication login console none\nno aaa authentication login console none\n", ""),
]


@pytest.mark.parametrize(("added", "measure"), EOS)
def test_what_must_be_off_on_eos_is_read(added: str, measure: str) -> None:
    site = on_platform(shipped_site(), "arista_eos")
    text = render_vendor(site, secrets_of(site), "core-a", "arista_eos") + added
    subject = replace(shipped_subject(), site=site, trees={}, failed={})
    proof = _of_one(subject, "core-a", text)
    assert [f.elements for f in proof.findings] == ([("core-a", measure)] if measure else [])


def test_a_banner_on_eos_makes_the_device_unknown() -> None:
    tree = Tree("core-a", (RenderedFile("startup.cfg", "banner login\nno shutdown\nEOF\n"),), ())
    with pytest.raises(ValueError, match="banner"):
        read_eos_hardening(tree)


def test_a_measure_that_a_platform_has_no_words_for_is_a_note() -> None:
    notes = {str(note.what): note.elements for note in proved(shipped_subject()).notes}
    assert "sw-1" in notes["nothing is rendered for foreign-dhcp on frr"]
    assert "fwx" in notes["nothing is rendered for malformed-packets on frr"]
    assert not any("own-sources" in what for what in notes)


def test_a_device_without_a_text_is_unknown() -> None:
    subject = shipped_subject()
    trees = {name: tree for name, tree in subject.trees.items() if name != "fwx"}
    proof = proved(replace(subject, trees=trees, failed={"fwx": "it cannot be rendered"}))
    assert proof.verdict is ProofVerdict.UNKNOWN
    assert [gap.elements for gap in proof.undecided] == [("fwx",)]


@pytest.mark.parametrize("platform", ["frr", "huawei_vrp"])
def test_what_devices_run_is_proved_from_files(platform: str, tmp_path: Path) -> None:
    subject = shipped_subject(platform)
    for name, tree in subject.trees.items():
        box = subject.site.devices[name].platform in families()
        for file in tree.files:
            path = tmp_path / (f"{name}.cfg" if box else f"{name}{file.path}")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.content)
    assert proved(with_running(subject, tmp_path)).verdict is ProofVerdict.HOLDS
    changed = tmp_path / ("sw-1.cfg" if platform == "huawei_vrp" else "sw-1/etc/sysctl.d/90-x.conf")
    before = changed.read_text() if changed.exists() else ""
    changed.write_text(before + "telnet server enable\n" if before else
                       "net.ipv4.conf.eth0.accept_redirects=1\n")  # fmt: skip
    (tmp_path / "sw-2.cfg").unlink(missing_ok=True)
    proof = proved(with_running(subject, tmp_path))
    assert [finding.elements[0] for finding in proof.findings] == ["sw-1"]
    missing = [("sw-2",)] if platform == "huawei_vrp" else []
    assert [gap.elements for gap in proof.undecided] == missing


def test_a_running_text_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        with_running(shipped_subject("huawei_vrp"), tmp_path / "nowhere")


def test_a_running_text_that_cannot_be_read_is_unknown_alone(tmp_path: Path) -> None:
    """One of a Chinese Windows can be read."""
    subject = shipped_subject("huawei_vrp")
    (tmp_path / "sw-1.cfg").write_bytes(b"sysname \xff\xfe\n")
    (tmp_path / "sw-2.cfg").write_bytes("sysname sw-2\ndescription 二层\n".encode("gbk"))
    found = with_running(subject, tmp_path)
    assert "sw-1.cfg" in found.failed["sw-1"]
    assert "二层" in found.trees["sw-2"].files[0].content


def test_settings_hold_in_the_order_in_which_the_kernel_is_told() -> None:
    """sysctl.conf is behind every file of the folder; a copy put aside is none of them."""
    line = "net.ipv4.conf.all.accept_redirects = {}\n"
    written = {"/etc/sysctl.conf": 2, "/etc/sysctl.d/50-device.conf": 0,
               "/etc/sysctl.d/90-x.conf.bak": 7, "/etc/sysctl.d/10-y.conf": 1}  # fmt: skip
    files = tuple(RenderedFile(path, line.format(value)) for path, value in written.items())
    (setting,) = kernel_settings(Tree("sw-1", files, ()))
    assert (setting.value, setting.file) == ("2", "/etc/sysctl.conf")
    (setting,) = kernel_settings(Tree("sw-1", files[1:], ()))
    assert (setting.value, setting.file) == ("0", "/etc/sysctl.d/50-device.conf")


@pytest.fixture(scope="module")
def dual(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return subject_of(declared(tmp_path_factory.mktemp("dual") / "declared", DUAL))


def with_settings(subject: Subject, device: str, change: Callable[[str], str]) -> Subject:
    """The subject with the kernel settings of one device otherwise."""
    tree = subject.trees[device]
    files = tuple(
        replace(file, content=change(file.content)) if file.path == KERNEL else file
        for file in tree.files
    )
    return replace(subject, trees={**subject.trees, device: replace(tree, files=files)})


def findings_of(subject: Subject) -> list[tuple[tuple[str, ...], str]]:
    return [(finding.elements, str(finding.what)) for finding in proved(subject).findings]


def test_no_device_with_ipv6_obeys_its_redirects(dual: Subject) -> None:
    proof = proved(dual)
    assert proof.findings == ()
    assert [note.elements for note in proof.notes if "IPv6" in str(note.what)] == [
        ("core-a", "core-b")
    ]
    assert not [note for note in proved(shipped_subject()).notes if "IPv6" in str(note.what)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("net.ipv6.conf.all.accept_redirects = 0\n", ""),
         "net.ipv6.conf.all.accept_redirects is not set"),
        (lambda text: text.replace("net.ipv6.conf.default.accept_redirects = 0",
                                   "net.ipv6.conf.default.accept_redirects = 1"),
         f"net.ipv6.conf.default.accept_redirects is 1 by {KERNEL}"),
        (lambda text: f"{text}-net/ipv6/conf/core-b/accept_redirects=1\n",
         f"net.ipv6.conf.core-b.accept_redirects is 1 by {KERNEL}"),
    ],
)  # fmt: skip
def test_a_device_with_ipv6_that_obeys_its_redirects_is_named(
    change: Callable[[str], str], said: str, dual: Subject
) -> None:
    assert findings_of(with_settings(dual, "core-a", change)) == [(("core-a", "redirects"), said)]


def test_ipv6_that_is_not_off_where_none_is_carried_is_named(dual: Subject) -> None:
    found = with_settings(
        dual, "rt-a", lambda text: text.replace("net.ipv6.conf.all.disable_ipv6 = 1\n", "")
    )
    assert findings_of(found) == [
        (("rt-a", "redirects"), "net.ipv6.conf.all.disable_ipv6 is not set")
    ]


def test_every_reason_of_a_measure_has_its_chinese() -> None:
    source = (ROOT / "wallboard/locale/zh/LC_MESSAGES/messages.po").read_bytes()
    known = {entry.id for entry in read_po(BytesIO(source)) if entry.string}
    hardened = [family_hardening(family) for family in families()]
    reasons = {one.reason for h in hardened for one in (*h.measures, *h.forbidden)}
    assert {reason.removesuffix(".") for reason in reasons} <= known
