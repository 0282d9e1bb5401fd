"""Rules over configurations: what is found, where, and what an exception covers until when."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from device_configs.compliance.rule_documents import ComplianceRulesInvalid, load_rules
from device_configs.compliance.rules_check import (
    ComplianceFinding,
    ComplianceState,
    check_compliance,
    unknown_rules,
)
from device_configs.net_cli import net
from device_configs.site.model import ComplianceException

GOLDEN = Path(__file__).parents[1] / "render" / "golden"
TODAY = date(2026, 11, 29)
CLEAN_VRP = """\
ssh server acl 2000
info-center loghost 10.255.0.41
ntp-service unicast-server 10.255.0.50
user-interface vty 0 4
 authentication-mode aaa
 protocol inbound ssh
"""
CLEAN_COMWARE = """\
ssh server acl 2000
info-center loghost 10.255.0.41
ntp-service unicast-server 10.255.0.50
line con 0
 authentication-mode scheme
line vty 0 63
 authentication-mode scheme
 protocol inbound ssh
"""


def found(family: str, text: str | dict[str, str] | None) -> list[tuple[str, int]]:
    findings = check_compliance("x", family, text, load_rules(), today=TODAY)
    return [(finding.rule, finding.line) for finding in findings]


@pytest.mark.parametrize(
    ("family", "text"), [("huawei_vrp", CLEAN_VRP), ("h3c_comware", CLEAN_COMWARE)]
)
def test_a_configuration_that_keeps_the_rules_has_no_finding(family: str, text: str) -> None:
    assert found(family, text) == []


@pytest.mark.parametrize(
    ("family", "clean", "line", "rule"),
    [
        ("huawei_vrp", CLEAN_VRP, "telnet server enable", "telnet-off"),
        ("huawei_vrp", CLEAN_VRP, "snmp-agent community read cipher public", "snmp-v3"),
        ("huawei_vrp", CLEAN_VRP, "snmp-agent sys-info version v2c v3", "snmp-v3"),
        ("huawei_vrp", CLEAN_VRP, "ftp server enable", "web-by-tls"),
        ("huawei_vrp", CLEAN_VRP, "undo info-center enable", "logs-leave-the-device"),
        ("h3c_comware", CLEAN_COMWARE, "telnet server enable", "telnet-off"),
        ("h3c_comware", CLEAN_COMWARE, "ip http enable", "web-by-tls"),
        ("h3c_comware", CLEAN_COMWARE, "local-user a\n password simple b", "passwords-are-hashed"),
    ],
)
def test_a_line_that_must_not_be_is_found_with_its_number(
    family: str, clean: str, line: str, rule: str
) -> None:
    number = len(f"{clean}{line}".splitlines())
    assert (rule, number) in found(family, f"{clean}{line}\n")


@pytest.mark.parametrize(
    ("family", "text", "without", "rule"),
    [
        ("huawei_vrp", CLEAN_VRP, "info-center loghost 10.255.0.41\n", "logs-leave-the-device"),
        ("huawei_vrp", CLEAN_VRP, " protocol inbound ssh\n", "ssh-only-on-lines"),
        ("huawei_vrp", CLEAN_VRP, "ssh server acl 2000\n", "management-sources"),
        (
            "h3c_comware",
            CLEAN_COMWARE,
            "line con 0\n authentication-mode scheme\n",
            "console-authenticates",
        ),
    ],
)
def test_a_line_that_is_missing_is_found(family: str, text: str, without: str, rule: str) -> None:
    assert without in text
    text = text.replace(without, "")
    (finding,) = check_compliance("x", family, text, load_rules(), today=TODAY)
    assert (finding.rule, finding.missing) == (rule, True)
    assert finding.text == (text.splitlines()[finding.line - 1] if finding.line else "")


def test_files_of_a_linux_device_are_judged_by_their_paths() -> None:
    files = {
        "/etc/rsyslog.conf": "*.* @10.255.0.41:514\n",
        "/etc/snmp/snmpd.conf": "# rocommunity is a comment\nrocommunity public 10.255.0.50\n",
        "/etc/ssh/sshd_config.d/40-accounts.conf": "PasswordAuthentication yes\n",
    }
    assert found("frr", files) == [("snmp-v3", 2), ("logins-are-limited", 1)]
    assert found("frr", {"/etc/motd": "PasswordAuthentication yes\n"}) == [
        ("logs-leave-the-device", 0)
    ]


@pytest.mark.parametrize("text", [None, "", "#\n!\n"], ids=["none", "empty", "comments alone"])
def test_without_a_configuration_nothing_is_kept_and_nothing_broken(text: str | None) -> None:
    findings = check_compliance("x", "huawei_vrp", text, load_rules(), today=TODAY)
    assert findings
    assert {finding.state for finding in findings} == {ComplianceState.UNKNOWN}


def test_no_secret_is_in_a_finding() -> None:
    text = f"{CLEAN_VRP}snmp-agent community read cipher canary-password\n"
    findings = check_compliance("x", "huawei_vrp", text, load_rules(), today=TODAY)
    assert findings
    assert "canary-password" not in str(findings)


def _excepted(until: date) -> ComplianceFinding:
    exception = ComplianceException(
        name="old-switches",
        rule="telnet-off",
        devices=("x",),
        reason="The switch of the lift speaks nothing else.",
        owner="network-team",
        until=until,
    )
    (finding,) = check_compliance(
        "x",
        "huawei_vrp",
        f"{CLEAN_VRP}telnet server enable\n",
        load_rules(),
        [exception],
        today=TODAY,
    )
    assert finding.exception == exception
    assert unknown_rules([exception], load_rules()) == ()
    assert unknown_rules([exception], []) == ("old-switches",)
    return finding


def test_an_exception_covers_a_finding_on_its_last_day_and_not_after() -> None:
    assert _excepted(TODAY).state is ComplianceState.EXCEPTED
    over = _excepted(date(2026, 11, 28))
    assert (over.state, over.expired) == (ComplianceState.VIOLATED, True)


def test_snmpv2c_may_be_used_where_nothing_is_in_production() -> None:
    text = f"{CLEAN_VRP}snmp-agent community read cipher public\n"
    rules = load_rules()
    assert not check_compliance("x", "huawei_vrp", text, rules, today=TODAY, production=False)


def test_rules_with_a_fault_are_refused_with_their_file(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text(
        "rules: [{name: a, title: {zh: a, en: a}, remedy: {zh: a, en: a},"
        " families: {frr: [{forbids: '('}]}}]",
        "utf-8",
    )
    with pytest.raises(ComplianceRulesInvalid, match=r"mine\.yml"):
        load_rules(tmp_path)


def test_the_command_names_device_rule_line_and_remedy(tmp_path: Path) -> None:
    file = tmp_path / "core-a.cfg"
    file.write_text(f"{CLEAN_VRP}telnet server enable\n", "utf-8")
    ran = CliRunner().invoke(net, ["check-rules", str(file), "--family", "huawei_vrp"])
    assert (ran.exit_code, ran.stdout) == (
        1,
        "core-a: telnet-off: line 7: telnet server enable; "
        "turn the Telnet server off; log in by SSH alone\n",
    )
