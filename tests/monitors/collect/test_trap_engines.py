"""Version 3: the sender of a trap is its own authority, for informs we are."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from device_configs.render import Secrets, render_device
from device_configs.site.model import Site
from monitors.collect.plan import CollectionPlan, plan_collection
from monitors.collect.protocol.message import (
    Envelope,
    Version,
    community_message,
    context_octets,
    scoped_octets,
    secured,
)
from monitors.collect.protocol.usm import EngineKeys
from monitors.collect.traps import TRAP_PORT, TrapReceiver
from monitors.collect.traps.engines import Engines, ask_engine
from monitors.evidence import Element
from ops_core.kernel.clock import SystemClock
from tests.monitors.collect.conftest import (
    SECRETS,
    Record,
    Snmpd,
    free_port,
    in_own_network,
    run,
    until,
)
from tests.monitors.collect.trap_senders import (
    LINK_DOWN,
    LINK_UP,
    V2C,
    V3,
    link,
    listening,
    trap_datagram,
    trap_pdu,
    v3,
)

ENGINE = bytes.fromhex("8000000001020304")
EGOV = Element.port("rt-a", "egov")
TRAPSESS = (
    "trapsess -v3 -l authPriv -u {secrets.user} -a SHA -A {secrets.authentication_key}"
    " -x AES -X {secrets.privacy_key} 127.0.0.1:{port}"
)
PATIENCE_S = 60.0
"""Several times what an agent takes to start, and what passes before it is asked again."""


def signed_trap(
    kind: str, *, boots: int, time_s: int, engine_id: bytes = ENGINE, message_id: int = 1
) -> bytes:
    """A trap as an engine with the site's user sends it."""
    keys = EngineKeys(SECRETS.authentication_key, SECRETS.privacy_key, engine_id)
    user = SECRETS.user.encode()
    envelope = Envelope(message_id, engine_id, boots, time_s, user, keys, is_encrypted=True)
    return secured(envelope, scoped_octets(context_octets(engine_id), trap_pdu(kind, "egov")))


@pytest.mark.daemon
async def test_the_engine_id_of_a_sender_is_learned_from_its_agent(
    plan: CollectionPlan, record: Record, start_snmpd: Callable[..., Snmpd]
) -> None:
    """The agent's coldStart, sent as our templates and the Debian package let it be sent."""
    agent_port, trap_port = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    trapsess = TRAPSESS.format(secrets=SECRETS, port=trap_port)
    async with listening(plan, record, agents={"rt-a": agent_port}, port=trap_port):
        start_snmpd(trapsess, port=agent_port)
        await until(lambda: bool(record.triggers), PATIENCE_S)
    assert (record.triggers[0].devices, record.triggers[0].detail) == (("rt-a",), "agent started")


@pytest.mark.daemon
async def test_an_agent_that_was_set_up_anew_is_asked_again(
    plan: CollectionPlan, record: Record, start_snmpd: Callable[..., Snmpd]
) -> None:
    agent_port, trap_port = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    trapsess = TRAPSESS.format(secrets=SECRETS, port=trap_port)
    former = start_snmpd(trapsess, port=agent_port)

    def started() -> int:
        return [trigger.detail for trigger in record.triggers].count("agent started")

    async with listening(plan, record, agents={"rt-a": agent_port}, port=trap_port):
        former.stop()
        former.start()
        await until(lambda: started() == 1, PATIENCE_S)
        former.stop()
        start_snmpd(trapsess, port=agent_port)  # with another engine id
        await until(lambda: started() == 2, PATIENCE_S)


@pytest.mark.daemon
async def test_engines_are_learned_again_after_the_receiver_was_stopped(
    plan: CollectionPlan, record: Record, start_snmpd: Callable[..., Snmpd]
) -> None:
    """Stopped at once, while its first question is not asked yet."""
    agent_port = free_port(socket.SOCK_DGRAM)
    start_snmpd(f"exactEngineID 0x{ENGINE.hex()}", port=agent_port)
    async with listening(plan, record, agents={"rt-a": agent_port}) as receiver:
        again = receiver.receiver
    for _ in range(3):
        running = asyncio.create_task(again.run())
        await again.is_listening.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    task = asyncio.create_task(again.run())
    await again.is_listening.wait()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        sender.sendto(signed_trap(LINK_DOWN, boots=9, time_s=1), ("127.0.0.1", again.port))
        await until(lambda: record.ok(EGOV) is False, PATIENCE_S)
    task.cancel()


