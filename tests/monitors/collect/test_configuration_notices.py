"""Who signs in to a device and changes it, by its traps and its log lines."""

import asyncio
import contextlib
import socket
import subprocess
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.collect.configuration_notices import (
    COMWARE_CHANGED,
    COMWARE_SIGNED_IN,
    HUAWEI_CHANGED,
    HUAWEI_SEQUENCE,
    ConfigurationNotice,
    NoticeKind,
    notice_of_line,
    notice_of_trap,
)
from monitors.collect.plan import CollectionPlan
from monitors.collect.syslog import LINES_A_CYCLE, SyslogReceiver
from monitors.collect.trap_meaning import SNMP_TRAP_OID, Trap
from ops_core.kernel.clock import SystemClock
from ops_core.kernel.workers import Worker
from tests.monitors.collect.conftest import Record, until
from tests.monitors.collect.trap_senders import V2C, listening

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
CANARY = "Kanarienvogel-7"
CHANGED, SIGNED_IN, SIGNED_OUT = NoticeKind.CHANGED, NoticeKind.SIGNED_IN, NoticeKind.SIGNED_OUT
HUAWEI_LINE = (
    "%%01CONFIGURATION/6/hwcfgmaneventlog(t): CID=0x80cb000c-OID=1.3.6.1.4.1.2011.6.10.2.1;"
    "Configuration file was changed. (LogIndex=1, SrcCmd=1, SrcData=2, DestData=4, "
    'TerUser="li.ming", SrcAddr=10.255.0.77, ConfigChangeId=1331)'
)
ACCEPTED = "<38>1 2026-11-29T12:00:00Z rt-a sshd 9 - - Accepted publickey for li.ming from 10.255.0.77 port 40022 ssh2"  # noqa: E501


@pytest.mark.parametrize(
    ("line", "kind", "who", "source"),
    [
        (ACCEPTED, SIGNED_IN, "li.ming", "10.255.0.77"),
        (
            "rt-a sshd[9]: Disconnected from user li.ming fd00::77 port 4022",
            SIGNED_OUT, "li.ming", "fd00::77",
        ),
        (HUAWEI_LINE, CHANGED, "li.ming", "10.255.0.77"),
        (
            "%%01SHELL/5/CMDRECORD(s)[3]:Record command information. (Task=VTY0, Ip=10.255.0.77, "
            f'User=li.ming, Command="local-user x password cipher {CANARY}", Result=Success)',
            CHANGED, "li.ming", "10.255.0.77",
        ),
        (
            "%%10CFGMAN/5/CFGMAN_CFGCHANGED: -EventIndex=6-CommandSource=2-ConfigSource=4-"
            "ConfigDestination=2; Configuration changed.",
            CHANGED, "", "",
        ),
        (
            "%%10SHELL/6/SHELL_CMD: -Line=vty0-IPAddr=10.255.0.77-User=li.ming; Command is "
            f"password simple {CANARY}",
            CHANGED, "li.ming", "10.255.0.77",
        ),
        (
            "%%10SHELL/5/SHELL_LOGIN: li.ming logged in from 10.255.0.77.",
            SIGNED_IN, "li.ming", "10.255.0.77",
        ),
        (
            "%%01SHELL/5/CMDRECORD(s)[3]:Record command information. (Task=CON0, Ip=**, User=**)",
            CHANGED, "", "",
        ),
    ],
)  # fmt: skip
def test_a_log_line_says_who_was_there_and_no_command(
    line: str, kind: NoticeKind, who: str, source: str
) -> None:
    notice = notice_of_line("rt-a", line, AT)
    assert notice == ConfigurationNotice("rt-a", kind, AT, who, source)
    assert CANARY not in repr(notice)


@pytest.mark.parametrize(
    "line",
    [
        "rt-a sshd[9]: Failed password for root from 10.255.0.77 port 40022 ssh2",
        "rt-a bgpd[3]: neighbor 10.9.9.9 Up",
        "%%01IFNET/4/IF_STATE(l)[2]:Interface GigabitEthernet0/0/1 has turned into UP state.",
        "",
    ],
)
def test_a_line_about_something_else_is_no_reason_to_look(line: str) -> None:
    assert notice_of_line("rt-a", line, AT) is None


