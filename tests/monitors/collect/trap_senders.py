"""A receiver with declared senders on loopback addresses, and traps to send it."""

import asyncio
import contextlib
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, replace

from monitors.collect.plan import CollectionPlan
from monitors.collect.protocol import ber
from monitors.collect.protocol.message import PduKind, Version, community_message, pdu_octets
from monitors.collect.traps import TrapReceiver
from ops_core.kernel.clock import SystemClock
from tests.monitors.collect.conftest import SECRETS, Record, until

ADDRESSES = {"rt-a": "127.0.0.1", "rt-b": "127.0.0.2", "core-a": "127.0.0.3"}
"""Where the declared senders of these tests are; any other address is undeclared."""
STRANGER = "127.0.0.9"
LINK_DOWN, LINK_UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
V2C = ("-v2c", "-c", SECRETS.trap_community)


def v3(
    *,
    level: str = "authPriv",
    user: str = SECRETS.user,
    authentication: str = SECRETS.authentication_key,
    privacy: str = SECRETS.privacy_key,
) -> tuple[str, ...]:
    """The options of Debian's tools for a user."""
    return (
        *("-v3", "-l", level, "-u", user, "-a", "SHA", "-A", authentication),
        *("-x", "AES", "-X", privacy),
    )


V3 = v3()


def link(kind: str, port: str = "egov") -> tuple[str, ...]:
    """Uptime (the tool's own), notification and variables as snmptrap's arguments."""
    oper = "1" if kind == LINK_UP else "2"
    return (
        *("", kind, "1.3.6.1.2.1.2.2.1.1.7", "i", "7"),
        *("1.3.6.1.2.1.2.2.1.2.7", "s", port, "1.3.6.1.2.1.2.2.1.8.7", "i", oper),
    )


def trap_pdu(
    kind: str, port: str, *, request_id: int = 1, uptime: int = 1, pdu: int = PduKind.TRAP
) -> bytes:
    """A link notification as an agent sends it."""
    values: Iterable[tuple[str, bytes]] = (
        ("1.3.6.1.2.1.1.3.0", ber.integer(uptime, ber.TIME_TICKS)),
        ("1.3.6.1.6.3.1.1.4.1.0", ber.identifier(kind)),
        ("1.3.6.1.2.1.2.2.1.1.7", ber.integer(7)),
        ("1.3.6.1.2.1.2.2.1.2.7", ber.tlv(ber.OCTETS, port.encode())),
        ("1.3.6.1.2.1.2.2.1.8.7", ber.integer(1 if kind == LINK_UP else 2)),
    )
    variables = ber.sequence(*(ber.sequence(ber.identifier(oid), v) for oid, v in values))
    return pdu_octets(pdu, request_id, variables)


def trap_datagram(kind: str, port: str, *, request_id: int = 1, uptime: int = 1) -> bytes:
    """A whole v2c trap."""
    pdu = trap_pdu(kind, port, request_id=request_id, uptime=uptime)
    return community_message(Version.V2C, SECRETS.trap_community.encode(), pdu)


@dataclass
class Listening:
    """A running receiver and what it reported."""

    receiver: TrapReceiver
    record: Record

    @contextlib.contextmanager
    def sender(self, address: str):
        """A socket that sends to the receiver from this loopback address."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
            sending.bind((address, 0))
            sending.connect(("127.0.0.1", self.receiver.port))
            yield sending

    async def run(self, command: str, *options: str, variables: tuple[str, ...]) -> int:
        """Run snmptrap or snmpinform against the receiver, from the first sender's address."""
        to = f"127.0.0.1:{self.receiver.port}"
        process = await asyncio.create_subprocess_exec(
            command, *options, to, *variables, stderr=subprocess.DEVNULL
        )
        return await process.wait()

    async def send(self, *options: str, variables: tuple[str, ...], expected: int) -> None:
        """Run snmptrap, then wait until so many datagrams in all have been handled."""
        assert await self.run("snmptrap", *options, variables=variables) == 0
        await self.handled(expected)

    async def handled(self, expected: int, limit_s: float = 8.0) -> None:
        def is_done() -> bool:
            state = self.receiver.state
            return state.received >= expected and not state.waiting

        await until(is_done, limit_s)


@contextlib.asynccontextmanager
async def listening(
    plan: CollectionPlan,
    record: Record,
    *,
    engine_ids: Mapping[str, bytes] | None = None,
    agents: Mapping[str, int] | None = None,
    port: int = 0,
) -> AsyncIterator[Listening]:
    """A receiver; ``agents`` are the loopback ports at which devices answer for their engine."""
    by_address = {address: name for name, address in ADDRESSES.items()}
    targets = {
        name: replace(plan.targets[name], address="127.0.0.1", port=port, version="v3")
        for name, port in (agents or {}).items()
    }
    known = replace(plan, devices_by_address=by_address, targets=targets)
    receiver = TrapReceiver(
        known,
        record.outlet,
        record.triggers.append,
        SystemClock(),
        address="127.0.0.1",
        port=port,
        engine_ids=engine_ids,
        on_notice=record.notices.append,
    )
    task = asyncio.create_task(receiver.run())
    await receiver.is_listening.wait()
    try:
        yield Listening(receiver, record)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


STORM = """
import socket, sys, time
address, port, rate, seconds, *datagrams = sys.argv[1:]
sending = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sending.bind((address, 0))
sending.connect(("127.0.0.1", int(port)))
datagrams = [bytes.fromhex(text) for text in datagrams]
began = time.monotonic()
sent, most = 0, int(int(rate) * float(seconds))
while sent < most:
    due = min(most, sent + 200, int((time.monotonic() - began) * int(rate)))
    while sent < due:
        sending.send(datagrams[sent % len(datagrams)])
        sent += 1
    time.sleep(0.002)
"""


@contextlib.asynccontextmanager
async def storm(
    address: str, port: int, datagrams: list[bytes], *, rate: int, seconds: float
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that sends these datagrams in turn; it has ended when this has.

    Where it gets no processor time it makes up for it by 200 at a time: the kernel's queue before
    all sockets (net.core.netdev_max_backlog) holds 1,000.
    """
    arguments = (address, str(port), str(rate), str(seconds), *(d.hex() for d in datagrams))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", STORM, *arguments)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