@pytest.mark.daemon
async def test_an_engine_that_lost_its_boots_is_believed_again_after_it_was_asked(
    plan: CollectionPlan, record: Record, start_snmpd: Callable[..., Snmpd]
) -> None:
    """Its traps look like replays; only its own fresh, signed answer says that they are not."""
    agent_port = free_port(socket.SOCK_DGRAM)
    start_snmpd(f"exactEngineID 0x{ENGINE.hex()}", port=agent_port)
    async with listening(
        plan, record, agents={"rt-a": agent_port}, engine_ids={"rt-a": ENGINE}
    ) as receiver:
        with receiver.sender("127.0.0.1") as sender:

            def looks_like_a_replay() -> bool:
                sender.send(signed_trap(LINK_DOWN, boots=1_000, time_s=1))
                sender.send(signed_trap(LINK_UP, boots=3, time_s=1))
                return "time" in receiver.receiver.state.refused_by_kind

            def is_believed() -> bool:
                sender.send(signed_trap(LINK_UP, boots=3, time_s=1))
                return record.ok(EGOV) is True

            await until(looks_like_a_replay, PATIENCE_S)
            await until(is_believed, PATIENCE_S)


@pytest.mark.daemon
async def test_a_replay_outside_the_time_window_is_refused(
    plan: CollectionPlan, record: Record
) -> None:
    """snmptrap -Z says the engine's boots and time."""
    options = (*V3, "-e", f"0x{ENGINE.hex()}", "-Z")
    async with listening(plan, record, engine_ids={"rt-a": ENGINE}) as receiver:
        await receiver.send(*options, "5,1000", variables=link(LINK_DOWN), expected=1)
        await receiver.send(*options, "5,840", variables=link(LINK_UP), expected=2)
        await receiver.send(*options, "4,5000", variables=link(LINK_UP), expected=3)
        assert record.ok(EGOV) is False
        assert receiver.receiver.state.refused_by_kind == {"time": 2}
        await receiver.send(*options, "5,1001", variables=link(LINK_UP), expected=4)
    assert record.ok(EGOV) is True


async def test_a_copy_within_the_time_window_is_refused_too(
    plan: CollectionPlan, record: Record
) -> None:
    down = signed_trap(LINK_DOWN, boots=1, time_s=10)
    up = signed_trap(LINK_UP, boots=1, time_s=11)
    async with listening(plan, record, engine_ids={"rt-a": ENGINE}) as receiver:
        with receiver.sender("127.0.0.1") as sender:
            for count, datagram in enumerate((down, up, down), start=1):
                sender.send(datagram)
                await receiver.handled(count)
        assert receiver.receiver.state.refused_by_kind == {"replay": 1}
    assert record.ok(EGOV) is True


async def test_a_trap_whose_engine_stays_unknown_is_refused_and_its_device_is_polled(
    plan: CollectionPlan, record: Record
) -> None:
    nobody = free_port(socket.SOCK_DGRAM)
    async with listening(plan, record, agents={"rt-a": nobody}) as receiver:
        with receiver.sender("127.0.0.1") as sender:
            sender.send(signed_trap(LINK_DOWN, boots=1, time_s=10))
            await receiver.handled(1, PATIENCE_S)
            await until(lambda: bool(record.triggers))
        assert receiver.receiver.state.refused_by_kind == {"engine": 1}
    assert [(trigger.devices, trigger.detail) for trigger in record.triggers] == [
        (("rt-a",), "1 traps not read")
    ]


async def test_who_signs_is_believed_whatever_address_it_sends_from(
    plan: CollectionPlan, record: Record
) -> None:
    async with listening(plan, record, engine_ids={"rt-b": ENGINE}) as receiver:
        with receiver.sender("127.0.0.9") as undeclared:
            undeclared.send(signed_trap(LINK_DOWN, boots=1, time_s=10))
        await receiver.handled(1)
    assert record.ok(Element.port("rt-b", "egov")) is False


@pytest.mark.daemon
async def test_an_inform_of_version_3_is_answered(plan: CollectionPlan, record: Record) -> None:
    """snmpinform asks for our engine id and time first, as RFC 3414 has it."""
    async with listening(plan, record) as receiver:
        assert await receiver.run("snmpinform", *V3, variables=link(LINK_DOWN)) == 0
        state = receiver.receiver.state
    assert record.ok(EGOV) is False
    assert state.refused == 0


@pytest.mark.daemon
async def test_an_inform_with_an_old_notion_of_our_time_gets_the_right_one(
    plan: CollectionPlan, record: Record
) -> None:
    async with listening(plan, record) as receiver:
        options = (*V3, "-Z", "1,1")
        assert await receiver.run("snmpinform", *options, variables=link(LINK_DOWN)) == 0
    assert record.ok(EGOV) is False