@given(st.text(max_size=300), st.sampled_from(["Accepted ", "SHELL_CMD", "hwcfgmaneventlog", ""]))
def test_any_line_is_read_or_left(text: str, marker: str) -> None:
    for line in (
        text,
        f"sshd {marker}{text}",
        f"%%10SHELL/6/{marker}: -IPAddr={text}-User={text};",
    ):
        notice = notice_of_line("rt-a", line, AT)
        assert notice is None or len(notice.who) <= 64


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_any_values_of_a_trap_are_read(who: bytes, source: bytes) -> None:
    log = "1.3.6.1.4.1.2011.6.10.1.1.7.1"
    variables = {SNMP_TRAP_OID: HUAWEI_CHANGED, f"{log}.7.3": who, f"{log}.10.3": source}
    notice = notice_of_trap(Trap("core-a", variables), AT)
    assert notice is not None
    assert notice.kind is CHANGED


@pytest.mark.daemon
async def test_the_vendors_traps_are_heard_with_who_they_name(
    plan: CollectionPlan, record: Record
) -> None:
    log, session = "1.3.6.1.4.1.2011.6.10.1.1.7.1", "1.3.6.1.4.1.25506.2.22.1.1.3.1"
    traps = (
        ("", HUAWEI_CHANGED, f"{log}.7.3", "s", "li.ming", f"{log}.10.3", "a", "10.255.0.77"),
        ("", HUAWEI_SEQUENCE, "1.3.6.1.4.1.2011.5.25.191.1.1.0", "u", "790"),
        ("", COMWARE_CHANGED, "1.3.6.1.4.1.25506.2.4.1.1.1.3.1", "i", "1"),
        ("", COMWARE_SIGNED_IN, f"{session}.2.1", "s", "wang", f"{session}.4.1", "x", "0AFF004D"),
    )
    async with listening(plan, record) as receiver:
        for number, variables in enumerate(traps, start=1):
            await receiver.send(*V2C, variables=variables, expected=number)
    found = [(n.device, n.kind, n.who, n.source) for n in record.notices]
    assert found == [
        ("rt-a", CHANGED, "li.ming", "10.255.0.77"),
        ("rt-a", CHANGED, "", ""),
        ("rt-a", CHANGED, "", ""),
        ("rt-a", SIGNED_IN, "wang", "10.255.0.77"),
    ]
    assert record.triggers == record.observations == []


async def test_lines_are_heard_from_declared_devices_alone_and_a_storm_costs_a_share() -> None:
    heard: list[ConfigurationNotice] = []

    def take(notice: ConfigurationNotice) -> None:
        heard.append(notice)
        if notice.who == "breaks":
            raise RuntimeError("whoever takes it fails")

    receiver = SyslogReceiver(
        {"127.0.0.1": "rt-a"}, take, SystemClock(), address="127.0.0.1", port=0
    )
    worker = Worker("syslog", SystemClock(), is_vital=False, longest_silence_s=None)
    task = asyncio.create_task(receiver.run(worker))
    await receiver.is_listening.wait()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.9", 0))
            stranger.sendto(ACCEPTED.encode(), ("127.0.0.1", receiver.port))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
            broken = ACCEPTED.replace("li.ming", "breaks").encode()
            for line in (broken, b"\xff\xfe" * 2_000, ACCEPTED.encode()):
                device.sendto(line, ("127.0.0.1", receiver.port))
        await until(lambda: len(heard) == 2)
        assert [notice.who for notice in heard] == ["breaks", "li.ming"]
        assert worker.state().item_failures == {"line": 1}
        await asyncio.to_thread(
            subprocess.run,
            ["logger", "-n", "127.0.0.1", "-P", str(receiver.port), "-d", "-p", "auth.info", "-t",
             "sshd", "Accepted publickey for wang from 10.255.0.78 port 1 ssh2"],
            check=True,
        )  # fmt: skip
        await until(lambda: len(heard) == 3)
        assert heard[-1].who == "wang"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
            for _ in range(3 * LINES_A_CYCLE):
                device.sendto(ACCEPTED.encode(), ("127.0.0.1", receiver.port))
        await asyncio.sleep(0)
        read = {m.name: m.value for m in receiver.measures()}["zhishou_syslog_lines_total"]
        assert read <= 4 + LINES_A_CYCLE, "the loop is not held by a storm"
        await until(lambda: len(heard) == 3 + 3 * LINES_A_CYCLE)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