@pytest.mark.daemon
@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (v3(authentication="wrong-key"), "mac"),
        (v3(privacy="wrong-key"), "privacy"),
        (v3(user="nobody"), "user"),
    ],
    ids=["signing key", "privacy key", "user"],
)
async def test_an_inform_that_is_not_authentic_gets_no_answer(
    plan: CollectionPlan, record: Record, options: tuple[str, ...], kind: str
) -> None:
    async with listening(plan, record) as receiver:
        once = ("-r", "0", "-t", "0.5")
        assert await receiver.run("snmpinform", *options, *once, variables=link(LINK_DOWN)) != 0
        assert set(receiver.receiver.state.refused_by_kind) == {kind}
    assert record.observations == []


async def test_an_inform_sent_again_is_answered_again_and_counts_once(
    plan: CollectionPlan, record: Record
) -> None:
    inform = community_message(
        Version.V2C,
        SECRETS.trap_community.encode(),
        trap_pdu(LINK_DOWN, "egov", request_id=77, pdu=0xA6),
    )
    async with listening(plan, record) as receiver:
        with receiver.sender("127.0.0.1") as sender:
            sender.send(inform)
            await receiver.handled(1)
            sender.send(trap_datagram(LINK_UP, "egov"))
            await receiver.handled(2)
            sender.send(inform)
            await receiver.handled(3)
            answers = [sender.recv(2048) for _ in range(2)]
    assert answers == [inform.replace(b"\xa6", b"\xa2", 1)] * 2
    assert record.ok(EGOV) is True


@pytest.mark.daemon
async def test_no_stranger_is_answered(plan: CollectionPlan, record: Record) -> None:
    async with listening(plan, record) as receiver:
        once = ("-r", "0", "-t", "0.5", "--clientaddr=127.0.0.9")
        assert await receiver.run("snmpinform", *V3, *once, variables=link(LINK_DOWN)) != 0
        assert await receiver.run("snmpinform", *V2C, *once, variables=link(LINK_DOWN)) != 0
    assert record.triggers == []


def test_two_devices_with_one_engine_id_are_said() -> None:
    engines = Engines(SECRETS, {"rt-a": ENGINE, "rt-b": ENGINE, "core-a": ENGINE + b"\0"})
    assert engines.shared() == (("rt-a", "rt-b"),)
    assert engines.signer("core-a", ENGINE) is None


@pytest.mark.lab
@pytest.mark.daemon
def test_a_device_set_up_as_we_render_it_is_heard_and_its_engine_is_learned(
    plan: CollectionPlan, site: Site, record: Record, tmp_path: Path
) -> None:
    """Its agent's coldStart at the declared port, and then a signed trap of its engine."""
    device, monitor = site.devices["rt-a"], site.monitoring_host
    secrets = Secrets(
        snmp_community=SECRETS.trap_community,
        snmp_user=SECRETS.user,
        snmp_auth_password=SECRETS.authentication_key,
        snmp_priv_password=SECRETS.privacy_key,
        login_keys={account.name: "ssh-ed25519 AAAA test" for account in site.accounts},
    )
    rendered = render_device(site, secrets, device.name).file("/etc/snmp/snmpd.conf").content
    # The socket for other daemons is the only thing that is not of this network namespace.
    own = rendered.replace("/var/agentx/master", str(tmp_path / "agentx"))
    known = plan_collection(site, SECRETS)

    async def watch() -> None:
        receiver = TrapReceiver(
            known,
            record.outlet,
            record.triggers.append,
            SystemClock(),
            address=str(monitor.management_address),
        )
        task = asyncio.create_task(receiver.run())
        await receiver.is_listening.wait()
        agent = Snmpd(tmp_path / "snmpd")
        (tmp_path / "snmpd" / "snmpd.conf").write_text(own)
        agent.start()
        try:
            await until(lambda: "rt-a" in receiver.state.senders, PATIENCE_S)
            await until(lambda: bool(record.triggers), PATIENCE_S)
            asked = known.targets["rt-a"]
            found = await ask_engine(asked, SECRETS, SystemClock())
            assert found is not None
            datagram = signed_trap(
                LINK_DOWN, boots=found.time.boots, time_s=1, engine_id=found.engine_id
            )
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.bind((asked.address, 0))
                sender.sendto(datagram, (str(monitor.management_address), TRAP_PORT))
            await until(lambda: record.ok(EGOV) is False, PATIENCE_S)
        finally:
            agent.stop()
            task.cancel()

    def work() -> None:
        for address in (device.management_address, monitor.management_address):
            run(f"ip addr add {address}/32 dev lo")
        # As if the device were elsewhere: what is sent to the monitoring host is from the device.
        to, source = monitor.management_address, device.management_address
        run(f"ip route replace local {to} dev lo table local scope host src {source}")
        asyncio.run(watch())

    in_own_network(work)
    assert (record.triggers[0].devices, record.triggers[0].detail) == (("rt-a",), "agent started")
